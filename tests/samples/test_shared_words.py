"""Words that a reader would take for a sign stand in dangerous and in lawful training texts alike."""

import re

import pytest
from training_texts import ROWS, Row, main_language, offers, whole

HIRING_WORDS = {
    "contract": "contract|合同|合約|hợp đồng|kontrak",
    "training": "training|培训|đào tạo|pelatihan",
    "interview": "interview|面试|phỏng vấn|wawancara",
    "deposit": "deposit|押金|cọc",
    "fee": r"\bfees?\b|费|phí|biaya",
    "refund": "refund|退|hoàn",
    "bank": "bank|银行|ngân hàng|rekening",
    "messenger": "whatsapp|telegram|zalo|微信",
}
"""Words of hiring and money, in the languages that have most job frauds."""

CONTROL_WORDS = {
    "papers": r"hộ chiếu|căn cước|paspor|\bktp\b|passport|\bids?\b|\bcards?\b|pasaporte|passeport|паспорт|พาสปอร์ต|บัตร",
    "telephone": r"điện thoại|\bđt\b|ponsel|\bhp\b|phones?\b|celular|téléphone|телефон|มือถือ|โทรศัพท์|ဖုန်း|ទូរស័ព្ទ",
    "visa": r"\bvi[sz]a\b|виз[аы]|วีซ่า|ビザ|비자|签|ভিসা|تأشيرة|فيزا",
    "contract": r"hợp đồng|kontrak|contrat|contract|договор|контракт|สัญญา|mkataba|চুক্তি|करार",
    "advance": r"\bứng\b|kasbon|panjar|\badvances?\b|\bbale\b|anticipo|adelant|adianta|avanc|เบิก|দাদন|पेशगी|पेस्की|선불",
    "guards and gates": r"bảo vệ|cổng|satpam|gerbang|\bguards?\b|\bgates?\b|portón|portão|ворот|охран|ဂိတ်|ประตู",
}
"""Words of control and debt, which a lawful employer has too, in the languages that have most lures."""

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

OFFERS = offers([row for rows in ROWS.values() for row in rows])


def lawful_share(words: str, rows: list[Row]) -> float:
    """Of the texts that hold some of the words, how many are lawful; the sides are weighed to be of one size."""
    found = re.compile(words, re.IGNORECASE)
    shares = []
    for is_lawful in (True, False):
        side = [row for row in rows if (row["truth"] == "legitimate") is is_lawful]
        holding = sum(bool(found.search(whole(row))) for row in side)
        assert holding >= 10, "texts of both sides hold some"
        shares.append(holding / len(side))
    return shares[0] / sum(shares)


@pytest.mark.parametrize("word", HIRING_WORDS)
def test_words_of_hiring_and_money_stand_in_dangerous_and_in_lawful_offers(word: str) -> None:
    assert 0.3 <= lawful_share(HIRING_WORDS[word], OFFERS) <= 0.7


@pytest.mark.parametrize("word", CONTROL_WORDS)
def test_words_of_papers_debts_and_gates_stand_in_dangerous_and_in_lawful_offers(word: str) -> None:
    assert 0.3 <= lawful_share(CONTROL_WORDS[word], OFFERS) <= 0.7


@pytest.mark.parametrize("word", CHINESE_WORDS)
def test_words_of_chinese_ads_stand_in_dangerous_and_in_lawful_offers(word: str) -> None:
    """The furthest from even are insurance (0.81) and instalments (0.24)."""
    chinese = [row for row in OFFERS if main_language(row) == "zh"]
    assert 0.2 <= lawful_share(CHINESE_WORDS[word], chinese) <= 0.85
