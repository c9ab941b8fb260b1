"""The same offers told in twelve languages: invented, for measuring alone."""

import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from crawler.ad import JobAd
from model.datasets.labels import LabelledAd

__all__ = ["read_tellings"]

_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


@cache
def read_tellings() -> tuple[LabelledAd, ...]:
    """Every offer in every language; the tellings of one offer are a group."""
    path = Path(__file__).with_name("tellings.toml")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        _telling(name, language, text, is_lure=offer["acted_on"])
        for name, offer in content.items()
        for language, text in offer.items()
        if language != "acted_on"
    )


def _telling(name: str, language: str, text: str, *, is_lure: bool) -> LabelledAd:
    return LabelledAd(
        ad=JobAd(
            ad_id=f"tellings:{name}:{language}",
            source="tellings",
            seen_at=_UNDATED,
            title="",
            description=text,
            language=language,
        ),
        kind="trafficking_recruitment" if is_lure else "legitimate",
        dataset="tellings",
        sort=name,
        genre="board",
        group=f"tellings:{name}",
    )
