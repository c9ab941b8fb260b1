"""Maps of registers: those that come along, and what is refused."""

import tomllib
from pathlib import Path

import pytest

from pipeline.errors import BadRegisterMap
from pipeline.licences.register_map import TEMPLATE, map_from_values, plain_view, read_map, read_maps

ROOT = Path(__file__).parents[3]
MAPS = sorted((ROOT / "data" / "registers").glob("*.toml"))
SAMPLES = sorted((ROOT / "data" / "samples" / "registers").glob("*.toml"))


@pytest.mark.parametrize("path", [*MAPS, *SAMPLES], ids=lambda path: path.stem)
def test_a_map_that_comes_along_can_be_read_and_reads_its_own_examples(path):
    register = read_map(path)
    assert register.kind == "job_orders" or register.numbers
    for one in register.numbers:
        found = next(one.find(plain_view(one.like)), None)
        assert one.column is None or one.of_cell(one.like), one.key
        if found and one.column:
            assert found[0] == one.of_cell(one.like), "in ads and in the register a number is the same"


def test_the_template_is_nobodys_register():
    assert TEMPLATE in {path.stem for path in MAPS}
    assert TEMPLATE not in read_maps(ROOT / "data" / "registers")


def test_a_map_may_say_only_what_differs_from_another(tmp_path):
    base = ROOT / "data" / "registers" / "vn-dolab.toml"
    (tmp_path / "mine.toml").write_text(f'based_on = "{base}"\nname = "mine"\ngood_for_days = 5\n')
    mine = read_map(tmp_path / "mine.toml")
    assert (mine.name, mine.good_for_days, mine.country) == ("mine", 5, "VN")
    assert mine.columns == read_map(base).columns


TEMPLATE_VALUES = tomllib.loads((ROOT / "data" / "registers" / "template.toml").read_text())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"country": "Vietnam"}, 'key "country": expected two capital letters'),
        ({"speed": 3}, 'unknown key "speed"'),
        ({"needed": ["number"]}, '"name" among them'),
        ({"needed": ["name", "age"]}, "expected names of [columns]"),
        ({"status": {"on": ["Active"]}}, 'unknown key "status.on"'),
        ({"status": {"unsaid": "fine"}}, 'key "status.unsaid": expected one of active, expired'),
        ({"columns": {"nmae": ["Name"]}}, 'did you mean "name"'),
        ({"good_for_days": 0}, 'key "good_for_days"'),
        ({"numbers": {"licence": 5}}, "expected a table, as [numbers.licence]"),
    ],
)
def test_a_wrong_map_is_told_with_its_key(change, said):
    with pytest.raises(BadRegisterMap, match=r"^here\.toml: ") as refused:
        map_from_values(TEMPLATE_VALUES | change, where="here.toml")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"in_ads": ["(?P<n>"]}, "regular expressions"),
        ({"in_ads": [r"ZZ-(\d+)"]}, "groups of every pattern"),
        ({"form": "ZZ"}, "groups of every pattern"),
        ({"like": "YY-1"}, "a number that the patterns read"),
        ({"column": "other_number"}, "a column of [columns]"),
        ({"role": "badge"}, "one of licence, identity, domestic, permit"),
    ],
)
def test_a_wrong_format_of_numbers_is_told_with_its_key(change, said):
    numbers = {"licence": TEMPLATE_VALUES["numbers"]["licence"] | change}
    columns = {key: names for key, names in TEMPLATE_VALUES["columns"].items() if key != "other_number"}
    with pytest.raises(BadRegisterMap, match=r"numbers\.licence\.") as refused:
        map_from_values(TEMPLATE_VALUES | {"numbers": numbers, "columns": columns}, where="here.toml")
    assert said in str(refused.value)


def test_a_map_has_its_files_name_and_is_toml(tmp_path):
    (tmp_path / "other.toml").write_text((ROOT / "data" / "registers" / "template.toml").read_text())
    with pytest.raises(BadRegisterMap, match='expected the file\'s name, "other"'):
        read_map(tmp_path / "other.toml")
    (tmp_path / "broken.toml").write_text("name = ")
    with pytest.raises(BadRegisterMap, match="expected TOML"):
        read_map(tmp_path / "broken.toml")
    with pytest.raises(BadRegisterMap, match="cannot be read"):
        read_map(tmp_path / "absent.toml")
