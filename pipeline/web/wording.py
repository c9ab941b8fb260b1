"""Words of the page for verdicts, kinds and reasons: claims, never facts."""

from typing import Literal

from pipeline.accounts.analysts import Role
from pipeline.accounts.audit_log import Act
from pipeline.case import Reason, State, Verdict
from pipeline.exports.export import ExportFormat
from pipeline.exports.package import REFUSAL_WORDS
from pipeline.linking.changes import Fact
from pipeline.linking.describe import SlotName
from pipeline.nightly.triage import band_of
from pipeline.settings.messages import VERDICT_WORDS, mark
from pipeline.store.queue.case_filter import Facet, Lane
from pipeline.store.queue.case_queue import Order

__all__ = [
    "ACT_WORDS", "CONTACT_WORDS", "ERROR_WORDS", "EXPLOITATION_WORDS", "FACET_WORDS", "FACT_WORDS", "FAMILY_WORDS",
    "FORMAT_WORDS", "KIND_WORDS", "LANE_WORDS", "MARK_WORDS", "ORDER_WORDS", "REASON_WORDS", "REFUSAL_WORDS",
    "REPOST_WORDS", "ROLE_WORDS", "SECOND_WORDS", "SERVICES", "SLOT_WORDS", "STANDING_WORDS", "STRENGTH_WORDS",
    "VERDICT_HELP", "VERDICT_WORDS", "band_of", "standing_of",
]  # fmt: skip

KIND_WORDS = {
    "trafficking_recruitment": mark("recruitment for trafficking"),
    "job_fraud": mark("job fraud"),
    "legitimate": mark("looks legitimate"),
    "not_an_ad": mark("not a job ad"),
}

LANE_WORDS: dict[Lane, str] = {
    "trafficking_recruitment": mark("Trafficking recruitment"),
    "job_fraud": mark("Job fraud"),
    "resurfaced": mark("Resurfaced"),
    "second_opinion": mark("Second opinion"),
    "disagreement": mark("Disagreement"),
}

FACET_WORDS: dict[Facet, str] = {
    "lane": mark("Queue"),
    "standing": mark("State"),
    "reason": mark("Reason"),
    "kind": mark("Model’s guess"),
    "source": mark("Source"),
    "language": mark("Language"),
    "country": mark("Country"),
    "place": mark("Place"),
    "employer": mark("Employer"),
    "indicator": mark("Indicator"),
    "analyst": mark("Decided by"),
    "tag": mark("Tag"),
    "verdict": mark("Verdict"),
    "second": mark("Second opinion"),
    "blind": mark("Read blind"),
}

REASON_WORDS: dict[Reason, str] = {
    "score": mark("high score"),
    "indicator_rule": mark("matched rule"),
    "audit": mark("random audit"),
    "uncertain": mark("borderline score"),
    "resurfaced": mark("changed, came back or appealed"),
    "reported": mark("somebody reported it"),
}

STANDING_WORDS = {
    "to_review": mark("to review"),
    "awaiting": mark("awaits a second opinion"),
    "disagreed": mark("two analysts disagree"),
    "closed": mark("closed"),
    "reopened": mark("to review again: it changed, came back or was appealed"),
}
"""How a case stands, the same on every page."""

SECOND_WORDS = {"agreed": mark("agreed"), "settled": mark("settled"), "none": mark("none")}

VERDICT_HELP: dict[Verdict, str] = {
    "trafficking_recruitment": mark("It fits recruitment for exploitation: deceit, debt, confinement, forced crime."),
    "job_fraud": mark("It is after money or data; nobody is to be moved or held."),
    "irregular_recruitment": mark("A real job outside the lawful way: no licence, illegal fees, wrong visa."),
    "legitimate": mark("A lawful offer, as far as its text says."),
    "not_an_ad": mark("It offers no job."),
    "cannot_tell": mark("The text does not say enough."),
}
"""When to choose which verdict, in a line each."""

ROLE_WORDS: dict[Role, str] = {
    "analyst": mark("analyst"),
    "supervisor": mark("supervisor"),
    "researcher": mark("researcher"),
    "administrator": mark("administrator"),
}

FACT_WORDS: dict[Fact | Literal["rule"], str] = {
    "destination": mark("Destination"),
    "employer": mark("Employer"),
    "salary": mark("Pay"),
    "contact": mark("Contact"),
    "requirement": mark("Requirements"),
    "rule": mark("Matched rule"),
}

ORDER_WORDS: dict[Order, str] = {
    "priority": mark("most urgent first"),
    "newest": mark("newest first"),
    "oldest": mark("oldest first"),
    "score": mark("highest score first"),
    "copies": mark("most copies first"),
    "decided": mark("last decided first"),
}

REPOST_WORDS = {
    "reposted": mark("Removed, then posted again"),
    "reposted_under_another_name": mark("Posted again under another name"),
}

