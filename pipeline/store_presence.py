"""Which ads still stand, in the database: seen, missed, gone."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from pipeline.store import Store, from_moment

__all__ = ["PresenceRows"]


_TOUCH = (
    "UPDATE ads SET last_seen_at = max(last_seen_at, ?), missed = 0, gone_at = NULL, gone_why = NULL WHERE source = ?"
)


class PresenceRows(Store):
    """What a batch says of ads that it does not repeat. Nothing is removed: what is seen again is back."""

    def touch_ads(self, source: str, urls: Iterable[str], *, at: datetime) -> int:
        """How many ads were found standing unchanged at these addresses, without being read again."""
        return self._touch(source, "url", urls, at)

    def touch_ad_ids(self, source: str, ad_ids: Iterable[str], *, at: datetime) -> int:
        """How many of these ads the store holds; they were found standing unchanged."""
        return self._touch(source, "ad_id", ad_ids, at)

    def miss_ads(self, source: str, *, since: datetime, unread: Iterable[str]) -> tuple[str, ...]:
        """Ads that the source's newest batch, begun then, did not show. Ads at the unread addresses are spared: that
        nobody could look says nothing about them."""
        rows = self._rows(
            "UPDATE ads SET missed = missed + 1 WHERE source = ? AND last_seen_at < ? AND gone_at IS NULL "
            "AND (url IS NULL OR url NOT IN (SELECT value FROM json_each(?))) RETURNING ad_id",
            [source, from_moment(since), json.dumps(list(unread))],
        )
        return tuple(sorted(row["ad_id"] for row in rows))

    def missed_ads(self, source: str, *, looks: int, since: datetime) -> frozenset[str]:
        """Ads that so many looks in a row have missed and that are not marked as gone."""
        rows = self._rows(
            "SELECT ad_id FROM ads WHERE source = ? AND gone_at IS NULL AND missed >= ? AND last_seen_at < ?",
            [source, looks, from_moment(since)],
        )
        return frozenset(row["ad_id"] for row in rows)

    def ads_at(self, source: str, urls: Iterable[str], *, since: datetime) -> frozenset[str]:
        """Ads at these addresses that were not seen since."""
        rows = self._rows(
            "SELECT ad_id FROM ads WHERE source = ? AND last_seen_at < ? AND url IN (SELECT value FROM json_each(?))",
            [source, from_moment(since), json.dumps(list(urls))],
        )
        return frozenset(row["ad_id"] for row in rows)

    def end_ads(self, source: str, why: Mapping[str, str], *, at: datetime) -> tuple[str, ...]:
        """Those of these ads that were not gone yet, marked as gone with the reason given for each."""
        ended = [
            ad_id
            for ad_id, reason in why.items()
            if self._run(
                "UPDATE ads SET gone_at = ?, gone_why = ? WHERE ad_id = ? AND source = ? AND gone_at IS NULL",
                [from_moment(at), reason, ad_id, source],
            ).rowcount
        ]
        return tuple(sorted(ended))

    def _touch(self, source: str, column: str, values: Iterable[str], at: datetime) -> int:
        cursor = self._run(
            f"{_TOUCH} AND {column} IN (SELECT value FROM json_each(?))",
            [from_moment(at), source, json.dumps(list(values))],
        )
        return cursor.rowcount
