"""Assignments, comments and mentions, and that none of them tells a first verdict. Every text is invented."""

import json

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from web_acts import decide, make_app, post, sign_in_as


@pytest.fixture
def database(own_desk):
    return own_desk.database


@pytest.fixture
def app(own_desk, taxonomy, clock):
    return make_app(own_desk.database, taxonomy, clock=lambda: clock[-1])


def test_a_mention_waits_for_whom_it_names_until_it_is_read(app, own_desk, store):
    case_id = own_desk.cases["waiting"]
    before = store.decisions.of_case(case_id)
    post(sign_in_as(app, "mai"), f"/case/{case_id}/comments", text="Is this the crane firm, @putu? Ask @nobody.")
    page = sign_in_as(app, "putu").get("/mine").text
    assert "Is this the crane firm, @putu?" in page
    assert "Is this the crane firm" not in sign_in_as(app, "binh").get("/mine").text
    assert "Is this the crane firm" in sign_in_as(app, "binh").get(f"/case/{case_id}").text
    (mention,) = store.teamwork.mentions("putu")
    post(sign_in_as(app, "binh"), f"/mine/mentions/{mention.comment_id}/read")
    assert store.teamwork.mentions("putu"), "nobody reads it for somebody else"
    post(sign_in_as(app, "putu"), f"/mine/mentions/{mention.comment_id}/read")
    assert not store.teamwork.mentions("putu")
    assert store.decisions.of_case(case_id) == before
    assert "crane" not in json.dumps([dict(each.details) for each in store.audit.entries(act="commented")])


def test_one_goes_along_what_waits_and_a_comment_keeps_the_list(app, own_desk):
    awaited, disagreed, client = own_desk.cases["awaited"], own_desk.cases["disagreed"], sign_in_as(app, "a-supervisor")
    page = client.get("/mine").text
    assert f'href="/case/{awaited}?lane=second_opinion"' in page
    assert f'href="/case/{disagreed}?lane=disagreement"' in page
    answer = post(client, f"/case/{awaited}/comments?lane=second_opinion", text="Seen.")
    assert answer.headers["Location"] == f"/case/{awaited}?lane=second_opinion#talk"
    page = client.get(answer.headers["Location"]).text
    assert f'action="/case/{awaited}/assign?lane=second_opinion"' in page


def test_what_is_written_over_many_lines_is_kept_to_its_end(app, own_desk, store):
    case_id, client = own_desk.cases["waiting"], sign_in_as(app, "mai")
    written = "".join(f"line {number:03} of what there is to say\n" for number in range(55)) + "the end"
    assert len(written) < 2_000, "as the page counts it"
    post(client, f"/case/{case_id}/comments", text=written.replace("\n", "\r\n"))
    post(client, f"/case/{case_id}/appeal", text=written.replace("\n", "\r\n"))
    decide(client, case_id, note=(written * 2).replace("\n", "\r\n"))
    said = (store.teamwork.comments(case_id)[-1], store.proceedings.appeals(case_id)[-1])
    assert [each.text for each in said] == [written] * 2
    assert store.decisions.of_case(case_id)[-1].note == written * 2


def test_an_assigned_case_waits_for_its_analyst(app, own_desk, store):
    case_id = own_desk.cases["waiting"]
    post(sign_in_as(app, "mai"), f"/case/{case_id}/assign", analyst="putu")
    assert "Helper for chat work" in sign_in_as(app, "putu").get("/mine").text
    assert post(sign_in_as(app, "mai"), f"/case/{case_id}/assign", analyst="a-researcher").status_code == 400
    post(sign_in_as(app, "putu"), f"/case/{case_id}/assign", analyst="")
    assert store.teamwork.assignment(case_id) is None


def test_what_is_said_of_a_case_that_awaits_a_second_opinion_tells_nothing(app, own_desk):
    case_id = own_desk.cases["awaited"]
    post(sign_in_as(app, "mai"), f"/case/{case_id}/comments", text="Trafficking for sure, see @putu and @a-supervisor")
    post(sign_in_as(app, "mai"), f"/case/{case_id}/assign", analyst="putu")
    for name in ("putu", "binh", "a-supervisor", "a-administrator", "a-researcher"):
        client = sign_in_as(app, name)
        for path in (f"/case/{case_id}", "/mine"):
            assert "Trafficking for sure" not in client.get(path).text, (name, path)
    assert "1 comment is shown when" in sign_in_as(app, "putu").get(f"/case/{case_id}").text
    assert "Trafficking for sure" in sign_in_as(app, "mai").get(f"/case/{case_id}").text
    assert f"/case/{case_id}" not in sign_in_as(app, "mai").get("/mine").text, "the first one owes nothing"


def test_a_supervisor_sees_both_answers_side_by_side(app, own_desk):
    case_id = own_desk.cases["disagreed"]
    page = sign_in_as(app, "a-supervisor").get(f"/case/{case_id}").text
    table = page.split('id="disagreement"')[1].split("</table>")[0]
    for words in ("mai", "putu", "Likely recruitment for trafficking", "Lawful offer", "Asks for money first."):
        assert words in table
    assert "Money before the work" in table
    assert 'id="disagreement"' not in sign_in_as(app, "binh").get(f"/case/{case_id}").text
    assert "Driver for two shops" in sign_in_as(app, "a-supervisor").get("/mine").text


def test_the_digest_says_what_waits_without_any_comment(app, own_desk):
    case_id = own_desk.cases["waiting"]
    post(sign_in_as(app, "mai"), f"/case/{case_id}/comments", text="Ask the crane firm, @putu")
    command = ["digest", "--database", str(own_desk.database)]
    answer = CliRunner().invoke(cli, [*command, "--json"])
    assert answer.exit_code == 0, answer.output
    by_name = {each["analyst"]: each for each in json.loads(answer.output)}
    assert by_name["putu"]["mentions"] == [{"case": case_id, "title": "Helper for chat work"}]
    assert [each["case"] for each in by_name["a-supervisor"]["to_settle"]] == [own_desk.cases["disagreed"]]
    assert [each["case"] for each in by_name["mai"]["second_opinions"]] == []
    plain = CliRunner().invoke(cli, command).output
    assert "crane" not in plain
    assert f"mentioned: case {case_id}, Helper for chat work" in plain
    assert CliRunner().invoke(cli, [*command, "--analyst", "nobody"]).exit_code == 2
