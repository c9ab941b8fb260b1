"""Nights of the board: ads, dates, addresses, changed and gone ads."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sample_ads import SampleAd

DAYS_OPEN = 90
PLAN_KEYS = frozenset({"first_night", "broken_script", "employer_area", "faces", "change", "removal", "copy"})
CHANGEABLE = frozenset({"title", "place", "country", "body"})
COPY_KEYS = frozenset({"of", "id", "night", "posted", "title", "employer", "place", "country", "swap"})


class BadPlan(Exception):
    """Raised when board.toml breaks its format or names an ad that the board does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """board.toml: which ad is shown how, and what happens on which night."""

    first_night: date
    broken_script: str
    """The ad whose page carries several scripts, one of them broken."""

    employer_area: tuple[str, ...]
    """Ads that live under /employer/, which robots.txt forbids."""

    faces: Mapping[str, str]
    """The last digit of an ad's id, and the face of the board that such ads stand on instead."""

    changes: tuple[tuple[int, str, Mapping[str, Any]], ...]
    """Night, ad and the fields that read otherwise from then on."""

    removals: tuple[tuple[int, str], ...]
    copies: tuple["Copy", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An ad that repeats another under its own id, with other words in some places."""

    of: str
    night: int
    """From this night on it stands on the board."""

    id: str
    posted: int
    """Days before the first night; less than 0 where it came later."""

    fields: Mapping[str, str]
    swap: Mapping[str, str]
    """What stands in the other ad's text, and what this one has in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAd:
    """An ad as it stands on a night."""

    ad: SampleAd
    path: str
    """Its address on the board. It never changes, whatever becomes of the title."""

    posted_on: date
    changed_on: date
    open_until: date
    in_employer_area: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The board on one night."""

    day: date
    ads: tuple[PublishedAd, ...]
    """Newest first."""

    gone: tuple[PublishedAd, ...]
    """Ads that stood here on an earlier night."""

    moving: frozenset[str]
    """Ads that change or go on some night. Other pages never link to them, so that those pages stay as they are."""


def read_plan(path: Path) -> Plan:
    """The plan, checked for its form; that its ads exist is checked by ``publish``."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if set(table) != PLAN_KEYS:
        raise BadPlan(f"{path.name}: has {', '.join(sorted(table))}; expected {', '.join(sorted(PLAN_KEYS))}")
    return Plan(
        first_night=table["first_night"],
        broken_script=table["broken_script"],
        employer_area=tuple(table["employer_area"]),
        faces={digit: face for face, digit in table["faces"].items()},
        changes=tuple(_read_change(change, path.name) for change in table["change"]),
        removals=tuple((removal["night"], removal["ad"]) for removal in table["removal"]),
        copies=tuple(_read_copy(copy, path.name) for copy in table["copy"]),
    )


def _read_copy(copy: dict[str, Any], where: str) -> Copy:
    if unknown := set(copy) - COPY_KEYS:
        raise BadPlan(f"{where}: a copy has {sorted(unknown)[0]!r}; expected {', '.join(sorted(COPY_KEYS))}")
    if missing := {"of", "id", "night", "posted", "swap"} - set(copy):
        raise BadPlan(f"{where}: a copy has no {sorted(missing)[0]!r}")
    return Copy(
        of=copy["of"],
        night=copy["night"],
        id=copy["id"],
        posted=copy["posted"],
        fields={key: copy[key] for key in ("title", "employer", "place", "country") if key in copy},
        swap=copy["swap"],
    )


def _read_change(change: dict[str, Any], where: str) -> tuple[int, str, Mapping[str, Any]]:
    fields = {key: value.strip() for key, value in change.items() if key not in {"night", "ad"}}
    if not fields or (unknown := set(fields) - CHANGEABLE):
        raise BadPlan(f"{where}: a change names {sorted(unknown or fields)}; expected {', '.join(sorted(CHANGEABLE))}")
    return change["night"], change["ad"], fields


def publish(ads: tuple[SampleAd, ...], plan: Plan, night: int) -> Edition:
    """The board on that night; the same ads, plan and night always give the same board."""
    ads = (*ads, *_copies(ads, plan, night))
    moving = {ad for _, ad, _ in plan.changes} | {ad for _, ad in plan.removals}
    if missing := (moving | {plan.broken_script, *plan.employer_area}) - {ad.id for ad in ads}:
        raise BadPlan(f"board.toml: no ad is called {sorted(missing)[0]}; expected the id of an ad in ads/")
    gone = {ad for removed_on, ad in plan.removals if night >= removed_on}
    published = _newest_first(_publish_ad(ad, plan, night) for ad in ads)
    return Edition(
        day=plan.first_night + timedelta(days=night - 1),
        ads=tuple(one for one in published if one.ad.id not in gone),
        gone=tuple(one for one in published if one.ad.id in gone),
        moving=frozenset(moving | {copy.id for copy in plan.copies if copy.night > 1}),
    )


def publish_unchanging(ads: tuple[SampleAd, ...], plan: Plan, folder: str) -> tuple[PublishedAd, ...]:
    """Ads that are the same on every night, with addresses below that folder."""
    published = (_publish_ad(ad, plan, 1) for ad in ads)
    return tuple(_newest_first(replace(one, path=f"{folder}{one.path.rpartition('/')[2]}") for one in published))


def _newest_first(published: Iterable[PublishedAd]) -> list[PublishedAd]:
    return sorted(published, key=lambda one: (-one.posted_on.toordinal(), one.ad.id))


def _copies(ads: tuple[SampleAd, ...], plan: Plan, night: int) -> Iterator[SampleAd]:
    """The copies that stand on that night."""
    known = {ad.id: ad for ad in ads}
    for copy in plan.copies:
        if copy.of not in known or copy.id in known:
            raise BadPlan(
                f"board.toml: copy {copy.id} of {copy.of}: expected an id of its own and that of an ad in ads/"
            )
        body = known[copy.of].body
        for before, after in copy.swap.items():
            if before not in body:
                raise BadPlan(f"board.toml: copy {copy.id}: its ad does not say {before!r}")
            body = body.replace(before, after)
        if night >= copy.night:
            yield replace(known[copy.of], id=copy.id, posted=copy.posted, body=body, **copy.fields)


def _publish_ad(ad: SampleAd, plan: Plan, night: int) -> PublishedAd:
    posted_on = plan.first_night - timedelta(days=ad.posted)
    in_employer_area = ad.id in plan.employer_area
    path = f"/job/{ad.id}{_slug(ad.title)}"
    if in_employer_area:
        path = f"/employer{_slug(ad.employer or 'direct', '/')}{path}"
    changed_on = posted_on
    for changed_from, changed, fields in plan.changes:
        if changed == ad.id and night >= changed_from:
            ad = replace(ad, **fields)
            changed_on = plan.first_night + timedelta(days=changed_from - 1)
    return PublishedAd(
        ad=ad,
        path=path,
        posted_on=posted_on,
        changed_on=changed_on,
        open_until=posted_on + timedelta(days=DAYS_OPEN),
        in_employer_area=in_employer_area,
    )


def _slug(text: str, lead: str = "-") -> str:
    # Thai and Chinese titles leave nothing in ASCII: their address is the id alone, as on many boards.
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d")).encode("ascii", "ignore").decode()
    words = re.findall("[a-z0-9]+", plain)
    return lead + "-".join(words[:8]) if sum(map(len, words)) > 3 else ""
