"""The taxonomy is read strictly: an analyst who edits it is told what is wrong, where, and what was expected."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from model.errors import BadTaxonomy
from model.taxonomy.loader import load_taxonomy

SHIPPED = Path(__file__).parents[3] / "data/taxonomy"

SOURCES = """[someone-2025]
title = "Someone, a report"
url = "https://example.org/report"
"""
WORDS = """[papers]
en = ["passport*", "id card"]
"""
NEGATION = """[en]
reach = 3
before = ["never", "no"]
stops = ["then"]
attributed = ["beware"]
"""
RULES = """[weighing]
never_outweighed = ["control.papers_kept"]
not_an_ad = "control.papers_kept"
not_an_ad_from = 2

[one_strong]
title = "One strong"
cite = "someone-2025"
strong = 1
total = 1
families = 1
"""
CONTROL = """[papers_kept]
title = "Papers kept"
definition = "Papers are kept."
why = "People without papers cannot leave."
element = ["means"]
ilo = ["retention_of_identity_documents"]
exploitation = ["any"]
strength = "strong"
polarity = "risk"
caveats = "Copies are ordinary."
cite = ["someone-2025"]

[papers_kept.languages.en]
patterns = ["{papers} ..3 (kept|held)"]
unless = ["copy of"]
shows = ["Your passport is kept."]
spares = ["Bring a passport."]
"""


DOMAINS = """[free_mail]
domains = ["mail.example"]
[known]
domains = ["board.example"]
[official]
domains = ["ministry.example"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"sources": SOURCES, "words": WORDS, "negation": NEGATION, "rules": RULES, "control": CONTROL}
    files["domains"] = DOMAINS
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def _edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


SIDES = """
[dimensions.exploitation]
papers = ["control.papers_kept"]

[two_sides]
title = "Two sides"
cite = "someone-2025"
total = 0
dimensions = 1
of = "exploitation"
"""


def test_a_rule_that_counts_sides_knows_what_touches_each(folder: Path) -> None:
    _edit(folder, "rules.toml", "families = 1\n", f"families = 1\n{SIDES}")
    (rule,) = (rule for rule in load_taxonomy(folder).rules if rule.dimensions)
    assert (rule.dimensions, rule.sides) == (1, (frozenset({"control.papers_kept"}),))


@pytest.mark.parametrize(
    ("old", "new"),
    [('of = "exploitation"', 'of = "weather"'), ('papers = ["control.papers_kept"]', 'papers = ["control.phones"]')],
)
def test_sides_name_a_danger_and_indicators_that_are_there(folder: Path, old: str, new: str) -> None:
    _edit(folder, "rules.toml", "families = 1\n", f"families = 1\n{SIDES.replace(old, new)}")
    with pytest.raises(BadTaxonomy, match=r"rules\.toml:"):
        load_taxonomy(folder)


def test_a_small_taxonomy_is_read_whole(folder: Path) -> None:
    taxonomy = load_taxonomy(folder)
    indicator = taxonomy.indicators["control.papers_kept"]
    assert (indicator.family, indicator.strength, indicator.polarity) == ("control", "strong", "risk")
    assert indicator.languages["en"].shows == ("Your passport is kept.",)
    assert [rule.key for rule in taxonomy.rules] == ["one_strong"]
    assert taxonomy.sources["someone-2025"].url == "https://example.org/report"


FAULTS = [
    ("control.toml", 'strength = "strong"', 'strength = "huge"', ":8: papers_kept.strength", "'huge'", "strong"),
    ("control.toml", 'polarity = "risk"', "polarity = 3", ":9: papers_kept.polarity", "3", "risk, mitigating"),
    ("control.toml", 'element = ["means"]', 'element = ["mean"]', ":5: papers_kept.element", "['mean']", "act"),
    ("control.toml", 'element = ["means"]', "element = []", ":5: papers_kept.element", "[]", "act, means"),
    ("control.toml", 'ilo = ["ret', 'ilo = ["x", "ret', ":6: papers_kept.ilo", "'x'", "abuse_of_vulnerability"),
    ("control.toml", 'cite = ["some', 'cite = ["no', ":11: papers_kept.cite", "'noone-2025'", "sources.toml"),
    ("control.toml", 'title = "Papers kept"\n', "", "papers_kept.title", "nothing", "a value for title"),
    ("control.toml", 'title = "Papers kept"', 'title = " "', ":2: papers_kept.title", "' '", "a text"),
    ("control.toml", "caveats =", "caveat =", ":10: papers_kept.caveat", "'caveat'", "one of"),
    ("control.toml", '["{papers} ..3 (', '["{paper} ..3 (', ":14: papers_kept.languages.en.p", "'paper'", "a pattern"),
    ("control.toml", '["{papers} ..3 (', '["{papers} ..33 (', ":14: papers_kept.languages.en.pat", "33 words", "1 to"),
    ("control.toml", '["{papers} ..3 (', '["x", "x", "(', ":14: papers_kept.languages.en.pat", "'x'", "once"),
    ("control.toml", 'patterns = ["{papers} ..3 (kept|held)"]\n', "", "kept.languages.en.patterns", "nothing", "one"),
    ("control.toml", '["Bring a passport."]', "[]", ":17: papers_kept.languages.en.spares", "[]", "one or more texts"),
    ("control.toml", "_kept.languages.en]", "_kept.language.en]", "language", "'language'", "languages"),
    ("sources.toml", "https://example", "example", ":3: someone-2025.url", "'example.org/report'", "http"),
    ("words.toml", '["passport*", "id card"]', '["passport*", ""]', ":2: papers.en", "''", "one or more texts"),
    ("words.toml", "en = [", "english = [", ":2: papers.english", "'english'", "a language's code, such as vi"),
    ("domains.toml", "[official]", "[officials]", ":5: officials", "'officials'", "free_mail, known, official"),
    ("domains.toml", "[free_mail]", "mail = 1\n[free_mail]", ":1: mail", "'mail'", "free_mail, known, official"),
    ("domains.toml", 'domains = ["mail', 'hosts = ["mail', ":2: free_mail.hosts", "'hosts'", "domains"),
    ("negation.toml", "reach = 3", 'reach = "3"', ":2: en.reach", "'3'", "a whole number"),
    ("negation.toml", "attributed", "atributed", ":5: en.atributed", "'atributed'", "attributed"),
    ("rules.toml", "total = 1", "total = 0", ":10: one_strong.total", "0", "from 1 on"),
    ("rules.toml", "strong = 1", "strong = true", ":9: one_strong.strong", "True", "a whole number"),
    ("rules.toml", 'cite = "some', 'cite = "no', ":8: one_strong.cite", "'noone-2025'", "sources.toml"),
    ("rules.toml", 'ed = ["control.pap', 'ed = ["control.pip', ":2: weighing.never", "pipers", "an indicator"),
    ("rules.toml", 'not_an_ad = "control.pap', 'not_an_ad = "control.pip', ":3: weighing.not", "pipers", "indicator"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "place", "found", "expected"), FAULTS)
