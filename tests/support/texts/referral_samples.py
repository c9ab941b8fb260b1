"""Cases that two people judged, as a night and its analysts leave them. Every text, name and number is invented."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from builders import NOON, make_ad, make_assessment
from crawler.ad import Contact, JobAd, PageRef, Salary, fingerprint
from model.assessment import Evidence, RuleMet
from model.taxonomy.records import CountryFacts, Indicator, Source, Taxonomy
from pipeline.accounts.analysts import Analyst
from pipeline.exports.package import Maker, make_package, sort_cases
from pipeline.exports.referral import Package, load_kit
from pipeline.licences.results import Claim, Holder, LicenceFact, LicenceLookup, LookedIn
from pipeline.linking.contacts import ContactVault
from pipeline.nightly.pending import gather_campaigns, link_contacts
from pipeline.review.decisions import Decider, Judgement, Seen, decide
from pipeline.settings.records import ExportSettings
from pipeline.store.store import Store
from store_builders import look, open_store

EXPORTS = Path(__file__).parents[3] / "data" / "exports"
VAULT = ContactVault(b"k" * 32)
PHONE, MAIL, HANDLE = "+85511000777", "lan@crane.example", "crane_jobs_kh"
SECRETS = (PHONE, PHONE.removeprefix("+855"), MAIL, HANDLE, "crane.example")
"""What no package without contacts may hold, in whatever field an ad puts it."""

LURE = make_ad(
    ad_id="board:7f",
    source="example-board",
    title="Helper for chat work, call 011 000 777",
    description=f"We pay an advance of 500 before you fly. Write to {MAIL} or @{HANDLE}. No passport needed.",
    url="https://jobs.crane.example/1",
    apply_url="https://jobs.crane.example/apply",
    hiring_organization="Blue Crane Services",
    company_profile=f"Reach us: {PHONE}",
    job_location="Kestwick",
    country="KH",
    base_salary=Salary(raw="1500 USD a month", min=1500.0, currency="USD", period="month"),
    contacts=(
        Contact(kind="phone", value=PHONE), Contact(kind="email", value=MAIL), Contact(kind="telegram", value=HANDLE),
    ),
    language="en",
    page=PageRef(file="pages.warc.gz", offset=10, sha256="ab" * 32),
)  # fmt: skip
OTHER = make_ad(ad_id="board:80", source="example-board", title="Other work", description="Sort parcels at home.")


def make_indicator(key: str, **fields: Any) -> Indicator:
    given: dict[str, Any] = {
        "title": f"Title of {key}", "definition": "A definition.", "why": "A reason.", "element": ("means",),
        "ilo": ("debt_bondage",), "exploitation": ("forced_criminality",), "strength": "strong", "polarity": "risk",
        "caveats": "A caveat.", "cite": ("src",), "languages": {},
    }  # fmt: skip
    return Indicator(key=key, **(given | fields))


TAXONOMY = Taxonomy(
    version="t1",
    indicators=MappingProxyType(
        {
            "debt.advance": make_indicator("debt.advance", title="Money before the work"),
            "movement.no_passport": make_indicator(
                "movement.no_passport", title="No passport", ilo=("deception",), exploitation=("any",)
            ),
            "protective.contract": make_indicator("protective.contract", title="A contract", polarity="mitigating"),
        }
    ),
    rules=(),
    sources={"src": Source(key="src", title="A source", url="https://source.example/page")},
    negation={},
    never_outweighed=frozenset(),
    not_an_ad="protective.contract",
    not_an_ad_from=1,
    countries=CountryFacts({}, frozenset(), frozenset(), frozenset()),
)


def maker(**settings: Any) -> Maker:
    terms = ExportSettings(organisation="Example Desk", **settings)
    return Maker(taxonomy=TAXONOMY, kit=load_kit(EXPORTS), terms=terms, batches=Path("no batches"))


def filled_queue(folder: Path) -> Store:
    """Case 1: a lure in three copies, of which an earlier text, two changes and a licence look-up are known. Case 2:
    another ad. Nobody has decided anything yet."""
    store = open_store(folder)
    for name in ("putu", "sam"):
        store.accounts.add(Analyst(name=name, role="analyst", password_hash="none"), at=NOON)
    earlier = replace(LURE, seen_at=NOON - timedelta(days=3), job_location=f"Lanbay, {PHONE}")
    copies = [replace(LURE, ad_id=f"board:9{n}", source="other-board", url=None, apply_url=None) for n in range(2)]
    look(store, earlier, LURE, *copies, OTHER)
    gather_campaigns(store, at=NOON)
    link_contacts(store, VAULT)
    for ad in (LURE, OTHER):
        assess(store, ad)
        store.cases.open(fingerprint(ad), reason="score", priority=0.9, at=NOON)
    (version,) = store.db.rows("SELECT version_id FROM ads WHERE ad_id = ?", [LURE.ad_id])
    store.licences.add(version["version_id"], "r1", looked_up())
    return store


def assess(store: Store, ad: JobAd) -> None:
    quotes = (("debt.advance", "an advance of 500"), ("movement.no_passport", f"@{HANDLE}. No passport"))
    evidence = tuple(
        Evidence(indicator=key, field="description", start=at, end=at + len(quote), quote=quote)
        for key, quote in quotes
        if (at := ad.description.find(quote)) >= 0
    )
    rule = RuleMet(rule="pair", title="Two strong", source="A source", indicators=("debt.advance",))
    (pending,) = [each for chunk in store.assessments.pending("m1", "t1", chunk=50) for each in chunk if each.ad == ad]
    store.assessments.add(
        pending.version_id,
        make_assessment(ad_id=ad.ad_id, fingerprint=fingerprint(ad), score=0.9, evidence=evidence, rule=rule),
    )


def looked_up() -> LicenceLookup:
    claim = Claim(
        kind="name", said=f"Blue Crane ({PHONE})", field="description", start=0, end=4, looked_up="blue crane"
    )
    list_ = LookedIn(
        name="xx", title="A list", publisher="A ministry", address="https://list.example", as_of=NOON.date(),
        good_for_days=30,
    )  # fmt: skip
    holder = Holder(row=3, name="Blue Crane Ltd", numbers=("12/A",), status="active", valid_until=None)
    fact = LicenceFact(
        result="contact_differs", claims=(claim,), looked_in=(list_,), holder=holder, score=93.0,
        notes=(f"The ad's {MAIL} is not listed.",),
    )  # fmt: skip
    return LicenceLookup(
        ad_id=LURE.ad_id, result="contact_differs", facts=(fact,), unanswered=(f"{PHONE} is no number",), looked_at=NOON
    )


def say(store: Store, case_id: int, verdict: Any, *, by: str, settles: bool = False, **judged: Any) -> None:
    """One analyst decides the case as it stands."""
    seen = Seen(
        case_id=case_id,
        fingerprint=store.cases.get(case_id).fingerprint,
        decisions=len(store.decisions.of_case(case_id)),
    )
    said = Judgement(verdict=verdict, note=f"Call {PHONE}", **judged)
    decide(store, seen, said, by=Decider(name=by, may_settle=settles), at=NOON)


def agree(store: Store, *cases: int, verdict: Any = "trafficking_recruitment") -> None:
    for case_id in cases or (1,):
        say(store, case_id, verdict, by="mai", confirmed={"debt.advance"})
        say(store, case_id, verdict, by="putu", rejected={"movement.no_passport"})


def package(store: Store, *cases: int, contacts: bool = False, **settings: Any) -> Package:
    return make_package(store, sort_cases(store, cases or (1,)), maker(**settings), contacts=contacts, at=NOON)


EXPORT_DESK = replace(maker(), contacts_permitted=True)
