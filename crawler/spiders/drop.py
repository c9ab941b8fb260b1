"""Reads what a partner has dropped on this machine: every row of every file. Nothing is asked for over a network."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from hashlib import file_digest
from typing import Any

from crawler.ad import PageRef
from crawler.drop_files import DroppedFile, find_dropped_files, open_dropped, read_dropped_rows
from crawler.ledger import Outcome
from crawler.look import Look
from crawler.spiders.source_spider import SourceSpider
from crawler.table_reader import TableReader
from crawler.table_rows import UnreadableTable

__all__ = ["DropSpider"]


class DropSpider(SourceSpider):
    """A look at each row, then one at its file."""

    async def start(self) -> AsyncIterator[Any]:
        """Every look; there is no request."""
        for file in find_dropped_files(self.source.start):
            if self._is_open(file.address):
                for look in self._read(file):
                    yield look

    def _read(self, file: DroppedFile) -> Iterator[Look]:
        spent = self.frontier.at_end()
        if spent or file.problem:
            refused: Outcome = "failed" if file.is_expected else "out_of_scope"
            yield self._row_look(file.address, "not_inspected" if spent else refused, spent or file.problem or "")
            return
        reader = TableReader(self.source.columns, is_uniform=file.form == "csv")
        outcome: Outcome = "listing"
        try:
            page = self._archive(file)
            for row in read_dropped_rows(file, notes=reader.notes):
                address = f"{file.address}#{row.line}"
                if spent := self.frontier.at_end():
                    outcome = "not_inspected"
                    reader.notes.append(f"{spent}: the rows from line {row.line} on")
                    break
                raw, problem = reader.read(row)
                if self._is_open(address):
                    found = (raw,) if raw else ()
                    yield self._row_look(address, "ad" if raw else "failed", problem, page, found=found)
        except UnreadableTable as err:
            outcome = "failed"
            reader.notes.insert(0, str(err))
        yield self._row_look(file.address, outcome, "; ".join(reader.told()))

    def _archive(self, file: DroppedFile) -> PageRef:
        """Where the file lies in the batch, as it came: the evidence of all its rows.

        A run that is taken up again has it already, unless the partner has put another one in its place.
        """
        with open_dropped(file) as body:
            known = self.batch.remembered.get(file.address)
            if known and known["sha256"] == file_digest(body, "sha256").hexdigest():
                return PageRef(**known)
            body.seek(0)
            self.frontier.bytes += file.path.stat().st_size
            now = self.clock()
            page = self.batch.warc.append_resource(file.address, at=now, content_type=file.content_type, body=body)
            self.batch.remember(**{file.address: asdict(page)})
            return page

    def _is_open(self, address: str) -> bool:
        """Whether this run has yet to read it: a run that is taken up again meets its rows a second time."""
        return self.batch.ledger.see(address) or self.batch.ledger.is_open(address)

    def _row_look(self, address: str, outcome: Outcome, detail: str, page: PageRef | None = None, **more: Any) -> Look:
        if "#" not in address and outcome == "failed":
            self.note_problem(f"{address}: {detail}")
        # A row is at home nowhere: what has no link of its own has none.
        return Look(address=address, url="", seen_at=self.clock(), outcome=outcome, detail=detail, page=page, **more)
