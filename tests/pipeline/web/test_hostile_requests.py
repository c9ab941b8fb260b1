"""Requests to every route that no page of ours sends: each is answered soon, and never by an error of the server's."""

import random
import re
import shutil
import time
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup
from prepared_desk import PEOPLE
from referral_samples import EXPORT_DESK
from store_builders import add_key
from web_acts import sign_in, token_in

ROOT = Path(__file__).parents[3]
WEB = ROOT / "pipeline" / "web"
ASKED = re.compile(r"""(?:args|form|values|files|cookies)(?:\.(?:get|getlist))?[\[(]\s*"([\w-]+)\"""")
NAMED = re.compile(r"""\bname="([\w-]+)\"""")
SECONDS = 8.0
"""For one request, on a machine that does other work beside it."""

PAGES, REQUESTS = 40, 150
ROLES = {None: None} | {role: name for name, role in PEOPLE.items()}
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH")
FIELDS = sorted(
    {
        name
        for path in (*WEB.rglob("*.py"), *WEB.rglob("*.html"))
        for pattern in (ASKED, NAMED)
        for name in pattern.findall(path.read_text(encoding="utf-8"))
    }
)
"""Every name that a view asks for or a form gives."""

NUMBERS = (
    "0",
    "1",
    "2",
    "9",
    "-1",
    "00",
    "٣",
    "9223372036854775807",
    "9223372036854775808",
    "1" * 400,
    "1e9",
    "nan",
    "inf",
)
WORDS = (
    "", " ", "'", '"', "%", "%00", "\0", "\ud800", "\u202e", "a\r\nSet-Cookie: x=1", "../" * 9, "a" * 5000, "(" * 900,
    "<script>", "{{7*7}}", "' OR 1=1 --", "\"*\" NEAR(", "AND OR NOT", "2026-13-45", "0000-00-00", "9999-12-31",
    "2026-02", "month", "en", "vi", "xx-YY", "source=kitchens", "state=open", "legitimate", "trafficking_recruitment",
    "mai",
    "http://evil.example/", "//evil.example", "javascript:alert(1)", "k:1", "test:1", "csv", "html", "svg", "𐀀" * 300,
    "title,description\nCook,Wanted", "[]", "{", '{"text": 3}', "debt.advance", "to-report",
)  # fmt: skip

texts = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(NUMBERS),
    st.text(max_size=40),
    st.text(max_size=8).map(lambda text: text * 200),
)
fields = st.dictionaries(
    st.one_of(st.sampled_from(FIELDS), st.text(max_size=5)), st.lists(texts, max_size=3), max_size=8
)
headers = st.dictionaries(
    st.sampled_from(("Accept", "Accept-Language", "Authorization", "Content-Type", "Cookie", "Host", "If-None-Match",
                     "Origin", "Range", "Referer", "X-Forwarded-For", "X-Requested-With")),
    st.one_of(st.sampled_from(("*/*;q=x", "en;q=9,vi;;", "Bearer ", "Bearer x", "Basic ====", "bytes=9-1",
                               "application/json", "multipart/form-data", "lurewatch=x.y.z", "a" * 3000)),
              st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)),
    max_size=3,
)  # fmt: skip


class Page:
    """The page over a desk of its own, which is laid out anew now and then: some requests end sessions or accounts."""

    def __init__(self, folder, prepared, taxonomy):
        self.database = folder / "lurewatch.db"
        add_key(folder)
        self._prepared = prepared
        self.renew()
        self.app = create_app(PageSetup(
            database=self.database, taxonomy=taxonomy, secret_key=b"k" * 32, exports=EXPORT_DESK,
            batches=folder, samples=ROOT / "data" / "samples",
        ))  # fmt: skip
        self.app.config["PROPAGATE_EXCEPTIONS"] = True
        self.rules = sorted(self.app.url_map.iter_rules(), key=lambda rule: (rule.rule, *sorted(rule.methods)))
        self.clients, self.count = {}, 0

    def renew(self):
        new = self.database.with_suffix(".new")
        shutil.copy(self._prepared.database, new)
        for left in ("-wal", "-shm"):
            self.database.with_name(self.database.name + left).unlink(missing_ok=True)
        new.replace(self.database)

    def client_of(self, role):
        """Signed in, whatever the requests before have done."""
        self.count += 1
        if self.count % 40 == 0:
            self.renew()
            self.clients.clear()
        if role not in self.clients:
            client = self.clients[role] = self.app.test_client()
            client.token = token_in(client.get("/sign-in"))
            if role:
                assert sign_in(client, ROLES[role]).status_code == 302
                client.token = token_in(client.get("/account"))
        return self.clients[role]

    def address(self, rule, values):
        """The rule with these values in its gaps."""
        given = iter(values)
        return re.sub(r"<[^>]+>", lambda _: next(given, "1"), rule.rule)


@pytest.fixture(scope="module")
def page(prepared, taxonomy, tmp_path_factory):
    return Page(tmp_path_factory.mktemp("hostile"), prepared, taxonomy)


def quoted(text):
    """As a client writes it between two slashes."""
    return quote(text, safe="/", errors="surrogatepass") or "1"


