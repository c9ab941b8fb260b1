"""Words that a reader would take for a sign stand in dangerous and in lawful training texts alike."""

import re

import pytest

from training_texts import FRAUDS, FRAUDS_WIDE, LURES, OFFERS_WIDE, TWINS

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


def stand_in_both(found: re.Pattern[str], rows: list[dict[str, str]], *, least: int = 0) -> None:
    """Words stand in so many of the texts at least, and neither side has more than two thirds of these."""
    with_them = [row for row in rows if found.search(f"{row['title']} {row['text']}")]
    lawful = sum(row["truth"] == "legitimate" for row in with_them)
    assert len(with_them) >= least
    assert len(with_them) / 3 <= lawful <= 2 * len(with_them) / 3, f"{lawful} of {len(with_them)}"


@pytest.mark.parametrize("word", COMMON_WORDS)
@pytest.mark.parametrize("frauds", FRAUDS)
def test_words_of_hiring_and_money_stand_in_frauds_and_in_their_lawful_twins(frauds: str, word: str) -> None:
    stand_in_both(re.compile(COMMON_WORDS[word], re.IGNORECASE), TWINS[frauds])


@pytest.mark.parametrize("word", CONTROL_WORDS)
@pytest.mark.parametrize("lures", LURES)
def test_words_of_papers_debts_and_gates_stand_in_lures_and_in_their_lawful_twins(lures: str, word: str) -> None:
    stand_in_both(re.compile(CONTROL_WORDS[word], re.IGNORECASE), TWINS[lures], least=40)


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
    stand_in_both(re.compile(CHINESE_WORDS[word]), TWINS["contrast_zh"], least=10)


@pytest.mark.parametrize("word", COMMON_WORDS)
def test_words_of_hiring_and_money_stand_in_frauds_and_offers_in_many_voices(word: str) -> None:
    found = re.compile(COMMON_WORDS[word], re.IGNORECASE)
    frauds, offers = (
        sum(bool(found.search(f"{row['title']} {row['text']}")) for row in rows) / len(rows)
        for rows in (FRAUDS_WIDE, OFFERS_WIDE)
    )
    assert 1 / 3 <= offers / (frauds + offers) <= 2 / 3
