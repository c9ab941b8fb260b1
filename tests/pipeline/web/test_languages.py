"""The page in Vietnamese and Indonesian: catalogues held to the code, and the language that somebody chose."""

import ast
import re
from gettext import NullTranslations
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from crawler.files import VOCABULARY
from pipeline.web import i18n
from pipeline.web.i18n import CATALOGUES, LANGUAGES
from web_acts import PASSWORD, decide, post, sign_in, token_in

TRANSLATED = sorted(LANGUAGES.keys() - {"en"})
PIPELINE = CATALOGUES.parents[1]
PLACEHOLDER = re.compile(r"%\(\w+\)[rs]")
TAG = re.compile(r"<[^<>]*>")
WORD_IN_TEMPLATE = re.compile(r"[A-Za-z]{3,}")
NOT_OURS = {"lurewatch"}
"""Words that a template says in every language."""


@pytest.fixture(scope="module")
def messages():
    """Every message of code and templates, as ``scripts/translations`` finds them."""
    with (CATALOGUES / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None}
    folders = (PIPELINE, VOCABULARY)
    found = (each for folder in folders for each in extract_from_dir(folder, methods, options, keywords=keywords))
    return {message for _file, _line, message, _comments, _context in found}


@pytest.fixture(params=TRANSLATED)
def catalogue(request):
    with (CATALOGUES / request.param / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=request.param)


def entries(catalogue):
    return [message for message in catalogue if message.id]


def forms(said):
    return (said,) if isinstance(said, str) else tuple(said)


def said_by(catalogue):
    return {forms(message.id): forms(message.string) for message in entries(catalogue)}


def test_a_catalogue_has_every_message_and_no_other(catalogue, messages):
    assert {message.id for message in entries(catalogue)} == messages


def test_nobody_is_called_a_victim_where_english_does_not(catalogue):
    victims = {ids: said for ids, said in said_by(catalogue).items() if re.search("nạn nhân|korban", " ".join(said))}
    assert [ids for ids in victims if "victim" not in " ".join(ids)] == []


def test_every_message_is_translated_and_none_is_a_guess(catalogue):
    assert [each.id for each in entries(catalogue) if each.fuzzy or not all(forms(each.string))] == []
    assert not catalogue.obsolete


def test_a_translation_asks_for_the_values_that_the_message_has(catalogue):
    for message in entries(catalogue):
        wanted = sorted(PLACEHOLDER.findall(forms(message.id)[-1]))
        for said in forms(message.string):
            assert sorted(PLACEHOLDER.findall(said)) == wanted, message.id
            assert "<" not in said, message.id


def test_the_compiled_catalogue_says_what_the_written_one_says(catalogue):
    with (CATALOGUES / str(catalogue.locale) / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    assert said_by(compiled) == said_by(catalogue)


def test_no_message_stands_in_a_formatted_string_where_no_catalogue_finds_it():
    calls = [
        (path.name, call.lineno)
        for path in sorted(PIPELINE.rglob("*.py"))
        for joined in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(joined, ast.JoinedStr)
        for call in ast.walk(joined)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"_", "ngettext", "mark"}
        if call.args and isinstance(call.args[0], ast.Constant)
    ]
    assert calls == []


