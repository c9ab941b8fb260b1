"""Union-find: numbers that were joined, directly or through others, are one group."""

__all__ = ["Groups"]


class Groups:
    """Groups of 0, 1, 2, ...; each is known by one of its numbers, its root."""

    def __init__(self) -> None:
        self._parents: list[int] = []

    def grow(self, size: int) -> None:
        """Take in numbers up to ``size``, each a group of its own."""
        self._parents.extend(range(len(self._parents), size))

    def root(self, number: int) -> int:
        """The number that stands for its group."""
        parents = self._parents
        while (parent := parents[number]) != number:
            parents[number] = parents[parent]
            number = parents[number]
        return number

    def join(self, one: int, other: int) -> int | None:
        """The root that is one no more; None where the two were one group already."""
        kept, lost = sorted((self.root(one), self.root(other)))
        if kept == lost:
            return None
        self._parents[lost] = kept
        return lost
