"""What each role may do. The page asks here for every view and every act; nothing else decides it."""

from typing import Final, Literal, get_args

from pipeline.analysts import Role

__all__ = ["RIGHTS", "Right", "may"]

Right = Literal[
    "read", "see_contacts", "decide", "adjudicate", "export_cases", "export_contacts", "export_labels", "read_audit",
    "manage_accounts",
]  # fmt: skip
"""``read`` is to see cases without contacts; ``adjudicate`` is to settle what two analysts saw differently;
``export_cases`` is to make referral packages, ``export_contacts`` to make them with contacts."""
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)

_ANALYST: Final[frozenset[Right]] = frozenset({"read", "see_contacts", "decide", "export_cases"})
_SUPERVISOR: Final[frozenset[Right]] = _ANALYST | {"adjudicate", "export_contacts", "export_labels", "read_audit"}

_GRANTED: Final[dict[Role, frozenset[Right]]] = {
    "analyst": _ANALYST,
    "supervisor": _SUPERVISOR,
    # Contacts are personal data that research on texts does not need.
    "researcher": frozenset({"read", "export_labels"}),
    # Whoever sets passwords can become anybody: withholding a right from this role would only look safe.
    "administrator": _SUPERVISOR | {"manage_accounts"},
}


def may(role: Role, right: Right) -> bool:
    """Whether someone of this role may do that."""
    return right in _GRANTED[role]
