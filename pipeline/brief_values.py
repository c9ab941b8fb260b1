"""The values that a brief may hold, each from a list that is ours; what is on none is told as other, or not said."""

import re
from typing import Final, Literal

from babel import Locale

from model.evaluation.facets import sector_names
from model.taxonomy.records import Indicator

__all__ = [
    "ADDRESSED", "CONTACT_KINDS", "COUNTRIES", "LANGUAGES", "PROMISES", "SCHOOLING", "SECTORS", "Group", "group_of",
]  # fmt: skip

Group = Literal["promise", "work", "approach", "bind"]
"""What an indicator speaks of: what is promised, the work itself, how people are approached and what they are asked
for, and what holds whoever goes."""

SECTORS: Final = frozenset(sector_names())
ADDRESSED: Final = frozenset({"women", "men", "either"})
SCHOOLING: Final = frozenset({"higher", "secondary", "none_needed"})

CONTACT_KINDS: Final = frozenset({
    "phone", "email", "web", "telegram", "whatsapp", "zalo", "line", "wechat", "viber", "kakao", "facebook",
    "messenger", "instagram", "tiktok", "discord", "signal", "skype", "qq", "imo", "botim",
})  # fmt: skip

COUNTRIES: Final = frozenset(code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code)) - {
    "ZZ"
}
LANGUAGES: Final = frozenset(code for code in map(str, Locale("en").languages) if len(code) in {2, 3}) - {
    "und",
    "mul",
    "zxx",
}

PROMISES: Final = frozenset({
    "offer.high_pay_low_skill", "structure.pay_above_minimum", "offer.easy_money", "fraud.pay_too_good_remote",
    "offer.all_inclusive", "offer.travel_paid_by_recruiter", "offer.no_requirements", "movement.no_passport_needed",
    "movement.visitor_entry", "recruiter.handles_everything", "recruiter.no_interview", "recruiter.direct_hire",
    "recruiter.fresh_start", "recruiter.safety_reassurance", "control.no_abuse_assurance",
    "recruiter.nothing_is_checked", "recruiter.targets_debtors", "recruiter.official_impersonation",
    "debt.advance_before_work", "offer.foreign_or_crypto_pay", "offer.any_trade_abroad",
    "bait.home_income", "bait.phone_only_work", "bait.daily_pay", "bait.little_time", "bait.coin_income",
    "bait.open_ages",
})  # fmt: skip
_WORK: Final = frozenset({
    "fraud.tasks_for_likes", "fraud.prepaid_orders", "fraud.parcel_reshipping", "fraud.cheque_overpaid",
    "fraud.pyramid",
})  # fmt: skip
_UNTOLD: Final = frozenset({"structure.no_word_of_work", "protective.talks_of_work"})
"""What only takes other signs away, or tells talk from offers: no sign of an offer."""

_BINDS: Final = frozenset({"offer.excessive_hours", "offer.quota_or_fines"})
_OF_FAMILY: Final[dict[str, Group]] = {"role": "work", "sexual": "work", "control": "bind", "debt": "bind"}


def group_of(indicator: Indicator) -> Group | None:
    """Where a brief tells of it: one that nobody has placed, by its family. None for what speaks against a lure, for
    hints, which say nothing alone, for what only takes other signs away, and for places, which a brief tells as
    countries alone: a town's name can be one advertiser's."""
    if indicator.polarity == "mitigating" or indicator.family in {"place", "hint"} or indicator.key in _UNTOLD:
        return None
    if indicator.key in PROMISES:
        return "promise"
    if indicator.key in _WORK:
        return "work"
    return "bind" if indicator.key in _BINDS else _OF_FAMILY.get(indicator.family, "approach")