def test_a_fault_is_told_with_file_line_key_what_was_found_and_what_was_expected(
    folder: Path, file: str, old: str, new: str, place: str, found: str, expected: str
) -> None:
    _edit(folder, file, old, new)
    with pytest.raises(BadTaxonomy) as raised:
        load_taxonomy(folder)
    message = str(raised.value)
    assert re.search(rf"{re.escape(str(folder / file))}:\d+: ", message)
    assert place in message
    assert found in message.partition("found")[2]
    assert expected in message.partition("expected")[2]


def test_broken_toml_is_told_with_its_file(folder: Path) -> None:
    _edit(folder, "control.toml", 'title = "Papers kept"', 'title = "Papers kept')
    with pytest.raises(BadTaxonomy, match=r"control\.toml: not valid TOML.*line 2"):
        load_taxonomy(folder)


def test_a_file_that_is_not_utf_8_is_told(folder: Path) -> None:
    (folder / "control.toml").write_bytes(b'title = "caf\xe9"')
    with pytest.raises(BadTaxonomy, match=r"control\.toml: not UTF-8"):
        load_taxonomy(folder)


@pytest.mark.parametrize("name", ["sources", "words", "negation", "rules"])
def test_a_missing_file_is_told(folder: Path, name: str) -> None:
    (folder / f"{name}.toml").unlink()
    with pytest.raises(BadTaxonomy, match=f"{name}.toml is missing"):
        load_taxonomy(folder)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadTaxonomy, match="no such folder"):
        load_taxonomy(tmp_path / "nowhere")


def test_a_folder_without_indicators_is_told(folder: Path) -> None:
    (folder / "control.toml").unlink()
    with pytest.raises(BadTaxonomy, match="no indicators"):
        load_taxonomy(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "# a remark\n" + text,
        lambda text: text.replace(' "id card"', '   "id card"'),
    ],
    ids=["line ends", "remarks", "spaces"],
)
def test_the_version_is_that_of_the_content_not_of_the_typing(folder: Path, change: Callable[[str], str]) -> None:
    before = load_taxonomy(folder).version
    for path in folder.glob("*.toml"):
        path.write_bytes(change(path.read_text(encoding="utf-8")).encode())
    assert load_taxonomy(folder).version == before


def test_hidden_files_such_as_an_editors_are_left_out(folder: Path) -> None:
    before = load_taxonomy(folder).version
    (folder / ".#control.toml").symlink_to("somebody@a-machine.123")
    (folder / "._control.toml").write_bytes(b"\x00\x05\x16\x07\xff")
    assert load_taxonomy(folder).version == before


def test_the_version_changes_with_every_word(folder: Path) -> None:
    before = load_taxonomy(folder).version
    _edit(folder, "words.toml", "id card", "identity card")
    assert load_taxonomy(folder).version != before


def test_the_version_does_not_depend_on_the_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "copy"
    shutil.copytree(folder, other)
    assert load_taxonomy(other).version == load_taxonomy(folder).version


def test_the_shipped_taxonomy_says_why_and_cites_for_every_indicator() -> None:
    taxonomy = load_taxonomy(SHIPPED)
    for indicator in taxonomy.indicators.values():
        assert indicator.why
        assert indicator.cite
        assert indicator.fact or {"vi", "en"} <= indicator.languages.keys(), indicator.key
    assert taxonomy.never_outweighed <= taxonomy.indicators.keys()
