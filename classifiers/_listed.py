"""What a topic's ``names.toml`` holds: parties, committees, and the words that say who somebody is.

The file explains its own form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum, auto
from typing import Any

from classifiers._terms import Terms, term

#: Words of a list that are remembered before the memory is emptied.
_REMEMBERED = 50_000


class Role(Enum):
    """What a word says of the person beside it."""

    NONE = auto()
    MEMBER = auto()  # a politician: MEP, minister, spokesman on foreigners
    LEADER = auto()  # one if of a party, a committee or a parliament: chair, spokesperson, member
    ADDRESS = auto()  # one in a transcript: hr., fru


@dataclass(slots=True)
class Words:
    """Words that say something, in small letters; ``*`` at either end matches anything there."""

    written: Sequence[str]
    exact: frozenset[str] = field(init=False)
    pattern: re.Pattern[str] | None = field(init=False)
    known: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.exact = frozenset(word for word in self.written if "*" not in word)
        parts = [re.escape(word).replace(r"\*", r"\w*") for word in self.written if "*" in word]
        self.pattern = re.compile("|".join(parts)) if parts else None

    def __contains__(self, word: str) -> bool:
        found = self.known.get(word)
        if found is None:
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            form = word.lower()[:60]
            found = form in self.exact or bool(self.pattern and self.pattern.fullmatch(form))
            self.known[word] = found
        return found


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One language's words, with those common to all."""

    members: Words
    leaders: Words
    address: Words
    titles: Words  # academic: stand between a role and a name
    houses: Words  # parliaments
    company: Words  # beside a party: party, group
    opinion: Words  # what a party does: says, wants, rejects
    fields: Words  # what a minister is of
    of: Words  # "of" a party, with articles and what may stand between a name and its role
    openers: Words  # a sentence's first word that is no name
    others: Words  # capitalised, and no part of a name
    particles: Words

    def role(self, word: str) -> Role:
        if word in self.members:
            return Role.MEMBER
        if word in self.leaders:
            return Role.LEADER
        return Role.ADDRESS if word in self.address else Role.NONE


@dataclass(frozen=True, slots=True)
class Pattern:
    """A committee by the words of its kind: ``name`` is a template of the pattern's groups."""

    pattern: re.Pattern[str]
    name: str
    languages: frozenset[str]


@dataclass(slots=True)
class Listed:
    """A file's content."""

    terms: Terms = field(default_factory=Terms)
    letters: dict[str, list[tuple[str, frozenset[str]]]] = field(default_factory=dict)
    patterns: list[Pattern] = field(default_factory=list)
    words: dict[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)

    def vocabulary(self, code: str) -> Vocabulary:
        """The words of a language with the common ones; of all languages where it has none."""
        key = code if code in self.words else ""
        if key not in self.vocabularies:
            codes = ("common", key) if key else tuple(self.words)
            lists = {
                one.name: Words([word for name in codes for word in self.words.get(name, {}).get(one.name, ())])
                for one in fields(Vocabulary)
            }
            self.vocabularies[key] = Vocabulary(**lists)
        return self.vocabularies[key]


def parsed(raw: Mapping[str, Any]) -> Listed:
    """The content of a file. What is broken raises what Python raises."""
    read = Listed(words={code: dict(table) for code, table in raw.get("words", {}).items()})
    for kind, tables in (("party", raw.get("parties", {})), ("committee", raw.get("committees", {}))):
        for name, table in tables.items():
            languages = table.get("languages", ())
            for written in table["names"]:
                read.terms.add(term(f"{kind}/{name}", written, languages))
            for letters in table.get("letters", ()):
                read.letters.setdefault(letters, []).append((f"{kind}/{name}", frozenset(languages)))
    for table in raw.get("committees_like", ()):
        read.patterns.append(Pattern(re.compile(table["pattern"]), table["name"], frozenset(table["languages"])))
    known = {one.name for one in fields(Vocabulary)}
    unknown = {key for table in read.words.values() for key in table} - known
    if unknown:
        raise ValueError(f"no list is called {', '.join(sorted(unknown))}")
    for code in ("", *read.words):
        read.vocabulary(code)
    return read
