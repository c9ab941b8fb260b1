"""Nothing on any page, file or answer gives the first verdict away, or tells an audit case from others."""

import csv
import re
from collections import deque
from dataclasses import replace

import pytest

from builders import NOON, make_ad
from pipeline.review.decisions import Decider, Judgement, Seen, decide, facts_of
from pipeline.store.store import Store
from prepared_desk import add_case
from referral_samples import EXPORT_DESK
from store_builders import copy_store
from web_acts import make_app, post, sign_in_as

VERDICTS = ("trafficking_recruitment", "legitimate", "cannot_tell")
SECRETS = "tell-tale"
MOST_PAGES = 600
MOST_ASKED = 1
"""Parts of a query that are followed at a time: what several filters leave, each leaves alone."""
OWING = {
    "putu": VERDICTS,
    "a-supervisor": VERDICTS[:2],
    "a-researcher": VERDICTS[1:],
    "a-administrator": VERDICTS[::2],
}
"""Who is asked, and which first verdicts are held against each other: all for one, each pair for one of the others."""
# What differs between any two visits, and the hashes over the log, which cover what was decided.
CHANCE = (
    r'name="csrf_token" value="[^"]*"', r"\b[0-9a-f]{64}\b", r"lurewatch--[0-9a-f-]+", r"bundle--[0-9a-f-]+",
)  # fmt: skip


def world(desk, folder, verdict):
    """A copy of the desk on which one analyst has said this of the case of a campaign, and somebody else is asked."""
    database = copy_store(desk.database, folder / f"{verdict}.db")
    with Store.open(folder / f"{verdict}.db") as store:
        (case,) = store.campaigns.cases(desk.campaign)
        judged = Judgement(
            verdict=verdict, note=f"{SECRETS} {verdict}", tags=(f"{SECRETS}-{verdict}",),
            confirmed={"debt.advance"} if verdict == VERDICTS[0] else set(),
            rejected={"debt.advance"} if verdict == VERDICTS[1] else set(),
        )  # fmt: skip
        seen = Seen(case_id=case.case_id, fingerprint=store.cases.get(case.case_id).fingerprint, decisions=0)
        decide(store, seen, judged, by=Decider(name="mai", double_coded=1.0), at=NOON)
    return database, case.case_id


def crawl(client, *starts):
    """Every answer that can be reached from here by links, by its address."""
    answers, ahead = {}, deque(starts)
    while ahead and len(answers) < MOST_PAGES:
        address = ahead.popleft()
        if address in answers:
            continue
        with client.get(address) as answer:
            body = answer.data.decode(errors="replace")
        for pattern in CHANCE:
            body = re.sub(pattern, "", body)
        answers[address] = (answer.status_code, answer.headers.get("Location"), body)
        links = (link.replace("&amp;", "&").partition("#")[0] for link in re.findall(r'(?:href|src)="(/[^"]*)"', body))
        ahead.extend(link for link in links if "/static/" not in link and link.count("=") <= MOST_ASKED)
    return answers


@pytest.mark.parametrize(("name", "verdicts"), OWING.items(), ids=OWING)
def test_whoever_owes_an_opinion_sees_the_same_whatever_the_first_one_said(
    own_desk, tmp_path, taxonomy, name, verdicts
):
    worlds = []
    for verdict in verdicts:
        database, case_id = world(own_desk, tmp_path, verdict)
        app = make_app(database, taxonomy, exports=EXPORT_DESK)
        client = sign_in_as(app, name)
        answers = crawl(
            client,
            "/", f"/case/{case_id}", "/?state=all", "/?state=decided", "/?lane=second_opinion",
            "/queue.csv?state=all", f"/campaign/{own_desk.campaign}", f"/contact/{own_desk.contact}",
            "/labels.jsonl", "/overview", "/brief",
            f"/export?case={case_id}", f"/export?campaign={own_desk.campaign}", "/export?state=all&lane=second_opinion",
            *(f"/?state=all&verdict={each}" for each in VERDICTS),
            *(f"/?state=all&tag={SECRETS}-{each}" for each in VERDICTS),
        )  # fmt: skip
        assert len(answers) < MOST_PAGES, "all of it was seen"
        for path, fields in (
            (f"/case/{case_id}/undo", {}), ("/search", {"typed": SECRETS}),
            (f"/export?case={case_id}", {"format": "json"}),
        ):  # fmt: skip
            answer = post(client, path, **fields)
            answers[f"POST {path}"] = (answer.status_code, answer.headers.get("Location"), "")
        worlds.append(answers)
    first, *others = worlds
    for other in others:
        assert other.keys() == first.keys()
        differing = [address for address in first if first[address] != other[address]]
        assert differing == []


def test_the_score_of_another_ad_does_not_tell(own_desk, tmp_path):
    found = []
    for verdict in VERDICTS:
        world(own_desk, tmp_path, verdict)
        with Store.open(tmp_path / f"{verdict}.db") as store:
            found.append([facts_of(store, each.ad_id, at=NOON) for each in store.contacts.ads(own_desk.contact)])
    assert found[0] == found[1] == found[2]


def test_a_case_of_the_audit_reads_like_another_that_is_read_blind(own_desk, taxonomy):
    ad = make_ad(ad_id="b:1", source="blind", title="Carrier of trays", description="Trays. We pay an advance of 500.")
    with Store.open(own_desk.database) as store:
        audit = add_case(store, ad, score=0.05, reason="audit")
        twin = replace(ad, ad_id="b:2", title="Carrier of plates")
        other = add_case(store, twin, score=0.95)
        store.db.run("UPDATE cases SET blind = 1 WHERE case_id = ?", [other])
        store.queue.refresh(other)
    app = make_app(own_desk.database, taxonomy)
    client = sign_in_as(app, "putu")
    pages = [client.get(f"/case/{case_id}").text for case_id in (audit, other)]
    for page in pages:
        for told in ("0.95", "0.05", "<mark", "random audit", "Money before the work", "One strong", "advance</th>"):
            assert told not in page
    assert "Carrier" not in client.get("/?reason=audit").text
    assert "Carrier" not in client.get("/?indicator=debt.advance").text
    assert "Carrier" not in client.get("/?kind=trafficking_recruitment").text
    listed = list(csv.reader(client.get("/queue.csv?source=blind").text.splitlines()))[1:]
    assert [row[6:10] for row in listed] == [["", "", "", ""], ["", "", "", ""]]
    assert "No case to decide" in client.get("/bulk?source=blind").text
    with Store.open(own_desk.database) as store:
        for case_id in (audit, other):
            seen = Seen(case_id=case_id, fingerprint=store.cases.get(case_id).fingerprint, decisions=0)
            decide(store, seen, Judgement(verdict="legitimate"), by=Decider(name="putu"), at=NOON)
    assert "0.05" in client.get(f"/case/{audit}").text, "once it is decided all is shown"
