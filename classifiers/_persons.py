"""Politicians named in a sentence, by how they are named; no person is known beforehand.

Two to four words with a capital are a member's name where something beside them says so: a party in brackets, a role
before or after, a party they are "of". What is capitalised for another reason (a sentence's first word, a party, a
place, a nation, an organisation) is no part of a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from classifiers._listed import Role, Vocabulary
from classifiers._terms import APOSTROPHES, Mention, Token

#: Words of a name at least and at most; a double name with a hyphen is one.
_FEWEST, _MOST = 2, 4

#: Letters of an ending after an apostrophe at most: SF'eren.
_ENDING = 4

#: Letters of a small second half at most: Chi-wai; longer is a compound.
_TAIL = 4

_AFTER_OPENING = re.compile(r"[:\"“”„»«…?!\n]|[-–—•]\s")
_BRACKETS = re.compile(r"\s?\(([^()\n]{1,80})\)")
#: An s after a consonant, but for the surnames that end so.
_GENITIVE = re.compile(r"(?<!man)(?<=[bdfghjklmnpqrtvwß])s$")
_SEPARATOR = re.compile(r"[,;]|\s[-–]\s")
_JOINED = frozenset("-'’\u2011")


@dataclass(frozen=True, slots=True)
class Run:
    """Words ``first`` to ``last`` that could be a name."""

    first: int
    last: int
    name: str


@dataclass(slots=True)
class Sentence:
    """A sentence with the parties and committees in it. ``letters`` tells the parties that brackets name."""

    text: str
    tokens: Sequence[Token]
    vocabulary: Vocabulary
    mentions: Sequence[Mention]
    letters: Callable[[str], Sequence[str]]
    transcript: bool = False
    genitive: bool = False  # names take an s in its language, without an apostrophe
    _taken: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self._taken = {at for one in self.mentions for at in range(one.first, one.last + 1)}

    # ------------------------------------------------------------ names

    def runs(self) -> list[Run]:
        """What could be a name, in reading order."""
        runs: list[Run] = []
        at = 0
        while at < len(self.tokens):
            if not self._is_name(at):
                at += 1
                continue
            last = self._end(at)
            if run := self._run(at, last):
                runs.append(run)
            at = last + 1
        return runs

    def _end(self, first: int) -> int:
        """The last word of the name that begins there."""
        last = at = first
        while at + 1 < len(self.tokens) and self._binds(at + 1):
            at += 1
            if self._is_name(at, within=True) or self._is_tail(at):
                last = at
            elif self.tokens[at].word not in self.vocabulary.particles or at in self._taken:
                break
        return last

    def _run(self, first: int, last: int) -> Run | None:
        tokens = self.tokens[first : last + 1]
        parts = [token for token in tokens if token.word[0].isupper()]
        count = sum(not number or token.gap not in _JOINED for number, token in enumerate(parts))
        if not _FEWEST <= count <= _MOST or len(tokens[-1].word) < 2:
            return None
        words = [f"{token.gap if number else ''}{_cased(token.word)}" for number, token in enumerate(tokens)]
        name = " ".join("".join(words).split())
        return Run(first, last, name[:-1] if self._is_genitive(last) else name)

    def _is_genitive(self, at: int) -> bool:
        """Anna Holms, where a thing of hers follows: a small word that is no verb of opinion."""
        word, after = self.tokens[at].word, self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if not self.genitive or after is None or after.gap.strip() or not after.word.islower():
            return False
        if after.word in self.vocabulary.opinion or after.word in self.vocabulary.of:
            return False
        return bool(_GENITIVE.search(word))

    def _binds(self, at: int) -> bool:
        """Whether a word belongs to the one before: a space, a hyphen, an apostrophe, an initial's full stop."""
        token = self.tokens[at]
        initial = token.gap.startswith(".") and len(self.tokens[at - 1].word) == 1
        return token.gap in _JOINED or not (token.gap[1:] if initial else token.gap).strip()

    def _is_tail(self, at: int) -> bool:
        """The second half of Chi-wai."""
        token = self.tokens[at]
        return token.gap == "-" and len(token.word) <= _TAIL and token.word.islower()

    def _is_name(self, at: int, *, within: bool = False) -> bool:
        word, words = self.tokens[at].word, self.vocabulary
        if at in self._taken or not word[0].isupper() or not word.isalpha():
            return False
        if word.isupper() and len(word) > 1 and not (within and len(word) > 3):
            return False
        if word in words.others or words.role(word) is not Role.NONE or word in words.titles:
            return False
        if word in words.houses or word in words.fields:
            return False
        opens = at == 0 or bool(_AFTER_OPENING.search(self.tokens[at].gap))
        return not (opens and word in words.openers)

    # ------------------------------------------------------------ members

    def members(self, runs: Sequence[Run]) -> list[Run]:
        """Those of the names that are said to be politicians'."""
        starts = {run.first for run in runs}
        return [run for run in runs if self._before(run) or self._after(run, starts)]

    def parties(self, runs: Sequence[Run]) -> Iterator[str]:
        """The parties in brackets after a name, of one word too where a role stands before it."""
        for run in runs:
            yield from self._bracketed(run.last)
        firsts = {run.last for run in runs}
        for at, token in enumerate(self.tokens):
            if token.word[0].isupper() and at not in firsts and self._role(at - 1) is not Role.NONE:
                yield from self._bracketed(at)

    def _bracketed(self, at: int) -> list[str]:
        found = _BRACKETS.match(self.text, self.tokens[at].end)
        pieces = _SEPARATOR.split(found[1]) if found else []
        return [name for piece in pieces for name in self.letters(piece.strip(" ."))]

    def _before(self, run: Run) -> bool:
        """A role before the name, or a party in the genitive; "the minister (Name)" as well."""
        at, between = run.first - 1, self.tokens[run.first].gap.strip(" .\u00a0\n")
        while at >= 0 and self.tokens[at].word in self.vocabulary.titles:
            at -= 1
        if at < 0 or between not in {"", ",", "("}:
            return False
        if between == "," and not self._closed(run.last):
            return False
        if self.tokens[at].gap in APOSTROPHES and len(self.tokens[at].word) <= _ENDING:
            at -= 1
        owners = [one for one in self.mentions if one.last == at]
        if any(self._role(number) is not Role.NONE for one in owners for number in range(one.first - 4, one.first)):
            return True  # chair of the Greens Anna Example
        if owners and between == ",":
            return False
        return self._has_role(self._office(at), bracket=between == "(") or any(one.genitive for one in owners)

    def _has_role(self, at: int, *, bracket: bool) -> bool:
        role = self._role(at)
        if role is Role.LEADER:
            return (self.transcript and bracket) or self._political(at - 5, at)
        return role is Role.MEMBER

    def _office(self, at: int) -> int:
        """Back from "minister of foreign affairs" to the minister."""
        words, start, fields = self.vocabulary, at, 0
        while at > max(0, start - 5) and (self.tokens[at].word in words.fields or self.tokens[at].word in words.of):
            fields += self.tokens[at].word in words.fields
            at -= 1
        return at if fields and self._role(at) is Role.MEMBER else start

    def _closed(self, at: int) -> bool:
        """Whether a name between commas ends there."""
        return at + 1 == len(self.tokens) or self.tokens[at + 1].gap[:1] in set(",.;:(!?")

    def _after(self, run: Run, starts: set[int]) -> bool:
        if self._bracketed(run.last):
            return True
        at = run.last + 1
        if at >= len(self.tokens):
            return False
        gap = self.tokens[at].gap
        if not gap.strip():
            return self._role_follows(at) or self._of(at)
        return gap.strip() in {",", "(", "–", "-"} and self._told(at, starts)

    def _role_follows(self, at: int) -> bool:
        """Anna Example MEP: an abbreviation, for a small word is another's role."""
        return self.tokens[at].word.isupper() and self._role(at) is Role.MEMBER

    def _of(self, at: int) -> bool:
        """Anna Example of the Greens."""
        for number in range(at, min(at + 3, len(self.tokens))):
            if any(one.first == number and one.name.startswith("party/") for one in self.mentions):
                return number > at
            if self.tokens[number].word not in self.vocabulary.of:
                return False
        return False

    def _told(self, at: int, starts: set[int]) -> bool:
        """Anna Example, spokesperson of the Greens."""
        for number in range(at, min(at + 5, len(self.tokens))):
            role = self._role(number)
            if role is Role.MEMBER:
                return number + 1 not in starts
            if role is Role.LEADER:
                return number + 1 not in starts and self._political(at, number + 7)
            if number not in self._taken and not self._passes(number):
                return False
        return False

    def _passes(self, at: int) -> bool:
        word = self.tokens[at].word
        return word in self.vocabulary.of or word in self.vocabulary.others or word in self.vocabulary.houses

    def _role(self, at: int) -> Role:
        if at < 0:
            return Role.NONE
        role = self.vocabulary.role(self.tokens[at].word)
        if role is Role.ADDRESS:
            return Role.MEMBER if self.transcript else Role.NONE
        return role

    def _political(self, first: int, last: int) -> bool:
        """A party, a committee or a parliament among these words."""
        first, last = max(0, first), min(last, len(self.tokens) - 1)
        if any(one.first <= last and one.last >= first for one in self.mentions):
            return True
        return any(self.tokens[at].word in self.vocabulary.houses for at in range(first, last + 1))


def _cased(word: str) -> str:
    return word.title() if word.isupper() and len(word) > 1 else word
