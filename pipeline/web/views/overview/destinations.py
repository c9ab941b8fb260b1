"""Map of destinations: a tile for each country, all of one size, about where the country lies.

On a map in scale Singapore and the Gulf states are specks and Russia is half of it; a tile can be read and pressed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pipeline.web.views.overview.trends import BarRow

__all__ = ["PLACES", "Tile", "map_tiles"]

_DRAWN: Final = """
CA .  GB NL DE PL .  RU .  .  .  .  MN .  .  .  .
US .  FR CZ HU RO TR .  .  .  .  .  CN .  KR JP .
MX .  ES IT RS GR CY LB IQ KW PK NP .  MO HK TW .
BR MA NG .  EG IL JO SA BH QA AE IN BD MM LA VN PH
.  .  GH KE ET .  .  .  .  .  OM LK .  TH KH .  .
.  .  .  ZA .  .  .  .  .  .  .  .  .  MY SG BN .
.  .  .  .  .  .  .  .  .  .  .  .  .  .  ID TL PG
.  .  .  .  .  .  .  .  .  .  .  .  .  .  .  AU NZ
"""

PLACES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({
    code: (column, row)
    for row, line in enumerate(_DRAWN.strip().splitlines())
    for column, code in enumerate(line.split())
    if code != "."
})  # fmt: skip
"""Column and row of each country; any other stands in the list below the map alone."""

_SHADES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A country on the map."""

    code: str
    column: int
    row: int
    shade: int
    """From 1 to 4, by its part of the largest share; 0 without one."""

    bar: BarRow | None


def map_tiles(bars: Mapping[str, BarRow]) -> Sequence[Tile]:
    """Every country of the map, with its share where it has one; nothing where none on it has any."""
    largest = max((bar.share for code, bar in bars.items() if code in PLACES), default=0.0)
    return tuple(
        Tile(
            code=code, column=column, row=row, bar=bars.get(code),
            shade=max(1, round(_SHADES * bars[code].share / largest)) if code in bars else 0,
        )
        for code, (column, row) in PLACES.items()
    ) if largest else ()  # fmt: skip
