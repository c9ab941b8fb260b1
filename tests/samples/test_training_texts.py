"""The invented training texts: their shape, and that no outward sign tells the dangerous from the lawful."""

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from crawler.language.identify import LANGUAGES

SAMPLES = Path(__file__).resolve().parents[2] / "data/samples"
FURTHER = ("messages_more", "warnings_more", "board_ads", "lures_wild", "frauds_more", "lookalikes_more")
NEAR = ("warnings_wide", "messages_beside", "lures_more", "offers_lawful")
WIDE = ("boards_wide",)
NEARER = ("warnings_near", "lures_near", "offers_near")
CHINESE = ("boards_zh", "contrast_zh")
WIDER = ("frauds_wide", "offers_wide")
VOICES = ("warnings_voices", "messages_near")
FLAT = (
    "messages", "warnings", "frauds", "lookalikes", *FURTHER, *NEAR, *WIDE, *NEARER, "boards_zh", *WIDER, *VOICES,
)  # fmt: skip
FRAUDS = ("contrast_frauds", "contrast_frauds_more")
LURES = ("contrast_lures",)
GROUPED = ("contrast_more", "contrast_wide", *FRAUDS, *LURES, "contrast_zh")
FILES = {f"{name}.jsonl": SAMPLES / f"{name}.jsonl" for name in (*FLAT, *GROUPED)}
FILES["contrast.jsonl.gz"] = SAMPLES / "contrast.jsonl.gz"
TRUTHS = {
    "messages.jsonl": {"not_an_ad"},
    "messages_more.jsonl": {"not_an_ad"},
    "warnings.jsonl": {"not_an_ad"},
    "warnings_more.jsonl": {"not_an_ad"},
    "warnings_wide.jsonl": {"not_an_ad"},
    "warnings_near.jsonl": {"not_an_ad"},
    "messages_beside.jsonl": {"not_an_ad"},
    "warnings_voices.jsonl": {"not_an_ad"},
    "messages_near.jsonl": {"not_an_ad"},
    "frauds.jsonl": {"job_fraud"},
    "lookalikes.jsonl": {"legitimate"},
    "lures_wild.jsonl": {"trafficking_recruitment"},
    "lures_more.jsonl": {"trafficking_recruitment"},
    "offers_lawful.jsonl": {"legitimate"},
    "lures_near.jsonl": {"trafficking_recruitment"},
    "offers_near.jsonl": {"legitimate"},
    "frauds_more.jsonl": {"job_fraud"},
    "lookalikes_more.jsonl": {"legitimate"},
    "board_ads.jsonl": {"legitimate"},
    "boards_wide.jsonl": {"legitimate"},
    "boards_zh.jsonl": {"legitimate"},
    "frauds_wide.jsonl": {"job_fraud"},
    "offers_wide.jsonl": {"legitimate"},
    "contrast_more.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "contrast_wide.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "contrast_frauds.jsonl": {"job_fraud", "legitimate"},
    "contrast_frauds_more.jsonl": {"job_fraud", "legitimate"},
    "contrast_zh.jsonl": {"trafficking_recruitment", "job_fraud", "legitimate"},
    "contrast_lures.jsonl": {"trafficking_recruitment", "legitimate"},
    "contrast.jsonl.gz": {"trafficking_recruitment", "job_fraud", "legitimate", "not_an_ad"},
}


