"""A topic's glossary: which words say what, in which language.

The file explains its own form. A text is read word by word; what a word can begin is looked up once per word and
language and remembered, so that a text costs little more than its words.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from articles.errors import ClassifierError

_WORD = re.compile(r"[\w\u0300-\u036f]+")
_TERM_WORD = re.compile(r"[\w*]+")

#: Codes whose words stand under another's.
_ALSO = {"no": "nb", "nn": "nb"}

#: Words that are remembered per language before the memory is emptied.
_REMEMBERED = 200_000

#: What a word counts by its mark: anywhere, and next to a Russian.
_MARKS = {"": (1.0, 1.0), "weak": (0.5, 0.5), "bound": (0.5, 0.9)}

#: A language is in a text where it has this share of its everyday words, and this many different ones.
_SHARE, _DIFFERENT = 0.04, 3


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text in small letters, and where it stands."""

    form: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Signal:
    """What a term says: ``kind`` is a table of the glossary, ``value`` the key within it (``""`` where it has none)."""

    kind: str
    value: str
    strength: float
    bound: float  # the strength next to a Russian


@dataclass(frozen=True, slots=True)
class Match:
    """A term that was found: words ``first`` to ``last`` of the text."""

    signal: Signal
    first: int
    last: int

    @property
    def kind(self) -> str:
        return self.signal.kind


@dataclass(frozen=True, slots=True)
class _Piece:
    """One word of a term; ``open_start`` and ``open_end`` are its stars."""

    stem: str
    open_start: bool
    open_end: bool

    def fits(self, form: str) -> bool:
        if self.open_start:
            return self.stem in form if self.open_end else form.endswith(self.stem)
        return form.startswith(self.stem) if self.open_end else form == self.stem


@dataclass(slots=True)
class _Language:
    """One language's terms, by how their first word can be looked up."""

    marks: frozenset[str]
    into: frozenset[str]
    exact: dict[str, list[_Term]] = field(default_factory=dict)
    prefix: dict[str, list[_Term]] = field(default_factory=dict)
    inner: list[_Term] = field(default_factory=list)
    known: dict[str, tuple[_Term, ...]] = field(default_factory=dict)
    longest: int = 0  # letters that a term can begin with: a word of a megabyte is not tried whole

    def add(self, term: _Term) -> None:
        piece = term.pieces[0]
        if piece.open_start:
            self.inner.append(term)
        else:
            (self.prefix if piece.open_end else self.exact).setdefault(piece.stem, []).append(term)
            self.longest = max(self.longest, len(piece.stem))

    def begun_by(self, form: str) -> tuple[_Term, ...]:
        """The terms whose first word this can be."""
        found = self.known.get(form)
        if found is None:
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            found = self.known[form] = tuple(self._begun_by(form))
        return found

    def _begun_by(self, form: str) -> Iterator[_Term]:
        yield from self.exact.get(form, ())
        for length in range(1, min(len(form), self.longest) + 1):
            yield from self.prefix.get(form[:length], ())
        yield from (term for term in self.inner if term.pieces[0].fits(form))


@dataclass(frozen=True, slots=True)
class _Term:
    pieces: tuple[_Piece, ...]
    signal: Signal


