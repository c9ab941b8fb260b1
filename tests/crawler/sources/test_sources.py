from datetime import date
from pathlib import Path

import pytest

from builders import NOON
from crawler.errors import BadSourceCard, SwitchedOff, UnreviewedSource
from crawler.extract.urls import is_loopback, is_public, normal_address, site_of, why_foreign, why_refused_host
from crawler.run.runner import Job, crawl_sources, dump_job, load_job
from crawler.sources.card import KINDS, Budget
from crawler.sources.loader import SELECT_KEYS, read_cards, read_source

LOCAL = """
name = "harbour-board"
title = "Harbour board"
kind = "sitemap"
start = ["http://127.0.0.1:8000/sitemap.xml"]
local = true
"""

FOREIGN = """
name = "harbour-board"
title = "Harbour board"
kind = "sitemap"
start = ["https://board.example/sitemap.xml"]
"""

PRIVATE_OR_ODD = [
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "0.0.0.0", "255.255.255.255"),
    *("169.254.169.254", "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "ff02::1", "nonsense"),
    *("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"),  # 10.0.0.1 inside an IPv6 address
    *("192.0.0.192", "168.63.129.16", "64:ff9b:1::1", "::ffff:0:7f00:1", "::7f00:1", "fec0::1"),
    *("198.18.0.1", "203.0.113.7", "192.88.99.1", "2001:0:7f00:1::1", "2001:db8::1", "3fff::1", "4000::1", "5f00::1"),
]

REVIEW = """
reviewed_on = 2026-11-01
reviewed_by = "An operator"
permission = "The terms allow it, see section 4."
"""