def read(name: str) -> list[dict[str, str]]:
    opened = gzip.open if name.endswith(".gz") else open
    with opened(FILES[name], "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


ROWS = {name: read(name) for name in FILES}
TWINS = {name: ROWS[f"{name}.jsonl"] for name in GROUPED}
SAMPLED = {
    **TWINS,
    "frauds and look-alikes": ROWS["frauds.jsonl"] + ROWS["lookalikes.jsonl"],
    "more frauds and look-alikes": ROWS["frauds_more.jsonl"] + ROWS["lookalikes_more.jsonl"],
    "frauds and offers in many voices": ROWS["frauds_wide.jsonl"] + ROWS["offers_wide.jsonl"],
    "wild lures and look-alikes": ROWS["lures_wild.jsonl"] + ROWS["lookalikes_more.jsonl"],
    "all offers": [
        row
        for name in ("contrast_more", "frauds", "lookalikes", "board_ads", "boards_wide")
        for row in ROWS[f"{name}.jsonl"]
    ],
}
MANY = {
    "messages_more.jsonl": 900,
    "warnings_more.jsonl": 250,
    "board_ads.jsonl": 350,
    "boards_wide.jsonl": 300,
    "warnings_wide.jsonl": 260,
    "messages_beside.jsonl": 220,
    "lures_more.jsonl": 200,
    "offers_lawful.jsonl": 200,
    "warnings_near.jsonl": 280,
    "lures_near.jsonl": 200,
    "offers_near.jsonl": 200,
    "frauds_wide.jsonl": 200,
    "offers_wide.jsonl": 150,
    "warnings_voices.jsonl": 350,
    "messages_near.jsonl": 200,
}
FEW = {"frauds_more.jsonl", *(f"{name}.jsonl" for name in WIDER)}
"""Files in which a small language has two or three texts."""
STYLES = [("lures_more", "offers_lawful", "warnings_wide"), ("lures_near", "offers_near", "warnings_near")]
"""Lures, the lawful offers written beside them, and the warnings that quote such lures."""

QUOTED = [*((lures, warnings) for lures, _, warnings in STYLES), ("lures_near", "warnings_voices")]
"""Lures, and texts that tell, quote or take apart such lures."""

ADDRESS = re.compile(r"(?:[\w.+-]+@|https?://)(?:[a-z0-9-]+\.)+[a-z]+", re.IGNORECASE)
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
OUTWARD: dict[str, Callable[[str], float]] = {
    "length": len,
    "emoji": lambda text: len(EMOJI.findall(text)),
    "line breaks": lambda text: text.count("\n"),
    "digits": lambda text: sum(char.isdigit() for char in text),
    "exclamation marks": lambda text: text.count("!"),
    "addresses": lambda text: text.count(".example"),
}

COMMON_WORDS = {
    "contract": "contract|合同|合約|hợp đồng|kontrak",
    "training": "training|培训|đào tạo|pelatihan",
    "interview": "interview|面试|phỏng vấn|wawancara",
    "deposit": "deposit|押金|cọc",
    "fee": r"\bfees?\b|费|phí|biaya",
    "refund": "refund|退|hoàn",
    "bank": "bank|银行|ngân hàng|rekening",
    "messenger": "whatsapp|telegram|zalo|微信",
}
"""Words that a reader would take for a sign, in the languages that have most groups of job fraud."""

CONTROL_WORDS = {
    "papers": r"hộ chiếu|căn cước|paspor|\bktp\b|passport|\bids?\b|\bcards?\b|pasaporte|passeport|паспорт|พาสปอร์ต|บัตร",
    "telephone": r"điện thoại|\bđt\b|ponsel|\bhp\b|phones?\b|celular|téléphone|телефон|มือถือ|โทรศัพท์|ဖုန်း|ទូរស័ព្ទ",
    "visa": r"\bvi[sz]a\b|виз[аы]|วีซ่า|ビザ|비자|签|ভিসা|تأشيرة|فيزا",
    "contract": r"hợp đồng|kontrak|contrat|contract|договор|контракт|สัญญา|mkataba|চুক্তি|करार",
    "advance": r"\bứng\b|kasbon|panjar|\badvances?\b|\bbale\b|anticipo|adelant|adianta|avanc|เบิก|দাদন|पेशगी|पेस्की|선불",
    "guards and gates": r"bảo vệ|cổng|satpam|gerbang|\bguards?\b|\bgates?\b|portón|portão|ворот|охран|ဂိတ်|ประตู",
}
"""Words of control and debt, which a lawful employer has too, in the languages that have most lures."""


def alphabetic(row: dict[str, str]) -> bool:
    return main_language(row) not in {"zh", "ja", "ko", "th", "lo", "km", "my"}


def main_language(row: dict[str, str]) -> str:
    return "tl" if row["language"] == "ceb" else row["language"].partition("-")[0]


@pytest.mark.parametrize("name", FILES)
def test_the_readme_counts_what_is_there(name: str) -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {len(ROWS[name])} |" in readme


def test_ids_and_texts_are_unique() -> None:
    rows = [row for rows in ROWS.values() for row in rows]
    ids = Counter(row["id"] for row in rows)
    texts = Counter(re.sub(r"[\W\d_]", "", row["text"].lower()) for row in rows)
    assert [key for key, count in ids.items() if count > 1] == []
    assert [text[:60] for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize("name", FILES)
def test_every_text_has_a_label_its_reason_and_a_known_language(name: str) -> None:
    for row in ROWS[name]:
        assert row["truth"] in TRUTHS[name], row["id"]
        assert row["genre"] in {"chat", "board", "social", "news"}, row["id"]
        assert main_language(row) in LANGUAGES, row["id"]
        assert row["text"] == row["text"].strip() != "", row["id"]
        assert row["why"].strip(), row["id"]
        assert row["genre"] != "chat" or not row.get("title"), row["id"]


@pytest.mark.parametrize("name", [f"{name}.jsonl" for name in (*FLAT, *GROUPED) if name not in CHINESE])
def test_every_language_is_there(name: str) -> None:
    counts = Counter(main_language(row) for row in ROWS[name])
    assert {language for language in LANGUAGES if language != "hi-Latn"} <= set(counts)
    assert min(counts.values()) >= (2 if name in FEW else 4)


@pytest.mark.parametrize("name", MANY)
def test_the_further_texts_are_many_of_every_length_and_genre(name: str) -> None:
    lengths = sorted(len(row["text"]) for row in ROWS[name])
    genres = Counter(row["genre"] for row in ROWS[name])
    assert len(lengths) >= MANY[name]
    assert lengths[len(lengths) // 20] * 4 <= lengths[-len(lengths) // 20], "the shortest and longest twentieth"
    assert len(genres) >= 2
    assert max(genres.values()) <= 0.85 * len(lengths)


def test_further_messages_are_most_where_ordinary_text_was_flagged_most() -> None:
    counts = Counter(main_language(row) for row in ROWS["messages_more.jsonl"])
    assert min(counts[language] for language in ("vi", "id", "ru", "en")) >= 90
    assert min(counts[language] for language in ("tl", "th", "zh", "es", "uk")) >= 45
    assert min(counts.values()) >= 22


@pytest.mark.parametrize("name", FILES)
def test_every_mail_and_web_address_is_an_example(name: str) -> None:
    found = [match for row in ROWS[name] for match in ADDRESS.findall(row["text"])]
    assert [address for address in found if not address.endswith(".example")] == []


def test_a_group_tells_one_offer_four_times() -> None:
    groups = defaultdict(list)
    for row in (row for rows in TWINS.values() for row in rows):
        groups[row["group"]].append(row)
    for name, rows in groups.items():
        cells = {(row["genre"], row["truth"] == "legitimate") for row in rows}
        assert (len(rows), len(cells)) == (4, 4), name
        for key in ("language", "kind", "origin", "destination", "target"):
            assert len({row[key] for row in rows}) == 1, (name, key)
        assert all((row["strength"] == "") == (row["truth"] == "legitimate") for row in rows), name


def told_apart(dangerous: list[dict[str, str]], others: list[dict[str, str]], genre: str, sign: str) -> float:
    """The AUC with which one outward sign of a genre's texts tells the dangerous from the others; 0.5 is chance."""
    chosen = [(row, dangerous is rows) for rows in (dangerous, others) for row in rows if row["genre"] == genre]
    values = [OUTWARD[sign](f"{row['title']}\n{row['text']}") for row, _ in chosen]
    return float(roc_auc_score([danger for _, danger in chosen], values))


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "board"])
@pytest.mark.parametrize("sample", SAMPLED)
def test_no_outward_sign_tells_the_class(sample: str, genre: str, sign: str) -> None:
    dangerous = [row for row in SAMPLED[sample] if row["truth"] != "legitimate"]
    lawful = [row for row in SAMPLED[sample] if row["truth"] == "legitimate"]
    assert 0.35 <= told_apart(dangerous, lawful, genre, sign) <= 0.65


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "social", "board"])
def test_no_outward_sign_tells_the_class_over_all_files_together(genre: str, sign: str) -> None:
    offers = [row for rows in ROWS.values() for row in rows if row["truth"] != "not_an_ad"]
    dangerous = [row for row in offers if row["truth"] != "legitimate"]
    lawful = [row for row in offers if row["truth"] == "legitimate"]
    assert 0.35 <= told_apart(dangerous, lawful, genre, sign) <= 0.65


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "social", "board"])
@pytest.mark.parametrize(("lures", "offers", "_"), STYLES)
def test_no_outward_sign_tells_a_lure_from_an_offer_of_its_style(
    lures: str, offers: str, _: str, genre: str, sign: str
) -> None:
    auc = told_apart(ROWS[f"{lures}.jsonl"], ROWS[f"{offers}.jsonl"], genre, sign)
    assert 0.4 <= auc <= 0.6


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "social", "board"])
@pytest.mark.parametrize(("lures", "warnings"), QUOTED)
def test_no_outward_sign_tells_a_lure_from_a_warning_that_quotes_one(
    lures: str, warnings: str, genre: str, sign: str
) -> None:
    auc = told_apart(ROWS[f"{lures}.jsonl"], ROWS[f"{warnings}.jsonl"], genre, sign)
    assert 0.3 <= auc <= 0.7


