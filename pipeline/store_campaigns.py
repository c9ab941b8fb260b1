"""Campaigns in the database: signed texts, which ads have them, and what merged or split."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import numpy as np

from crawler.ad import JobAd
from pipeline.campaign import CampaignEvent, Copy
from pipeline.campaign_records import Name, SignedTexts
from pipeline.signatures import SLOTS
from pipeline.store import Store, from_moment, to_moment
from pipeline.stored_ad import read_ad

__all__ = ["CampaignRows"]

_CHUNK: Final = 10_000

_MEMBERS: Final = """
    FROM campaign_texts t
    JOIN campaign_versions m USING (text_id)
    JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id
    JOIN ad_versions v ON v.version_id = m.version_id
    WHERE t.campaign_id = ? AND v.content_hash <> ''"""
"""The ads that carry a text of the campaign now."""


class CampaignRows(Store):
    """Which ads are copies of one another."""

    def campaign_method(self) -> str | None:
        """What the kept texts were signed and met by."""
        row = self._row("SELECT method FROM campaign_method")
        return str(row["method"]) if row else None

    def set_campaign_method(self, method: str) -> None:
        """Remember what they are signed and met by from now on."""
        self._run("DELETE FROM campaign_method")
        self._run("INSERT INTO campaign_method (method) VALUES (?)", [method])

    def unplaced_versions(self) -> list[int]:
        """The versions of ads that belong to no campaign yet, in the order in which they were seen."""
        rows = self._rows(
            "SELECT version_id FROM ad_versions WHERE version_id NOT IN (SELECT version_id FROM campaign_versions) "
            "AND content_hash <> '' ORDER BY version_id"
        )
        return [row["version_id"] for row in rows]

    def version_ads(self, version_ids: Sequence[int]) -> Iterator[JobAd]:
        """The ad of each version, in their order."""
        for start in range(0, len(version_ids), 500):
            part = list(version_ids[start : start + 500])
            rows = self._rows(
                "SELECT version_id, record FROM ad_versions WHERE version_id IN (SELECT value FROM json_each(?))",
                [json.dumps(part)],
            )
            records = {row["version_id"]: row["record"] for row in rows}
            yield from (read_ad(records[version_id]) for version_id in part)

    def texts_mark(self) -> tuple[int, int]:
        """How many texts are kept, and the number of the newest: another pair once others are."""
        row = self._row("SELECT count(*) AS n, coalesce(max(text_id), 0) AS last FROM campaign_texts")
        return (row["n"], row["last"]) if row else (0, 0)

    def kept_texts(self) -> Iterator[SignedTexts]:
        """All texts that are kept, some thousands at a time, in the order in which they came."""
        sql = (
            "SELECT text_id, key, size, signature, words, campaign_id, since "
            "FROM campaign_texts JOIN campaigns USING (campaign_id) WHERE text_id > ? ORDER BY text_id LIMIT ?"
        )
        last = 0
        while rows := self._db.execute(sql, [last, _CHUNK]).fetchall():
            ids, keys, sizes, signatures, words, names, since = zip(*rows, strict=True)
            last = ids[-1]
            yield SignedTexts(
                keys=keys,
                sizes=sizes,
                signatures=np.frombuffer(b"".join(signatures), dtype="<u4").reshape(-1, SLOTS),
                words=words,
                names=[Name(to_moment(at), name) for at, name in zip(since, names, strict=True)],
            )

    def keep_texts(self, texts: SignedTexts) -> None:
        """Keep texts that came anew, each with its campaign."""
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO campaigns (campaign_id, since) VALUES (?, ?)",
            ((name.campaign_id, from_moment(name.since)) for name in set(texts.names)),
        )
        self._db.conn.executemany(
            "INSERT INTO campaign_texts (key, size, signature, words, campaign_id) VALUES (?, ?, ?, ?, ?)",
            (
                (key, size, signature.astype("<u4").tobytes(), words, name.campaign_id)
                for key, size, signature, words, name in zip(
                    texts.keys, texts.sizes, texts.signatures, texts.words, texts.names, strict=True
                )
            ),
        )

    def place_versions(self, placed: Iterable[tuple[int, int, float]], *, at: datetime) -> None:
        """Remember for versions which text they have, by its key, and how similar the nearest other is."""
        self._db.conn.executemany(
            "INSERT INTO campaign_versions (version_id, ad_id, text_id, similarity, joined_at) SELECT v.version_id, "
            "v.ad_id, t.text_id, ?, ? FROM ad_versions v JOIN campaign_texts t ON t.key = ? "
            "WHERE v.version_id = ? AND v.content_hash <> ''",  # one may have been removed since it was read
            ((similarity, from_moment(at), key, version_id) for version_id, key, similarity in placed),
        )

    def record_campaign_event(
        self, act: Literal["merged", "split"], campaign_id: str, other_id: str, *, at: datetime
    ) -> None:
        """One campaign took over another's ads, or another was split off."""
        self._run(
            "INSERT INTO campaign_events (at, act, campaign_id, other_id) VALUES (?, ?, ?, ?)",
            [from_moment(at), act, campaign_id, other_id],
        )
        if act == "merged":
            self._run("UPDATE campaign_texts SET campaign_id = ? WHERE campaign_id = ?", [campaign_id, other_id])
        self._run(
            "UPDATE campaigns SET merged_into = ? WHERE campaign_id = ?",
            [campaign_id if act == "merged" else None, other_id],
        )

    def placed_versions(self) -> dict[int, str]:
        """The campaign of each version that has one."""
        rows = self._rows(
            "SELECT m.version_id, t.campaign_id FROM campaign_versions m JOIN campaign_texts t USING (text_id)"
        )
        return {row["version_id"]: row["campaign_id"] for row in rows}

    def rename_campaigns(self, names: Mapping[str, str]) -> None:
        """Give campaigns that were found anew the ids that they had before."""
        wanted = {"names": json.dumps(dict(names))}
        self._run(
            "UPDATE campaign_texts SET campaign_id = (SELECT value FROM json_each(:names) WHERE key = campaign_id) "
            "WHERE campaign_id IN (SELECT key FROM json_each(:names))",
            wanted,
        )
        self._run(
            "UPDATE campaigns SET merged_into = NULL WHERE campaign_id IN (SELECT value FROM json_each(:names))", wanted
        )

    def forget_placing(self) -> None:
        """Keep no text and no place; campaigns and their history stay."""
        self._run("DELETE FROM campaign_versions")
        self._run("DELETE FROM campaign_texts")

    def leave_campaigns(self, ad_ids: Iterable[str]) -> None:
        """Take ads out of their campaigns, and texts that no other ad has; the rest stays as it is."""
        wanted = [json.dumps(list(ad_ids))]
        self._run("DELETE FROM campaign_versions WHERE ad_id IN (SELECT value FROM json_each(?))", wanted)
        self._run("DELETE FROM campaign_texts WHERE text_id NOT IN (SELECT text_id FROM campaign_versions)")

    def campaign_of(self, ad_id: str) -> str | None:
        """The campaign of the ad as it was last seen."""
        row = self._row(
            "SELECT t.campaign_id FROM ads a JOIN campaign_versions m USING (version_id) "
            "JOIN campaign_texts t USING (text_id) WHERE a.ad_id = ?",
            [ad_id],
        )
        return str(row["campaign_id"]) if row else None

    def living_campaign(self, campaign_id: str) -> str | None:
        """The campaign that holds this one's ads by now: itself, or what it was merged into."""
        row = self._row("SELECT merged_into FROM campaigns WHERE campaign_id = ?", [campaign_id])
        while row and row["merged_into"]:
            campaign_id = row["merged_into"]
            row = self._row("SELECT merged_into FROM campaigns WHERE campaign_id = ?", [campaign_id])
        return campaign_id if row else None

    def campaign_copies(self, campaign_id: str, *, most: int = -1) -> tuple[Copy, ...]:
        """The ads that are in the campaign now, those first that were seen first."""
        sql = f"SELECT v.record, a.first_seen_at, a.last_seen_at, a.gone_at {_MEMBERS}"
        return tuple(
            Copy(
                ad=read_ad(row["record"]),
                first_seen=to_moment(row["first_seen_at"]),
                last_seen=to_moment(row["last_seen_at"]),
                gone_at=to_moment(row["gone_at"]) if row["gone_at"] else None,
            )
            for row in self._rows(f"{sql} ORDER BY a.first_seen_at, a.ad_id LIMIT ?", [campaign_id, most])
        )

    def campaign_size(self, campaign_id: str) -> int:
        """How many ads are in it now."""
        row = self._row(f"SELECT count(*) AS n {_MEMBERS}", [campaign_id])
        return int(row["n"]) if row else 0

    def campaign_events(self, campaign_id: str) -> tuple[CampaignEvent, ...]:
        """What merged into it or was split off, oldest first."""
        rows = self._rows(
            "SELECT at, act, campaign_id, other_id FROM campaign_events WHERE ? IN (campaign_id, other_id) "
            "ORDER BY event_id",
            [campaign_id],
        )
        return tuple(CampaignEvent(**{**row, "at": to_moment(row["at"])}) for row in rows)
