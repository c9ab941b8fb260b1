"""Whose each account is at an OpenID provider, in the database."""

import hashlib
from datetime import datetime

from pipeline.errors import UnknownAnalyst
from pipeline.store import from_moment
from pipeline.store_people import PeopleRows

__all__ = ["ProviderRows"]


class ProviderRows(PeopleRows):
    """Names come and go at a provider, and some let people choose them; who somebody is there stays. So an account
    belongs to the first person who signs in to it, and to nobody who is called so later."""

    def link_person(self, name: str, *, issuer: str, subject: str, at: datetime) -> bool:
        """Whether the account is this person's: it is from now on, unless it was another's, or they have another."""
        kept = hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
        with self.atomic():
            self._run(
                "INSERT OR IGNORE INTO provider_links (analyst, issuer, subject_hash, since) VALUES (?, ?, ?, ?)",
                [name, issuer, kept, from_moment(at)],
            )
            found = self._row(
                "SELECT 1 AS it_is FROM provider_links WHERE analyst = ? AND issuer = ? AND subject_hash = ?",
                [name, issuer, kept],
            )
        return found is not None

    def unlink_person(self, name: str) -> bool:
        """Forget whose this account is; the next person who comes by its name is. False where nobody was known."""
        if self.analyst(name) is None:
            raise UnknownAnalyst(f"no analyst is named {name!r}; expected one of `lurewatch analysts list`")
        return self._run("DELETE FROM provider_links WHERE analyst = ? COLLATE NOCASE", [name]).rowcount > 0