def card(folder: Path, text: str, name: str = "harbour-board.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_full_card_is_read(tmp_path):
    text = LOCAL.replace("127.0.0.1", "localhost") + (
        'language = "vi"\ncountry = "VN"\nhosts = ["localhost:8001"]\n'
        "[politeness]\ndelay = 0\n[budget]\npages = 7\nminutes = 2.5\n[expect]\nads = [1, 9]\n"
    )
    source = read_source(card(tmp_path, text))
    assert (source.name, source.title, source.kind) == ("harbour-board", "Harbour board", "sitemap")
    assert source.sites == {"localhost:8000", "localhost:8001"}
    assert (source.language, source.country, source.delay) == ("vi", "VN", 0)
    assert source.budget == Budget(pages=7, minutes=2.5)
    assert source.expect.ads == (1, 9)


def test_a_short_card_has_cautious_defaults(tmp_path):
    source = read_source(card(tmp_path, LOCAL))
    assert source.delay == 1.0
    assert source.budget == Budget(pages=5000, bytes=1_000_000_000, minutes=240.0, depth=10)
    assert source.expect.ads is None


@pytest.mark.parametrize(
    ("text", "key", "expected", "found"),
    [
        (LOCAL.replace("title", "tittle"), '"tittle"', 'did you mean "title"?', ""),
        (LOCAL + "zebra = 1\n", '"zebra"', "expected one of name, title", ""),
        (LOCAL.replace('title = "Harbour board"', ""), '"title"', "a text that is not empty", ""),
        (LOCAL.replace('"Harbour board"', '"  "'), '"title"', "a text that is not empty", "'  '"),
        (LOCAL.replace('"Harbour board"', "7"), '"title"', "a text", "7"),
        (LOCAL.replace('"harbour-board"', '"other"'), '"name"', 'the file\'s name, "harbour-board"', '"other"'),
        (LOCAL.replace('"harbour-board"', '"../harbour"'), '"name"', "lower-case letters", "'../harbour'"),
        (LOCAL.replace('"sitemap"', '"sitmap"'), '"kind"', f"one of {', '.join(sorted(KINDS))}", "'sitmap'"),
        (LOCAL.replace('["http://127.0.0.1:8000/sitemap.xml"]', '"http://127.0.0.1/"'), '"start"', "a list", "'http"),
        (LOCAL.replace('["http://127.0.0.1:8000/sitemap.xml"]', "[]"), '"start"', "a list", "[]"),
        (LOCAL.replace("http://127.0.0.1:8000", "ftp://127.0.0.1"), '"start"', "http or https", "'ftp:"),
        (LOCAL.replace("http://127.0.0.1:8000", "127.0.0.1"), '"start"', "http or https", "'127.0.0.1"),
        (LOCAL.replace("127.0.0.1:8000", "user:word@127.0.0.1"), '"start"', "holds a log-in", "'http"),
        (LOCAL.replace("127.0.0.1:8000", "127.0.0.1:port"), '"start"', "http or https", "'http"),
        (LOCAL.replace("127.0.0.1:8000", ""), '"start"', "http or https", "'http"),
        (LOCAL.replace("local = true", 'local = "yes"'), '"local"', "true or false", "'yes'"),
        (LOCAL.replace("local = true", "local = 1"), '"local"', "true or false", "1"),
        (LOCAL.replace("local = true", ""), '"local"', "true, since 127.0.0.1 is this machine", "false"),
        (FOREIGN + "local = true\n", '"local"', "false, since board.example is not this machine", "true"),
        (FOREIGN.replace("board.example", "192.168.0.7") + "local = true\n", '"local"', "false, since 192", "true"),
        (LOCAL + 'country = "vn"\n', '"country"', "two capital letters", "'vn'"),
        (LOCAL + 'language = "Vietnamese"\n', '"language"', "BCP 47", "'Vietnamese'"),
        (LOCAL + 'reviewed_on = "2026-11-01"\n', '"reviewed_on"', "a date such as 2026-11-01", "'2026-11-01'"),
        (LOCAL + "reviewed_on = 2026-11-01T00:00:00\n", '"reviewed_on"', "a date such as", "datetime"),
        (LOCAL + 'hosts = ["http://localhost/"]\n', '"hosts"', "host names", "'http://localhost/'"),
        (LOCAL + 'hosts = ["board.example"]\n', '"hosts"', "this machine", "'board.example'"),
        (LOCAL + "[politeness]\ndelay = -1\n", '"politeness.delay"', "a number from 0 to 3600", "-1"),
        (LOCAL + "[politeness]\ndelay = inf\n", '"politeness.delay"', "a number from 0 to 3600", "inf"),
        (LOCAL + "[politeness]\ndelay = true\n", '"politeness.delay"', "a number", "true"),
        (LOCAL + "[politeness]\nrobots = false\n", '"politeness.robots"', "expected one of delay, concurrency", ""),
        (FOREIGN + REVIEW + "[politeness]\ndelay = 0\n", '"politeness.delay"', "more than 0", "0"),
        (
            LOCAL + "[politeness]\nconcurrency = 2\n",
            '"politeness.concurrency"',
            "only a feed or sitemap with delay = 0",
            "2",
        ),
        (LOCAL + "[budget]\npages = 0\n", '"budget.pages"', "a whole number from 1 to 100000000", "0"),
        (LOCAL + f"[budget]\npages = {10**30}\n", '"budget.pages"', "a whole number from 1 to", "1000"),
        (LOCAL.replace("8000/", "8000/\\r\\nX: y"), '"start"', "in one line", "X: y"),
        (
            LOCAL.replace('"sitemap"', '"drop"').replace("local = true", ""),
            '"start"',
            "a file or folder, since kind is drop",
            "'http",
        ),
        (LOCAL + "[budget]\npages = 2.5\n", '"budget.pages"', "a whole number", "2.5"),
        (LOCAL + "[budget]\npage = 2\n", '"budget.page"', 'did you mean "pages"?', ""),
        (LOCAL + "budget = 5\n", '"budget"', "a table", "5"),
        (LOCAL + "[expect]\nads = [9, 1]\n", '"expect.ads"', "two whole numbers", "[9, 1]"),
        (LOCAL + "[expect]\nads = [1]\n", '"expect.ads"', "two whole numbers", "[1]"),
    ],
)
def test_a_bad_card_is_refused_by_card_key_found_and_expected(tmp_path, text, key, expected, found):
    path = card(tmp_path, text)
    with pytest.raises(BadSourceCard) as error:
        read_source(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert key in message
    assert expected in message
    assert found in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["name = \n", "name = 'a'\nname = 'b'\n"])
def test_a_file_that_is_not_toml_is_named(tmp_path, text):
    with pytest.raises(BadSourceCard, match=r"harbour-board\.toml: not a TOML file"):
        read_source(card(tmp_path, text))


def test_a_card_that_is_not_utf_8_or_not_there_is_named(tmp_path):
    path = tmp_path / "harbour-board.toml"
    with pytest.raises(BadSourceCard, match="cannot be read"):
        read_source(path)
    path.write_bytes(b'title = "\xff"')
    with pytest.raises(BadSourceCard, match="not UTF-8"):
        read_source(path)


def test_a_foreign_host_needs_a_review(tmp_path):
    path = card(tmp_path, FOREIGN)
    with pytest.raises(UnreviewedSource, match=r"board\.example .* expected reviewed_on, reviewed_by, permission"):
        read_source(path)
    path = card(tmp_path, FOREIGN + "reviewed_on = 2026-11-01\n")
    with pytest.raises(UnreviewedSource, match="found no reviewed_by, no permission"):
        read_source(path)
    source = read_source(card(tmp_path, FOREIGN + REVIEW))
    assert source.reviewed_on == date(2026, 11, 1)
    assert source.is_reviewed


def test_a_source_that_its_card_switches_off_is_not_read(tmp_path):
    path = card(tmp_path, "switched_off = true\n" + LOCAL)
    with pytest.raises(SwitchedOff, match=r"\.toml: switched off"):
        read_source(path)
    source = read_source(path, reviewed=False)
    assert source.is_switched_off
    with pytest.raises(SwitchedOff):
        crawl_sources([source], tmp_path / "batches", contact=None, now=NOON)
    assert not (tmp_path / "batches").exists()


def test_unreviewed_cards_can_be_listed(tmp_path):
    assert not read_source(card(tmp_path, FOREIGN), reviewed=False).is_reviewed


def test_a_folder_of_cards_is_read_in_order_of_names(tmp_path):
    card(tmp_path, LOCAL.replace("harbour-board", "b"), "b.toml")
    card(tmp_path, LOCAL.replace("harbour-board", "a"), "a.toml")
    (tmp_path / "README.md").write_text("Cards.")
    (tmp_path / "c.toml").write_text("kind = 1")
    sources, (fault,) = read_cards(tmp_path)
    assert ([source.name for source in sources], "c.toml" in str(fault)) == (["a", "b"], True)
    with pytest.raises(BadSourceCard, match="expected a folder of source cards"):
        read_cards(tmp_path / "none")


def test_a_source_travels_to_a_child_unchanged(tmp_path):
    for text in (LOCAL + "[expect]\nads = [1, 9]\n[budget]\nbytes = 5\n", FOREIGN + REVIEW + '\nlanguage = "vi"\n'):
        job = Job(source=read_source(card(tmp_path, text)), folder=tmp_path, started_at=NOON, contact="a@b.example")
        assert load_job(dump_job(job)) == job


def test_every_kind_and_key_is_documented():
    page = Path("docs/reference/source-card.md").read_text(encoding="utf-8")
    keys = "name title kind start hosts language country local reviewed_on reviewed_by permission delay concurrency"
    for word in (*KINDS, *keys.split(), "pages", "bytes", "minutes", "depth", "ads"):
        assert f"`{word}`" in page, word
    guide = Path("docs/operators/sources.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in guide] == []


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.10", "::1", "[::1]", "::ffff:127.0.0.1"]
)
def test_loopback_is_known_by_name_and_number(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["localhost.example", "128.0.0.1", "10.0.0.1", "0.0.0.0", "127.0.0.1.example", "::2", ""]
)
def test_nothing_else_is_loopback(host):
    assert not is_loopback(host)


@pytest.mark.parametrize("number", PRIVATE_OR_ODD)
def test_private_and_odd_internet_addresses_are_not_public(number):
    assert not is_public(number)
    assert why_refused_host("board.example", ["1.1.1.1", number], local=False)


def test_a_foreign_host_must_be_public_and_a_local_one_here():
    assert why_refused_host("board.example", ["1.1.1.1", "2606:4700:4700::1111"], local=False) is None
    assert why_refused_host("localhost", ["127.0.0.1", "::1"], local=True) is None
    assert "not on this machine" in why_refused_host("localhost", ["127.0.0.1", "192.168.1.7"], local=True)


def test_a_site_is_a_host_with_its_odd_port():
    assert site_of("https://board.example:443/a") == site_of("http://board.example/b") == "board.example"
    assert site_of("http://127.0.0.1:8000/") == "127.0.0.1:8000"
    assert site_of("http://[::1]:8000/") == "[::1]:8000"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ftp://board.example/", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("https://a:b@board.example/", "log-in"),
        ("https://evil-board.example/", "evil-board.example is not a site"),
        ("https://board.example.evil.example/", "is not a site"),
        ("https://board.example:8443/", "board.example:8443 is not a site"),
        ("https://board.example:x/", "not a readable address"),
        ("https://board.example/" + "a" * 3000, "longer than"),
    ],
)
def test_an_address_outside_the_source_is_refused_with_a_reason(address, reason):
    assert reason in why_foreign(address, {"board.example"})


