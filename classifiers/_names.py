"""Which parties, committees and members a text names near the sentences that carry a verdict.

The names of parties and committees, and the words that make a name a politician's, stand in the topic's ``names.toml``,
which explains its own form; no person does. A topic without that file names nobody.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from articles.errors import ClassifierError
from articles.model import Span, Text
from classifiers._glossary import table_of
from classifiers._listed import Role, Vocabulary, parsed
from classifiers._persons import Run, Sentence
from classifiers._sentences import sentences
from classifiers._terms import Mark, Mention, Token, tokens_of

#: Languages whose names take an s without an apostrophe.
_WITH_S = frozenset({"da", "sv", "nb", "de"})

#: How far back, in paragraphs, the speaker of a speech is looked for.
_SPEECH = 200

#: A title with this share of capitalised words (of over three letters) is in capitals throughout: they say nothing.
_HEADLINE = 0.7

#: How many names of a text are looked for elsewhere in it, and at how many places each.
_NAMES, _PLACES = 40, 4

#: For how many of the spans that are near a speaker is looked for.
_HEARD = 20

_SPEAKER = re.compile(r"(?P<label>[^\n:]{4,90}):\s")
_BESIDE = 3


class Names:
    """What can be named. ``digest`` names the file's content, ``""`` where there is none."""

    def __init__(self, raw: bytes, subject: str = "names.toml") -> None:
        self.digest = hashlib.sha256(raw).hexdigest() if raw else ""
        try:
            self._listed = parsed(tomllib.loads(raw.decode("utf-8")))
        except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
            raise ClassifierError(
                f"cannot be used as a list of names ({error}); mend the file", subject=subject
            ) from error

    @classmethod
    def read(cls, path: str) -> Names:
        """The names in that file; none where it is missing. ``ClassifierError`` where it is broken."""
        try:
            raw = Path(path).read_bytes()
        except FileNotFoundError:
            return cls(b"")
        except OSError as error:
            detail = f"cannot be read ({error.strerror}); mend the file's permissions"
            raise ClassifierError(detail, subject=Path(path).name) from error
        return cls(raw, Path(path).name)

    def found(self, text: Text, near: Sequence[Span]) -> dict[str, tuple[Span, ...]]:
        """``party/…``, ``committee/…`` and ``member/…`` to the sentences that name them, in reading order.

        They are looked for in the sentences ``near``, those beside them, and the title, whose ground is the first of
        ``near``. A speech's speaker is a member as well.
        """
        if not near or not self.digest:
            return {}
        reading = _Reading(self, text, sentences(text.body, text.language))
        found: dict[str, set[Span]] = {}
        for at in reading.beside(near):
            for name in reading.named(at):
                found.setdefault(name, set()).add(reading.spans[at])
        for name, span in reading.speakers(near):
            found.setdefault(name, set()).add(span)
        for name in reading.in_title():
            found.setdefault(name, {near[0]})
        return {name: tuple(sorted(found[name], key=lambda span: span.start)) for name in sorted(found)}

    # ------------------------------------------------------------ within the package

    def sentence(self, text: str, language: str, *, transcript: bool = False, headline: bool = False) -> Sentence:
        """A sentence and what is named in it beside members."""
        tokens = tokens_of(text)
        vocabulary = self._listed.vocabulary(language)
        mentions = _standing(self._listed.terms.found(tokens, language), tokens, vocabulary, headline=headline)

        def letters(written: str) -> Sequence[str]:
            return self._lettered(written, language)

        return Sentence(text, tokens, vocabulary, mentions, letters, transcript, language in _WITH_S)

    def committees_like(self, sentence: Sentence, language: str) -> Iterator[str]:
        """Committees that the file does not list, by the words of their kind."""
        listed = [(sentence.tokens[one.first].start, sentence.tokens[one.last].end) for one in sentence.mentions]
        for one in self._listed.patterns:
            if one.languages and language not in one.languages:
                continue
            for found in one.pattern.finditer(sentence.text):
                if all(found.end() <= start or end <= found.start() for start, end in listed):
                    name = " ".join(found.expand(one.name).split())
                    yield f"committee/{name[:1].upper()}{name[1:]}"

    def _lettered(self, written: str, language: str) -> list[str]:
        """The parties that brackets name: by letters, or in words."""
        told = [pair for pair in self._listed.letters.get(written, ()) if not pair[1] or language in pair[1]]
        own = [name for name, languages in told if language in languages] or [name for name, _ in told]
        return own or [one.name for one in self._listed.terms.whole(written, language) if one.name.startswith("party/")]


