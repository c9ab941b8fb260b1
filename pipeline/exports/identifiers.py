"""Names that stay: a second export of a case bears the same ones, so that it updates the first and doubles nothing."""

import json
from typing import Final
from uuid import UUID, uuid5

__all__ = ["Namer"]

_OURS: Final = UUID("0b8c1f0e-6a43-4a53-9b0f-5d1f9c6c2a77")


class Namer:
    """The names of one installation; another's cases of the same numbers are named otherwise."""

    def __init__(self, installation: str) -> None:
        self._installation = uuid5(_OURS, installation)

    def case(self, case_id: int) -> UUID:
        """The case, in whatever package it travels."""
        return uuid5(self._installation, f"case {case_id}")

    def package(self, case_ids: tuple[int, ...]) -> UUID:
        """The package of just these cases."""
        return uuid5(self._installation, f"package {sorted(case_ids)}")

    def part(self, *of: object) -> UUID:
        """Anything else that is named once and for all."""
        return uuid5(self._installation, json.dumps([str(each) for each in of]))
