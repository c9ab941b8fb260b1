"""Which language a text is in: by script, then by function words, then by py3langid among our languages alone.

Short informal ads mislead statistical identifiers (slang, no accents, English mixed in); their function words do not.
"""

import re
from collections import Counter
from functools import cache
from typing import Any, Final

from model.text import fold

__all__ = ["LANGUAGES", "identify"]

LANGUAGES: Final = (
    "vi", "id", "ms", "en", "tl", "th", "zh", "km", "my", "lo", "ko", "ja", "ru", "uk", "es", "pt", "fr", "ar", "hi",
    "hi-Latn", "bn", "ne", "sw",
)  # fmt: skip

_NOT_PROSE: Final = re.compile(r"https?://\S+|\S+@\S+|[@#]\w+|\S+\.(?:com|net|org|vn|id|ph|th|me|gle)\b\S*")
_SCRIPTS: Final = {
    "latin": re.compile("[a-z\u00c0-\u024f\u1e00-\u1eff]", re.IGNORECASE),
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "th": re.compile("[\u0e01-\u0e5b]"),
    "lo": re.compile("[\u0e81-\u0edf]"),
    "my": re.compile("[\u1000-\u109f\uaa60-\uaa7f]"),
    "km": re.compile("[\u1780-\u17ff]"),
    "ko": re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]"),
    "kana": re.compile("[\u3041-\u30fa]"),
    "han": re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
    "ar": re.compile("[\u0620-\u064a\u0671-\u06d3]"),
    "devanagari": re.compile("[\u0900-\u097f]"),
    "bn": re.compile("[\u0980-\u09ff]"),
}
_WEIGHT: Final = {"han": 3.0, "kana": 2.0, "ko": 2.0}
"""A Chinese character says as much as several letters."""

_LATIN_SHARE: Final = 0.7
"""From this share of Latin letters on a text is read as Latin; names and brands are Latin everywhere."""

_VIETNAMESE: Final = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
_VIETNAMESE_SHARE: Final = 0.04

