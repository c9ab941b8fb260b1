"""Contacts, and the ads, employers and places that they connect."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from crawler.ad import JobAd
from crawler.extract.fields.contacts import find_contacts
from pipeline.case import HARMFUL
from pipeline.linking.contacts import (
    MOST_CAMPAIGNS,
    ContactAd,
    ContactCard,
    ContactChoice,
    ContactLink,
    ContactVault,
    KnownContact,
    connects,
    find_identities,
)
from pipeline.store.connection import HAS_SEALED, SEALED_FIELDS, Params, Part, statement, storable, to_moment

_MOST_LINKS: Final = 60

MOST_KNOWN: Final = 20_000
"""Contacts that are unsealed to find one by a part of it: a second's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far one contact reached."""

    employers: int
    countries: int
    first_seen: datetime
    is_specific: bool
    """Whether it connects the ads that it is in; of any other, cases are not counted."""

    harmful_cases: int
    lawful_cases: int


class Contacts(Part):
    """What ads have in common beside their words."""

    def unlinked_versions(self) -> tuple[int, ...]:
        """The versions of ads whose contacts are not in the graph yet."""
        return self._db.column(
            "SELECT version_id FROM ad_versions WHERE version_id NOT IN (SELECT version_id FROM contact_versions) "
            "AND content_hash <> '' ORDER BY version_id"
        )

    def link(self, version_id: int, ad: JobAd, vault: ContactVault) -> None:
        """Add one version to the graph."""
        self._db.run(
            "INSERT INTO contact_versions (version_id, employer, place, country) VALUES (?, ?, ?, ?)",
            [version_id, _folded(ad.hiring_organization), _folded(ad.job_location), ad.country],
        )
        for contact in find_identities(ad):
            digest = vault.hash_of(contact)
            if self._db.row("SELECT 1 FROM contacts WHERE hash = ?", [digest]) is None:
                row = {"hash": digest, "kind": storable(contact.kind), "value": vault.seal(contact)}
                self._db.insert("contacts", row)
            self._db.run(
                "INSERT INTO contact_ads (contact_id, version_id, ad_id) "
                "SELECT contact_id, ?, ? FROM contacts WHERE hash = ?",
                [version_id, ad.ad_id, digest],
            )

    def remove_ads(self, ad_ids: Iterable[str]) -> None:
        """Remove ads from the graph, and contacts that no other ad has."""
        given = [list(ad_ids)]
        versions = "SELECT version_id FROM ad_versions WHERE ad_id IN (SELECT value FROM json_each(?))"
        for table in ("contact_ads", "contact_versions"):
            self._db.run(f"DELETE FROM {table} WHERE version_id IN ({versions})", given)
        self._db.run("DELETE FROM contacts WHERE contact_id NOT IN (SELECT contact_id FROM contact_ads)")

    def discard_sealed(self) -> int:
        """Give up what was sealed with a key that is lost; gives how many texts had contacts. Those that a text shows
        are read anew and sealed with a new key; the graph is empty until it is linked again."""
        self._db.make_key()
        rows = self._db.rows(f"SELECT version_id, record FROM ad_versions WHERE {HAS_SEALED}")
        for row in rows:
            ad = self._db.read_ad(row["record"], without_sealed=True)
            text = f"{ad.title}\n{ad.description}"
            read = replace(ad, contacts=find_contacts(text, ad.country, language=ad.language))
            self._db.run(
                "UPDATE ad_versions SET record = ? WHERE version_id = ?", [self._db.ad_line(read), row["version_id"]]
            )
        self._db.run(
            "UPDATE ad_changes SET before = NULL, after = NULL WHERE field IN (SELECT value FROM json_each(?))",
            [SEALED_FIELDS],
        )
        self._db.run("UPDATE OR REPLACE resurfacings SET before = NULL, after = '' WHERE fact = 'contact'")
        for table in ("contact_ads", "contact_versions", "contacts"):
            self._db.run(f"DELETE FROM {table}")
        return len(rows)

    def get(self, digest: str) -> ContactCard | None:
        """The contact with this hash."""
        return next(iter(self._cards("WHERE c.hash = ? GROUP BY c.contact_id", [digest])), None)

    def of_ad(self, ad_id: str) -> tuple[ContactCard, ...]:
        """The contacts that the ad has now."""
        where = (
            "WHERE c.contact_id IN (SELECT contact_id FROM contact_ads JOIN ads USING (version_id) WHERE ads.ad_id = ?)"
        )
        return self._cards(f"{where} GROUP BY c.contact_id ORDER BY c.kind, c.hash", [ad_id])

    def all(self) -> tuple[ContactCard, ...]:
        """All contacts, those of most ads first."""
        return self._cards("GROUP BY c.contact_id ORDER BY ads DESC, c.hash")

    def _cards(self, rest: str, params: Params = ()) -> tuple[ContactCard, ...]:
        rows = self._db.rows(f"{statement('contact_cards')} {rest}", params)
        for row in rows:
            row["is_specific"] = connects(
                campaigns=row["campaigns"], employers=row["employers"], all_named=row.pop("all_named")
            )
        return tuple(self._db.to_record(ContactCard, row) for row in rows)

    def ads(self, digest: str, *, most: int = -1) -> tuple[ContactAd, ...]:
        """The ads that have or had this contact, newest first."""
        return self._db.records(ContactAd, statement("contact_ads"), [digest, most])

    def links(self, digest: str) -> tuple[ContactLink, ...]:
        """Other contacts in the same campaigns, of those that connect anything; most ads first."""
        return self._db.records(
            ContactLink, statement("contact_links"), {"hash": digest, "campaigns": MOST_CAMPAIGNS, "most": _MOST_LINKS}
        )

    def choices(self, case_ids: Sequence[int], *, chosen: str, most: int) -> tuple[ContactChoice, ...]:
        """The contacts of these cases, those of most cases first; the chosen one is among them in any case."""
        found = self._db.records(ContactChoice, statement("contact_choices"), [list(case_ids), most])
        if chosen and chosen not in {each.hash for each in found}:
            sql = "SELECT hash, kind, value AS sealed, 0 AS cases FROM contacts WHERE hash = ?"
            found += self._db.records(ContactChoice, sql, [chosen])
        return found

    def first_known(self, digests: Sequence[str]) -> str | None:
        """The first of these hashes that a stored contact has."""
        return self._db.text(
            "SELECT n.value FROM json_each(?) n JOIN contacts c ON c.hash = n.value ORDER BY n.key LIMIT 1",
            [list(digests)],
        )

    def kinds(self) -> tuple[str, ...]:
        """Every kind of the stored contacts."""
        return self._db.column("SELECT DISTINCT kind FROM contacts ORDER BY kind")

    def countries(self) -> tuple[str, ...]:
        """Every country of the stored ads, those of most ads first: a number without a code is dialled in one."""
        return self._db.column(
            "SELECT country FROM contact_versions WHERE length(country) = 2 GROUP BY country "
            "ORDER BY count(*) DESC, country"
        )

    def known(self) -> tuple[KnownContact, ...]:
        """The stored contacts, the newest first."""
        sql = "SELECT hash, kind, value AS sealed FROM contacts ORDER BY contact_id DESC LIMIT ?"
        return self._db.records(KnownContact, sql, [MOST_KNOWN])

    def of_versions(self, versions: Mapping[int, str]) -> dict[str, list[int]]:
        """The contacts of each of these versions, by the id of its ad."""
        rows = self._db.run(statement("contacts_of_versions"), [list(versions)])
        return {ad_id: json.loads(contact_ids) for ad_id, contact_ids in rows}

    def reach(self, contact_id: int, *, at: datetime, apart_from: int | None = None) -> Reach:
        """How far the contact reached at that moment; decisions count that were made before, but for one case's."""
        moment = {"contact": contact_id, "at": at, "case": apart_from}
        row = self._db.row(statement("contact_reach"), moment)
        assert row is not None  # counts are always there
        is_specific = connects(campaigns=row["campaigns"], employers=row["employers"], all_named=bool(row["all_named"]))
        cases = dict[str, int](self._db.run(statement("contact_verdicts"), moment)) if is_specific else {}
        return Reach(
            employers=row["employers"],
            countries=row["countries"],
            first_seen=to_moment(row["first_seen"]) if row["first_seen"] else at,
            is_specific=is_specific,
            harmful_cases=sum(count for verdict, count in cases.items() if verdict in HARMFUL),
            lawful_cases=cases.get("legitimate", 0),
        )


def _folded(text: str | None) -> str | None:
    return storable(" ".join(text.casefold().split())) if text else None
