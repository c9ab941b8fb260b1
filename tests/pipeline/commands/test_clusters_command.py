"""The command ``clusters``, whole."""

import json

EMPLOYER = "We run four bakeries between the harbour and the old mill and deliver to every hotel in the bay."
ADS = [
    {"ad_id": "2", "title": "Night baker", "description": f"Oven and mixer, tea at three. {EMPLOYER}"},
    {
        "ad_id": "3",
        "title": "Porter",
        "description": "An old hotel by the river looks for somebody strong and friendly.",
    },
    {"ad_id": "1", "title": "Driver", "description": "Round the hotels before seven.", "company_profile": EMPLOYER},
]


def lines(ads):
    return "".join(json.dumps(ad) + "\n" for ad in ads)


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_ad_has_a_line_in_the_order_of_the_input(run, tmp_path):
    (tmp_path / "ads.jsonl").write_text(lines(ADS))
    result = run("clusters", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl", "--json")
    assert result.exit_code == 0, result.output
    found = read(tmp_path / "out.jsonl")
    assert [list(row) for row in found] == [["ad_id", "cluster_id", "ads"]] * 3
    assert [(row["ad_id"], row["ads"]) for row in found] == [("2", 2), ("3", 1), ("1", 2)]
    assert found[0]["cluster_id"] == found[2]["cluster_id"] != found[1]["cluster_id"]
    said = json.loads(result.stdout)
    assert (said["ads"], said["clusters"], said["shared"], said["largest"], said["doubts"]) == (3, 2, 1, 2, [])


def test_a_cluster_has_its_id_whatever_the_order_of_the_ads(run, tmp_path):
    for name, ads in (("one", ADS), ("other", ADS[::-1])):
        (tmp_path / name).write_text(lines(ads))
        run("clusters", tmp_path / name, "--output", tmp_path / f"{name}.jsonl")
    one, other = read(tmp_path / "one.jsonl"), read(tmp_path / "other.jsonl")
    assert one == other[::-1]


def test_a_higher_level_asks_for_more(run, tmp_path):
    (tmp_path / "ads.jsonl").write_text(lines(ADS))
    assert run("clusters", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl", "--level", "0.9").exit_code == 0
    assert [row["ads"] for row in read(tmp_path / "out.jsonl")] == [1, 1, 1]
    result = run("clusters", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl", "--level", "0")
    assert result.exit_code == 2
    assert "--level" in result.output


def test_a_cluster_of_a_large_part_of_the_ads_is_told(run, tmp_path):
    letters = "abcdefghijklmnopqrstuvwxyz"
    own = [
        f"{letters[number % 26] * 9} {letters[number // 26] * 30} {letters[-number % 26] * 9}" for number in range(100)
    ]
    ads = [{"title": text, "description": EMPLOYER if number < 30 else text[::-1]} for number, text in enumerate(own)]
    (tmp_path / "ads.jsonl").write_text(lines(ads))
    result = run("clusters", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl")
    assert result.exit_code == 0
    assert "the largest of 30" in result.output
    assert "note: one cluster holds 30 of the ads" in result.output


def test_no_ads_are_no_clusters(run, tmp_path):
    (tmp_path / "ads.jsonl").write_text("")
    result = run("clusters", tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out.jsonl").read_text() == ""


def test_a_level_that_is_no_number_is_a_usage_error(run, tmp_path):
    (tmp_path / "ads.jsonl").write_text(lines(ADS))
    for words in (["clusters", "--level"], ["campaigns", "--threshold"]):
        result = run(words[0], tmp_path / "ads.jsonl", "--output", tmp_path / "out.jsonl", words[1], "nan")
        assert (result.exit_code, "nan is not a number" in result.output) == (2, True), result.output
    assert not (tmp_path / "out.jsonl").exists()
