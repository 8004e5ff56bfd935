"""Written names of parties and committees, found word by word.

A name is looked up by its first word, which is remembered. Capitals count as they are written; a name in small letters
is found in any. Of names that begin at the same word the longest stands: "Radikale Venstre" is not Venstre.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"[^\W_]+\*?")

#: What stands between a name and an ending: the EPP's, SDP:n.
APOSTROPHES = frozenset("'’:")

#: Words that are remembered before the memory is emptied.
_REMEMBERED = 50_000

#: How many first letters find the names that a word can begin.
_KEY = 2


class Mark(StrEnum):
    """What a written name needs to count, by what stands after its "|"."""

    SURE = ""  # nothing
    HERE = "here"  # a text in one of the languages
    CAPITAL = "capital"  # that, and its capital where not every word has one, or company
    COMPANY = "company"  # that, and company: a role, a verb of opinion, another party


@dataclass(frozen=True, slots=True)
class Token:
    """A word, where it stands, and what stands between it and the word before."""

    word: str
    start: int
    end: int
    gap: str


@dataclass(frozen=True, slots=True)
class Term:
    """One written form of ``name``, which is a facet: ``party/Venstre``."""

    name: str
    pieces: tuple[str, ...]
    gaps: tuple[str, ...]
    mark: Mark
    languages: frozenset[str]

    def here(self, language: str) -> bool:
        return self.mark is Mark.SURE or not self.languages or language in self.languages


@dataclass(frozen=True, slots=True)
class Mention:
    """A term found: words ``first`` to ``last`` of a sentence; ``genitive``: with an ending that may be one."""

    term: Term
    first: int
    last: int
    genitive: bool

    @property
    def name(self) -> str:
        return self.term.name


@dataclass(slots=True)
class Terms:
    """All written names, by their first letters."""

    by_key: dict[str, list[Term]] = field(default_factory=dict)
    known: dict[str, tuple[Term, ...]] = field(default_factory=dict)

    def add(self, term: Term) -> None:
        self.by_key.setdefault(term.pieces[0].rstrip("*")[:_KEY].lower(), []).append(term)

    def found(self, tokens: Sequence[Token], language: str) -> list[Mention]:
        """The names in reading order; none within another."""
        kept: list[Mention] = []
        at = 0
        while at < len(tokens):
            begun = self._begun_by(tokens[at].word)
            longest = _longest(_mentions(begun, tokens, at, language), language) if begun else []
            kept += longest
            at = longest[0].last + 1 if longest else at + 1
        return kept

    def whole(self, text: str, language: str) -> list[Mention]:
        """The names that are all of ``text``."""
        tokens = tokens_of(text)
        return [one for one in self.found(tokens, language) if (one.first, one.last) == (0, len(tokens) - 1)]

    def _begun_by(self, word: str) -> tuple[Term, ...]:
        found = self.known.get(word)
        if found is None:
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            near = (*self.by_key.get(word[:1].lower(), ()), *self.by_key.get(word[:_KEY].lower(), ()))
            found = tuple(dict.fromkeys(term for term in near if _fits(term, 0, word)))
            self.known[word] = found
        return found


def tokens_of(text: str) -> list[Token]:
    """The words of a sentence; places count in ``text``."""
    tokens: list[Token] = []
    at = 0
    for found in _WORD.finditer(text):
        tokens.append(Token(found[0], found.start(), found.end(), text[at : found.start()]))
        at = found.end()
    return tokens


def term(name: str, written: str, languages: Iterable[str]) -> Term:
    """A term as the file writes it: ``Venstre|capital``, ``Perussuomalais*|here``. ``ValueError`` if it is none."""
    words, _, mark = written.partition("|")
    found = list(_PIECE.finditer(words))
    if not found or found[0][0] == "*":
        raise ValueError(f"{written!r} is not a name")
    gaps = [words[left.end() : right.start()] for left, right in pairwise(found)]
    pieces = tuple(piece[0] for piece in found)
    return Term(name, pieces, tuple(map(_plain, gaps)), Mark(mark), frozenset(languages))


def _plain(gap: str) -> str:
    return "".join(gap.split()).replace("’", "'").replace("–", "-").replace("\u2011", "-")


def _mentions(terms: Iterable[Term], tokens: Sequence[Token], at: int, language: str) -> Iterator[Mention]:
    for one in terms:
        if one.here(language) and (mention := _mention(one, tokens, at)):
            yield mention


def _mention(term: Term, tokens: Sequence[Token], at: int) -> Mention | None:
    last = at + len(term.pieces) - 1
    if last >= len(tokens):
        return None
    for offset, gap in enumerate(term.gaps, start=1):
        token = tokens[at + offset]
        if len(token.gap) > len(gap) + 3 or _plain(token.gap) != gap or not _fits(term, offset, token.word):
            return None
    piece, word = term.pieces[-1], tokens[last].word
    ending = last + 1 < len(tokens) and tokens[last + 1].gap in APOSTROPHES
    added = word[-1] == "n" if piece[-1] == "*" else len(word) > len(piece)
    return Mention(term, at, last, ending or added)


def _fits(term: Term, number: int, word: str) -> bool:
    piece = term.pieces[number]
    form = word.lower() if piece.islower() else word
    if piece[-1] == "*":
        return form.startswith(piece[:-1])
    return form == piece or (number == len(term.pieces) - 1 and form == f"{piece}s")


def _longest(mentions: Iterable[Mention], language: str) -> list[Mention]:
    """Those that reach furthest, and of these the language's own; several where parties share a name."""
    found = list(mentions)
    reach = max((one.last for one in found), default=0)
    longest = [one for one in found if one.last == reach]
    own = [one for one in longest if language in one.term.languages]
    return own or longest