ACT_WORDS: dict[Act, str] = {
    "began": mark("log started"),
    "saw": mark("viewed case"),
    "saw_campaign": mark("viewed campaign"),
    "saw_contact": mark("viewed contact"),
    "listed": mark("viewed list"),
    "decided": mark("decided"),
    "put_aside": mark("skipped"),
    "exported": mark("exported"),
    "left_to_provider": mark("removed a password"),
    "unlinked_account": mark("unlinked a provider account"),
    "signed_in": mark("signed in"),
    "failed_to_sign_in": mark("failed to sign in"),
    "signed_out": mark("signed out"),
    "changed_password": mark("changed own password"),
    "added_account": mark("added an account"),
    "changed_role": mark("changed a role"),
    "reset_password": mark("reset a password"),
    "disabled_account": mark("disabled an account"),
    "read_audit": mark("read the audit log"),
    "retained": mark("removed expired data"),
    "backed_up": mark("made a backup"),
    "checked": mark("checked an ad"),
    "saw_ad": mark("saw an ad"),
    "opened_case": mark("opened a case for a reported ad"),
    "made_token": mark("made an API token"),
    "ended_token": mark("ended an API token"),
    "assigned": mark("assigned a case"),
    "commented": mark("commented on a case"),
    "restored": mark("put a backup in place"),
    "forgot": mark("erased ads"),
    "discarded_contacts": mark("gave up contacts whose key is lost"),
    "set_hold": mark("held a case"),
    "ended_hold": mark("ended a hold"),
    "appealed": mark("recorded an appeal"),
    "added_second_factor": mark("set up a second factor"),
    "removed_second_factor": mark("removed a second factor"),
    "made_recovery_codes": mark("made recovery codes"),
}

SLOT_WORDS: dict[SlotName, str] = {
    "contact": mark("contact"),
    "place": mark("place"),
    "employer": mark("employer"),
    "number": mark("number"),
    "words": mark("words"),
}

SERVICES = {
    "telegram": "Telegram", "whatsapp": "WhatsApp", "zalo": "Zalo", "line": "LINE", "wechat": "WeChat",
    "viber": "Viber", "kakao": "KakaoTalk", "facebook": "Facebook", "messenger": "Messenger",
    "instagram": "Instagram", "tiktok": "TikTok", "discord": "Discord", "signal": "Signal", "skype": "Skype",
    "qq": "QQ", "imo": "imo", "botim": "BOTIM",
}  # fmt: skip
"""Their own names, in every language."""

CONTACT_WORDS = SERVICES | {
    "phone": mark("phone"),
    "email": mark("email"),
    "domain": mark("domain"),
    "account": mark("account"),
}

MARK_WORDS = {"for": mark("risk"), "against": mark("reassuring"), "context": mark("neutral context")}
"""What a mark in an ad's text means, by its class."""

STRENGTH_WORDS = {"strong": mark("strong"), "medium": mark("medium"), "weak": mark("weak")}

EXPLOITATION_WORDS = {
    "sexual_exploitation": mark("sexual exploitation"),
    "domestic_servitude": mark("domestic servitude"),
    "forced_recruitment": mark("forced recruitment"),
    "forced_labour": mark("forced labour"),
    "forced_labour_fishing": mark("forced labour in fishing"),
    "debt_bondage": mark("debt bondage"),
    "financial_fraud": mark("financial fraud"),
    "forced_criminality": mark("forced criminality"),
    "surrogacy": mark("surrogacy"),
    "organ_removal": mark("organ removal"),
    "child_exploitation": mark("child exploitation"),
    "forced_marriage": mark("forced marriage"),
}

FAMILY_WORDS = {
    "bait": mark("Bait"),
    "control": mark("Control of people"),
    "debt": mark("Debt"),
    "fraud": mark("Fraud"),
    "hint": mark("Soft hints"),
    "movement": mark("Journey and border"),
    "offer": mark("The offer"),
    "place": mark("Place"),
    "protective": mark("Reassuring signs"),
    "recruiter": mark("The recruiter"),
    "role": mark("Kind of work"),
    "sexual": mark("Sexual exploitation and bodies"),
    "structure": mark("Form of the ad"),
}
"""Groups of indicators, by the file that they stand in."""

ERROR_WORDS = {
    400: (mark("Bad request"), mark("The request is not valid.")),
    403: (mark("Not allowed"), mark("Your account does not have permission for this.")),
    404: (mark("Not found"), mark("This page does not exist.")),
    405: (mark("Bad request"), mark("Not allowed here.")),
    413: (mark("Too long"), mark("The form is too long.")),
    500: (mark("Something went wrong"), mark("An error occurred. The server’s log has the details.")),
}
"""Title and text of a page that cannot be shown."""

FORMAT_WORDS: dict[ExportFormat, str] = {
    "csv": mark("table (CSV)"),
    "json": mark("JSON, with its schema"),
    "misp": mark("MISP event"),
    "stix": mark("STIX 2.1 bundle"),
    "html": mark("page to read, print or keep as PDF"),
    "package": mark("all of these in one file (ZIP)"),
}


def standing_of(state: State, lane: str) -> str:
    """The key of ``STANDING_WORDS`` for a case's state and queue."""
    if lane == "second_opinion":
        return "awaiting"
    if lane == "disagreement":
        return "disagreed"
    return {"open": "to_review", "decided": "closed", "reopened": "reopened"}[state]
