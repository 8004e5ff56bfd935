"""Sentences as spans of a body, the unit of evidence.

A boundary that nobody could doubt (a long word, a full stop, a capital) is cut at once; only a stretch with a
doubtful one in it ("f.eks. 3. marts") is handed to sentencex, which knows each language's abbreviations and needs
about 10 ms for 1,000 characters. A text gets at most :data:`PATIENCE` characters of that; what is beyond is cut by
the plain rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import sentencex

from articles.model import Span

#: Sentences that are shown as the evidence of one verdict, at most.
EVIDENCE = 3

#: Characters of one body that are handed to sentencex: about a second's work.
PATIENCE = 60_000

#: A stretch longer than this is cut by the plain rule, for sentencex takes quadratic time on quotation marks; and what
#: is longer than this without any boundary is no sentence, and is cut between words.
_LONGEST = 2_000

#: What a call costs beside its characters, in characters.
_CALL = 100

#: A line shorter than this was not wrapped: its break ends a sentence (headings, lists of names).
_WRAPPED = 50

#: Languages whose abbreviations sentencex knows; any other is cut by the plain rule.
_KNOWN = frozenset({
    *("bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "is", "it", "lt", "lv", "mk"),
    *("mt", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "tr", "uk"),
})

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_LINE_BREAK = re.compile(r"\n\s*(?=(?P<item>[-–—•*·]\s|\d{1,3}[.)]\s)?)")
_CLEAR = re.compile(r"(?<=[^\W\d_]{6}[.!?…])[»«”“\"’')\]]{0,2}\s+(?=(?:[-–—]\s)?[«»„“”\"'‘(\[]{0,2}(?P<next>\w))")
_DOUBTFUL = re.compile(r"[.!?…][»«”“\"’')\]]*\s")
_PLAIN = re.compile(r"(?<=[.!?…])[»«”“\"’')\]]{0,3}\s+(?=(?:[-–—]\s)?[«»„“”\"'‘(\[]{0,2}(?P<next>\w))")
_INITIAL = re.compile(r"\b[^\W\d_]\.\s*$")
_SURROGATES = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=4)  # several parts of one verdict ask for the sentences of the same text
def sentences(body: str, language: str) -> tuple[Span, ...]:
    """The sentences of ``body`` in order: none is empty, crosses a blank line or has white space at its ends."""
    code = language.lower()[:2]
    patience = PATIENCE if code in _KNOWN else 0
    found: list[Span] = []
    for start, end in _stretches(body):
        piece = body[start:end]
        if not _DOUBTFUL.search(piece):
            found += _within(body, start, [(0, len(piece))])
        elif len(piece) <= min(_LONGEST, patience):
            patience -= len(piece) + _CALL
            found += _within(body, start, _segmented(piece, code))
        else:
            found += _within(body, start, list(_cut(piece, _PLAIN)))
    return tuple(found)


def _stretches(body: str) -> Iterator[tuple[int, int]]:
    """Paragraphs, their unwrapped lines, and within these what lies between clear boundaries."""
    for start, end in _between(body, 0, len(body), _BLANK_LINE):
        for line_start, line_end in _lines(body, start, end):
            for left, right in _cut(body[line_start:line_end], _CLEAR):
                yield from _trimmed(body, line_start + left, line_start + right)


def _between(body: str, start: int, end: int, boundary: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for found in boundary.finditer(body, start, end):
        yield start, found.start()
        start = found.end()
    yield start, end


def _lines(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Lines, where a break is more than a wrap: after a short line, or before a list item or a quoted answer."""
    line = start
    for found in _LINE_BREAK.finditer(body, start, end):
        if found["item"] or found.start() - line < _WRAPPED:
            yield start, found.start()
            start = found.end()
        line = found.end()
    yield start, end


def _cut(piece: str, boundary: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Parts of ``piece`` between boundaries that are not followed by a small letter. Closing marks stay left."""
    start = 0
    for found in boundary.finditer(piece):
        if not found["next"].islower():
            yield start, found.end()
            start = found.end()
    yield start, len(piece)


def _segmented(piece: str, language: str) -> list[tuple[int, int]]:
    """What sentencex makes of it, which takes neither line breaks nor lone surrogates, and cuts after an initial."""
    plain = _SURROGATES.sub("\ufffd", re.sub(r"\s", " ", piece))
    found: list[tuple[int, int]] = []
    at = 0
    for part in sentencex.segment(language, plain):
        start = plain.find(part, at)
        if start < 0:
            return list(_cut(piece, _PLAIN))
        if found and _INITIAL.search(plain, found[-1][0], at):
            start = found.pop()[0]
        at = plain.index(part, at) + len(part)
        found.append((start, at))
    return [*found, (at, len(piece))]


def _within(body: str, offset: int, parts: list[tuple[int, int]]) -> list[Span]:
    edges = (edge for start, end in parts for edge in _trimmed(body, offset + start, offset + end))
    return [Span(start=left, end=right) for start, end in edges for left, right in _bounded(body, start, end)]


def _bounded(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _LONGEST:
        space = body.rfind(" ", start + 1, start + _LONGEST)
        cut = space if space > 0 else start + _LONGEST
        yield from _trimmed(body, start, cut)
        start = cut
    yield from _trimmed(body, start, end)


def _trimmed(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The same without white space at its ends; nothing where nothing is left."""
    kept = body[start:end]
    start += len(kept) - len(kept.lstrip())
    end = start + len(kept.strip())
    if end > start:
        yield start, end
