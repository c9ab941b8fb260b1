"""Further faces of the board: plain pages, and pages that a script draws."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, abort, render_template, request
from listings import PAGE_LENGTH
from markup import body_html, for_script
from nights import Plan, PublishedAd, publish_unchanging
from sample_ads import SampleAd
from words import Words, pay_text

FACES: Mapping[str, str] = {"plain": "Lantern Board", "script": "Pontoon Board"}
"""What each calls itself; its pages lie below ``/plain/`` and ``/script/``."""


def part_ads(ads: Iterable[SampleAd], plan: Plan) -> dict[str, tuple[SampleAd, ...]]:
    """The ads by face; ``""`` is the board itself. Each stands on one face alone, so that none is counted twice."""
    parted: dict[str, list[SampleAd]] = {"": [], **{face: [] for face in FACES}}
    for ad in ads:
        parted[plan.faces.get(ad.id[-1], "")].append(ad)
    return {face: tuple(found) for face, found in parted.items()}


def add_faces(app: Flask, parted: Mapping[str, tuple[SampleAd, ...]], plan: Plan, words: dict[str, Words]) -> None:
    """The pages of every further face; what they show is the same on all nights."""
    for face in FACES:
        _add_face(app, face, publish_unchanging(parted[face], plan, f"/{face}/jobs/"), words)


def _add_face(app: Flask, face: str, ads: tuple[PublishedAd, ...], words: dict[str, Words]) -> None:
    by_path = {published.path: published for published in ads}

    def listing() -> str:
        asked = request.args.get("page", "1")
        page = int(asked) if asked.isdecimal() else 0
        shown = ads[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH] if page else ()
        if not shown:
            abort(404)
        following = f"/{face}/jobs?page={page + 1}" if page * PAGE_LENGTH < len(ads) else ""
        state = {"vacancies": [_vacancy(published, words, in_full=False) for published in shown]}
        return _page(face, "listing", ads=shown, following=following, state=state)

    def ad(name: str) -> str:
        published = by_path.get(request.path)
        if published is None:
            abort(404)
        return _page(
            face, "ad", one=published, ad=published.ad, state={"vacancy": _vacancy(published, words, in_full=True)}
        )

    app.add_url_rule(f"/{face}/jobs", f"{face}_listing", listing)
    app.add_url_rule(f"/{face}/jobs/<name>", f"{face}_ad", ad)


def _page(face: str, kind: str, *, state: dict[str, Any], **shown: Any) -> str:
    return render_template(
        f"faces/{face}_{kind}.html", board=FACES[face], state=for_script(json.dumps(state, ensure_ascii=False)), **shown
    )


def _vacancy(published: PublishedAd, words: dict[str, Words], *, in_full: bool) -> dict[str, Any]:
    """The ad as the data of a script has it."""
    ad = published.ad
    vacancy: dict[str, Any] = {
        "id": ad.id,
        "title": ad.title,
        "company": {"name": ad.employer} if ad.employer else None,
        "location": ad.place,
        "url": published.path,
        "postedAt": published.posted_on.isoformat(),
    }
    if in_full:
        vacancy |= {
            "country": ad.country,
            "salary": pay_text(ad.pay, words[ad.language]),
            "employmentType": ad.employment_type,
            "expiresAt": published.open_until.isoformat(),
            "description": str(body_html(ad.body)),
        }
    return vacancy
