"""One case for a campaign: which of its texts need a case of their own, and what makes a decided one wait again."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pipeline.case import Reason, Verdict
from pipeline.novelty import Fresh, find_news
from pipeline.review_queue import ReviewQueue
from pipeline.store_resurfacing import CampaignCase
from pipeline.store_triage import Untriaged

__all__ = ["CampaignCover"]

HARMFUL: Final[frozenset[Verdict | None]] = frozenset(("trafficking_recruitment", "job_fraud", "irregular_recruitment"))
"""Of a campaign decided so, every later copy that brings something new is shown, flagged or not."""

News = tuple[Fresh, ...]


class CampaignCover:
    """What is decided and open of campaigns while one night's texts are triaged."""

    def __init__(self, queue: ReviewQueue, now: datetime) -> None:
        self._queue, self._now = queue, now
        self._campaigns = queue.untriaged_campaigns()
        self._cases = queue.cases_by_campaign(set(self._campaigns.values()))
        self._sizes: Counter[str] = Counter()
        self.covered = 0
        """Flagged texts that needed no case of their own."""

        self.reopened = 0
        """Decided cases that wait again, because an ad with their very text brought something new."""

        self.resurfaced_texts: set[str] = set()

    def take_up(self, rows: Iterable[Untriaged]) -> None:
        """Know the campaigns of texts that were triaged before, too; they have no case."""
        for row in rows:
            campaign = self._queue.campaign_of(row.ad_id)
            if campaign is not None:
                self._campaigns[row.fingerprint] = campaign

    def reason_for(self, row: Untriaged, reason: Reason | None) -> tuple[Reason | None, News]:
        """Why a text without a case gets one, None where it gets none; and what is new of it in its campaign."""
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

    def look_again(self, row: Untriaged, *, is_flagged: bool) -> None:
        """Let a decided case wait again where an ad with its very text says something new beside it."""
        decided = _newest(self._cases_of(row))
        if row.case_id is None or row.case_state != "decided" or decided is None:
            return
        if not (is_flagged or decided.verdict in HARMFUL):
            return
        news = tuple(one for one in self._news(row, decided) if one.fact != "rule")  # never because the model changed
        if news:
            self._queue.record_resurfacing(row.case_id, row.ad_id, news, at=self._now)
            self._reload(row)
            self.reopened += 1

    def opened(self, row: Untriaged, case_id: int, news: News) -> None:
        """Take note that a text got a case."""
        if news:
            self._queue.record_resurfacing(case_id, row.ad_id, news, at=self._now)
            self.resurfaced_texts.add(row.fingerprint)
        self._reload(row)

    def size(self, row: Untriaged) -> int:
        """How many ads say this, in these words or nearly."""
        campaign = self._campaigns.get(row.fingerprint)
        if campaign is None:
            return row.copies
        if campaign not in self._sizes:
            self._sizes[campaign] = self._queue.campaign_size(campaign)
        return max(row.copies, self._sizes[campaign])

    def _cases_of(self, row: Untriaged) -> list[CampaignCase]:
        return self._cases.get(self._campaigns.get(row.fingerprint, ""), [])

    def _news(self, row: Untriaged, decided: CampaignCase) -> News:
        assert decided.decided_at is not None  # it has a decision
        campaign = self._campaigns[row.fingerprint]
        news = find_news(self._queue.ad(row.ad_id), self._queue.said_before(campaign, decided.decided_at))
        known = {case.rule for case in self._cases_of(row)}
        if row.rule is None or row.rule in known:
            return news
        before = "; ".join(sorted(rule for rule in known if rule)) or None
        return (*news, Fresh(fact="rule", before=before, after=row.rule))

    def _reload(self, row: Untriaged) -> None:
        campaign = self._campaigns.get(row.fingerprint)
        if campaign is not None:
            self._cases[campaign] = list(self._queue.campaign_cases(campaign))


def _newest(cases: list[CampaignCase]) -> CampaignCase | None:
    """The case that was decided last; None where one still waits, which then stands for all."""
    if not cases or any(case.state != "decided" for case in cases):
        return None
    decided = [(case.decided_at, case.case_id, case) for case in cases if case.decided_at is not None]
    return max(decided)[2] if decided else None
