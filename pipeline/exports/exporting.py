"""One export: the chosen cases as one file's bytes, and its entry in the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from pipeline.exports.choosing import Choice, choose_cases
from pipeline.exports.formats import FORMATS, FormatName, Reader, write_as
from pipeline.exports.packing import Maker, Sorted, make_package, sort_cases
from pipeline.exports.whole_package import FILE_NAME, FindPages, make_whole
from pipeline.review_queue import ReviewQueue

__all__ = ["EXPORT_FORMATS", "ExportFormat", "Exported", "export_package", "record_export"]

ExportFormat = FormatName | Literal["package"]
EXPORT_FORMATS: Final[tuple[ExportFormat, ...]] = (*get_args(FormatName), "package")
"""Every format by its name; ``package`` is all of them in one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file that may leave the house, and which of the chosen cases are in it."""

    chosen: Sorted
    file_name: str
    mimetype: str
    content: bytes


def export_package(
    queue: ReviewQueue,
    choice: Choice,
    maker: Maker,
    name: ExportFormat,
    *,
    contacts: bool,
    at: datetime,
    reader: Reader | None = None,
    find_pages: FindPages | None = None,
) -> Exported:
    """The file. Raises ``CannotExport`` where no case may go; whoever sends it records that first."""
    with queue.snapshot():  # nobody takes an opinion back between the check and the file
        chosen = sort_cases(queue, choose_cases(queue, choice))
        package = make_package(queue, chosen, maker, contacts=contacts, at=at)
    if name == "package":
        content = make_whole(package, maker.kit, reader, find_pages=find_pages)
        return Exported(chosen=chosen, file_name=FILE_NAME, mimetype="application/zip", content=content)
    form = FORMATS[name]
    content = write_as(name, package, maker.kit, reader)
    return Exported(chosen=chosen, file_name=form.file_name, mimetype=form.mimetype, content=content)


def record_export(
    queue: ReviewQueue, chosen: Sorted, name: ExportFormat, *, contacts: bool, by: str | None, at: datetime
) -> None:
    """What left, in which format, by whom, with contacts or without, and what was refused."""
    one = len(chosen.ready) == 1
    queue.record(
        "exported", f"case {chosen.ready[0]}" if one else "cases", by=by, at=at, format=name, contacts=contacts,
        number=len(chosen.ready), cases=list(chosen.ready), refused=[each.case_id for each in chosen.refused],
    )  # fmt: skip