_FUNCTION_WORDS: Final = {
    "en": "the and of to in for with is are you your we our be on as or this that will can not from have has at by "
    "an it their if but all any must should which who they also only please other us was were do does i a no "
    "need needed",
    "vi": "khong lam viec luong nguoi duoc nhan vien tuyen gap cho cua voi trong cac nhung mot hai nam nu tuoi tu "
    "den va la co thi ma se da dang o ra vao len xuong nha minh em anh chi ban ai he lien zalo trieu thang "
    "ngay gio tieng cong ty khach hang can di ve lai nay do nao roi cung bao dc ko nhe a oi moi them duong "
    "phong bien sau truoc kinh nghiem trinh phuc loi ung hop dong muc thu nhap vui tai theo hoac khi nhu tra "
    "chua phai biet con",
    "id": "yang dan di untuk dengan dari ini itu tidak akan pada ada adalah kami anda bisa atau juga karyawan gaji "
    "kerja lowongan loker dibutuhkan perusahaan hubungi minat segera usia pria wanita bulan juta jt rb ribu "
    "kak kalo kalau gak ga nggak udah aja banget mau yg dgn utk sdh tdk sama nanti tempat tanpa pengalaman "
    "minimal orang langsung biaya makan tinggal kantor siap bagi ke saya kamu kita dia lewat wa gan bro sis "
    "hari jam kerjanya pendidikan aku mbak mas pak bu belum sudah mereka ternyata agar karena ketika selama "
    "jika apa siapa semua hanya tersebut memiliki mampu dapat serta bidang pekerjaan melakukan membantu "
    "sesuai melalui seperti polisi menerima dinas tenaga teman rumah lagi banyak cuma gimana kok sih dong deh "
    "nih sini situ dulu baru masih pulang berangkat setelah sebelum maupun secara peserta kegiatan data "
    "laporan proses agen majikan paspor",
    "ms": "yang dan di untuk dengan dari ini itu tidak akan pada ada adalah kami anda boleh atau juga pekerja gaji "
    "kerja jawatan kosong diperlukan syarikat hubungi berminat segera umur lelaki perempuan bulan rm kerana "
    "tiada sila kilang tak nak sahaja ejen pejabat korang wasap je kat ialah ikut disediakan asrama hostel "
    "cuti sebulan kepada oleh bagi dekat pengalaman temuduga pasport tempat makan tinggal ke saya awak dia "
    "orang jer tu ni kakak sampai perlu kawasan elaun majikan malaysia setiap waktu sekarang pun dah lagi "
    "mesti urus nok gi kecek kijo ore kito encik puan cik haribulan lapor rumah semua hanya dapat sudah jika "
    "dulu baru masih setelah sebelum polis ramai wang duit kerjanya memang mereka kau hang depa sya mau bos "
    "kedai agen",
    "tl": "ang ng sa mga na at ay po ako ikaw kami kayo sila ito yung kung para may wala lang din rin pero kasi "
    "hindi nang pag kapag pwede puwede kailangan trabaho sahod sweldo libre bahay kita niyo nyo namin natin "
    "mo ko siya walang lahat agad gusto tayo dito doon kahit araw buwan muna pang naman ba si ni kay ating "
    "aming inyong bawal pagdating hanap naghahanap maging ka bago dahil hanggang mag nag isang dapat tulad",
    "es": "el la los las de que y en un una para con por se no del al su lo como mas pero sus o si sin este esta "
    "trabajo empresa busca buscamos sueldo pago horario personas experiencia ofrecemos requisitos ser tener "
    "nos le tu usted mensual turno necesario edad inmediata contratacion oportunidad comida hospedaje somos "
    "hay son donde muy",
    "pt": "o a os as de que e em um uma para com por se nao do da dos das no na nos nas ao seu sua ou mais mas como "
    "sem voce vaga vagas trabalho empresa salario experiencia contratamos precisamos mensal tem ser temos "
    "requisitos beneficios horario pessoas idade carteira oferecemos pelo pela este esta nosso sao sera "
    "enviar curriculo",
    "fr": "le la les de des du et en un une pour avec par se ne pas que qui dans sur au aux est sont nous vous "
    "votre nos ou plus sans ce cette travail poste entreprise salaire recherche recherchons experience emploi "
    "offre mois il elle je tu logement contrat horaire temps bonjour nourri tres tout ici chez etre avoir on",
    "sw": "na ya wa kwa ni katika za la cha kama au si hii hiyo kazi mshahara tunahitaji unahitajika wanahitajika "
    "nafasi kampuni bila pesa siku mwezi wote kila watu sana piga simu yako wako yake kwenye lakini pia tu "
    "ili hakuna una wenye umri miaka uzoefu chakula malazi bure nyumba mfanyakazi wafanyakazi mteja leo kuwa "
    "wewe sisi yetu",
    "hi-Latn": "hai hain ka ki ke ko se mein me par aur ya nahi nahin kya jo ho hoga hogi honge kar karna karne kaam "
    "chahiye salary milega milegi rupaye lakh hazar mahina mahine ghar log aap apna apne koi sab bhi to hi "
    "tak liye wala wale wali jaldi bhai sirf khana rehna free naukri yahan wahan agar karo karein bina din "
    "saal ek do baat",
    "ru": "и в не на с для по от до без у вас мы вы за к из это работа зарплата требуются требуется опыт график "
    "пишите есть как или все при если только можно нужны оплата день месяц рублей что так но же бы",
    "uk": "і в не на з для по від до без у вас ми ви за та із це робота зарплата потрібні потрібен досвід графік "
    "пишіть є як або всі при якщо тільки можна треба оплата день місяць гривень що так але ж би й",
    "hi": "है हैं का की के को से में पर और या नहीं क्या जो हो होगा होगी होंगे कर करना करने काम "
    "चाहिए मिलेगा मिलेगी वेतन लिए वाले यह एक भी तक रुपये महीने आप अपना कोई सभी तो हम संपर्क "
    "करें",
    "ne": "छ छन् को का मा र लाई ले बाट हुनेछ गर्न गर्ने गर्नु पर्ने काम चाहियो तलब भएको हो छैन लागि "
    "वा पनि तपाईं हामी सम्पर्क गर्नुहोस् आवश्यक रुपैयाँ महिना जना कामदार हुन्छ दिइनेछ यो एक "
    "सबै",
}  # fmt: skip
_LATIN: Final = ("en", "vi", "id", "ms", "tl", "es", "pt", "fr", "sw", "hi-Latn")
_MIXED: Final = {"tl": 1.4, "hi-Latn": 1.4}
"""Written with many English words between; their own words count more."""

