"""Digest of what waits for each analyst: lines, a record, and a notification."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.accounts.analysts import may
from pipeline.errors import UnknownAnalyst
from pipeline.linking.redaction import hide_contacts
from pipeline.nightly.notifications.channels import Notification
from pipeline.nightly.notifications.pages import Section, as_html
from pipeline.review.terminal_text import in_one_line
from pipeline.store.store import Store

__all__ = ["Digest", "digest_lines", "digest_record", "find_digests", "notification_of_digests"]

WORDS: Final = {
    "mentions": "mentioned", "assigned": "assigned", "second_opinions": "second opinion", "to_settle": "to settle",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What waits for one analyst."""

    analyst: str
    cases: Mapping[str, Sequence[tuple[int, str]]]
    """List -> number and title of each case, contacts in titles hidden: mail is read elsewhere."""

    @property
    def count(self) -> int:
        """How much waits."""
        return sum(map(len, self.cases.values()))


def find_digests(store: Store, analyst: str | None = None) -> tuple[Digest, ...]:
    """The digest of everybody who decides, or of one analyst. Raises ``UnknownAnalyst``."""
    if analyst and store.accounts.get(analyst) is None:
        raise UnknownAnalyst(f"no analyst is named {analyst!r}; expected one of `lurewatch analysts list`")
    found = []
    for each in store.accounts.all():
        if each.active and may(each.role, "decide") and (not analyst or each.name.casefold() == analyst.casefold()):
            waiting = store.teamwork.waiting_for(each.name, may_settle=may(each.role, "adjudicate"))
            cases = {
                key: tuple((case.case_id, hide_contacts(case.title)) for case in getattr(waiting, key)) for key in WORDS
            }
            found.append(Digest(analyst=each.name, cases=cases))
    return tuple(found)


def digest_lines(digests: Sequence[Digest]) -> list[str]:
    """The digests as lines of text; none for whom nothing waits."""
    return [line for each in digests if each.count for line in (_head(each), *(f"  {line}" for line in _cases(each)))]


def digest_record(digests: Sequence[Digest]) -> list[dict[str, Any]]:
    """The digests for a machine."""
    return [
        {"analyst": each.analyst}
        | {key: [{"case": case, "title": title} for case, title in cases] for key, cases in each.cases.items()}
        for each in digests
    ]


def notification_of_digests(digests: Sequence[Digest]) -> Notification:
    """What goes out by mail, webhook or command; it asks for people, so it is sent whatever ``notify.when`` says."""
    count = sum(each.count for each in digests)
    title = "1 case waits on the review page" if count == 1 else f"{count} cases wait on the review page"
    return Notification(
        subject=f"lurewatch: {title}",
        text="".join(f"{line}\n" for line in digest_lines(digests)),
        html=as_html(title, [Section(title=_head(each), lines=_cases(each)) for each in digests if each.count]),
        record={"event": "digest", "title": title, "analysts": digest_record(digests)},
        is_good=False,
    )


def _head(digest: Digest) -> str:
    return f"{digest.analyst}: {', '.join(f'{len(cases)} {WORDS[key]}' for key, cases in digest.cases.items())}"


def _cases(digest: Digest) -> list[str]:
    return [
        f"{WORDS[key]}: case {case}, {in_one_line(title)}"
        for key, cases in digest.cases.items()
        for case, title in cases
    ]
