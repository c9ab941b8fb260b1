"""Commands on source cards (``sources``) and the taxonomy (``taxonomy``)."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from crawler.batch.ads_file import read_ads
from crawler.errors import BadPage, BadSourceCard, UnreviewedSource
from crawler.extract.raw import SavedPage
from crawler.extract.urls import is_loopback, normal_address
from crawler.files import write_whole
from crawler.run.single_page import fetch_page
from crawler.sources.card import Source, is_contact
from crawler.sources.draft import draft_card, name_of
from crawler.sources.loader import read_cards, read_source, source_from_card
from crawler.sources.trial import Trial, own_address, try_page
from model.reading.negation import PatternReader
from model.taxonomy.check import MOST_SHARE, TaxonomyCheck, coverage_page
from model.taxonomy.loader import load_taxonomy
from pipeline.commands.options import FILE, FOLDER, FiniteRange, leave, now, reports, say
from pipeline.errors import BadSettings
from pipeline.settings.console import in_one_line, progress
from pipeline.settings.messages import FOLDER as TRANSLATIONS
from pipeline.settings.messages import read_translations
from pipeline.settings.records import Settings

_LONGEST_SHOWN = 70


@click.group()
def sources() -> None:
    """Look after source cards."""


@sources.command("check")
@click.argument("place", metavar="[DIR or CARD]", required=False, type=click.Path(path_type=Path))
@reports
def check_sources(settings: Settings, place: Path | None) -> None:
    """Read source cards and say which can be crawled. Nothing is asked for.

    Exit code 2 when a card breaks the format; 1 when one is not reviewed yet, which leaves it switched off. A card that
    was switched off is named, and is no reason for 1.
    """
    if settings.contact is not None and not is_contact(settings.contact):
        raise BadSettings("contact: expected an e-mail address or the address of a web page, found something else")
    place = place or settings.sources
    found, faults = ([read_source(place, reviewed=False)], []) if place.is_file() else read_cards(place)
    if faults:
        raise BadSourceCard("\n".join(map(str, faults)))
    waiting = sum(not each.is_reviewed and not each.switched_off for each in found)
    off = sum(each.switched_off for each in found)
    lines = []
    for each in found:
        missing = [key for key in ("reviewed_on", "reviewed_by", "permission") if getattr(each, key) is None]
        if each.switched_off:
            state = "switched off"
        elif each.local or each.reads_files:
            state = "this machine"
        elif each.is_reviewed:
            state = f"reviewed on {each.reviewed_on}"
        else:
            state = "not reviewed" if each.is_switched_off else f"review not finished: no {', no '.join(missing)}"
        lines.append(f"{each.name}: {each.kind}, {state}{f', every {each.every}' * bool(each.every)}")
    counts = [f"{len(found)} source cards can be read"]
    counts += [f"{waiting} not reviewed, and so switched off"] * bool(waiting) + [f"{off} switched off"] * bool(off)
    records = [
        {"name": each.name, "kind": each.kind, "reviewed": each.is_reviewed, "switched_off": each.is_switched_off}
        for each in found
    ]
    say(records, [*lines, "; ".join(counts)])
    leave(1 if waiting else 0)


@sources.command("new")
@click.argument("pages", metavar="PAGE...", nargs=-1, required=True)
@click.option("--name", help="The source's name; made of the host's unless given.")
@click.option("--title", help="The source's name for people; the host unless given.")
@click.option("--output", type=FILE, help="The card to write, NAME.toml; in data/sources unless given.")
@click.option(
    "--address", "addresses", multiple=True,
    help="The address of a saved page that does not say it; may be repeated, in the order of the files.",
)  # fmt: skip
@click.option("--reviewed-by", metavar="NAME", help="Who has read the source's terms today.")
@click.option("--permission", metavar="TEXT", help="Why the source may be read: what its terms say.")
@reports
def new_source(
    settings: Settings, /, *, pages: tuple[str, ...], addresses: tuple[str, ...], output: Path | None, **given: Any
) -> None:
    """Draft a card for a board from a listing and some ads of it.

    PAGE is a saved page or an address: best a listing and one or two ads. The card has selectors for what was found and
    is switched off until a person has looked at it. An address is fetched by a crawl of one page, under robots.txt;
    one that is not on this machine only with --reviewed-by and --permission.
    """
    reviewed_by, permission = given["reviewed_by"], given["permission"]
    if bool(reviewed_by) is not bool(permission):
        raise click.UsageError("--reviewed-by and --permission go together.")
    review = {"reviewed_on": now().date(), "reviewed_by": reviewed_by, "permission": permission} if permission else {}
    waiting = iter(addresses)
    found = []
    for page in pages:
        if page.startswith(("http://", "https://")):
            address = _normal(page)
            found.append(fetch_page(_unknown_source(address, review), address, contact=settings.contact))
        else:
            found.append(_read_saved(Path(page), otherwise=lambda: next(waiting, None)))
    name = given["name"] or (output.stem if output else name_of(found[0].url))
    title = given["title"] or urlsplit(found[0].url).netloc
    card = output or settings.sources / f"{name}.toml"
    if card.exists():
        raise BadSourceCard(f"{card}: there is such a card: expected --output or --name of a new one")
    draft = draft_card(found, name=name, title=title, review=review, at=now())
    if card.stem != name:
        raise BadSourceCard(f'{card}: a card is called as its source: expected "{name}.toml"')
    source_from_card(tomllib.loads(draft.text), where=str(card))
    write_whole(card, draft.text)
    lines = [_taken_for(trial) for trial in draft.trials]
    lines += [f"  {key:20} {in_one_line(' | '.join(tried))}" for key, tried in draft.select.items()]
    lines += [f"  {in_one_line(note)}" for note in draft.notes]
    record = {
        "card": str(card), "name": name, "select": draft.select, "notes": draft.notes,
        "pages": [_trial_record(trial) for trial in draft.trials],
    }  # fmt: skip
    say(record, [*lines, f"{card}: drafted, switched off; try it: lurewatch sources try {card} --url ADDRESS"])


@sources.command("try")
@click.argument("card", metavar="CARD", type=FILE)
@click.option("--file", "saved", type=FILE, help="A saved page.")
@click.option("--url", help="The saved page's address; without --file, the page of the source to fetch.")
@reports
def try_source(settings: Settings, *, card: Path, saved: Path | None, url: str | None) -> None:
    """Show what a card reads of one page, field by field, and where it stands.

    With --url alone the page is fetched by a crawl of one page, under robots.txt: of a source on this machine or one
    whose card is reviewed. Exit code 1 when the page gives neither an ad nor links to ads.
    """
    source = read_source(card, reviewed=False)
    if saved:
        page = _read_saved(saved, given=url, otherwise=lambda: source.start[0])
    elif url:
        # Somebody asks for this very page: a card that is switched off for the night is tried all the same.
        page = fetch_page(replace(source, switched_off=False), _normal(url), contact=settings.contact)
    else:
        raise click.UsageError("expected --file or --url.")
    trial = try_page(
        page, source.select, at=now(), language=source.language, country=source.country, lists_ads=source.lists_ads
    )
    problems = [problem for problem in trial.reading.problems if problem not in trial.reason]
    lines = [_taken_for(trial), *(f"  problem: {in_one_line(problem)}" for problem in problems)]
    for field in (field for ad in trial.ads for field in ad):
        where = field.kind + (f" {field.where}" if field.where else "")
        read = f" = {field.read_as}" if field.read_as else ""
        value = " ".join(field.value.split())
        if len(value) > _LONGEST_SHOWN:
            value = f"{value[:_LONGEST_SHOWN]}… ({len(value)} characters)"
        lines.append(f"  {field.name:20} {in_one_line(f'{value}{read}  [{where}]')}")
    if links := trial.listing.links:
        lines.append(f"  {len(links)} links to ads, {trial.links_by}, as {in_one_line(links[0])}")
    lines += [f"  next page: {in_one_line(page)}" for page in trial.listing.next_pages[:1]]
    say(_trial_record(trial), lines)
    leave(1 if trial.outcome == "not_an_ad" else 0)


def _unknown_source(address: str, review: Mapping[str, object]) -> Source:
    """A source that has no card yet, to fetch one page of."""
    values: dict[str, object] = {"name": "new", "title": address, "kind": "board", "start": [address]}
    if is_loopback(urlsplit(address).hostname or ""):
        values["local"] = True
    elif not review:
        raise UnreviewedSource(
            f"{address}: not this machine: read the source's terms first, then give --reviewed-by and --permission"
        )
    else:
        values |= review
    return source_from_card(values, where=address)


def _read_saved(file: Path, *, given: str | None = None, otherwise: Callable[[], str | None]) -> SavedPage:
    """A page on disk, at the address that is given for it, that it says itself, or that is known otherwise."""
    try:
        with file.open("rb") as opened:
            body = opened.read(16 * 1024 * 1024)
    except OSError as err:
        raise BadPage(f"{file}: cannot be read ({err.strerror or err})") from err
    url = given or own_address(body) or otherwise()
    if not url:
        raise BadPage(f"{file}: does not say its address: expected --address")
    return SavedPage(url=_normal(url), body=body)


def _normal(address: str) -> str:
    try:
        return normal_address(address)
    except ValueError as err:
        raise BadPage(f"{address[:200]!r}: expected an http or https address") from err


_NAMES = {"ad": "an ad", "listing": "a listing", "not_an_ad": "neither an ad nor a listing"}


def _taken_for(trial: Trial) -> str:
    count = f"{len(trial.ads)} ads" if len(trial.ads) > 1 else _NAMES[trial.outcome]
    return in_one_line(f"{trial.page.url}: taken for {count}" + (f": {trial.reason}" if trial.reason else ""))


def _trial_record(trial: Trial) -> dict[str, Any]:
    return {
        "address": trial.page.url, "outcome": trial.outcome, "reason": trial.reason,
        "problems": trial.reading.problems, "ads": [list(map(asdict, ad)) for ad in trial.ads],
        "links_by": trial.links_by, "links": trial.listing.links, "next_pages": trial.listing.next_pages,
    }  # fmt: skip


@click.group()
def taxonomy() -> None:
    """Look after the taxonomy."""


@taxonomy.command("check")
@click.argument("folder", metavar="[DIR]", required=False, type=FOLDER)
@click.option(
    "--corpus",
    multiple=True,
    type=click.Path(),
    help="An ads file of ordinary ads; patterns found in too many of them are named.",
)
@click.option(
    "--share",
    type=FiniteRange(0, 1, min_open=True),
    help="The largest share of ordinary ads a pattern may be found in; else 0.001 for strong indicators, 0.01 for "
    "medium, 0.05 for weak ones.",
)
@click.option("--overlaps", "is_naming", is_flag=True, help="Name patterns of two indicators that find the same words.")
@reports
def check_taxonomy(
    settings: Settings, folder: Path | None, *, corpus: tuple[str, ...], share: float | None, is_naming: bool
) -> None:
    """Read the taxonomy, try every pattern on its own sentences, and say what it holds.

    Exit code 2 when it breaks its rules; 1 when a pattern finds none of its own sentences, a sentence is misread, or a
    pattern is found in too many ordinary ads. Patterns of two indicators that find the same words are counted as well.
    """
    place = folder or settings.taxonomy
    found = load_taxonomy(place)
    read_translations(place / TRANSLATIONS, found)
    check = TaxonomyCheck(found, place, PatternReader(found).read)
    # Files without which an indicator that stands for a fact is never found.
    missing = {} if found.countries.countries else {"pay_above_minimum": "countries.toml"}
    if not found.countries.known:
        missing |= dict.fromkeys(("free_mail", "look_alike_domain"), "domains.toml")
    faults: list[object] = [
        *check.sentences(),
        *(
            f"{missing[fact]}: missing or empty; {key} is read from it"
            for key, indicator in found.indicators.items()
            if (fact := indicator.fact) in missing
        ),
    ]
    overlaps, ads = list(check.overlaps()), 0
    if corpus:
        most = dict.fromkeys(MOST_SHARE, share) if share else MOST_SHARE
        texts = (ad for file in corpus for ad in read_ads(file, seen_at=now(), ignore_unknown=True))
        with progress("ads read") as on_read:
            ads, common = check.corpus(texts, most, seen=on_read)
        faults += common
    families = sorted({key.partition(".")[0] for key in found.indicators})
    languages = sorted({language for each in found.indicators.values() for language in each.languages})
    patterns = sum(len(signs.patterns) for each in found.indicators.values() for signs in each.languages.values())
    read = f", {ads} ads read" if corpus else ""
    say(
        {
            "version": found.version, "indicators": len(found.indicators), "families": families, "patterns": patterns,
            "languages": languages, "rules": len(found.rules), "sources": len(found.sources),
            "faults": list(map(str, faults)), "overlaps": list(map(str, overlaps)), "ads": ads,
        },
        [
            *(f"note: {each}" for each in overlaps if is_naming),
            *map(str, faults),
            (
                f"taxonomy {found.version}: {len(found.indicators)} indicators in {len(families)} families, {patterns} "
                f"patterns, {len(found.rules)} rules, {len(found.sources)} sources, languages {', '.join(languages)}"
            ),
            f"{len(faults)} faults, {len(overlaps)} overlaps (named by --overlaps){read}",
        ],
    )  # fmt: skip
    leave(1 if faults else 0)


@taxonomy.command("coverage")
@click.argument("folder", metavar="[DIR]", required=False, type=FOLDER)
@click.pass_obj
def show_coverage(settings: Settings, folder: Path | None) -> None:
    """Print which indicators are read in which languages, and how surely, as a page in Markdown."""
    click.echo(coverage_page(load_taxonomy(folder or settings.taxonomy)), nl=False)
