"""The bill of materials: valid CycloneDX that names all that the lock does, and nothing else."""

import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    file = tmp_path_factory.mktemp("sbom") / "new" / "sbom.cdx.json"
    subprocess.run([sys.executable, ROOT / "scripts" / "sbom", file], check=True)
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def find_fault():
    """What is wrong with a bill, or None. Each worker imports every test: these take longer than all of this module."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str


def test_it_is_valid_and_the_same_each_time(written, find_fault):
    assert find_fault(written) is None
    again = subprocess.run([sys.executable, ROOT / "scripts" / "sbom"], check=True, capture_output=True, text=True)
    assert again.stdout == written
    assert uuid.UUID(json.loads(written)["serialNumber"].removeprefix("urn:uuid:"))


def test_a_broken_one_would_not_pass(written, find_fault):
    broken = json.loads(written)
    del broken["components"][0]["name"]
    assert find_fault(json.dumps(broken)) is not None


def test_it_names_each_package_of_the_lock_once_and_how_they_hang_together(written):
    bill = json.loads(written)
    locked = re.findall(r"(?m)^([\w.-]+)(?:\[.*?\])?==([\w.]+)", (ROOT / "requirements.lock.txt").read_text())
    assert [(each["name"], each["version"]) for each in bill["components"]] == locked
    references = [each["bom-ref"] for each in bill["components"]]
    assert len(set(references)) == len(references)
    assert all(each["purl"].startswith("pkg:pypi/") for each in bill["components"])
    relations = {each["ref"]: each["dependsOn"] for each in bill["dependencies"]}
    root = bill["metadata"]["component"]["bom-ref"]
    assert relations.keys() == {root, *references}
    assert {each for named in relations.values() for each in named} <= set(references)
    reached, waiting = set(), [root]
    while waiting:
        if (reference := waiting.pop()) not in reached:
            reached.add(reference)
            waiting += relations[reference]
    assert set(references) - reached <= not_here(bill), "a package that nobody asked for"


def not_here(bill):
    """Packages for another Python or system, and what they alone bring: nothing here says what they need."""
    return {each["bom-ref"] for each in bill["components"] if "properties" in each}


def test_licences_stand_beside_what_is_installed(written):
    named = {each["name"]: each.get("licenses") for each in json.loads(written)["components"]}
    assert named["structlog"] == [{"expression": "MIT OR Apache-2.0"}]
    assert sum(licences is not None for licences in named.values()) > 0.9 * len(named)
