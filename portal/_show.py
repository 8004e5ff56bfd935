"""What the pages and exports show of a hit, as far as its licence allows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from articles.model import TERMS, Status
from articles.ports import Found, Hit, Marked
from portal import _words

#: Quotations on one result, evidence first, and how long each may be.
QUOTES = 3
QUOTE_LENGTH = 320

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One hit in a list. ``evidence`` and ``passages`` are empty where nothing may be quoted."""

    hit: Hit
    title: Marked
    evidence: tuple[Marked, ...]
    passages: tuple[Marked, ...]
    others: int = 0  # hits of the same thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One hit by itself: its paragraphs with the evidence marked, or only quotations."""

    hit: Hit
    paragraphs: tuple[Marked, ...]
    quotes: tuple[Marked, ...]
    why_not: str  # why the text is not shown whole; "" where it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a facet, and the sentences it rests on, as far as the licence allows."""

    name: str
    grounds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """What the classifier tells of one kind: whom the text is about, what protection, where."""

    name: str
    values: tuple[Value, ...]

    @property
    def grounded(self) -> bool:
        return any(value.grounds for value in self.values)


# ---------------------------------------------------------------- what a licence allows


def expired(hit: Hit, now: datetime) -> bool:
    """Whether the licence's time is over: then the headline and the link are all that is left."""
    days = TERMS[hit.licence].keep_days
    return days is not None and now - hit.first_seen_at > timedelta(days=days)


def quotable(hit: Hit, now: datetime) -> bool:
    """A withdrawn text is named, not carried further."""
    return hit.status is not Status.WITHDRAWN and not expired(hit, now)


def quotes(hit: Hit, now: datetime) -> tuple[str, ...]:
    """The evidence that a list, a feed or an export may carry."""
    if not quotable(hit, now):
        return ()
    return tuple(cut(plain(sentence), QUOTE_LENGTH).text for sentence in _sentences(hit)[:QUOTES])


def whole(hit: Hit, now: datetime) -> Whole:
    """One hit for a page of its own. A withdrawn text is shown there, for those who have used it."""
    if expired(hit, now):
        days = TERMS[hit.licence].keep_days
        return Whole(hit=hit, paragraphs=(), quotes=(), why_not=f"The licence lets its text be shown for {days} days.")
    if TERMS[hit.licence].show != "full":
        shown = tuple(cut(plain(sentence), QUOTE_LENGTH) for sentence in _sentences(hit)[:QUOTES])
        return Whole(hit=hit, paragraphs=(), quotes=shown, why_not="The publisher allows short quotations only.")
    return Whole(hit=hit, paragraphs=tuple(paragraphs(hit.body, hit.evidence)), quotes=(), why_not="")


def facets(hit: Hit, now: datetime) -> tuple[Facet, ...]:
    """The facets in the order of :data:`_words.FACETS`; of a text that may only be quoted, one sentence a value."""
    most = 0 if expired(hit, now) else QUOTES if TERMS[hit.licence].show == "full" else 1
    ordered = sorted(hit.facets, key=lambda kind: list(_words.FACETS).index(kind) if kind in _words.FACETS else 99)
    return tuple(
        Facet(
            name=plain(_words.facet(kind)), values=tuple(_value(hit, kind, value, most) for value in hit.facets[kind])
        )
        for kind in ordered
        if hit.facets[kind]
    )


def _value(hit: Hit, kind: str, value: str, most: int) -> Value:
    grounds = _told(hit.grounds.get(f"{kind}/{value}", ()))[:most]
    return Value(
        name=plain(_words.facet_value(kind, value)),
        grounds=tuple(cut(plain(sentence), QUOTE_LENGTH).text for sentence in grounds),
    )


def _sentences(hit: Hit) -> list[str]:
    return _told(hit.evidence)


def _told(sentences: Iterable[str]) -> list[str]:
    """Each once, without blank ones."""
    return [sentence for sentence in dict.fromkeys(sentences) if sentence.strip()]


# ---------------------------------------------------------------- a result


