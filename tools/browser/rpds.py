"""Persistent collections, as far as jsonschema and referencing use them: in the page, in place of the package rpds.

That one is compiled, and has no WebAssembly wheel. Here each change copies: quick enough for a model of an API.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class HashTrieMap(Mapping[K, V]):
    """A map that does not change."""

    def __init__(self, value: Mapping[K, V] | Iterable[tuple[K, V]] = (), **members: Any) -> None:
        self._kept: dict[Any, Any] = {**dict(value), **members}

    @classmethod
    def convert(cls, value: Any) -> HashTrieMap[Any, Any]:
        """The value itself, if it is one."""
        return value if isinstance(value, HashTrieMap) else cls(value)

    def __getitem__(self, key: K) -> V:
        found: V = self._kept[key]
        return found

    def __iter__(self) -> Iterator[K]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def insert(self, key: K, value: V) -> HashTrieMap[K, V]:
        """Another one, with this."""
        return HashTrieMap({**self._kept, key: value})

    def remove(self, key: K) -> HashTrieMap[K, V]:
        """Another one, without this."""
        kept = dict(self._kept)
        del kept[key]
        return HashTrieMap(kept)

    def discard(self, key: K) -> HashTrieMap[K, V]:
        """Another one, without this if it is there."""
        return self.remove(key) if key in self._kept else self

    def update(self, *others: Any, **members: Any) -> HashTrieMap[K, V]:
        """Another one, with all these."""
        kept = dict(self._kept)
        for other in others:
            kept.update(other)
        return HashTrieMap({**kept, **members})

    def __hash__(self) -> int:
        return hash(frozenset(self._kept.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self._kept == dict(other)


class HashTrieSet(frozenset[V]):
    """A set that does not change."""

    def insert(self, value: V) -> HashTrieSet[V]:
        """Another one, with this."""
        return HashTrieSet({*self, value})

    def remove(self, value: V) -> HashTrieSet[V]:
        """Another one, without this."""
        if value not in self:
            raise KeyError(value)
        return HashTrieSet(self - {value})

    def discard(self, value: V) -> HashTrieSet[V]:
        """Another one, without this if it is there."""
        return HashTrieSet(self - {value})

    def update(self, *others: Iterable[V]) -> HashTrieSet[V]:
        """Another one, with all these."""
        return HashTrieSet(self.union(*others))


class List(Generic[V]):
    """A list that does not change."""

    def __init__(self, *values: Any) -> None:
        # As of rpds: one iterable, or the values themselves.
        self._kept: tuple[Any, ...] = tuple(values[0]) if len(values) == 1 else values

    def push_front(self, value: V) -> List[V]:
        """Another one, beginning with this."""
        return List([value, *self._kept])

    @property
    def first(self) -> V:
        """The first."""
        found: V = self._kept[0]
        return found

    @property
    def rest(self) -> List[V]:
        """All but the first."""
        return List(self._kept[1:])

    def drop_first(self) -> List[V]:
        """All but the first."""
        return self.rest

    def __iter__(self) -> Iterator[V]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, List) and self._kept == other._kept

    def __hash__(self) -> int:
        return hash(self._kept)
