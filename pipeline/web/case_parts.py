"""Parts of a case's page that come from elsewhere than the ad and its assessment: each a template and what it shows.

A part is a function that is given the reading and gives what its template calls ``part``, or None where there is
nothing to show. Adding one is adding a line here and a template. What an ad says is shown with ``| seen`` there:
contacts go to those alone who may see them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.review_queue import ReviewQueue
from pipeline.web.case_reading import CaseReading
from pipeline.web.language import PAGE
from pipeline.web.licences import LicenceView, present_licences

__all__ = ["PARTS", "CasePart", "present_parts"]

Present = Callable[[ReviewQueue, CaseReading, datetime], object | None]


def _licences(queue: ReviewQueue, reading: CaseReading, now: datetime) -> LicenceView | None:
    return present_licences(queue.licence_lookup(reading.ads[0].ad_id), on=now.date(), tongue=PAGE)


PARTS: Final[tuple[tuple[str, Present], ...]] = (("_licences.html", _licences),)
"""The template and the function of each part, in the order in which they stand beside the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePart:
    """One part that has something to show."""

    template: str
    view: object


def present_parts(queue: ReviewQueue, reading: CaseReading, now: datetime) -> tuple[CasePart, ...]:
    """The parts of this case that have something to show."""
    views = ((template, present(queue, reading, now)) for template, present in PARTS)
    return tuple(CasePart(template=template, view=view) for template, view in views if view is not None)
