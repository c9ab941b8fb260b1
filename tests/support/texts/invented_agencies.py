"""Invented names of agencies with the ways in which ads spell them, and others that differ by one telling word.

Two pools of words, so that what was chosen on one is tried on the other.
"""

import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

POOLS = {
    "choose": {
        "vi": (
            "Hoa Ban,Sông Ngân,Đại Dương Xanh,Thiên Lộc,Phương Nam Á,Trường Thịnh,Hồng Hạc,Bình Minh Mới,"
            "Kim Long Vân,An Khang,Việt Thắng Lợi,Nam Phong,Hải Âu Trắng,Minh Châu,Lạc Hồng Sơn,Tân Tiến"
        ),
        "id": (
            "Mandiri Jaya Sentosa,Karya Bunga Melati,Bahtera Cahaya Timur,Surya Lintas Benua,"
            "Anugerah Samudra,Citra Harapan,Bintang Kejora Abadi,Sinar Pelangi,Rajawali Mitra Insan,"
            "Duta Mawar Putih,Tirta Kencana,Graha Nusa Indah"
        ),
        "en": (
            "Golden Horizon,Blue Crane,Silver Anchor,Morning Tide,Lakeview Pacific,Northern Banyan,"
            "Coral Bridge,Red Lantern,Evergreen Meridian,Tamarind Grove,White Heron,Amber Coast,Stonefield,"
            "Riverbend,Starling,Lotus Harbour"
        ),
        "th": ("ดอกบัวขาว,สายธารทอง,นกกระเรียน,ฟ้าใสรุ่งเรือง,ภูผาหมอก,แก้วมณีศรี,ทะเลงามพาณิชย์,ร่มไทรทอง"),
    },
    "check": {
        "vi": (
            "Mai Vàng,Sao Băng,Đông Hải Phát,Phúc Điền,Tây Hồ Xanh,Thành Nghĩa,Bạch Yến,Hướng Dương Việt,"
            "Ngọc Lan Chi,Quang Vinh,Hòa Thuận,Nguyệt Quế,Cánh Buồm Nâu,Thăng Hoa,Trúc Lâm Viên,Cát Tường"
        ),
        "id": (
            "Pelita Nusa Sejahtera,Cempaka Biru,Gema Persada Utama,Lintang Samudera Raya,Berkah Tunas,"
            "Wahana Teratai,Merpati Insan Cendekia,Puncak Harmoni,Kirana Buana,Sekar Arum Lestari,"
            "Elang Nusantara,Mutiara Senja"
        ),
        "en": (
            "Crimson Sparrow,Hillcrest Orient,Paper Lantern,Quiet Harbor,Juniper Field,Eastern Magnolia,"
            "Copper Bell,Seven Rivers,Windward,Mapleton,Cedarline,Bright Pebble,Old Lighthouse,"
            "Saffron Valley,Clearwater,Jade Orchard"
        ),
        "th": ("พลอยสยามทอง,ดาวเหนือ,ลมทะเลใต้,เพชรน้ำหนึ่ง,สวนส้มหวาน,รุ้งตะวันออก,ใบโพธิ์เงิน,นาข้าวเขียว"),
    },
}
"""Telling words, apart from the forms below. Any likeness to a real firm is chance."""

