"""A record that is made quickly is made as the standard library makes it."""

import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from inspect import signature

import pytest

from crawler.ad import JobAd
from crawler.made_quickly import made_quickly


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """As the standard library makes it."""

    name: str
    size: int = 3
    found: Mapping[str, int] = field(default_factory=dict)


@made_quickly
@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    """The same."""

    name: str
    size: int = 3
    found: Mapping[str, int] = field(default_factory=dict)


@made_quickly
@dataclass(frozen=True, slots=True)
class Placed:
    """By place."""

    start: int
    end: int = 7


@pytest.mark.parametrize("given", [{"name": "a"}, {"name": "a", "size": 4, "found": {"b": 1}}])
def test_fields_and_defaults_are_the_same(given: dict[str, object]) -> None:
    assert asdict(Quick(**given)) == asdict(Plain(**given))
    assert repr(Quick(**given)) == repr(Plain(**given)).replace("Plain", "Quick")
    assert Quick(**given) == Quick(**given)
    assert replace(Quick(**given), size=9).size == 9
    assert Quick(name="a").found is not Quick(name="a").found
    assert pickle.loads(pickle.dumps(Quick(**given))) == Quick(**given)


def test_the_signature_is_the_same() -> None:
    assert [(one.name, one.kind) for one in signature(Quick).parameters.values()] == [
        (one.name, one.kind) for one in signature(Plain).parameters.values()
    ]
    assert Placed(1, 2) == Placed(end=2, start=1)
    assert Placed(1).end == 7


@pytest.mark.parametrize(("given", "named"), [({}, "name"), ({"name": "a", "other": 1}, "other")])
def test_what_is_missing_or_too_much_is_named(given: dict[str, object], named: str) -> None:
    with pytest.raises(TypeError, match=named):
        Quick(**given)


def test_nothing_can_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        Quick(name="a").size = 4
    assert JobAd.__init__.__qualname__ == "JobAd.__init__"


def test_a_record_that_looks_at_itself_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Looks:
        size: int

        def __post_init__(self) -> None:
            assert self.size

    with pytest.raises(TypeError, match="Looks"):
        made_quickly(Looks)