def guessed_apart(chosen: list[dict[str, str]], groups: list[str] | list[int]) -> float:
    """The AUC with which all outward signs together tell the dangerous from the lawful, groups held out."""
    values = [[sign(f"{row['title']}\n{row['text']}") for sign in OUTWARD.values()] for row in chosen]
    dangerous = [row["truth"] != "legitimate" for row in chosen]
    classifier = make_pipeline(StandardScaler(), LogisticRegression())
    guessed = cross_val_predict(
        classifier, values, dangerous, groups=groups, cv=GroupKFold(5), method="decision_function"
    )
    return float(roc_auc_score(dangerous, guessed))


@pytest.mark.parametrize("genre", ["chat", "board"])
@pytest.mark.parametrize("twins", TWINS)
def test_a_classifier_of_outward_signs_alone_guesses(twins: str, genre: str) -> None:
    """Measured 0.59 in chat and 0.62 on boards, groups held out; the limit leaves room for another solver."""
    chosen = [row for row in TWINS[twins] if row["genre"] == genre]
    assert guessed_apart(chosen, [row["group"] for row in chosen]) < 0.65


@pytest.mark.parametrize("genre", ["chat", "social", "board"])
@pytest.mark.parametrize(("lures", "offers", "_"), STYLES)
def test_a_classifier_of_outward_signs_alone_guesses_at_lures_and_offers_of_one_style(
    lures: str, offers: str, _: str, genre: str
) -> None:
    """Measured 0.57, 0.61 and 0.59 in chat, feeds and on boards for the first, 0.49, 0.53 and 0.55 for the second."""
    rows = [row for name in (lures, offers) for row in ROWS[f"{name}.jsonl"] if row["genre"] == genre]
    assert guessed_apart(rows, [row["group"] for row in rows]) < 0.65