@dataclass(slots=True)
class _Reading:
    """One text being read."""

    names: Names
    text: Text
    spans: Sequence[Span]
    language: str = field(init=False)
    transcript: bool = field(init=False)
    _starts: list[int] = field(init=False)
    _known: dict[str, bool] = field(default_factory=dict)  # names looked for elsewhere

    def __post_init__(self) -> None:
        self.language = table_of(self.text.language)
        self.transcript = self.text.extractor.startswith("transcript")
        self._starts = [span.start for span in self.spans]

    def beside(self, near: Iterable[Span]) -> list[int]:
        """The numbers of the sentences in ``near`` and of those before and after each."""
        found: set[int] = set()
        for span in near:
            first = bisect_right(self._starts, span.start) - 1
            last = bisect_right(self._starts, max(span.start, span.end - 1)) - 1
            found.update(range(max(0, first - 1), min(len(self.spans), last + 2)))
        return sorted(found)

    def named(self, at: int) -> set[str]:
        span = self.spans[at]
        sentence = self._sentence(self.text.body[span.start : span.end])
        runs = sentence.runs()
        members = {run.name for run in sentence.members(runs)}
        elsewhere = {run.name for run in runs if run.name not in members and self._elsewhere(run.name, at)}
        return self._others(sentence, runs) | {f"member/{name}" for name in members | elsewhere}

    def in_title(self) -> set[str]:
        headline = _in_capitals(self.text.title)
        sentence = self._sentence(self.text.title, headline=headline)
        runs = sentence.runs()
        members = () if headline else sentence.members(runs)
        return self._others(sentence, runs) | {f"member/{run.name}" for run in members}

    def speakers(self, near: Sequence[Span]) -> Iterator[tuple[str, Span]]:
        """Who says what is near: the last "Name (V):" before it; in a record of one speech, its byline."""
        heard = [self._speaker(span.start) for span in near[:_HEARD]]
        yield from (one for one in heard if one)
        if self.transcript and not any(heard):
            for name in self._labelled(self.text.byline):
                yield f"member/{name}", min(near, key=lambda span: span.start)

    def _speaker(self, place: int) -> tuple[str, Span] | None:
        body = self.text.body
        for _ in range(_SPEECH):
            blank = body.rfind("\n\n", 0, place)
            start = blank + 2 if blank >= 0 else 0
            label = _SPEAKER.match(body, start)
            for name in self._labelled(label["label"]) if label else ():
                number = bisect_right(self._starts, start) - 1
                return f"member/{name}", self.spans[max(0, number)]
            if blank < 0:
                return None
            place = blank
        return None

    def _labelled(self, label: str) -> list[str]:
        """The speaker's name in a label that is nothing else: "Name (V)", "The minister (Name)"; in a record "Name"."""
        sentence = self._sentence(label)
        runs = sentence.runs()
        if len(runs) != 1:
            return []
        whole = self.transcript and runs[0].first == 0 and runs[0].last == len(sentence.tokens) - 1
        bracketed = label.endswith(")") and len(sentence.tokens) - runs[0].last <= _BESIDE
        return [run.name for run in runs if whole or (bracketed and sentence.members(runs))]

    def _elsewhere(self, name: str, at: int) -> bool:
        """Whether another sentence says that this name is a member's."""
        if name not in self._known:
            self._known[name] = len(self._known) < _NAMES and self._told_elsewhere(name, at)
        return self._known[name]

    def _told_elsewhere(self, name: str, at: int) -> bool:
        place = -1
        for _ in range(_PLACES):
            place = self.text.body.find(name, place + 1)
            if place < 0:
                return False
            number = bisect_right(self._starts, place) - 1
            if number != at and number >= 0 and self._tells(name, self.spans[number]):
                return True
        return False

    def _tells(self, name: str, span: Span) -> bool:
        sentence = self._sentence(self.text.body[span.start : span.end])
        return any(run.name == name for run in sentence.members(sentence.runs()))

    def _others(self, sentence: Sentence, runs: Sequence[Run]) -> set[str]:
        written = {one.name for one in sentence.mentions} | set(sentence.parties(runs))
        return written | set(self.names.committees_like(sentence, self.language))

    def _sentence(self, text: str, *, headline: bool = False) -> Sentence:
        return self.names.sentence(text, self.language, transcript=self.transcript, headline=headline)


def _in_capitals(title: str) -> bool:
    words = [token.word for token in tokens_of(title) if len(token.word) > 3]
    return len(words) > 3 and sum(word[0].isupper() for word in words) >= _HEADLINE * len(words)


def _standing(
    mentions: Sequence[Mention], tokens: Sequence[Token], vocabulary: Vocabulary, *, headline: bool
) -> list[Mention]:
    """Those that count: a name that is a word of the language as well needs its capital or company."""
    sure = {one.name for one in mentions if one.term.mark in {Mark.SURE, Mark.HERE}}

    def stands(one: Mention) -> bool:
        if one.term.mark is Mark.CAPITAL and one.first > 0 and not headline:
            return True
        return bool(sure - {one.name}) or _accompanied(one, tokens, vocabulary)

    return [one for one in mentions if one.name in sure or stands(one)]


def _accompanied(one: Mention, tokens: Sequence[Token], vocabulary: Vocabulary) -> bool:
    """Whether a role or a word for a party is beside it, or a verb of opinion follows."""
    after = tokens[one.last + 1 : one.last + 1 + _BESIDE]
    if after and (after[0].word in vocabulary.opinion or after[0].gap == ": "):
        return True
    if one.genitive and sum(token.word[0].isupper() for token in after) > 1:
        return True
    beside = (*tokens[max(0, one.first - _BESIDE) : one.first], *after)
    return any(
        token.word in vocabulary.company or vocabulary.role(token.word) in {Role.MEMBER, Role.LEADER}
        for token in beside
    )