FORMS = {
    "vi": ["Công ty cổ phần {trade} {name}", "Công ty TNHH {trade} {name}", "Công ty cổ phần {name} {trade}"],
    "id": ["PT {name}", "PT. {name} {trade}", "PT {name} International"],
    "en": [
        "{name} {trade}, Inc.",
        "{name} {trade} Co., Ltd.",
        "{name} {trade} Corporation",
        "{name} {trade} Pvt. Ltd.",
    ],
    "th": ["บริษัท {trade}{name} จำกัด", "บริษัทจัดหางาน {name} จำกัด"],
}
TRADE = {
    "vi": ["nhân lực", "xuất khẩu lao động", "nhân lực quốc tế", "hợp tác lao động", "đầu tư và thương mại"],
    "id": ["Jasa", "Tenaga Kerja", "Manpower", "Sumber Daya Manusia"],
    "en": ["Manpower Services", "Recruitment Agency", "Overseas Employment", "International Manpower", "Placement"],
    "th": ["จัดหางาน"],
}
OTHER_TRADE = {
    "vi": ["du lịch", "xây dựng", "dược phẩm", "nội thất"],
    "id": ["Tekstil", "Farmasi", "Konstruksi", "Wisata"],
    "en": ["Travel", "Bakery", "Pharmacy", "Construction"],
    "th": ["ทัวร์", "ก่อสร้าง"],
}
SHORT = {"vi": "CTCP {name}", "id": "P.T. {name}", "en": "{name} Inc", "th": "บจก.{name}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A name as an ad writes it, and the registered one that it stands for; None where that is not registered."""

    written: str
    stands_for: str | None
    how: str


def agencies(pool: str, seed: int, *, size: int) -> dict[str, tuple[str, str]]:
    """Registered name -> language and telling words, so many at most: one in two of all the pool's combinations is left
    out, so that names which differ by one telling word are asked for and not registered."""
    draw = random.Random(seed)
    found: dict[str, tuple[str, str]] = {}
    for language, name in _combinations(pool, draw):
        if draw.random() < 0.5 and len(found) < size:
            form = draw.choice(FORMS[language])
            registered = form.format(name=name, trade=draw.choice(TRADE[language]))
            found[registered.upper() if draw.random() < 0.5 else registered] = language, name
    return found


def asked(registered: dict[str, tuple[str, str]], pool: str, seed: int) -> Iterator[Asked]:
    """Each registered name in other spellings, and for each as many names that are somebody else's."""
    draw = random.Random(seed)
    taken = {_bare(name) for _, name in registered.values()}
    for official, (language, name) in registered.items():
        for how, spell in SPELLINGS.items():
            yield Asked(written=spell(official, language, name, draw), stands_for=official, how=how)
        for how, other in _others(language, name, pool, draw):
            if _bare(other) not in taken:
                form = draw.choice([*FORMS[language], SHORT[language]])
                written = form.format(name=other, trade=draw.choice(TRADE[language]))
                yield Asked(written=written, stands_for=None, how=how)
        other_trade = draw.choice(OTHER_TRADE[language])
        written = f"{other_trade}{name}" if language == "th" else f"{name} {other_trade}"
        yield Asked(written=written, stands_for=None, how="of another trade")


def _combinations(pool: str, draw: random.Random) -> list[tuple[str, str]]:
    """Telling words of the pool, alone and with one of them in another name's place."""
    found = []
    for language, listed in POOLS[pool].items():
        names = listed.split(",")
        words = sorted({word for name in names for word in name.split()})
        more = {_with_other_word(name, words, draw) for name in names for _ in range(12)}
        found += [(language, name) for name in sorted({*names, *more})]
    draw.shuffle(found)
    return found


def _others(language: str, name: str, pool: str, draw: random.Random) -> Iterator[tuple[str, str]]:
    words = sorted({word for each in POOLS[pool][language].split(",") for word in each.split()} - set(name.split()))
    own = name.split()
    yield "another word", _with_other_word(name, words, draw)
    yield "a word more", " ".join([*own, draw.choice(words)])
    if len(own) > 1:
        yield "turned round", " ".join(reversed(own))
        yield "a word less", " ".join(own[:-1])
    if language != "th":
        yield "a number more", f"{name} {draw.randint(2, 9)}"


def _with_other_word(name: str, words: list[str], draw: random.Random) -> str:
    own = name.split()
    own[draw.randrange(len(own))] = draw.choice(words)
    return " ".join(own)


def _slip(official: str, _language: str, _name: str, draw: random.Random) -> str:
    """Two letters of a long word change places, or one is doubled or left out."""
    words = official.split()
    long = [at for at, word in enumerate(words) if len(word) >= 7 and word.isalpha()]
    if not long:
        return official
    at = draw.choice(long)
    word, place = words[at], draw.randrange(2, len(words[at]) - 2)
    words[at] = draw.choice(
        (
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
            word[:place] + word[place] + word[place:],
            word[:place] + word[place + 1 :],
        )
    )
    return " ".join(words)


def _without_accents(official: str, *_: object) -> str:
    parts = unicodedata.normalize("NFD", official.replace("Đ", "D").replace("đ", "d"))
    return unicodedata.normalize("NFC", "".join(char for char in parts if not "\u0300" <= char <= "\u036f"))


def _bare(name: str) -> str:
    return _without_accents(name).casefold().replace(" ", "")


SPELLINGS: dict[str, Callable[[str, str, str, random.Random], str]] = {
    "as registered": lambda official, *_: official,
    "in small letters": lambda official, *_: official.lower(),
    "without accents": _without_accents,
    "short form": lambda _, language, name, __: SHORT[language].format(name=name),
    "with other punctuation": lambda official, *_: official.replace(",", "").replace(".", " ").replace(" ", "  "),
    "trade left out": lambda _, language, name, __: FORMS[language][0].format(name=name, trade="").replace("  ", " "),
    "a slip of the hand": _slip,
}
