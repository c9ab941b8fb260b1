"""The page's own words for verdicts, kinds and reasons. Claims are worded as claims: nothing says what an ad *is*."""

from pipeline.accounts.analysts import Role
from pipeline.accounts.audit_log import Act
from pipeline.case import Reason, State
from pipeline.exports.export import ExportFormat
from pipeline.exports.selection import REFUSAL_WORDS
from pipeline.linking.changes import Fact
from pipeline.linking.describe import SlotName
from pipeline.nightly.triage import band_of
from pipeline.settings.messages import VERDICT_WORDS, mark
from pipeline.store.queue.case_filter import Facet, Lane

__all__ = [
    "ACT_WORDS", "CONTACT_WORDS", "ERROR_WORDS", "EXPLOITATION_WORDS", "FACET_WORDS", "FACT_WORDS",
    "FORMAT_WORDS", "FRESH_WORDS", "KIND_NAMES", "KIND_WORDS", "LANE_WORDS", "MARK_WORDS", "REASON_WORDS",
    "REFUSAL_WORDS", "REPOST_WORDS", "ROLE_WORDS", "SLOT_WORDS", "STATE_WORDS", "STRENGTH_WORDS",
    "VERDICT_WORDS", "band_of",
]  # fmt: skip

KIND_WORDS = {
    "trafficking_recruitment": mark("reads like recruitment for trafficking"),
    "job_fraud": mark("reads like job fraud"),
    "legitimate": mark("reads like a lawful offer"),
    "not_an_ad": mark("reads like something other than an ad"),
}

KIND_NAMES = {
    "trafficking_recruitment": mark("recruitment for trafficking"),
    "job_fraud": mark("job fraud"),
    "legitimate": mark("a lawful offer"),
    "not_an_ad": mark("something other than an ad"),
}

LANE_WORDS: dict[Lane, str] = {
    "trafficking_recruitment": mark("Trafficking recruitment"),
    "job_fraud": mark("Job fraud"),
    "audit": mark("Audit"),
    "resurfaced": mark("Resurfaced"),
    "second_opinion": mark("Second opinion"),
    "disagreement": mark("Disagreement"),
}

FACET_WORDS: dict[Facet, str] = {
    "lane": mark("Lane"),
    "standing": mark("State"),
    "reason": mark("Why it is here"),
    "kind": mark("Reads like"),
    "source": mark("Source"),
    "language": mark("Language"),
    "country": mark("Country"),
    "place": mark("Place"),
    "employer": mark("Employer"),
    "indicator": mark("Indicator"),
    "analyst": mark("Decided by"),
    "tag": mark("Tag"),
}

REASON_WORDS: dict[Reason, str] = {
    "score": mark("score above the threshold"),
    "indicator_rule": mark("combination of indicators"),
    "audit": mark("random audit"),
    "uncertain": mark("near the threshold: the model is unsure"),
    "resurfaced": mark("changed or came back after a verdict"),
}

STATE_WORDS: dict[State, str] = {
    "open": mark("waiting"),
    "decided": mark("decided"),
    "reopened": mark("reopened: its text changed or a copy came back"),
}

ROLE_WORDS: dict[Role, str] = {
    "analyst": mark("analyst"),
    "supervisor": mark("supervisor"),
    "researcher": mark("researcher"),
    "administrator": mark("administrator"),
}

FACT_WORDS: dict[Fact, str] = {
    "destination": mark("Destination"),
    "employer": mark("Employer"),
    "salary": mark("Pay"),
    "contact": mark("Contact"),
    "requirement": mark("Requirements"),
}

REPOST_WORDS = {
    "reposted": mark("Removed, then posted again"),
    "reposted_under_another_name": mark("Posted again under another name"),
}

FRESH_WORDS = {
    "contact": mark("Contact"),
    "destination": mark("Destination"),
    "salary": mark("Pay"),
    "rule": mark("Combination of indicators"),
}

ACT_WORDS: dict[Act, str] = {
    "began": mark("began the log"),
    "saw": mark("saw a case"),
    "saw_campaign": mark("saw a campaign"),
    "saw_contact": mark("saw a contact"),
    "listed": mark("listed cases"),
    "decided": mark("decided"),
    "put_aside": mark("put off"),
    "exported": mark("exported"),
    "left_to_provider": mark("left the sign-in to the organisation's account"),
    "unlinked_account": mark("forgot whose account it is at the provider"),
    "signed_in": mark("signed in"),
    "failed_to_sign_in": mark("failed to sign in"),
    "signed_out": mark("signed out"),
    "changed_password": mark("changed the password"),
    "added_account": mark("added an account"),
    "changed_role": mark("changed a role"),
    "reset_password": mark("made a new password"),
    "disabled_account": mark("disabled an account"),
    "read_audit": mark("read the audit log"),
    "retained": mark("removed what is kept no longer"),
    "backed_up": mark("made a backup"),
    "restored": mark("put a backup in place"),
    "forgot": mark("erased ads"),
}

SLOT_WORDS: dict[SlotName, str] = {
    "contact": mark("contact"),
    "place": mark("place"),
    "employer": mark("employer"),
    "number": mark("number"),
    "words": mark("words"),
}

CONTACT_WORDS = {
    "phone": mark("phone"),
    "email": mark("email"),
    "domain": mark("domain"),
    "account": mark("account"),
}
"""Other kinds are services, by their own names."""

MARK_WORDS = {"for": mark("evidence of risk"), "against": mark("speaks against"), "context": mark("context")}
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

ERROR_WORDS = {
    400: (mark("Not understood"), mark("This request cannot be answered.")),
    403: (mark("Not allowed"), mark("Your account may not do this.")),
    404: (mark("Not found"), mark("There is no such page.")),
    405: (mark("Not understood"), mark("This address does not do that.")),
    413: (mark("Too long"), mark("What was sent is longer than any form here.")),
    500: (
        mark("Something went wrong"),
        mark("This was not meant to happen. Whoever runs this desk finds more in its log."),
    ),
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
