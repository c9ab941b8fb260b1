"""Cells for spreadsheets: what an ad wrote never begins one as a formula does."""

from typing import Final

__all__ = ["plain_cell"]

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The wide forms too: spreadsheets in East Asian settings take them for the narrow ones."""


def plain_cell(cell: object) -> object:
    """The cell as a spreadsheet shows it and never runs it: text that could be a formula gets an apostrophe first.

    Leading space, tabs and line ends do not hide one, and one of those at the start is reason enough.
    """
    if not isinstance(cell, str):
        return cell
    is_formula = cell.lstrip().startswith(_BEGINS_A_FORMULA) or cell[:1] in {"\t", "\r", "\n"}
    return f"'{cell}" if is_formula else cell