@pytest.mark.parametrize("path", sorted((PIPELINE / "web" / "templates").glob("*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_that_no_catalogue_can_translate(path: Path):
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    named = re.findall(r'(?:title|aria-label|placeholder|alt)="([^"]*)"', text)
    said = WORD_IN_TEMPLATE.findall(" ".join([TAG.sub(" ", text), *named]))
    assert set(said) <= NOT_OURS


@pytest.mark.parametrize(
    ("asked", "spoken", "said"),
    [
        ("vi-VN,en;q=0.5", "vi", "Đăng nhập"),
        ("id", "id", "Masuk"),
        ("km, id;q=0.8, en;q=0.5", "id", "Masuk"),
        ("km", "en", "Sign in"),
        ("", "en", "Sign in"),
        ("en-US", "en", "Sign in"),
    ],
)
def test_before_anything_is_chosen_the_browser_is_asked(client, asked, spoken, said):
    page = client.get("/sign-in", headers={"Accept-Language": asked}).text
    assert f'<html lang="{spoken}">' in page
    assert f"<h1>{said}</h1>" in page


def test_what_is_chosen_before_the_sign_in_stays_with_an_account_that_has_no_language(client, store):
    chosen = client.post("/language", data={"csrf_token": token_in(client.get("/sign-in")), "language": "vi"})
    assert chosen.status_code == 302
    assert "Mật khẩu" in client.get("/sign-in", headers={"Accept-Language": "id"}).text
    sign_in(client)
    assert store.accounts.get("mai").language == "vi"
    assert "Hồ sơ cần xem xét" in client.get("/").text


def test_an_account_keeps_its_language_over_what_the_form_was_read_in(client, store):
    store.accounts.set_language("mai", "id")
    client.post("/language", data={"csrf_token": token_in(client.get("/sign-in")), "language": "vi"})
    sign_in(client)
    assert store.accounts.get("mai").language == "id"
    assert '<html lang="id">' in client.get("/").text
    post(client, "/sign-out")
    assert '<html lang="id">' in client.get("/sign-in").text, "the form that follows is still in it"


def test_choosing_a_language_ends_no_session_and_leads_back(signed_in):
    answer = post(signed_in, "/language", language="vi", next="/case/1?source=test")
    assert answer.headers["Location"] == "/case/1?source=test"
    assert '<html lang="vi">' in signed_in.get("/case/1").text
    assert post(signed_in, "/language", language="vi", next="//elsewhere.example/").headers["Location"] == "/"


@pytest.mark.parametrize("unknown", ["", "xx", "../en", "vi\0"])
def test_a_language_that_is_not_there_changes_nothing(signed_in, store, unknown):
    assert post(signed_in, "/language", language=unknown).status_code == 400
    assert store.accounts.get("mai").language is None


def test_notices_dates_and_numbers_are_in_the_language(signed_in, store):
    store.accounts.set_language("mai", "vi")
    page = signed_in.get("/case/1").text
    assert "2 thg 11, 2026" in page
    assert "0,90" in page
    assert "Có khả năng là tuyển mộ để mua bán người" in page
    assert decide(signed_in, 1).status_code == 302
    assert "Hồ sơ 1: Lời mời hợp pháp." in signed_in.get("/").text
    assert "Không có hồ sơ này" in signed_in.get("/case/99").text


def test_what_an_account_cannot_be_is_said_in_the_language(app, store):
    store.accounts.set_language("a-administrator", "id")
    client = app.test_client()
    sign_in(client, "a-administrator")
    page = post(client, "/analysts", name="no spaces here", role="analyst", own_password=PASSWORD)
    assert "Tidak ditambahkan: nama analis" in page.text


def test_an_ad_is_marked_as_being_in_its_own_language_and_the_taxonomy_as_english(signed_in, store):
    store.accounts.set_language("mai", "vi")
    page = signed_in.get("/case/1").text
    assert '<span lang="en">Money before the work</span>' in page


class Missing(NullTranslations):
    """What was looked up and is in no catalogue."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def gettext(self, message):
        self.seen.add(message)
        return message


@pytest.fixture
def missing():
    found = Missing()
    i18n._catalogue.cache_clear()
    i18n._catalogue("vi").add_fallback(found)
    yield found.seen
    i18n._catalogue.cache_clear()


def test_nothing_that_a_page_looks_up_is_missing(app, store, missing):
    store.accounts.set_language("a-administrator", "vi")
    client = app.test_client()
    sign_in(client, "a-administrator")
    decide(client, 1, **{"indicator:debt.advance": "confirm"})
    post(client, "/case/1/undo")
    for path in (
        "/", "/?state=all", "/?state=decided", "/?lane=audit", "/case/1", "/case/2", "/case/99", "/bulk?source=test",
        "/account", "/analysts", "/audit", "/agreement", "/criteria", "/brief", "/overview", "/nowhere",
        "/contact/none",
    ):  # fmt: skip
        assert '<html lang="vi">' in client.get(path).text, path
    assert missing == set()