def result(found: Found, now: datetime, *, others: int = 0) -> Result:
    """Evidence first, with the matches in it; then passages that say something else."""
    evidence: list[Marked] = []
    passages: list[Marked] = []
    if quotable(found.hit, now):
        cleaned = [clean(passage) for passage in found.passages]
        evidence = [_marked_in(plain(sentence), cleaned) for sentence in _sentences(found.hit)[: QUOTES - 1]]
        passages = [passage for passage in cleaned if passage.text and not _said(passage.text, evidence)]
    room = QUOTES - len(evidence)
    return Result(
        hit=found.hit,
        title=clean(found.title) if found.title.text.strip() else Marked(text=found.hit.id),
        evidence=tuple(cut(quote, QUOTE_LENGTH) for quote in evidence),
        passages=tuple(cut(passage, QUOTE_LENGTH) for passage in passages[:room]),
        others=others,
    )


def _marked_in(sentence: str, passages: Sequence[Marked]) -> Marked:
    """The sentence with the matches that a passage holding it, or held by it, has."""
    marks: set[tuple[int, int]] = set()
    for passage in passages:
        if (at := passage.text.find(sentence)) >= 0:
            shift = -at
        elif (at := sentence.find(passage.text.strip("… "))) >= 0 and passage.text.strip("… "):
            shift = at - passage.text.find(passage.text.strip("… "))
        else:
            continue
        marks |= {(start + shift, end + shift) for start, end in passage.marks}
    return tidy(Marked(text=sentence, marks=tuple(marks)))


def _said(passage: str, evidence: Iterable[Marked]) -> bool:
    bare = passage.strip("… ")
    return any(bare in quote.text or quote.text in passage for quote in evidence)


# ---------------------------------------------------------------- texts


def plain(text: str) -> str:
    """Without control characters or marks that reverse the direction of writing; as long as before."""
    return _UNSEEN.sub(" ", text)


def clean(marked: Marked) -> Marked:
    return tidy(Marked(text=plain(marked.text), marks=marked.marks))


def tidy(marked: Marked) -> Marked:
    """Marks within the text, in order, none touching another."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(len(marked.text), end)) for start, end in marked.marks):
        if kept and start <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        elif start < end:
            kept.append((start, end))
    return Marked(text=marked.text, marks=tuple(kept))


def cut(marked: Marked | str, length: int) -> Marked:
    """At most ``length`` characters and an ellipsis where something is left out, around the first match."""
    whole = marked if isinstance(marked, Marked) else Marked(text=marked)
    text = whole.text
    if len(text) <= length:
        return whole
    first = whole.marks[0] if whole.marks else (0, 0)
    start = 0 if first[1] <= length else _word_start(text, max(0, first[0] - length // 3))
    end = min(len(text), start + length)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + length // 2)
    head, tail = "… " if start else "", " …" if end < len(text) else ""
    shift = len(head) - start
    marks = tuple((max(a, start) + shift, min(b, end) + shift) for a, b in whole.marks if b > start and a < end)
    return Marked(text=f"{head}{text[start:end]}{tail}", marks=marks)


def _word_start(text: str, at: int) -> int:
    """The beginning of the next word, if it is near."""
    space = text.find(" ", at, at + 40)
    return space + 1 if at and space >= 0 else at


def paragraphs(body: str, evidence: Iterable[str]) -> list[Marked]:
    """The body's paragraphs, with the evidence sentences marked wherever they stand."""
    marks: list[tuple[int, int]] = []
    seen = 0
    for sentence in evidence:
        at = body.find(sentence, seen) if sentence else -1
        at = at if at >= 0 or not sentence else body.find(sentence)
        if at >= 0:
            marks.append((at, at + len(sentence)))
            seen = at + len(sentence)
    edges = [0, *(edge for gap in re.finditer(r"\n\s*\n", body) for edge in gap.span()), len(body)]
    found = [_part(body, marks, *span) for span in zip(edges[::2], edges[1::2], strict=True)]
    return [part for part in found if part.text.strip()]


def _part(body: str, marks: Iterable[tuple[int, int]], start: int, end: int) -> Marked:
    inside = [(max(a, start) - start, min(b, end) - start) for a, b in marks if b > start and a < end]
    return clean(Marked(text=body[start:end], marks=tuple(inside)))


# ---------------------------------------------------------------- small things


def web_address(url: str) -> str:
    """The address where a browser may follow it without harm: http and https; else ``""``."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    return url if fine and not _UNSEEN.search(url) and " " not in url else ""


def host(url: str) -> str:
    """Whose page a link leads to."""
    return (urlsplit(url).hostname or "").removeprefix("www.") if web_address(url) else ""


def language_code(code: str) -> str:
    """Fit for a ``lang`` attribute; ``""`` says that it is not known."""
    return code if _LANGUAGE.fullmatch(code) else ""
