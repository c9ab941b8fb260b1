"""Review queue of a night: triage's policy on what was newly assessed.

One case for a campaign: which of its texts need a case of their own, and what makes a decided one wait again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from datetime import datetime

from model.datasets.labels import near_duplicate_key
from pipeline.case import HARMFUL, Reason
from pipeline.linking.changes import Fresh, find_news
from pipeline.nightly import triage
from pipeline.nightly.report import Queued
from pipeline.nightly.triage import TriagePolicy
from pipeline.store.ads.assessments import Untriaged
from pipeline.store.campaigns import CampaignCase, GrownCase
from pipeline.store.cases import Cases
from pipeline.store.store import Store

News = tuple[Fresh, ...]


class CampaignCover:
    """What is decided and open of campaigns while one night's texts are triaged."""

    def __init__(self, store: Store, rows: Iterable[Untriaged], now: datetime) -> None:
        self._store, self._now = store, now
        self._cases = store.campaigns.cases_of({row.campaign_id for row in rows if row.campaign_id})
        self._sizes: Counter[str] = Counter()
        self.covered = 0
        """Flagged texts that needed no case of their own."""

        self.reopened = 0
        """Decided cases that wait again, because an ad with their very text brought something new."""

        self.resurfaced_texts: set[str] = set()

    def reason_for(self, row: Untriaged, reason: Reason | None) -> tuple[Reason | None, News]:
        """Why a text without a case gets one, None where it gets none; and what is new of it in its campaign.

        Of a campaign that was decided as harmful every later copy with something new is shown, flagged or not.
        """
        cases = self._cases_of(row)
        if not cases:
            return reason, ()
        decided = _newest(cases)
        if decided is not None and (reason is not None or decided.verdict in HARMFUL):
            news = self._news(row, decided)
            if news:
                return "resurfaced", news
        self.covered += reason is not None
        return None, ()

    def reopen_decided(self, row: Untriaged, *, is_flagged: bool) -> None:
        """Let a decided case wait again where an ad with its very text says something new beside it."""
        decided = _newest(self._cases_of(row))
        if row.case_id is None or row.case_state != "decided" or decided is None:
            return
        if not (is_flagged or decided.verdict in HARMFUL):
            return
        # Never because the model changed.
        if news := [each for each in self._news(row, decided) if each.fact != "rule"]:
            self._store.cases.record_resurfacing(row.case_id, row.ad_id, news, at=self._now)
            self._reload(row)
            self.reopened += 1

    def opened(self, row: Untriaged, case_id: int, news: News) -> None:
        """Take note that a text got a case."""
        if news:
            self._store.cases.record_resurfacing(case_id, row.ad_id, news, at=self._now)
            self.resurfaced_texts.add(row.fingerprint)
        self._reload(row)

    def size(self, row: Untriaged) -> int:
        """How many ads say this, in these words or nearly."""
        campaign = row.campaign_id
        if campaign is None:
            return row.copies
        if campaign not in self._sizes:
            self._sizes[campaign] = self._store.campaigns.size(campaign)
        return max(row.copies, self._sizes[campaign])

    def _cases_of(self, row: Untriaged) -> list[CampaignCase]:
        return self._cases.get(row.campaign_id or "", [])

    def _news(self, row: Untriaged, decided: CampaignCase) -> News:
        assert decided.decided_at is not None  # it has a decision
        assert row.campaign_id is not None  # it has cases
        earlier = self._store.campaigns.versions_before(row.campaign_id, decided.decided_at)
        news = find_news(self._store.ads.get(row.ad_id), earlier)
        known = {case.rule for case in self._cases_of(row)}
        if row.rule is None or row.rule in known:
            return news
        before = "; ".join(sorted(rule for rule in known if rule)) or None
        return (*news, Fresh(fact="rule", before=before, after=row.rule))

    def _reload(self, row: Untriaged) -> None:
        if row.campaign_id is not None:
            self._cases[row.campaign_id] = list(self._store.campaigns.cases(row.campaign_id))


def _newest(cases: list[CampaignCase]) -> CampaignCase | None:
    """The case that was decided last; None where one still waits, which then stands for all."""
    if not cases or any(case.state != "decided" for case in cases):
        return None
    decided = [(case.decided_at, case.case_id, case) for case in cases if case.decided_at is not None]
    return max(decided)[2] if decided else None