@pytest.mark.parametrize(("lures", "offers", "_"), STYLES)
def test_each_lure_has_one_lawful_offer_of_its_language_and_genre(lures: str, offers: str, _: str) -> None:
    lawful = {row["group"]: row for row in ROWS[f"{offers}.jsonl"]}
    assert len(lawful) == len(ROWS[f"{offers}.jsonl"]) == len(ROWS[f"{lures}.jsonl"])
    for row in ROWS[f"{lures}.jsonl"]:
        other = lawful[row["group"]]
        assert (row["language"], row["genre"]) == (other["language"], other["genre"]), row["group"]


@pytest.mark.parametrize("word", COMMON_WORDS)
@pytest.mark.parametrize("frauds", FRAUDS)
def test_words_of_hiring_and_money_stand_in_frauds_and_in_their_lawful_twins(frauds: str, word: str) -> None:
    found = re.compile(COMMON_WORDS[word], re.IGNORECASE)
    rows = [row for row in TWINS[frauds] if found.search(f"{row['title']} {row['text']}")]
    lawful = sum(row["truth"] == "legitimate" for row in rows)
    assert len(rows) / 3 <= lawful <= 2 * len(rows) / 3, f"{lawful} of {len(rows)}"


@pytest.mark.parametrize("word", CONTROL_WORDS)
@pytest.mark.parametrize("lures", LURES)
def test_words_of_papers_debts_and_gates_stand_in_lures_and_in_their_lawful_twins(lures: str, word: str) -> None:
    found = re.compile(CONTROL_WORDS[word], re.IGNORECASE)
    rows = [row for row in TWINS[lures] if found.search(f"{row['title']} {row['text']}")]
    lawful = sum(row["truth"] == "legitimate" for row in rows)
    assert len(rows) >= 40
    assert len(rows) / 3 <= lawful <= 2 * len(rows) / 3, f"{lawful} of {len(rows)}"


