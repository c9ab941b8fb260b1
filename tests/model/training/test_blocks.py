"""Blocks: what is held out together."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import make_ad
from model.training.groups import in_blocks
from model.evaluation.evaluate import fold_numbers
from model.datasets.labels import LabelledAd

EMPLOYER = "We run four bakeries between the harbour and the old mill and deliver to every hotel in the bay."
WORK = (
    "Night baker wanted, oven and mixer, tea at three.",
    "Drive the van round the hotels before seven each day.",
    "Somebody exact to keep our books, two mornings a week.",
    "Paint the front of the shop in May, ladders are here.",
    "Teach our apprentices to read a recipe in two languages.",
    "Mend the dough sheeter and the two old lifts on call.",
)


def row(text: str, group: str, dataset: str = "board") -> LabelledAd:
    ad = make_ad(title="", description=text)
    return LabelledAd(ad=ad, kind="legitimate", dataset=dataset, sort="ad", genre="board", group=group)


def apart(number: int) -> LabelledAd:
    """An ad of its own."""
    letters = "".join(chr(ord("a") + (number * step + step) % 26) * 2 for step in (3, 5, 7, 11, 17, 19, 23, 25))
    return row(f"{letters} {letters[::-1]}", f"alone {number}")


ALONE = [apart(number) for number in range(26)]


def test_groups_that_share_a_long_passage_are_one_block_and_others_keep_their_name():
    rows = [row(f"{EMPLOYER} {WORK[0]}", "b"), row(f"{WORK[1]} {EMPLOYER}", "a"), row(WORK[2], "c"), *ALONE]
    blocks = [one.block for one in in_blocks(rows)]
    assert blocks == ["a", "a", "c", *(one.group for one in ALONE)]


def test_a_group_is_a_link_like_any_other():
    rows = [row(f"{EMPLOYER} {WORK[0]}", "b"), row(WORK[3], "b"), row(f"{WORK[1]} {EMPLOYER}", "a"), *ALONE]
    assert [one.block for one in in_blocks(rows)][:3] == ["a", "a", "a"]


def test_a_chain_of_a_large_part_of_a_collection_is_parted_and_copies_in_it_are_not():
    rows = [row(f"{EMPLOYER} {work} {work[::-1]} {work[::2]}", str(number)) for number, work in enumerate(WORK)]
    rows += [row(rows[0].ad.description, "copy"), *ALONE[:8]]
    found = [one.block for one in in_blocks(rows)]
    assert found[0] == found[6] == "0"
    assert len(set(found)) == len(rows) - 1
    few = [
        one.block
        for one in in_blocks(
            [*rows, *ALONE[8:], *(row(one.ad.description[::-1], f"{one.group} back") for one in ALONE)]
        )
    ]
    assert len(set(few[:7])) == 1, "of a larger collection it is not too much"


def test_a_row_without_a_block_is_held_out_with_its_group():
    assert row("Cook", "a").held_with == "a"
    rows = in_blocks([row(f"{EMPLOYER} {WORK[0]}", "b"), row(f"{WORK[1]} {EMPLOYER}", "a"), *ALONE])
    folds = fold_numbers(rows, 1)
    assert folds[0] == folds[1] == fold_numbers([row("Cook", "a")], 1)[0]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from((*WORK, EMPLOYER)), st.sampled_from("abcd"), st.sampled_from("xy")), max_size=9)
)
def test_a_group_is_never_parted_and_a_block_never_bears_anothers_name(drawn):
    rows = in_blocks([row(text, group, dataset) for text, group, dataset in drawn])
    blocks = defaultdict(set)
    for one in rows:
        blocks[one.group].add(one.block)
    assert all(len(some) == 1 for some in blocks.values())
    assert all(blocks[block] == {block} for some in blocks.values() for block in some)
