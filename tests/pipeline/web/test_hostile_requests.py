"""Requests to every route that no page of ours sends: each is answered soon, and never by an error of the server's."""

import io
import re
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.web.app import create_app
from prepared_desk import PEOPLE, VAULT
from referral_samples import EXPORT_DESK
from web_acts import PASSWORD, sign_in, token_in

ROOT = Path(__file__).parents[3]
WEB = ROOT / "pipeline" / "web"
ASKED = re.compile(r"""(?:args|form|values|files|cookies)(?:\.(?:get|getlist))?[\[(]\s*"([\w-]+)\"""")
NAMED = re.compile(r"""\bname="([\w-]+)\"""")
SECONDS = 8.0
"""For one request, on a machine that does other work beside it."""

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
    "<script>", "{{7*7}}", "' OR 1=1 --", "\"*\" NEAR(", "AND OR NOT", "2026-13-45", "0000-00-00", "9999-12-31", "2026-02",
    "month", "en", "vi", "xx-YY", "source=kitchens", "state=open", "legitimate", "trafficking_recruitment", "mai",
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
    st.one_of(st.sampled_from(("*/*;q=x", "en;q=9,vi;;", "Bearer ", "Bearer x", "Basic ====", "bytes=9-1", "application/json",
                               "multipart/form-data", "lurewatch=x.y.z", "a" * 3000)),
              st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)),
    max_size=3,
)  # fmt: skip


class Page:
    """The page over a desk of its own, which is laid out anew now and then: some requests end sessions or accounts."""

    def __init__(self, folder, prepared, taxonomy):
        self.database = folder / "lurewatch.db"
        self._prepared = prepared
        self.renew()
        self.app = create_app(
            database=self.database, taxonomy=taxonomy, secret_key=b"k" * 32, exports=EXPORT_DESK, vault=VAULT,
            batches=folder, samples=ROOT / "data" / "samples",
        )  # fmt: skip
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


def ask(page, role, rule, method, gaps, query, form, sent, as_file):
    client = page.client_of(role)
    data = {name: values for name, values in form.items() if name}
    data["csrf_token"] = [client.token]
    if as_file:
        data["file"] = [(io.BytesIO(as_file[1].encode("utf-8", "surrogatepass")), as_file[0])]
    began = time.monotonic()
    response = client.open(
        page.address(rule, gaps),
        method=method,
        query_string=query,
        headers=sent,
        data=data if method != "GET" else None,
    )
    assert response.status_code < 500 or (rule.rule == "/healthz"), (role, method, rule.rule, gaps, query, form, sent)
    response.get_data()
    response.close()
    assert time.monotonic() - began < SECONDS, (role, method, rule.rule, gaps, query, form, sent)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_no_request_is_answered_by_an_error_of_the_server(page, data):
    role = data.draw(st.sampled_from(list(ROLES)), "role")
    for _ in range(data.draw(st.integers(1, 6), "requests")):
        rule = data.draw(st.sampled_from(page.rules), "rule")
        usual = st.sampled_from(sorted(rule.methods - {"HEAD", "OPTIONS"}) or ["GET"])
        ask(
            page, role, rule, data.draw(st.one_of(usual, usual, st.sampled_from(METHODS)), "method"),
            data.draw(st.lists(st.one_of(st.sampled_from(("1", "2", "3")), texts.map(quote_gap)), max_size=3), "gaps"),
            data.draw(fields, "query"), data.draw(fields, "form"), data.draw(headers, "headers"),
            data.draw(st.none() | st.tuples(texts, texts), "file"),
        )  # fmt: skip


def quote_gap(text):
    """As a client writes it between two slashes."""
    from urllib.parse import quote

    return quote(text, safe="/", errors="surrogatepass") or "1"