def fill_queue(store: Store, policy: TriagePolicy, *, night: str, now: datetime) -> Queued:
    """What was opened of all that was assessed since the last triage; one act, so a crash repeats it whole.

    The audit is drawn from the texts that have no case and that nothing flags, before any of them is taken for being
    near the threshold. ``night`` seeds the draw.
    """
    with store.atomic():
        rows = [row for row in store.assessments.untriaged() if row.current]
        campaigns = CampaignCover(store, rows, now)
        for row in rows:
            if row.case_id and row.case_reason and row.case_state and row.shown:  # it waits or not as it did
                case = GrownCase(
                    case_id=row.case_id, reason=row.case_reason, state=row.case_state, score=row.score, rule=row.rule,
                    size=campaigns.size(row),
                )  # fmt: skip
                _move(store.cases, case, policy)
            campaigns.reopen_decided(row, is_flagged=_is_flagged(row, policy))
        left = [row for row in store.assessments.uncovered() if _is_flagged(row, policy)]
        # One row a text: copies differ in what stands around the text, and the most telling one decides.
        without_case = (row for row in (*rows, *left) if row.case_id is None)
        strongest = sorted(without_case, key=lambda row: (row.rule is not None, row.score), reverse=True)
        texts = {row.fingerprint: row for row in reversed(strongest)}.values()
        reasons = {row.fingerprint: triage.reason_to_open(row.score, row.rule, policy) for row in texts}
        places, opened = list[float](), list[Reason]()
        for row in sorted(texts, key=lambda row: (row.rule is None, -row.score, row.fingerprint)):
            reason, news = campaigns.reason_for(row, reasons[row.fingerprint])
            if reason is None:
                continue
            resurfaced = reason == "resurfaced"
            places.append(triage.priority_of(row.score, row.rule, campaigns.size(row), policy, floor=resurfaced))
            blind = not resurfaced and triage.is_drawn_blind(night, row.fingerprint, policy)
            case_id = store.cases.open(row.fingerprint, reason=reason, priority=places[-1], at=now, blind=blind)
            campaigns.opened(row, case_id, news)
            opened.append(reason)
        unflagged = {row.fingerprint: row.score for row in texts if reasons[row.fingerprint] is None}
        for text in campaigns.resurfaced_texts:
            unflagged.pop(text, None)
        audit = triage.draw_audit(night, unflagged, triage.audit_size(len(places), len(unflagged), policy))
        uncertain = _uncertain(store, night, unflagged, (reasons.keys() - unflagged.keys()) | set(audit), policy)
        drawn: tuple[tuple[Reason, tuple[str, ...]], ...] = (("audit", audit), ("uncertain", uncertain))
        for why, chosen in drawn:
            for text, priority in triage.drawn_priorities(night, chosen, places, policy).items():
                blind = triage.is_drawn_blind(night, text, policy)
                store.cases.open(text, reason=why, priority=priority, at=now, blind=blind)
        for case in store.campaigns.update_sizes(store.campaigns.touched()):
            _move(store.cases, case, policy)
        store.assessments.mark_triaged(at=now)
    return Queued(
        by_score=opened.count("score"),
        by_rule=opened.count("indicator_rule"),
        resurfaced=opened.count("resurfaced") + campaigns.reopened,
        covered=campaigns.covered,
        audit=len(audit),
        uncertain=len(uncertain),
        unflagged=len(unflagged),
    )


def _uncertain(
    store: Store, night: str, unflagged: Mapping[str, float], to_read: Set[str], policy: TriagePolicy
) -> tuple[str, ...]:
    """Texts near the threshold to learn from. ``to_read`` are those that are opened tonight for another reason."""
    left = {text: score for text, score in unflagged.items() if text not in to_read}
    size = triage.uncertain_size(len(to_read - unflagged.keys()), len(left), policy)
    if not size:
        return ()

    def key_of(text: str) -> str:
        return near_duplicate_key(store.ads.text_of(text))

    known = {key_of(text) for text in to_read} | {near_duplicate_key(text) for text in store.cases.texts("uncertain")}
    return triage.nearest_to_threshold(night, left, size, key_of=key_of, known=known)


def _is_flagged(assessed: Untriaged | GrownCase, policy: TriagePolicy) -> bool:
    return triage.reason_to_open(assessed.score, assessed.rule, policy) is not None


def _move(cases: Cases, case: GrownCase, policy: TriagePolicy) -> None:
    """Give a case the place that its score, its rule and the size of its campaign deserve."""
    if case.reason in {"audit", "uncertain"} and case.state == "open" and not _is_flagged(case, policy):
        return  # its place was drawn
    resurfaced = case.reason == "resurfaced" or case.state == "reopened"
    cases.set_priority(case.case_id, triage.priority_of(case.score, case.rule, case.size, policy, floor=resurfaced))
