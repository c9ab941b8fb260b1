"""Refusals: reasons not to ask for an address, each with its outcome."""

from scrapy.exceptions import IgnoreRequest

from crawler.errors import Outcome

__all__ = ["PrivateHost", "Refusal"]


class Refusal(IgnoreRequest):
    """Raised when an address may not be asked for, from ``middlewares``; carries its outcome for the ledger."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome, self.detail = outcome, detail


class PrivateHost(Refusal):
    """Raised when a connection would lead where the source may not, from ``address_guard``, whatever led there."""

    def __init__(self, detail: str) -> None:
        super().__init__("out_of_scope", detail)
