"""What passes between campaigns in memory, their file and the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.signatures import Signatures

__all__ = ["Joined", "Merge", "Name", "Placed", "SignedTexts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where one ad belongs."""

    ad_id: str
    campaign_id: str
    similarity: float
    """To the most similar other text of its campaign that it was compared with: 1.0 where another ad reads the same but
    for its numbers, 0.0 where the ad stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two campaigns turned out to be one."""

    campaign_id: str
    """The older one, whose id stays."""

    merged_id: str
    """The one whose ads it took over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a night's ads came to."""

    placed: tuple[Placed, ...]
    """In the order of the ads."""

    merges: tuple[Merge, ...]

    keys: tuple[int, ...]
    """The key of each ad's text, in the order of the ads."""


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A campaign's id, sorted by its age."""

    since: datetime
    campaign_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTexts:
    """Texts with all that is kept of them, one after another."""

    keys: Sequence[int]
    sizes: Sequence[int]
    signatures: Signatures
    words: Sequence[str]
    names: Sequence[Name]
    """The campaign of each."""

    def __len__(self) -> int:
        return len(self.keys)
