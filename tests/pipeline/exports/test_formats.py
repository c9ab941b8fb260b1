"""Each format by the judgement of its own community's tools, imported where they judge: they take two seconds, which
every process of tests would spend. Every text is invented."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st
from warc_making import Archive, ad_page

from builders import NOON, make_ad
from crawler.ad import PageRef, fingerprint
from crawler.batch.evidence import SeenAd
from crawler.batch.wacz import check_extract
from crawler.errors import BadEvidence
from model.taxonomy.loader import EXPLOITATION, ILO
from pipeline.errors import BadExportData
from pipeline.exports.export import FORMATS, make_whole, write_as
from pipeline.exports.formats import dumps_csv, package_to_record, plain_cell, render_page
from pipeline.exports.misp_stix import dumps_misp, make_bundle
from pipeline.exports.referral import SCHEMA, load_kit
from referral_samples import EXPORTS, LURE, agree, package
from store_builders import look
from web_acts import HOSTILE

KIT = load_kit(EXPORTS)
FORMULAS = ("=1+1", "+84", "-2", "@SUM(A1)", "\t=1", " =1", "\uff1d1", "\r=1")


@pytest.fixture
def hostile(undecided):
    """Two cases on which people agree; every field of the second is an attack."""
    attack = replace(make_attack(), url="javascript:alert(1)", apply_url="data:text/html,<script>alert(3)</script>")
    look(undecided, attack)
    undecided.cases.open(fingerprint(attack), reason="score", priority=0.5, at=NOON)
    agree(undecided, 1, 3)
    return undecided


def make_attack():
    said = f"=cmd|' /C calc'!A0 {HOSTILE}"
    return make_ad(
        ad_id="test:../../etc", title=said, description=said, hiring_organization=said, job_location=said,
        employment_type=said, company_profile=said,
    )  # fmt: skip


def test_page_and_misp_say_of_a_list_that_it_has_grown_old_since_it_was_asked(store):
    made = replace(package(store), made_at=NOON + timedelta(days=40))
    for name in ("html", "misp"):
        assert "40 days old" in write_as(name, made, KIT).decode(), name


def both(store, *cases):
    return [package(store, *cases, contacts=asked) for asked in (False, True)]


def test_json_is_as_its_schema_says_and_the_schema_is_one(hostile):
    import jsonschema

    schema = json.loads((EXPORTS / SCHEMA).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for each in both(hostile, 1, 3):
        record = json.loads(write_as("json", each, KIT))
        assert [error.message for error in validator.iter_errors(record)] == []
        assert record == package_to_record(each)
    broken = json.loads(write_as("json", package(hostile), KIT))
    broken["referrals"][0]["victim"] = {}
    assert list(validator.iter_errors(broken)), "nothing that the schema does not know"


def test_no_score_on_the_printed_page_reads_as_certain(hostile):
    made = package(hostile, 1)
    (referral,) = made.referrals
    sure = replace(referral, assessment=replace(referral.assessment, score=0.9997))
    assert "Score 0.99+;" in write_as("html", replace(made, referrals=(sure,)), KIT).decode()
    assert "Score 0.90;" in write_as("html", made, KIT).decode()


def test_json_quotes_are_the_ads_own_words(hostile):
    for each in both(hostile, 1):
        referral = json.loads(write_as("json", each, KIT))["referrals"][0]
        for finding in referral["indicators"]:
            for one in finding["quotes"]:
                assert one["quote"] == referral["ad"][one["field"]][one["start"] : one["end"]]


def test_a_table_has_a_row_a_case_and_no_cell_that_is_a_formula(hostile):
    for each in both(hostile, 1, 3):
        rows = list(csv.DictReader(io.StringIO(dumps_csv(each))))
        assert [row["case"] for row in rows] == ["1", "3"]
        assert rows[1]["title"].startswith("'=cmd|")
        for row in rows:
            assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row.values())
            assert row["non_punishment"]
            assert row["htcds_method_of_recruitment"] == "InternetSocialMediaOnlineAdvertisement"


@given(st.sampled_from(FORMULAS), st.text(max_size=8), st.text(alphabet=" \t\n\r\u00a0", max_size=3))
def test_whatever_begins_as_a_formula_gets_an_apostrophe_and_all_else_stays(formula, text, space):
    assert plain_cell(space + formula + text) == f"'{space}{formula}{text}"
    assert plain_cell(f"a{formula}{text}") == f"a{formula}{text}"
    assert plain_cell(-2) == -2


def test_the_misp_template_is_as_misp_wants_templates():
    import jsonschema
    import pymisp

    schema = json.loads((Path(pymisp.__file__).parent / "data/misp-objects/schema_objects.json").read_text())
    template = json.loads((EXPORTS / "job-advertisement/definition.json").read_text())
    assert list(jsonschema.Draft4Validator(schema).iter_errors(template)) == []
    assert list(jsonschema.Draft4Validator(schema).iter_errors(template | {"uuid": 7}))
    known = pymisp.MISPEvent().describe_types
    for name, said in template["attributes"].items():
        kind = said["misp-attribute"]
        for category in said.get("categories", []):
            assert kind in known["category_type_mappings"][category], name


def test_a_misp_event_is_read_by_pymisp_and_its_object_keeps_to_the_template(hostile):
    from pymisp import MISPEvent, MISPObject

    for each in both(hostile, 1, 3):
        for event in json.loads(dumps_misp(each, KIT.template))["response"]:
            loaded = MISPEvent()
            loaded.load(json.loads(json.dumps(event)), validate=False)
            assert loaded.published is False
            assert {tag.name for tag in loaded.tags} >= {"tlp:amber", 'workflow:state="complete"'}
            (found,) = loaded.objects
            strict = MISPObject("job-advertisement", strict=True, misp_objects_path_custom=str(EXPORTS))
            for attribute in found.attributes:
                assert attribute.to_ids is False
                strict.add_attribute(attribute.object_relation, type=attribute.type, value=attribute.value)
                assert attribute.type in loaded.describe_types["category_type_mappings"][attribute.category]
            assert json.loads(strict.to_json(strict=True))["template_uuid"] == found.template_uuid
            relations = [attribute.object_relation for attribute in found.attributes]
            single = [name for name in relations if not KIT.template.attributes[name].get("multiple")]
            assert len(single) == len(set(single))


def test_a_single_case_is_one_event_as_misp_writes_one(hostile):
    event = json.loads(dumps_misp(package(hostile), KIT.template))["Event"]
    assert event["distribution"] == "0", "TLP:AMBER stays where it was imported"
    assert event["EventReport"][0]["content"].startswith("Non-punishment: ")


def test_a_second_misp_export_updates_the_first(hostile):
    first, second = (json.loads(dumps_misp(each, KIT.template))["Event"] for each in both(hostile, 1))
    assert first["uuid"] == second["uuid"]
    uuids = [
        {one["object_relation"]: one["uuid"] for one in each["Object"][0]["Attribute"]} for each in (first, second)
    ]
    assert uuids[0]["description"] == uuids[1]["description"], "the text with contacts takes the place of the other"


def test_a_text_longer_than_misp_keeps_is_cut_and_says_so(undecided):
    long = replace(make_attack(), ad_id="test:long", title="Long", description="ក" * 40_000)
    look(undecided, long)
    undecided.cases.open(fingerprint(long), reason="score", priority=0.5, at=NOON)
    agree(undecided, 3)
    attributes = json.loads(dumps_misp(package(undecided, 3), KIT.template))["Event"]["Object"][0]["Attribute"]
    (description,) = [one for one in attributes if one["object_relation"] == "description"]
    assert len(description["value"].encode()) <= 60_000
    assert "Cut" in description["comment"]


def test_a_stix_bundle_holds_before_its_own_library_and_the_committees_validator(hostile):
    from stix2validator import ValidationOptions, validate_string

    for each in both(hostile, 1, 3):
        text = write_as("stix", each, KIT).decode()
        bundle = stix2.parse(text, allow_custom=False)
        kinds = {one["type"] for one in bundle.objects}
        assert {"report", "note", "observed-data", "location", "identity", "marking-definition"} <= kinds
        assert not kinds & {"indicator", "threat-actor", "malware", "intrusion-set"}, "nobody is accused"
        options = ValidationOptions(version="2.1", strict_types=True, strict_properties=True, enforce_refs=True)
        outcome = validate_string(text, options)
        assert outcome.is_valid, outcome.errors
        assert not validate_string(text.replace('"TLP:AMBER"', "7"), options).is_valid


def test_a_second_stix_export_updates_the_first(hostile):
    later = replace(package(hostile, 1, 3), made_at=NOON.replace(hour=20))
    first, second = ({one["id"]: one for one in make_bundle(each).objects} for each in (package(hostile, 1, 3), later))
    assert first.keys() == second.keys()
    for key, one in second.items():
        if one["type"] in {"report", "note"}:
            assert one["modified"] > first[key]["modified"]
            assert one["created"] == first[key]["created"]
        assert set(one.get("object_marking_refs", ())) <= first.keys()


def test_a_page_for_people_runs_nothing_asks_for_nothing_and_links_nowhere(hostile):
    page = render_page(package(hostile, 1, 3, contacts=True))
    assert "default-src 'none'" in page
    for tag in ("<script", "<img", "<a ", "<link", "<form", "style=", "<iframe"):
        assert tag not in page, tag
    assert page.count("<style>") == 1
    assert "&lt;script&gt;alert(1)" in page
    assert 'lang="en"' in page


def test_recruitment_information_names_offers_and_never_a_person(hostile):
    record = package_to_record(package(hostile))["referrals"][0]["recruitment_information"]
    assert record["htcds"]["MethodsOfControl"] == [{"value": "DebtBondage", "indicators": ["debt.advance"]}]
    assert record["htcds"]["TypeOfExploitation"] == [{"value": "IllicitActivities", "indicators": ["debt.advance"]}]
    assert "No passport" not in json.dumps(record), "what was found wrongly shown hints at nothing"
    for text in (
        write_as(name, package(hostile, 1, 3, contacts=True), KIT).decode() for name in ("json", "csv", "misp")
    ):
        for field in ("prs_", "vic_", "Nationality", "Birthdate", "Gender", "Vulnerabilities"):
            assert field not in text, field


def test_the_mapping_leaves_out_nothing_without_a_reason(tmp_path):
    standards = KIT.standards
    assert standards.methods_of_control.keys() | standards.left_out.keys() >= ILO
    assert standards.type_of_exploitation.keys() | standards.left_out.keys() >= EXPLOITATION
    for old, new, message in (
        ('deception = "FalsePromises"', "", "deception: expected it mapped"),
        ('deception = "FalsePromises"', 'deception = "FalsePromises"\nluck = "X"', "luck: not in the taxonomy"),
        ('standard = "HTCDS 2.0"', "", "standard"),
    ):
        for file in ("htcds.toml", SCHEMA):
            (tmp_path / file).write_text((EXPORTS / file).read_text().replace(old, new))
        (tmp_path / "job-advertisement").mkdir(exist_ok=True)
        with pytest.raises(BadExportData, match=message):
            load_kit(tmp_path)
    (tmp_path / "htcds.toml").write_text((EXPORTS / "htcds.toml").read_text())
    with pytest.raises(BadExportData, match=r"definition\.json: expected a file"):
        load_kit(tmp_path)


def test_the_whole_package_holds_every_format_what_describes_them_and_the_digest_of_each_part(hostile):
    for each in both(hostile, 1, 3):
        with ZipFile(io.BytesIO(make_whole(each, KIT))) as file:
            names = set(file.namelist())
            assert names >= {name for name, _mimetype in FORMATS.values()} | {
                SCHEMA,
                "job-advertisement/definition.json",
            }
            for line in file.read("SHA256SUMS").decode().splitlines():
                digest, name = line.split("  ")
                assert hashlib.sha256(file.read(name)).hexdigest() == digest
                names.remove(name)
            assert names == {"SHA256SUMS"}
            readme = file.read("README.txt").decode()
            assert "Non-punishment" in readme
            assert "archived pages are left out" in readme


def archived(folder):
    """A batch that holds the page that the lure was read from."""
    page = ad_page("Helper")
    archive = Archive(folder / "pages.warc.gz")
    offset = archive.add("https://jobs.crane.example/1", page)
    archive.close()
    return PageRef(file="pages.warc.gz", offset=offset, sha256=hashlib.sha256(page).hexdigest())


def test_with_contacts_the_archived_pages_go_too_and_a_case_without_them_is_named(hostile, tmp_path):
    seen = SeenAd(ad=replace(LURE, page=archived(tmp_path / "batch")), batch=tmp_path / "batch")

    def find_pages(ad_id):
        if ad_id != LURE.ad_id:
            raise BadEvidence("its source keeps none")
        return (seen,)

    whole = make_whole(package(hostile, 1, 3, contacts=True), KIT, find_pages=find_pages)
    with ZipFile(io.BytesIO(whole)) as file:
        assert [name for name in file.namelist() if "evidence" in name] == ["evidence/case-1.wacz"]
        assert "Case 3 goes without its archived pages: its source keeps none" in file.read("README.txt").decode()
        (tmp_path / "e.wacz").write_bytes(file.read("evidence/case-1.wacz"))
    assert check_extract(tmp_path / "e.wacz").ad_id == LURE.ad_id
    lost = replace(seen, batch=tmp_path / "lost")
    without = make_whole(package(hostile, 1, contacts=True), KIT, find_pages=lambda _: (lost,))
    with ZipFile(io.BytesIO(without)) as file:
        readme = file.read("README.txt").decode()
    assert "Case 1 goes without its archived pages" in readme
    assert str(tmp_path) not in readme, "no recipient learns how this machine is laid out"
    hidden = make_whole(package(hostile, 1, 3), KIT, find_pages=find_pages)
    with ZipFile(io.BytesIO(hidden)) as file:
        assert not [name for name in file.namelist() if "evidence" in name], "a page shows its contacts"