@pytest.mark.parametrize("lures", LURES)
def test_most_lures_in_chat_are_short_as_are_their_lawful_twins(lures: str) -> None:
    """In scripts that put no space between words their length is not counted."""
    words = defaultdict(list)
    for row in TWINS[lures]:
        if row["genre"] == "chat" and alphabetic(row):
            words[row["group"]].append(len(row["text"].split()))
    assert sum(min(pair) >= 15 and max(pair) <= 60 for pair in words.values()) >= 0.8 * len(words) >= 45


@pytest.mark.parametrize("lures", LURES)
def test_lures_are_of_every_strength_and_most_of_them_not_blatant(lures: str) -> None:
    strengths = Counter(row["strength"] for row in TWINS[lures] if row["truth"] != "legitimate")
    total = sum(strengths.values())
    assert 0.15 * total <= strengths["blatant"] <= 0.25 * total
    assert strengths["subtle"] >= 0.4 * total


@pytest.mark.parametrize("frauds", FRAUDS)
def test_a_third_of_the_board_ads_of_job_fraud_are_long(frauds: str) -> None:
    """900 characters are about 150 words; scripts that need fewer characters for them are left out."""
    lengths = [len(row["text"]) for row in TWINS[frauds] if row["genre"] == "board" and alphabetic(row)]
    assert sum(length >= 900 for length in lengths) >= len(lengths) / 3


def test_further_frauds_are_most_on_chinese_boards_and_in_long_english_ads() -> None:
    boards = [row for row in TWINS["contrast_frauds_more"] if row["genre"] == "board"]
    chinese = [row for row in boards if main_language(row) == "zh"]
    long_english = [row for row in boards if main_language(row) == "en" and len(row["text"]) >= 1000]
    assert len(chinese) >= 2 * 60, "two board ads a group"
    assert len(long_english) >= 2 * 45
    assert min(Counter(row["language"].partition("-")[2] for row in chinese).values()) >= 2 * 12


def test_of_the_wide_board_ads_four_in_ten_are_long_and_few_english_ones_promise_that_nothing_is_charged() -> None:
    """A lure may promise it too: what protects a worker must not be what tells a lawful ad."""
    rows = ROWS["boards_wide.jsonl"]
    lengths = [len(row["text"]) for row in rows if row["genre"] == "board" and alphabetic(row)]
    assert sum(length >= 1200 for length in lengths) >= 0.4 * len(lengths)
    english = [row["text"] for row in rows if main_language(row) == "en"]
    promise = re.compile(
        r"\b(?:no|never|not|n't|nobody|zero)\b[^.]{0,40}\b(?:fees?|charges?|money|payment)\b", re.IGNORECASE
    )
    assert sum(bool(promise.search(text)) for text in english) <= len(english) / 3


