"""A text as passages that a model with a short memory can read: whole sentences, some of them in two passages.

A long text is cut into passages of at most :data:`TOKENS` tokens; the last sentence of one is the first of the next, so
that a claim made in two sentences is read in one piece. Each passage is read with the title beside it. At most
:data:`MOST` passages of a text are read, some hours of debate: where there are more, those that say what the topic
looks for first are kept, and the rest of the allowance is spread evenly over the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from articles.model import Span, Text
from classifiers._sentences import sentences

#: Tokens of a passage, its title beside it; and the most that are read of one whose first sentence is longer.
TOKENS = 128
LENGTH = 256
MOST = 240

#: Characters of a title that are read, and of a body: beyond it a text is not cut into sentences at all.
_TITLE = 300
_BODY = 1_500_000

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Passage:
    """``body[start:end]``: consecutive sentences, read together, or a part of one that is too long."""

    start: int
    end: int
    sentences: tuple[Span, ...]


def titled(title: str, words: str) -> str:
    """The words with the title before them, and nothing that a tokenizer cannot take."""
    joined = f"{title[:_TITLE].strip().rstrip('.')}. {words}" if title.strip() else words
    return _SURROGATES.sub("\ufffd", joined)


def prompt(title: str, words: str) -> str:
    """What the model reads: the base model was trained with this prefix."""
    return f"passage: {titled(title, words)}"


def passages(
    text: Text, lengths: Callable[[Sequence[str]], list[int]], first: re.Pattern[str] | None = None
) -> list[Passage]:
    """The passages of a text, in reading order; none where the body has no word.

    ``lengths`` counts tokens; ``first``: what is said where it matters most, for a text of more than :data:`MOST`.
    """
    spans = sentences(text.body[:_BODY], text.language)
    counted = lengths([_SURROGATES.sub("\ufffd", text.body[span.start : span.end]) for span in spans])
    [title] = lengths([_SURROGATES.sub("\ufffd", text.title[:_TITLE])])
    return _chosen(text.body, list(_packed(text.body, spans, counted, max(TOKENS - title, TOKENS // 2))), first)


def _packed(body: str, spans: Sequence[Span], lengths: Sequence[int], room: int) -> Iterator[Passage]:
    held: list[tuple[Span, int]] = []
    for span, length in zip(spans, lengths, strict=True):
        if held and sum(size for _, size in held) + length > room:
            yield _together([held_span for held_span, _ in held])
            held = held[-1:] if held[-1][1] + length <= room else []
        if length > room:
            yield from _parts(body, span, -(-length // room))
        else:
            held.append((span, length))
    if held:
        yield _together([span for span, _ in held])


def _together(spans: Sequence[Span]) -> Passage:
    return Passage(spans[0].start, spans[-1].end, tuple(spans))


def _parts(body: str, span: Span, count: int) -> Iterator[Passage]:
    """A sentence in ``count`` parts, cut between words where it has any."""
    start = span.start
    for number in range(1, count + 1):
        wanted = span.start + (span.end - span.start) * number // count
        space = body.rfind(" ", start + 1, wanted)
        end = span.end if number == count else space if space > 0 else wanted
        if end > start:
            yield Passage(start, end, (span,))
        start = end


def _chosen(body: str, found: list[Passage], first: re.Pattern[str] | None) -> list[Passage]:
    if len(found) <= MOST:
        return found
    naming = [n for n, passage in enumerate(found) if first and first.search(body, passage.start, passage.end)][:MOST]
    others = sorted(set(range(len(found))) - set(naming))
    room = MOST - len(naming)
    spread = [others[len(others) * n // room] for n in range(room)] if room else []
    return [found[n] for n in sorted({*naming, *spread})]