def encoded(values):
    """As a form of a browser, and of no browser: half characters too."""
    return urlencode(values, doseq=True, encoding="utf-8", errors="surrogatepass")


def body_of(form, file):
    """The bytes of the form and their type; with a file in the form that browsers have for files."""
    if file is None:
        return encoded(form).encode(), "application/x-www-form-urlencoded"
    parts = [(f'name="{name}"', value) for name, values in form.items() for value in values]
    parts.append((f'name="file"; filename="{file[0]}"', file[1]))
    lines = "".join(f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n" for head, value in parts)
    return f"{lines}--x--\r\n".encode("utf-8", "surrogatepass"), "multipart/form-data; boundary=x"


def ask(page, role, rule, method, *, gaps=(), query=MappingProxyType({}), form=MappingProxyType({}),
        headers=MappingProxyType({}), file=None):  # fmt: skip
    """One request, answered soon and by no error of the server's."""
    client = page.client_of(role)
    body, kind = body_of({**form, "csrf_token": [client.token]}, file)
    asked = (role, method, rule.rule, gaps, dict(query), dict(form), dict(headers), file)
    began = time.monotonic()
    response = client.open(
        page.address(rule, gaps), method=method, query_string=encoded(query), data=b"" if method == "GET" else body,
        headers={"Content-Type": kind} | dict(headers),
    )  # fmt: skip
    response.get_data()
    response.close()
    assert response.status_code < 500, asked
    assert time.monotonic() - began < SECONDS, asked


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_no_request_is_answered_by_an_error_of_the_server(page, data):
    role = data.draw(st.sampled_from(list(ROLES)), "role")
    for _ in range(data.draw(st.integers(1, 6), "requests")):
        rule = data.draw(st.sampled_from(page.rules), "rule")
        usual = st.sampled_from(sorted(rule.methods - {"HEAD", "OPTIONS"}) or ["GET"])
        gap = st.one_of(st.sampled_from(("1", "2", "3")), texts.map(quoted))
        ask(
            page, role, rule, data.draw(st.one_of(usual, usual, st.sampled_from(METHODS)), "method"),
            gaps=data.draw(st.lists(gap, max_size=3), "gaps"),
            query=data.draw(fields, "query"), form=data.draw(fields, "form"), headers=data.draw(headers, "headers"),
            file=data.draw(st.none() | st.tuples(texts, texts), "file"),
        )  # fmt: skip


def forms_and_links(client, starts):
    """What these pages and those that they lead to let one send: method, path, and the fields with their values."""
    found, waiting, seen = {}, list(starts), set()
    while waiting and len(seen) < PAGES:
        path = waiting.pop(0)
        shape = re.sub(r"\d+|[0-9a-f]{8,}", "1", path)
        if shape in seen:
            continue
        seen.add(shape)
        response = client.get(path)
        if response.mimetype != "text/html" or not response.text:
            continue
        tree = html.fromstring(response.text)
        for form in tree.forms:
            given = [(name, value) for name, value in form.form_values() if name != "csrf_token"]
            names = [each.name for each in form.inputs if each.name and each.name != "csrf_token"]
            given += [(name, "") for name in names if name not in dict(given)]
            key = form.method, re.sub(r"\d+", "1", form.action or path), tuple(sorted({name for name, _ in given}))
            found.setdefault(key, (form.method, form.action or path, given))
        for link in tree.xpath("//a/@href"):
            place = urlsplit(link)
            if place.netloc or not place.path.startswith("/"):
                continue
            waiting.append(link)
            if given := parse_qsl(place.query, keep_blank_values=True):
                key = "GET", re.sub(r"\d+", "1", place.path), tuple(sorted({name for name, _ in given}))
                found.setdefault(key, ("GET", place.path, given))
    return list(found.values())


@pytest.mark.parametrize("role", ["administrator", "researcher"])
def test_no_form_and_no_link_with_one_value_changed_is_answered_by_an_error(page, prepared, role):
    page.clients.clear()
    starts = ["/", *(f"/case/{number}" for number in sorted(prepared.cases.values())[:5]), "/ad?id=c:0", "/practice/1",
              f"/campaign/{prepared.campaign}", f"/contact/{prepared.contact}", "/export", "/analysts"]  # fmt: skip
    acts, chance = forms_and_links(page.client_of(role), starts), random.Random(role)
    assert len(acts) > 10
    places = [(act, number) for act in acts for number in range(len(act[2]))]
    for (method, path, fields), number in chance.sample(places, min(len(places), REQUESTS)):
        value = chance.choice((*WORDS, *NUMBERS))
        changed = [*fields[:number], (fields[number][0], value), *fields[number + 1 :]]
        client = page.client_of(role)
        sent = encoded([*changed, ("csrf_token", client.token)]).encode()
        response = client.open(
            path, method=method, query_string=encoded(changed) if method == "GET" else None,
            data=sent if method == "POST" else None, content_type="application/x-www-form-urlencoded",
        )  # fmt: skip
        response.get_data()
        assert response.status_code < 500, (method, path, changed)