def test_the_wide_board_ads_give_as_few_digits_as_boards_do_in_many_and_as_many_in_others() -> None:
    texts = [row["text"] for row in ROWS["boards_wide.jsonl"]]
    shares = sorted(OUTWARD["digits"](text) / len(text) for text in texts)
    assert shares[len(shares) // 10] <= 0.002
    assert shares[-len(shares) // 4] >= 0.05


def test_a_third_of_the_near_lures_are_board_ads_of_a_page() -> None:
    rows = [row for row in ROWS["lures_near.jsonl"] if row["genre"] == "board"]
    assert len(rows) >= len(ROWS["lures_near.jsonl"]) / 3
    alphabetic_rows = [row for row in rows if alphabetic(row)]
    assert sum(len(row["text"]) >= 800 for row in alphabetic_rows) >= 0.85 * len(alphabetic_rows)


CHINESE_WORDS = {
    "no experience": "无经验|无需经验|零经验|零基础|無經驗|免經驗|無需經驗|免经验|生手",
    "board and lodging": "包吃|包住|管吃|供食宿|住宿|宿舍",
    "urgent": "急",
    "insurance": "五险|社保|勞健保|勞保|強積金|CPF|EPF",
    "deposit": "押金|保证金|保證金|按金|定金",
    "identity card": "身份证|身分證|身份證|IC|护照|護照",
    "training": "培训|培訓|训练|訓練|带薪|学徒|內訓|课",
    "commission": "提成|佣金|抽成|返佣",
    "loan or instalment": "贷|分期|预支|借支|垫付|先垫|預支|墊",
    "contract": "合同|合約|合约|协议|協議|签约",
    "bank": "银行|銀行|打卡|户口|戶口|账户",
    "messenger": "微信|WhatsApp|Telegram|LINE|QQ",
    "nothing is charged": "不收|免费|費用由公司|费用公司|公司出|公司承担",
}
"""Words of Chinese ads, simplified and traditional, that a reader would take for a sign."""


@pytest.mark.parametrize("word", CHINESE_WORDS)
def test_words_of_chinese_ads_stand_in_dangerous_offers_and_in_their_lawful_twins(word: str) -> None:
    found = re.compile(CHINESE_WORDS[word])
    rows = [row for row in TWINS["contrast_zh"] if found.search(f"{row['title']} {row['text']}")]
    lawful = sum(row["truth"] == "legitimate" for row in rows)
    assert len(rows) >= 10
    assert len(rows) / 3 <= lawful <= 2 * len(rows) / 3, f"{lawful} of {len(rows)}"


def test_chinese_groups_are_two_thirds_job_frauds_and_some_are_of_other_places_than_the_mainland() -> None:
    frauds = Counter(row["kind"] for row in TWINS["contrast_zh"])["fraud"]
    elsewhere = [row for row in TWINS["contrast_zh"] if row["language"] != "zh-Hans"]
    assert len(TWINS["contrast_zh"]) >= 4 * 70
    assert 0.6 <= frauds / len(TWINS["contrast_zh"]) <= 0.75
    assert len(elsewhere) >= 4 * 12
    assert {row["language"] for row in elsewhere} == {"zh-TW", "zh-HK", "zh-SG", "zh-MY"}


def test_chinese_board_ads_are_of_every_length() -> None:
    lengths = sorted(len(row["text"]) for row in ROWS["boards_zh.jsonl"])
    assert len(lengths) >= 90
    assert lengths[len(lengths) // 10] <= 100
    assert lengths[-len(lengths) // 10] >= 500


FRAUDS_WIDE, OFFERS_WIDE = (ROWS[f"{name}.jsonl"] for name in WIDER)


@pytest.mark.parametrize("sign", OUTWARD)
@pytest.mark.parametrize("genre", ["chat", "social", "board"])
def test_no_outward_sign_tells_a_fraud_from_an_offer_of_its_voice(genre: str, sign: str) -> None:
    assert 0.4 <= told_apart(FRAUDS_WIDE, OFFERS_WIDE, genre, sign) <= 0.6


@pytest.mark.parametrize("genre", ["chat", "social", "board"])
def test_a_classifier_of_outward_signs_alone_guesses_at_frauds_and_offers_in_many_voices(genre: str) -> None:
    rows = [row for row in FRAUDS_WIDE + OFFERS_WIDE if row["genre"] == genre]
    assert guessed_apart(rows, list(range(len(rows)))) < 0.65


@pytest.mark.parametrize("word", COMMON_WORDS)
def test_words_of_hiring_and_money_stand_in_frauds_and_offers_in_many_voices(word: str) -> None:
    found = re.compile(COMMON_WORDS[word], re.IGNORECASE)
    frauds, offers = (
        sum(bool(found.search(f"{row['title']} {row['text']}")) for row in rows) / len(rows)
        for rows in (FRAUDS_WIDE, OFFERS_WIDE)
    )
    assert 1 / 3 <= offers / (frauds + offers) <= 2 / 3


def test_a_third_of_the_board_ads_in_many_voices_are_long() -> None:
    lengths = [len(row["text"]) for row in FRAUDS_WIDE + OFFERS_WIDE if row["genre"] == "board" and alphabetic(row)]
    assert sum(length >= 800 for length in lengths) >= len(lengths) / 3