def test_a_host_whose_name_is_not_ascii_is_the_source_s_own(tmp_path):
    source = read_source(card(tmp_path, FOREIGN.replace("board.example", "bảng.example") + REVIEW))
    assert source.sites == {"xn--bng-0gz.example"}
    assert why_foreign(normal_address(source.start[0]), source.sites) is None


def test_addresses_that_ask_for_the_same_page_are_one():
    assert normal_address(" http://board.example/a b#top ") == "http://board.example/a%20b"
    with pytest.raises(ValueError, match="no scheme"):
        normal_address("/relative")


BOARD = LOCAL.replace('"sitemap"', '"board"')
CHANNEL = LOCAL.replace('"sitemap"', '"channel"').replace("8000/sitemap.xml", "8000/s/pier_work")


def test_selectors_days_and_rendering_are_read_from_a_card(tmp_path):
    board = read_source(card(tmp_path, BOARD + 'render = true\n[select]\nads = "li"\ntitle = ["h1", "h2::text"]\n'))
    assert board.render
    assert board.select == {"ads": ("li",), "title": ("h1", "h2::text")}
    assert read_source(card(tmp_path, CHANNEL)).channel_days == 60
    channel = read_source(card(tmp_path, CHANNEL + "[channel]\ndays = 7\n"))
    assert channel.channel_days == 7
    job = Job(source=channel, folder=tmp_path, started_at=NOON, contact=None)
    assert load_job(dump_job(job)) == job


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        (BOARD + '[select]\ntitle = "h1["\n', '"select.title"', "a CSS selector (Expected ident or '*'"),
        (BOARD + '[select]\nad_links = ["a", "a::href"]\n', '"select.ad_links"', "::href is unknown), found 'a::href'"),
        (BOARD + '[select]\nsalary = "b"\n', '"select.salary"', 'did you mean "base_salary"?'),
        (LOCAL + '[select]\nnext_page = "a"\n', '"select.next_page"', "only where kind is board"),
        (BOARD + "[channel]\ndays = 7\n", '"channel"', "only where kind is channel"),
        (CHANNEL + "render = true\n", '"render"', "this key only where kind is"),
        (CHANNEL + "[channel]\ndays = -1\n", '"channel.days"', "a number from 0"),
        (CHANNEL.replace("/s/pier_work", "/pier_work"), '"start"', 'such as "https://t.me/s/NAME"'),
        (CHANNEL.replace("/s/pier_work", "/s/pier_work/3"), '"start"', 'such as "https://t.me/s/NAME"'),
    ],
)
def test_a_bad_key_of_a_board_or_a_channel_is_named(tmp_path, text, key, expected):
    with pytest.raises(BadSourceCard) as error:
        read_source(card(tmp_path, text))
    assert key in str(error.value)
    assert expected in str(error.value)


def test_every_selector_is_documented():
    page = Path("docs/operators/source-web.md").read_text(encoding="utf-8")
    for word in SELECT_KEYS:
        assert f"`{word}`" in page, word


@pytest.mark.parametrize(
    "text",
    [
        "# " + "a" * 70_000, "x = " + "[" * 30_000, "x = " + "{a=" * 15_000, "a." * 30_000 + "a = 1",
        "[" + "a . " * 15_000 + "a]", '"a".' * 12 + "a = 1", "x = {" + "a." * 20_000 + "a = 1}",
    ],
)  # fmt: skip
def test_a_hostile_card_is_named_at_once(tmp_path, text):
    path = tmp_path / "hostile.toml"
    path.write_text(text)
    with pytest.raises(BadSourceCard, match=r"hostile\.toml: "):
        read_source(path)
