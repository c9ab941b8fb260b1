"""A desk with everything on it that a page can show: cases of every standing, a campaign, contacts, an overview with
numbers, a log. Made once and copied for each test that writes. Every text is invented."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from builders import NOON, make_ad, make_assessment
from campaign_copies import COPIES
from crawler.ad import Contact, JobAd, fingerprint
from model.assessment import Contribution, Evidence, RuleMet
from pipeline.accounts.analysts import Analyst
from pipeline.linking.changes import Fresh
from pipeline.linking.contacts import ContactVault, Identity
from pipeline.nightly.pending import gather_campaigns, link_contacts, read_offers
from pipeline.review.decisions import Decider, Judgement, Seen, decide, take_back
from pipeline.store.store import Store
from store_builders import look, open_store
from web_acts import HOSTILE

PEOPLE = {"mai": "analyst", "putu": "analyst", "binh": "analyst", "a-supervisor": "supervisor",
          "a-researcher": "researcher", "a-administrator": "administrator"}  # fmt: skip
VAULT = ContactVault(b"k" * 32)
LURE = "trafficking_recruitment"
TEXT = "We pay an advance of 500. A contract is signed at our office."
ADVANCE, CONTRACT = ("debt.advance", "an advance of 500"), ("protective.contract", "A contract")
KITCHENS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedDesk:
    """Where the database lies, and what to ask for."""

    database: Path
    cases: dict[str, int]
    """By what is to be seen there."""

    campaign: str
    contact: str


def prepare_desk(folder: Path, password_hash: str) -> PreparedDesk:
    """The desk in this folder."""
    with open_store(folder) as store:
        run = store.runs.start(at=NOON)
        add_people(store, password_hash)
        cases = {name: add_case(store, ad) for name, ad in _ads().items()}
        campaign = _add_campaign(store)
        _decide(store, cases)
        _change(store, cases)
        read_offers(store)
        store.queue.save_filter("a-administrator", "Kitchens", "source=kitchens")
        store.runs.end(run.run_id, at=NOON, counts={"unflagged": 60, "audit": 6}, problems=["test: too few ads"])
    contact = VAULT.hash_of(Identity("phone", COPIES[0].contacts[0].value))
    return PreparedDesk(database=folder / "lurewatch.db", cases=cases, campaign=campaign, contact=contact)


def add_people(store: Store, password_hash: str) -> None:
    """An account for each of ``PEOPLE``."""
    store.accounts.set_password_hash("mai", password_hash)
    for name, role in PEOPLE.items():
        if name != "mai":
            store.accounts.add(Analyst(name=name, role=role, password_hash=password_hash), at=NOON)


def add_case(store: Store, ad: JobAd, *, score: float = 0.9, reason: str = "score") -> int:
    """The ad's case, scored, with the evidence that its text shows."""
    look(store, ad)
    (pending,) = [each for chunk in store.assessments.pending("m1", "t1", chunk=50) for each in chunk if each.ad == ad]
    kinds = {LURE: score, "job_fraud": 0.0, "legitimate": 1 - score, "not_an_ad": 0.0}
    rule = RuleMet(rule="pair", title="One strong and another", source="A source", indicators=("debt.advance",))
    assessment = make_assessment(
        ad_id=ad.ad_id, fingerprint=fingerprint(ad), score=score, kinds=kinds, rule=rule, evidence=tuple(_shown(ad)),
        contributions=(Contribution(name="words: advance", value=2.0), Contribution(name="base", value=-1.5)),
    )  # fmt: skip
    store.assessments.add(pending.version_id, assessment)
    return store.cases.open(fingerprint(ad), reason=reason, priority=score, at=NOON)


def _shown(ad: JobAd) -> Iterable[Evidence]:
    for field in ("title", "description"):
        for key, quote in (ADVANCE, CONTRACT):
            start = getattr(ad, field).find(quote)
            if start >= 0:
                yield Evidence(indicator=key, field=field, start=start, end=start + len(quote), quote=quote)


def _ads() -> dict[str, JobAd]:
    named = {
        "waiting": make_ad(title="Helper for chat work", description=TEXT, hiring_organization="Blue Crane Services"),
        "hostile": make_ad(ad_id="test:2", title=HOSTILE, description=f"{HOSTILE} {TEXT}", job_location=HOSTILE),
        "awaited": make_ad(ad_id="test:3", title="Typist by the lake", description=f"Rooms are free. {TEXT}"),
        "disagreed": make_ad(ad_id="test:4", title="Driver for two shops", description=f"Vans are ours. {TEXT}"),
        "agreed": make_ad(ad_id="test:5", title="Night reader", description=f"Screens are new. {TEXT}"),
        "reopened": make_ad(ad_id="test:6", title="Porter for a hotel", description=f"Uniforms are ours. {TEXT}"),
        "taken back": make_ad(ad_id="test:7", title="Packer of lamps", description=f"Boxes are light. {TEXT}"),
        "held": make_ad(ad_id="test:8", title="Clerk for a harbour", description=f"Desks are new. {TEXT}"),
    }
    kitchens = {
        f"kitchen {number}": make_ad(
            ad_id=f"k:{number}", source="kitchens", language="en", country="KH", title=f"Cook {number}",
            description=f"We look for men with a university degree. Kitchen {number} opens on Monday.",
            contacts=(Contact(kind="phone", value=f"+8551100{number:04}"),),
        )
        for number in range(KITCHENS)
    }  # fmt: skip
    return named | kitchens


def _add_campaign(store: Store) -> str:
    look(store, *COPIES)
    gather_campaigns(store, at=NOON)
    case_id = store.cases.open(fingerprint(COPIES[0]), reason="score", priority=0.2, at=NOON)
    news = Fresh(fact="contact", before="phone: +85511000777", after="phone: +85511444222")
    store.cases.record_resurfacing(case_id, COPIES[1].ad_id, (news,), at=NOON)
    link_contacts(store, VAULT)
    return store.campaigns.of_ad(COPIES[0].ad_id)


def _decide(store: Store, cases: dict[str, int]) -> None:
    for case, said in (
        ("awaited", (("mai", LURE),)),
        ("disagreed", (("mai", LURE), ("putu", "legitimate"))),
        ("agreed", (("mai", LURE), ("putu", LURE))),
        ("reopened", (("a-administrator", "legitimate"),)),
        ("taken back", (("a-administrator", "legitimate"),)),
    ):
        for made, (name, verdict) in enumerate(said):
            judged = Judgement(verdict=verdict, confirmed={"debt.advance"}, rejected={"protective.contract"},
                               tags=("to-report",), note="Asks for money first.")  # fmt: skip
            seen = Seen(case_id=cases[case], fingerprint=store.cases.get(cases[case]).fingerprint, decisions=made)
            decide(store, seen, judged, by=Decider(name=name, may_settle=True), at=NOON)
    take_back(store, cases["taken back"], by="a-administrator", at=NOON)
    store.cases.defer(cases["waiting"], "putu", "unsure", at=NOON)
    store.cases.claim(cases["held"], "putu", at=NOON)


def _change(store: Store, cases: dict[str, int]) -> None:
    (ad,) = store.cases.ads(cases["reopened"])
    told = replace(ad, description=f"Now in another town. {TEXT}", country="KH", job_location="Kestwick")
    look(store, replace(told, seen_at=NOON + timedelta(days=1)))
