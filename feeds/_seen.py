"""Which numbered documents have been seen, in few characters: ``E-10-2026:1-4411,4419 P-10-2026:4412``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

_NUMBERED = re.compile(r"(.+)-(\d{1,18})")
_RANGE = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?")
_WIDEST = 100_000  # numbers in one range: a cursor that says more was not written here


def split(identifier: str) -> tuple[str, int]:
    """``E-10-2026-004411`` is ``("E-10-2026", 4411)``; what ends in no number is number 0 of its own series."""
    found = _NUMBERED.fullmatch(identifier)
    return (found[1], int(found[2])) if found else (identifier, 0)


class Seen:
    """A set of identifiers by series and number. ``str()`` is what the cursor keeps."""

    def __init__(self, told: str = "") -> None:
        self._numbers: defaultdict[str, set[int]] = defaultdict(set)
        for part in told.split():
            series, _, ranges = part.rpartition(":")
            if series:
                self._numbers[series].update(_read(ranges))

    def __contains__(self, identifier: str) -> bool:
        series, number = split(identifier)
        return number in self._numbers.get(series, ())

    def add(self, identifiers: Iterable[str]) -> None:
        for identifier in identifiers:
            series, number = split(identifier)
            self._numbers[series].add(number)

    def all(self, width: int) -> Iterator[str]:
        """Every identifier, sorted; ``width``: digits of its number."""
        for series in sorted(self._numbers):
            for number in sorted(self._numbers[series]):
                yield f"{series}-{number:0{width}d}" if number else series

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Forgets every other series."""
        kept = {series: numbers for series, numbers in self._numbers.items() if wanted(series)}
        self._numbers = defaultdict(set, kept)

    def __str__(self) -> str:
        return " ".join(f"{series}:{_written(self._numbers[series])}" for series in sorted(self._numbers))


def _read(ranges: str) -> Iterator[int]:
    for part in ranges.split(","):
        found = _RANGE.fullmatch(part)
        if found:
            first = int(found[1])
            last = int(found[2] or first)
            yield from range(first, min(last, first + _WIDEST) + 1)


def _written(numbers: set[int]) -> str:
    found = sorted(numbers)
    if not found:
        return ""
    starts = [found[0], *(after for before, after in pairwise(found) if after != before + 1)]
    ends = [*(before for before, after in pairwise(found) if after != before + 1), found[-1]]
    return ",".join(f"{start}-{end}" if end > start else str(start) for start, end in zip(starts, ends, strict=True))
