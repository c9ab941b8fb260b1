"""Countries, nationalities, genders and names that stand for each other, for counterfactual tests: an indicator that
changes with them would rest on who someone is. Each pair is swapped both ways at once."""

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["SWAPS", "swapped"]

# Place names that no indicator but place.compound_area may know.
COUNTRIES: Final = {
    "en": [("Cambodia", "Portugal"), ("Thailand", "Norway"), ("Myanmar", "Iceland"), ("Laos", "Malta"),
           ("Dubai", "Dublin"), ("Malaysia", "Hungary"), ("Philippines", "Netherlands"), ("India", "Chile"),
           ("Nepal", "Latvia"), ("Russia", "Brazil"), ("Korea", "Cyprus"), ("Japan", "Spain"), ("Saudi", "Swiss"),
           ("China", "Italy")],
    "vi": [("Campuchia", "Bồ Đào Nha"), ("Thái Lan", "Na Uy"), ("Myanmar", "Iceland"), ("Lào", "Malta"),
           ("Đài Loan", "Phần Lan"), ("Hàn Quốc", "Đan Mạch"), ("Nhật Bản", "Ba Lan"), ("Trung Quốc", "Hà Lan")],
    "id": [("Kamboja", "Portugal"), ("Thailand", "Norwegia"), ("Myanmar", "Islandia"), ("Malaysia", "Hungaria"),
           ("Taiwan", "Finlandia"), ("Jepang", "Spanyol"), ("Korea", "Siprus"), ("Arab Saudi", "Swiss")],
    "th": [("กัมพูชา", "โปรตุเกส"), ("ลาว", "มอลตา"), ("เมียนมา", "ไอซ์แลนด์"), ("เกาหลี", "เดนมาร์ก"),
           ("ญี่ปุ่น", "สเปน")],
    "zh": [("柬埔寨", "葡萄牙"), ("缅甸", "冰岛"), ("緬甸", "冰島"), ("泰国", "挪威"), ("泰國", "挪威"),
           ("老挝", "瑞典"), ("日本", "芬兰")],
    "ko": [("캄보디아", "포르투갈"), ("태국", "노르웨이"), ("미얀마", "아이슬란드"), ("일본", "스페인")],
    "ru": [("Россию", "Грецию"), ("Россия", "Греция"), ("Корея", "Дания"), ("Дубай", "Осло"), ("Китай", "Чили")],
    "es": [("España", "Noruega"), ("México", "Bolivia"), ("Turquía", "Finlandia")],
}  # fmt: skip

NATIONALITIES: Final = {
    "en": [("Cambodian", "Portuguese"), ("Thai", "Finnish"), ("Filipino", "Danish"), ("Indian", "Chilean"),
           ("Nepali", "Latvian"), ("Chinese", "Italian"), ("Vietnamese", "Hungarian"), ("Kenyan", "Irish")],
    "vi": [("người Việt", "người Pháp"), ("người Trung", "người Ý"), ("người Hoa", "người Đức")],
    "id": [("orang Indonesia", "orang Prancis"), ("orang China", "orang Italia"), ("WNI", "warga")],
    "zh": [("中国人", "法国人"), ("华人", "法人"), ("越南人", "英国人")],
    "ko": [("한국인", "독일인"), ("중국인", "영국인")],
    "th": [("คนไทย", "คนฝรั่งเศส"), ("คนจีน", "คนอิตาลี")],
}  # fmt: skip

GENDERS: Final = {
    "en": [("girls", "boys"), ("girl", "boy"), ("women", "men"), ("woman", "man"), ("ladies", "gentlemen"),
           ("female", "male"), ("females", "males"), ("she", "he"), ("her", "his"), ("sister", "brother"),
           ("sisters", "brothers"), ("daughter", "son")],
    "vi": [("nữ", "nam"), ("chị", "anh"), ("con gái", "con trai"), ("cô", "chú")],
    "id": [("wanita", "pria"), ("perempuan", "laki laki"), ("cewek", "cowok"), ("mbak", "mas")],
    "ms": [("wanita", "lelaki"), ("perempuan", "lelaki"), ("kakak", "abang")],
    "tl": [("babae", "lalaki"), ("ate", "kuya")],
    "th": [("ผู้หญิง", "ผู้ชาย"), ("สาวๆ", "หนุ่มๆ"), ("หญิง", "ชาย"), ("พี่สาว", "พี่ชาย")],
    "zh": [("女孩", "男孩"), ("女生", "男生"), ("女性", "男性"), ("姐妹", "兄弟"), ("姊妹", "兄弟"), ("美女", "帅哥")],
    "ko": [("여자", "남자"), ("여성", "남성"), ("언니", "오빠")],
    "ru": [("девушки", "парни"), ("девушек", "парней"), ("женщины", "мужчины"), ("девочки", "мальчики")],
    "es": [("chicas", "chicos"), ("mujeres", "hombres"), ("señoritas", "señores")],
    "pt": [("meninas", "meninos"), ("mulheres", "homens"), ("moças", "moços")],
    "hi": [("लड़कियां", "लड़के"), ("महिला", "पुरुष")],
}  # fmt: skip

NAMES: Final = {
    "en": [("Maria", "Ahmed"), ("John", "Somchai"), ("Grace", "Wei"), ("Ali", "Peter")],
    "vi": [("Tuyết", "Hùng"), ("Quỳnh", "Minh")],
    "id": [("Siti", "Budi"), ("Dewi", "Agus")],
}

SWAPS: Final[Mapping[str, Mapping[str, list[tuple[str, str]]]]] = {
    "country": COUNTRIES, "nationality": NATIONALITIES, "gender": GENDERS, "name": NAMES,
}  # fmt: skip
"""What is swapped -> language -> pairs."""


def swapped(text: str, pairs: list[tuple[str, str]]) -> str:
    """The text with each word of a pair replaced by the other."""
    other = {}
    for one, two in pairs:
        for a, b in ((one, two), (two, one)):
            other |= {a: b, a.lower(): b.lower(), a.upper(): b.upper(), a.capitalize(): b.capitalize()}
    bounded = re.compile(
        "|".join(
            rf"(?<!\w){re.escape(word)}(?!\w)" if ord(word[0]) < 0x900 else re.escape(word)
            for word in sorted(other, key=len, reverse=True)
        )
    )
    return bounded.sub(lambda found: other[found[0]], text)
