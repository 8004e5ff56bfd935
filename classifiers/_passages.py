"""A text as passages that a model with a short memory can read: whole sentences, some of them in two passages.

A long text is cut into passages of at most :data:`TOKENS` tokens; the last sentence of one is the first of the next, so
that a claim made in two sentences is read in one piece. Each passage is read with the title beside it. At most
:data:`MOST` passages of a text are read, about three hours of debate: where there are more, those that name Russia come
first, in reading order, and the rest of the allowance is spread evenly over the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from articles.model import Span, Text
from classifiers._sentences import sentences

TOKENS = 160
MOST = 160

#: Characters of a title that are read, and of a body: beyond it a text is not cut into sentences at all.
_TITLE = 300
_BODY = 1_500_000

#: How Russia is named in Europe's languages, Greek, Finnish, Estonian, Latvian and Czech among them.
_RUSSIA = re.compile(
    r"rus[sieyuo]|rúss|rosj|росс|росі|рос[іи]йс|русс|руск|venäj|vene[ml]|krievi|oroszo|ρωσ|ryss|kreml|moskv|moscow|кремл|москв|putin"
    r"|путин|путін|wagner|вагнер",
    re.IGNORECASE,
)
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive sentences of a body, read together."""

    sentences: tuple[Span, ...]

    @property
    def start(self) -> int:
        return self.sentences[0].start

    @property
    def end(self) -> int:
        return self.sentences[-1].end


def prompt(title: str, words: str) -> str:
    """What the model reads: the base model was trained with this prefix."""
    joined = f"{title[:_TITLE].strip().rstrip('.')}. {words}" if title.strip() else words
    return _SURROGATES.sub("\ufffd", f"passage: {joined}")


def passages(text: Text, lengths: Callable[[Sequence[str]], list[int]]) -> list[Passage]:
    """The passages of a text, in reading order; none where the body has no word. ``lengths`` counts tokens."""
    spans = sentences(text.body[:_BODY], text.language)
    counted = lengths([_SURROGATES.sub("\ufffd", text.body[span.start : span.end]) for span in spans])
    [title] = lengths([_SURROGATES.sub("\ufffd", text.title[:_TITLE])])
    return _chosen(text.body, list(_packed(spans, counted, max(TOKENS - title, TOKENS // 2))))


def _packed(spans: Sequence[Span], lengths: Sequence[int], room: int) -> list[Passage]:
    found: list[Passage] = []
    held: list[int] = []
    for number in range(len(spans)):
        if held and sum(lengths[n] for n in held) + lengths[number] > room:
            found.append(Passage(tuple(spans[n] for n in held)))
            last = held[-1]
            held = [last] if lengths[last] + lengths[number] <= room else []
        held.append(number)
    return [*found, Passage(tuple(spans[n] for n in held))] if held else found


def _chosen(body: str, found: list[Passage]) -> list[Passage]:
    if len(found) <= MOST:
        return found
    naming = [n for n, passage in enumerate(found) if _RUSSIA.search(body, passage.start, passage.end)][:MOST]
    others = sorted(set(range(len(found))) - set(naming))
    room = MOST - len(naming)
    spread = [others[len(others) * n // room] for n in range(room)] if room else []
    return [found[n] for n in sorted({*naming, *spread})]
