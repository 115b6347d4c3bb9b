"""Lists of architectures that are computed and not kept: their length costs no memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, final, overload

from harness.space import Arch, Catalogue


def lazy_catalogue(size: int, at: Callable[[int], Arch], place: Callable[[Arch], int]) -> Catalogue:
    """The catalogue of `size` architectures: `at` gives the one with an index from 0 to size - 1, `place` the index.

    `place` raises a `KeyError` for what is no architecture; it may know the index of equivalent ones too.
    """
    archs = LazyArchs(size, at, place)
    return Catalogue(archs, LazyIndices(archs, place))


def digits_of(choices: Sequence[int], number: int) -> Arch:
    """The options that make this number, one digit for each decision; the last decision changes fastest."""
    digits = []
    for n in reversed(choices):
        number, digit = divmod(number, n)
        digits.append(digit)
    return tuple(reversed(digits))


def number_of(choices: Sequence[int], digits: Sequence[int]) -> int:
    """The number that these options make; a `KeyError` when they are too few, too many or out of range."""
    if len(digits) != len(choices):
        raise KeyError(digits)
    number = 0
    for n, digit in zip(choices, digits, strict=True):
        if digit not in range(n):
            raise KeyError(digits)
        number = number * n + int(digit)
    return number


@final
class LazyArchs(Sequence[Arch]):
    """Architectures by index, each made when it is asked for."""

    def __init__(self, size: int, at: Callable[[int], Arch], place: Callable[[Arch], int]) -> None:
        self._places, self._at, self._place = range(size), at, place

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> Arch: ...
    @overload
    def __getitem__(self, place: slice) -> list[Arch]: ...
    def __getitem__(self, place: int | slice) -> Arch | list[Arch]:
        found = self._places[place]
        return [self._at(each) for each in found] if isinstance(found, range) else self._at(found)

    def __contains__(self, arch: Any) -> bool:
        """Whether it is one of the list; an equivalent one is not."""
        try:
            return bool(self._at(self._place(arch)) == arch)
        except (KeyError, TypeError):
            return False


@final
class LazyIndices(Mapping[Arch, int]):
    """The index of each architecture, computed when it is asked for."""

    def __init__(self, archs: LazyArchs, place: Callable[[Arch], int]) -> None:
        self._archs, self._place = archs, place

    def __len__(self) -> int:
        return len(self._archs)

    def __iter__(self) -> Iterator[Arch]:
        return iter(self._archs)

    def __getitem__(self, arch: Arch) -> int:
        return self._place(arch)