_ENOUGH: Final = 0.08
"""Least share of the words that must speak for a language."""

_CLEAR: Final = 1.15
"""How far ahead of the next one it must be, or py3langid is asked as well."""

_FEW_LETTERS: Final = 3
_READ: Final = 20_000
"""Characters looked at; more tell nothing new."""


def identify(text: str) -> str | None:
    """The text's main language as a BCP 47 tag (one of ``LANGUAGES``), or None where it has too few letters."""
    prose = _NOT_PROSE.sub(" ", text[:_READ])
    counts = {name: len(script.findall(prose)) * _WEIGHT.get(name, 1.0) for name, script in _SCRIPTS.items()}
    total = sum(counts.values())
    if total < _FEW_LETTERS:
        return None
    latin = counts.pop("latin")
    if latin >= _LATIN_SHARE * total:
        return _latin(prose)
    return _by_script(max(counts, key=lambda name: counts[name]), prose, counts)


def _by_script(script: str, prose: str, counts: dict[str, float]) -> str:
    if script == "cyrillic":
        return _cyrillic(prose)
    if script == "devanagari":
        scores = _scores(prose, ("hi", "ne"))
        return "ne" if scores["ne"] > scores["hi"] else "hi"
    if script in ("han", "kana"):
        return "ja" if counts["kana"] > 0.15 * (counts["han"] + counts["kana"]) else "zh"
    return script


def _cyrillic(prose: str) -> str:
    letters = Counter(prose.lower())
    ukrainian, russian = sum(letters[c] for c in "іїєґ"), sum(letters[c] for c in "ыэъё")
    if ukrainian != russian:
        return "uk" if ukrainian > russian else "ru"
    scores = _scores(prose, ("ru", "uk"))
    return "uk" if scores["uk"] > scores["ru"] else "ru"


def _latin(prose: str) -> str:
    letters = sum(map(str.isalpha, prose))
    if len(_VIETNAMESE.findall(prose.lower())) >= _VIETNAMESE_SHARE * letters:
        return "vi"
    scores = _scores(prose, _LATIN)
    first, second = sorted(_LATIN, key=lambda language: -scores[language])[:2]
    if scores[first] >= _ENOUGH and scores[first] >= _CLEAR * scores[second]:
        return first
    if {first, second} == {"id", "ms"} and scores[first] >= _ENOUGH:  # only their own words tell them apart
        return "ms" if scores["ms"] > scores["id"] else "id"
    guess = _statistical(prose)
    return guess if scores[first] < _ENOUGH or guess == second else first


def _scores(prose: str, languages: tuple[str, ...]) -> dict[str, float]:
    """For each language the share of the words that are its function words; shared ones count in part."""
    words = Counter(fold(prose).text.replace(",", " ").split())
    total = sum(words.values()) or 1
    weights = _weights(languages)
    scores = dict.fromkeys(languages, 0.0)
    for word, times in words.items():
        for language, weight in weights.get(word, ()):
            scores[language] += weight * times / total * _MIXED.get(language, 1.0)
    return scores


@cache
def _weights(languages: tuple[str, ...]) -> dict[str, tuple[tuple[str, float], ...]]:
    """Word -> the languages that have it, each with one part of it."""
    owners: dict[str, set[str]] = {}
    for language in languages:
        for word in _FUNCTION_WORDS[language].split():
            owners.setdefault(fold(word).text.strip(), set()).add(language)
    return {word: tuple((one, 1.0 / len(have)) for one in sorted(have)) for word, have in owners.items()}


def _statistical(prose: str) -> str:
    language: str = _identifier().classify(prose.encode("utf-8", "replace"))[0]
    return language


@cache
def _identifier() -> Any:
    """py3langid's model among our Latin-script languages; loaded when first needed."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([language for language in _LATIN if "-" not in language])
    return identifier
