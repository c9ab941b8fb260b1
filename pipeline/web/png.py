"""Charts as PNG: resvg draws our own SVG with a font that comes along, so that every machine makes the same picture."""

from typing import Final

__all__ = ["as_png"]

_ZOOM: Final = 2.0
"""Pixels for each unit of the drawing: sharp in print and in slides."""

_FONT: Final = "Noto Sans"


def as_png(svg: str) -> bytes:
    """The picture; words in Latin letters, Vietnamese among them, Greek and Cyrillic."""
    # Loaded when a picture is asked for: few sessions ask for any.
    import fontpkg
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, font_files=[str(fontpkg.path(_FONT))], skip_system_fonts=True, sans_serif_family=_FONT,
            zoom=_ZOOM,
        )
    )  # fmt: skip
