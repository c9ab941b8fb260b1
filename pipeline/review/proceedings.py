"""Acts on a case's proceedings, each with its entry in the audit log."""

from datetime import datetime

from pipeline.store.store import Store

__all__ = ["appeal", "end_hold", "set_hold"]


def set_hold(store: Store, case_id: int, *, reason: str, by: str, account: str | None, at: datetime) -> bool:
    """Whether the case is held from now on; False where it was already. ``account`` is whoever is signed in; None on
    the command line, where ``by`` is whoever asked."""
    with store.atomic():
        store.cases.get(case_id)
        changed = store.proceedings.hold(case_id, reason=reason, by=by, at=at)
        if changed:
            store.audit.record("set_hold", f"case {case_id}", by=account, at=at, asked_by=by, reason=reason)
    return changed


def end_hold(store: Store, case_id: int, *, reason: str, by: str, account: str | None, at: datetime) -> bool:
    """Whether a hold ended; False where there was none."""
    with store.atomic():
        store.cases.get(case_id)
        changed = store.proceedings.end_hold(case_id, reason=reason, by=by, at=at)
        if changed:
            store.audit.record("ended_hold", f"case {case_id}", by=account, at=at, asked_by=by, reason=reason)
    return changed


def appeal(store: Store, case_id: int, text: str, *, by: str, account: str | None, at: datetime) -> None:
    """Record what an advertiser says; a decided case waits again. The log has that it was so, not what was said: no
    entry is ever removed."""
    with store.atomic():
        store.cases.get(case_id)
        number = store.proceedings.appeal(case_id, text, by=by, at=at)
        store.audit.record("appealed", f"case {case_id}", by=account, at=at, asked_by=by, appeal=number)
