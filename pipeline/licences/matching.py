"""Holds what one ad claims against one register."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from crawler.ad import JobAd
from pipeline.licences.book import Book, looked_in
from pipeline.licences.claims import AdClaims, NumberClaim
from pipeline.licences.judging import judge_line, most_favourable
from pipeline.licences.lookup import Claim, Holder, LicenceFact
from pipeline.registers.register import Listed

__all__ = ["Matching"]


@dataclass(slots=True, kw_only=True)
class Matching:
    """One ad's claims before one register; ``run`` fills the facts and what stays unanswered."""

    ad: JobAd
    claimed: AdClaims
    book: Book
    orders: Sequence[Book]
    """Registers of job orders of the same country."""

    free_mail: Container[str]
    facts: list[LicenceFact] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Numbers first: they are exact. Names then add to what a number found, or stand for themselves."""
        missing = [each.claim for each in self.claimed.numbers if not self._number(each)]
        unmatched = [name for name in self.claimed.names if not self._name(name)]
        self.facts = [_with_other_names(fact, unmatched) for fact in self.facts]
        if missing:
            self._not_found(missing)
        elif unmatched and not self.facts:
            self._not_found(unmatched)
        if self.claimed.words and not self.facts and not self.unanswered:
            said = self.claimed.words[0].said
            self.unanswered.append(f"The ad says “{said}” and names neither a number nor an agency to look up.")

    def _number(self, number: NumberClaim) -> bool:
        """Whether the number is done with; False where it should be listed and is not."""
        if lines := self.book.with_number(number.claim.looked_up):
            if not self._joined(lines, number.claim):
                self._found(lines, number.claim)
            return True
        match number.format.role:
            case "domestic" if self.claimed.is_abroad or self.claimed.words:
                self.facts.append(_domestic(number, self.book))
            case "permit":
                listed = f"“{self.book.version.title}” lists none of these."
                self.unanswered.append(f"“{number.claim.said}” reads like a {number.format.says}. {listed}")
        return number.format.role != "licence"

    def _name(self, name: Claim) -> bool:
        """Whether the register has an agency of such a name."""
        matches = self.book.named(name.said)
        lines = [one.line for one in matches if one.score == matches[0].score]
        scores = {one.line.row: one.score for one in reversed(matches)}
        if matches and not self._joined([one.line for one in matches], name, scores):
            self._found(lines, name, matches[0].score)
        return bool(matches)

    def _joined(
        self, lines: Sequence[Listed], claim: Claim, scores: Mapping[int, float] = MappingProxyType({})
    ) -> bool:
        """Whether the claim is one more of an agency that a fact has met already, to which it is then added."""
        rows = {line.row for line in lines}
        for at, fact in enumerate(self.facts):
            if fact.holder is not None and fact.holder.row in rows:
                score = scores.get(fact.holder.row, fact.score)
                same = [line for line in lines if scores.get(line.row) == score] if scores else []
                notes = (*fact.notes, *_also_active(fact, same, self.ad))
                self.facts[at] = replace(fact, claims=(*fact.claims, claim), score=score, notes=notes)
                return True
        return False

    def _found(self, lines: Sequence[Listed], claim: Claim, score: float | None = None) -> None:
        country = self.claimed.country if self.claimed.is_abroad else None
        judged = [(line, judge_line(line, self.ad, country, self.orders, self.free_mail)) for line in lines]
        line, (result, notes) = most_favourable(judged)
        holder = Holder(
            row=line.row, name=line.names[0], numbers=line.numbers, status=line.status, valid_until=line.valid_until
        )
        self.facts.append(
            LicenceFact(
                result=result,
                claims=(claim,),
                looked_in=looked_in((self.book, *self.orders)),
                score=score,
                holder=holder,
                notes=notes,
            )
        )

    def _not_found(self, claims: Sequence[Claim]) -> None:
        note = f"The ad itself claims no licence; its work is abroad ({self.claimed.country})."
        notes = () if self.claimed.says_so else (note,)
        books = looked_in([self.book])
        self.facts.append(LicenceFact(result="not_found", claims=tuple(claims), looked_in=books, notes=notes))


def _domestic(number: NumberClaim, book: Book) -> LicenceFact:
    note = f"A number so written is a {number.format.says}: it allows no placement abroad. It was looked up nowhere."
    return LicenceFact(
        result="other_work_or_country", claims=(number.claim,), looked_in=looked_in([book]), notes=(note,)
    )  # fmt: skip


def _also_active(fact: LicenceFact, lines: Sequence[Listed], ad: JobAd) -> tuple[str, ...]:
    """A word on a licence that has lapsed where the same name has another one: an ad may state an old number."""
    if fact.result != "lapsed":
        return ()
    active = [line for line in lines if line.is_valid_on(ad.seen_at.date())]
    return tuple(f"The list has an active licence of the same name, row {line.row}." for line in active[:1])


def _with_other_names(fact: LicenceFact, names: Sequence[Claim]) -> LicenceFact:
    """The fact with a word on names in the ad that are not the holder's, where a number alone led to it."""
    if fact.holder is None or not names or any(one.kind == "name" for one in fact.claims):
        return fact
    said = ", ".join(f"“{one.said}”" for one in names)
    note = f"The ad names {said}; the register lists the number for another name."
    return replace(fact, notes=(*fact.notes, note))