class Glossary:
    """The terms of every language, and the weights of what they say. ``digest`` names its content.

    ``company``: the kinds of false friends' company.
    """

    def __init__(self, raw: bytes, subject: str = "glossary.toml") -> None:
        self.digest = hashlib.sha256(raw).hexdigest()
        try:
            found = tomllib.loads(raw.decode("utf-8"))
            self.weights: Mapping[str, float] = {name: float(value) for name, value in found["weights"].items()}
            common = found.get("common", {})
            self._languages = {code: _language(table, common) for code, table in found["languages"].items()}
            tables = (common, *found["languages"].values())
            self.company = {value for table in tables for kind, value, _ in _entries(table) if kind == "off"}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ClassifierError(f"cannot be used as a glossary ({error}); mend the file", subject=subject) from error

    def languages_of(self, words: Sequence[Word], claimed: str) -> tuple[str, ...]:
        """English, the claimed one, and those whose everyday words or own script are in the text; all if none is."""
        counts = Counter(word.form for word in words)
        cyrillic = any(_is_cyrillic(form) for form in counts)
        found = {
            code
            for code, language in self._languages.items()
            if _is_in(counts, language.marks) or (cyrillic and any(map(_is_cyrillic, language.marks)))
        }
        if claimed in self._languages:
            found.add(claimed)
        if not found:
            return tuple(self._languages)
        return tuple(code for code in self._languages if code in found | {"en"})

    def matches(self, words: Sequence[Word], languages: Iterable[str]) -> list[Match]:
        """The terms in the text by place; of two of one kind where one lies within the other, the longer."""
        found: dict[tuple[int, int, str, str], Match] = {}
        for code in languages:
            language = self._languages[code]
            begun = [language.begun_by(word.form) for word in words]
            for at in (at for at, terms in enumerate(begun) if terms):
                for term in begun[at]:
                    match = _match(term, words, at)
                    if match is not None:
                        key = (match.first, match.last, match.kind, match.signal.value)
                        if key not in found or found[key].signal.strength < match.signal.strength:
                            found[key] = match
        return _longest(sorted(found.values(), key=lambda match: (match.first, -match.last)))

    def into(self, languages: Iterable[str]) -> frozenset[str]:
        """Prepositions of place: asylum *in* Russia, flight *to* Moscow."""
        return frozenset().union(*(self._languages[code].into for code in languages))

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._languages)


def read(path: str) -> Glossary:
    """The glossary in that file. ``ClassifierError`` where it is missing or broken."""
    try:
        return Glossary(Path(path).read_bytes(), Path(path).name)
    except OSError as error:
        detail = f"cannot be read ({error.strerror}); a topic that names the lexicon needs it"
        raise ClassifierError(detail, subject=Path(path).name) from error


def table_of(language: str) -> str:
    """The code under which a topic's files hold the words of a text's language."""
    code = language.lower()[:2]
    return _ALSO.get(code, code)


def words_of(text: str) -> list[Word]:
    """The words of a text, composed and in small letters; places count in the text as it is given."""
    return [Word(_form(found.group()), found.start(), found.end()) for found in _WORD.finditer(text)]


def _form(word: str) -> str:
    form = word.lower()
    return form if form.isalnum() else unicodedata.normalize("NFC", form)


def _is_in(counts: Mapping[str, int], marks: frozenset[str]) -> bool:
    present = [counts[mark] for mark in marks if mark in counts]
    return len(present) >= _DIFFERENT and sum(present) >= _SHARE * sum(counts.values())


def _is_cyrillic(form: str) -> bool:
    return "\u0400" <= form[0] <= "\u04ff"


def _match(term: _Term, words: Sequence[Word], at: int) -> Match | None:
    last = at + len(term.pieces) - 1
    if last >= len(words):
        return None
    for offset, piece in enumerate(term.pieces[1:], start=1):
        if not piece.fits(words[at + offset].form):
            return None
    return Match(term.signal, at, last)


def _longest(matches: Iterable[Match]) -> list[Match]:
    """Sorted by place, longer before shorter: a match within an earlier one of its kind is left out."""
    kept: list[Match] = []
    reach: dict[str, tuple[int, int]] = {}
    for match in matches:
        first, last = reach.get(match.kind, (-1, -1))
        same = (match.first, match.last) == (first, last)
        if match.last > last or same:
            kept.append(match)
            reach[match.kind] = (match.first, match.last)
    return kept


def _language(table: Mapping[str, Any], common: Mapping[str, Any]) -> _Language:
    language = _Language(marks=frozenset(table["marks"]), into=frozenset(table["into"]))
    for source in (table, common):
        for kind, value, written in _entries(source):
            term = _term(written, kind, value)
            language.add(term)
    return language


def _entries(table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for kind, found in table.items():
        if kind in {"name", "marks", "into"}:
            continue
        groups = found if isinstance(found, dict) else {"": found}
        yield from ((kind, value, written) for value, terms in groups.items() for written in terms)


def _term(written: str, kind: str, value: str) -> _Term:
    words, _, mark = written.partition("|")
    pieces = tuple(_piece(word) for word in _TERM_WORD.findall(_form(words)))
    if not pieces or mark not in _MARKS or not pieces[0].stem:
        raise ValueError(f"{written!r} is not a term")
    return _Term(pieces, Signal(kind, value, *_MARKS["weak" if kind == "protection" and value == "weak" else mark]))


def _piece(word: str) -> _Piece:
    return _Piece(word.strip("*"), word.startswith("*"), word.endswith("*"))
