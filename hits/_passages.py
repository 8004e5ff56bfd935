"""What is shown of a hit: its title and its best passages, with the matches marked. One pure function for both engines.

A word is marked where the index would find it: by its stem in the text's own language. Without a match in the body the
evidence is shown, the sentences that carry the judgement. Passages stay short whatever the licence says: they quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from articles.model import TERMS
from articles.ports import Found, Hit, Marked
from hits._analysis import base, forms, normals, places, stems, written
from hits._query import All, Either, Phrase, Prefix, Tree, Without, Word

#: Characters of one passage, and how many there are where the licence allows the whole text or a quotation.
LENGTH = 280
_MOST = {"full": 3, "quote": 1}

#: A sentence ends at a full stop, question or exclamation mark before a space, or with its paragraph.
_SENTENCE = re.compile(r"[^\n]+?(?:[.!?…][\"”»')\]]*(?=\s)|(?=\n)|\Z)")

_Span: TypeAlias = tuple[int, int]
_Mark: TypeAlias = tuple[_Span, str]  # a match and what it is a match of


@dataclass(slots=True)
class _Sought:
    """What a search looks for in texts of one language."""

    language: str
    stems: set[str] = field(default_factory=set)
    phrases: list[list[str]] = field(default_factory=list)
    prefixes: tuple[str, ...] = ()
    known: dict[str, bool] = field(default_factory=dict)  # whether a match can begin with the word as it is written

    def begins(self, said: Sequence[str]) -> list[int]:
        """Where a match can begin."""
        known = self.known
        if new := [word for word in set(said) if word not in known]:
            first = self.stems | {phrase[0] for phrase in self.phrases}
            bare = normals(new)
            for word, normal, stem in zip(new, bare, stems(bare, self.language), strict=True):
                known[word] = stem in first or normal.startswith(self.prefixes)
        return [at for at, word in enumerate(said) if known[word]]

    def match(self, said: Sequence[str]) -> tuple[int, str]:
        """How many of the words match from the first on, 0 for none, and what; the longest phrase first."""
        bare = normals(said)
        found = stems(bare, self.language)
        phrases = (phrase for phrase in self.phrases if found[: len(phrase)] == phrase)
        if longest := max(phrases, key=len, default=None):
            return len(longest), " ".join(longest)
        if found[0] in self.stems:
            return 1, found[0]
        return (1, bare[0]) if bare[0].startswith(self.prefixes) else (0, "")


def found(hits: Iterable[Hit], tree: Tree) -> Iterator[Found]:
    """Each hit with what is shown of it."""
    by_language: dict[str, _Sought] = {}
    for hit in hits:
        language = base(hit.language)
        if language not in by_language:
            by_language[language] = _sought(tree, language)
        yield _found(hit, by_language[language])


def _found(hit: Hit, sought: _Sought) -> Found:
    title = Marked(text=hit.title, marks=tuple(span for span, _ in _marks(hit.title, sought)))
    most = _MOST[TERMS[hit.licence].show]
    passages = _matching(hit, sought, most) or _evidence(hit, sought, most)
    return Found(hit=hit, title=title, passages=passages)


def _sought(tree: Tree, language: str) -> _Sought:
    sought = _Sought(language)
    for leaf in _leaves(tree):
        if isinstance(leaf, Prefix):
            sought.prefixes += (leaf.prefix,)
        elif isinstance(leaf, Phrase):
            sought.phrases.append(stems(leaf.words, language))
        else:
            sought.stems.update(forms(leaf.word, language))
    return sought


def _leaves(tree: Tree) -> Iterator[Word | Phrase | Prefix]:
    """What makes a text a hit; what it must be without is nowhere in it."""
    if isinstance(tree, All | Either):
        for part in tree.parts:
            yield from _leaves(part)
    elif not isinstance(tree, Without):
        yield tree


def _marks(text: str, sought: _Sought) -> list[_Mark]:
    """Each match, in reading order and apart from each other, with what it matched."""
    if not (sought.stems or sought.phrases or sought.prefixes):
        return []
    said = written(text)
    begins = sought.begins(said)
    if not begins:
        return []
    where = places(text)
    longest = max((len(phrase) for phrase in sought.phrases), default=1)
    marks: list[_Mark] = []
    free = 0
    for at in begins:
        length, what = sought.match(said[at : at + longest])
        if length and at >= free:
            free = at + length
            marks.append(((where[at][0], where[free - 1][1]), what))
    return marks


def _matching(hit: Hit, sought: _Sought, most: int) -> tuple[Marked, ...]:
    """The sentences that hold most of what was looked for, in reading order; one that returns is shown once."""
    ranked = [
        (-len({what for _, what in inside}), span, [mark for mark, _ in inside])
        for span, inside in _sentences(hit.body, _marks(hit.body, sought))
    ]
    best: dict[str, tuple[_Span, list[_Span]]] = {}
    for _, span, marks in sorted(ranked):
        if len(best) < most:
            best.setdefault(hit.body[span[0] : span[1]].strip(), (span, marks))
    return tuple(_cut(hit.body, span, marks) for span, marks in sorted(best.values()))


def _sentences(body: str, marks: list[_Mark]) -> Iterator[tuple[_Span, list[_Mark]]]:
    """The sentences with marks in them; one that a phrase runs out of goes on to the phrase's end."""
    at, place = 0, 0
    while place < len(marks) and (match := _SENTENCE.search(body, at)):
        start, at = match.span()
        first = place
        while place < len(marks) and marks[place][0][0] < at:
            at = max(at, marks[place][0][1])
            place += 1
        if place > first:
            yield (start, at), marks[first:place]


def _evidence(hit: Hit, sought: _Sought, most: int) -> tuple[Marked, ...]:
    """The judgement's sentences; the text's first where it has none."""
    said = [sentence for sentence in hit.evidence if sentence.strip()][:most]
    if not said and (first := _SENTENCE.search(hit.body.lstrip())):
        said = [first[0]]
    return tuple(_cut(text, (0, len(text)), [span for span, _ in _marks(text, sought)]) for text in said)


def _cut(text: str, span: _Span, marks: list[_Span]) -> Marked:
    """The stretch itself where it is short, else :data:`LENGTH` characters around the first mark, with ``…``."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    whole = (start, end)
    if end - start > LENGTH:
        first = marks[0][0] if marks else start
        start = _edge(text, max(start, min(first - LENGTH // 3, end - LENGTH)), whole)
        end = max(_edge(text, start + LENGTH, whole), start + 1)
    before, after = "… " if start > whole[0] else "", " …" if end < whole[1] else ""
    shift = len(before) - start
    kept = tuple((a + shift, b + shift) for a, b in marks if start <= a and b <= end)
    return Marked(text=f"{before}{text[start:end].rstrip()}{after}", marks=kept)


def _edge(text: str, at: int, whole: _Span) -> int:
    """The nearest beginning of a word at or before ``at``; ``at`` itself in a text without spaces."""
    if at <= whole[0] or at >= whole[1]:
        return max(whole[0], min(at, whole[1]))
    space = max(text.rfind(sign, max(whole[0], at - 40), at + 1) for sign in " \n\t")
    return space + 1 if space >= 0 else at
