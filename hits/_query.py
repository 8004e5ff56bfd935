"""Our small query language, parsed once into a tree that each engine turns into its own objects.

``asyl soldat`` both words; ``"særlig indgang"`` the words together; ``asyl OR visum`` either; ``-ukraine`` without;
``desertør*`` the beginning of a word; ``( )`` groups. OR binds weaker than words side by side, AND and NOT are
understood where they stand in capitals. The tree holds bare words, so nothing of an engine's own syntax is reachable.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from articles.errors import QueryError
from hits._analysis import words

LONGEST = 1000  # characters
MOST_WORDS = 100  # each becomes a look-up in every language
DEEPEST = 20  # brackets within brackets

_QUOTES = '"“”„‟«»″'
_TOKEN = re.compile(rf"(?P<open>\()|(?P<close>\))|(?P<quote>[{_QUOTES}])|(?P<minus>[-−]+(?=[^\s)]))|[^\s(){_QUOTES}]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word, in any inflection."""

    word: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two or more words in this order, nothing between them."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word as it is written."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Without:
    part: Tree


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Tree, ...]


Tree: TypeAlias = Word | Phrase | Prefix | Without | All | Either

#: What an empty search means.
EVERYTHING = All(())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # open, close, or, and, not, word, phrase, end
    text: str
    position: int


def parse(text: str) -> Tree:
    """The tree of a search. ``QueryError`` carries the position and says what to do."""
    if len(text) > LONGEST:
        raise QueryError(f"the search is longer than {LONGEST} characters; shorten it", position=LONGEST)
    if not text.strip():
        return EVERYTHING
    found = _Parser(_tokens(text)).whole()
    if found is None:
        raise QueryError("there is no letter or digit to look for; type a word", position=0)
    return found


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while match := _TOKEN.search(text, position):
        kind, start, position = match.lastgroup or "word", match.start(), match.end()
        if kind == "quote":
            closing = re.compile(f"[{_QUOTES}]").search(text, position)
            if closing is None:
                raise _wrong("the quotation mark {at} is not closed; put one at the end of the phrase", start)
            tokens.append(_Token("phrase", text[position : closing.start()], start))
            position = closing.end()
        else:
            said = match[0]
            kind = {"minus": "not"}.get(kind, said.lower() if said in {"OR", "AND", "NOT"} else kind)
            tokens.append(_Token(kind, said, start))
    tokens.append(_Token("end", "", len(text)))
    if sum(len(words(token.text)) for token in tokens) > MOST_WORDS:
        raise QueryError(f"the search has more than {MOST_WORDS} words; leave some out", position=0)
    return tokens


class _Parser:
    """Recursive descent. ``None`` is a part without a letter or digit in it: a dash, an ampersand, a smiley."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Tree | None:
        found = self._either()
        if self._token.kind == "close":
            raise _wrong("the bracket {at} was never opened; remove it", self._token.position)
        return found

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _either(self) -> Tree | None:
        parts = [self._all()]
        while self._token.kind == "or":
            self._take()
            parts.append(self._all())
        return _joined(Either, parts)

    def _all(self) -> Tree | None:
        parts = [self._operand()]
        while self._token.kind not in {"or", "close", "end"}:
            if self._token.kind == "and":
                self._take()
            parts.append(self._operand())
        return _joined(All, parts)

    def _operand(self) -> Tree | None:
        """One word, phrase or group, with or without a minus before it."""
        token = self._take()
        if token.kind == "not":
            part = self._operand()
            return None if part is None else Without(part)
        if token.kind == "open":
            return self._group(token)
        if token.kind == "phrase":
            return _phrase(words(token.text))
        if token.kind == "word":
            return _word(token)
        self._next -= 1
        raise self._lacking()

    def _group(self, opened: _Token) -> Tree | None:
        if self._token.kind == "close":
            raise _wrong("the brackets {at} hold nothing; put a word into them or remove them", opened.position)
        self._depth += 1
        if self._depth > DEEPEST:
            raise _wrong("the bracket {at} lies too deep in others; simplify the search", opened.position)
        found = self._either()
        if self._take().kind != "close":
            raise _wrong("the bracket {at} is not closed; put one at the end of the group", opened.position)
        self._depth -= 1
        return found

    def _lacking(self) -> QueryError:
        """What is said where a word was due: ``OR`` at an end, ``NOT`` before nothing."""
        here, before = self._token, self._tokens[self._next - 1] if self._next else None
        joins = before if before and before.kind in {"or", "and", "not"} else here
        return _wrong(
            f"{joins.text or 'the search'} {{at}} lacks a word beside it; add one or remove it", joins.position
        )


def _joined(kind: Callable[[tuple[Tree, ...]], Tree], parts: list[Tree | None]) -> Tree | None:
    kept = tuple(part for part in parts if part is not None)
    return kind(kept) if len(kept) > 1 else (kept[0] if kept else None)


def _phrase(said: list[str]) -> Tree | None:
    if len(said) > 1:
        return Phrase(tuple(said))
    return Word(said[0]) if said else None


def _word(token: _Token) -> Tree | None:
    """A word; ``EU-mekanisme`` is two that stand together."""
    stem = token.text.rstrip("*")
    if "*" in stem:
        place = token.position + stem.index("*")
        raise _wrong("the * {at} is not at the end of a word; only beginnings of words can be looked for", place)
    said = words(stem)
    if stem == token.text:
        return _phrase(said)
    if not said:
        raise _wrong("the * {at} has no letter before it; write the beginning of a word", token.position)
    return _joined(All, [_phrase(said[:-1]), Prefix(said[-1])])


def _wrong(sentence: str, position: int) -> QueryError:
    return QueryError(sentence.format(at=f"at character {position + 1}"), position=position)
