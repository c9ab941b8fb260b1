from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders import make_ad
from model.classifier.heads import HEADS, Classifier, Head
from model.evaluation.counterfactuals.perturbations import DISGUISES
from model.classifier.features import GramCounter, fold_ad
from model.first_look import FirstLook
from model.classifier.grams import BUCKETS, read_grams
from model.reading.reader import whole
from model.steps import RARITY_STEPS, WEIGHT_STEPS, stepped
from model.together import Together

ODD = "aAbеоВ ก่น中文، हिब.,-_!\n\t0389$@é\u0301\u200b\ufdfaﬁ㎏ß🙂"
TEXTS = st.text(alphabet=st.sampled_from(ODD), max_size=40) | st.text(max_size=30)
SPLIT = ("v.i.ệ.c n.h.ẹ", "K P C", "l o k e r mudah", "pаssport hеld", "c4sh j0bs", "招~聘~客~服")


@pytest.fixture(scope="module")
def classifier():
    random = np.random.default_rng(1)
    heads = {
        name: Head(
            intercept=0.0,
            signs=np.zeros(1, dtype=np.float32),
            grams=stepped(random.normal(size=BUCKETS), WEIGHT_STEPS),
        )
        for name in HEADS
    }
    rarity = stepped(random.uniform(1, 9, BUCKETS), RARITY_STEPS)
    return Classifier(sign_names=("one",), rarity=rarity, heads=heads)


def one_by_one(classifier, ads):
    counter, rows = GramCounter(), []
    for ad in ads:
        bucket = read_grams(fold_ad(ad).text).bucket
        worth = classifier.weigh(bucket, counter.count(bucket))
        rows.append([worth @ classifier.heads[name].grams[bucket] for name in HEADS])
    return np.array(rows)


@settings(deadline=None, max_examples=150)
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_many_ads_are_read_as_each_is_alone(classifier, texts):
    ads = [make_ad(title=title, description=description) for title, description in texts]
    assert FirstLook(classifier).words(ads) == pytest.approx(one_by_one(classifier, ads), abs=1e-5)


@settings(deadline=None, max_examples=150)
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
@example(texts=[("В", "ВबAAब")])  # Latin letters by themselves, too many Cyrillic ones beside the title
def test_ads_that_were_taken_together_whole_say_the_same(classifier, texts):
    ads = [make_ad(title=title, description=description) for title, description in texts]
    apart, together = FirstLook(classifier).read(ads), FirstLook(classifier).read(ads, Together([*map(whole, ads)]))
    assert apart.values == pytest.approx(together.values)
    every = range(len(ads))
    for one, other in zip(apart.weightiest(every, "act", 99), together.weightiest(every, "act", 99), strict=True):
        assert one.rest == other.rest
        assert [word[:3] for word in one.words] == [word[:3] for word in other.words]
        assert [word.value for word in one.words] == pytest.approx([word.value for word in other.words])


def test_disguises_are_taken_off_among_many_ads_as_from_one(classifier):
    lure = "We keep your passport, easy work with high pay. Việc nhẹ lương cao, nhận hộ chiếu."
    said = [*SPLIT, *(disguise(lure, Random(1)) for disguise in DISGUISES.values()), lure]
    ads = [make_ad(title=said[-place], description=text) for place, text in enumerate(said, 1)]
    assert FirstLook(classifier).words(ads * 3) == pytest.approx(one_by_one(classifier, ads * 3), abs=1e-5)


def test_a_title_of_one_word_a_hundred_thousand_times_is_read_like_any_other(classifier):
    ads = [make_ad(title="ab " * 100_000, description="\ufdfa" * 20_000), make_ad(description="ab")]
    assert FirstLook(classifier).words(ads) == pytest.approx(one_by_one(classifier, ads), abs=1e-4)


def test_no_ads_are_no_rows(classifier):
    assert FirstLook(classifier).words([]).shape == (0, len(HEADS))
    assert FirstLook(classifier).words([make_ad(title="", description="")]).tolist() == [[0.0] * len(HEADS)]
