"""Lines of printed pages to paragraphs: running heads out, divided words joined, by place and by punctuation. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from extractors._paragraphs import tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``at``: points from the page's bottom, ``None`` where the place is not known."""

    text: str
    page: int
    at: float | None = None


_MARGIN = 3  # lines at the top and at the bottom of a page: where running heads stand
_SHARE_OF_PAGES = 0.5  # a line at the edge of more of them, and of two at least, is a running head
_GAP = 1.35  # times the usual distance of lines: between paragraphs there is half a line and more
_SHORT = 0.8  # of the longest line: a paragraph's last line, where there is no other sign

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:(?:page|side|seite|sida|s\.)\s*)?[-–]?\s*\d{1,4}\s*(?:(?:/|of|af|von|av)\s*\d{1,4})?\s*[-–]?", re.IGNORECASE
)
_DIVIDED = re.compile(r"(?<=[^\W\d_])[-\u00ad\x02\ufffe]$")  # pdfium marks a hyphen at a line's end as U+0002
_STILL_HYPHENED = re.compile(r"(?:og|eller|and|or|und|oder|och|et|ou)\b")  # "ind- og udrejse"
_ENDED = re.compile(r"[.!?:;][\"'»”)\]]*$")
_STARTED = re.compile(r"[\"'«»“„(\[]*[A-ZÆØÅÄÖÜÉ\d]")
_BULLET = re.compile(r"[•▪■◦‣]|[–—-]\s+[^\W\d_]|(?:\d{1,2}|[a-z])[.)]\s+\S|\([a-z\d]{1,3}\)\s")


def paragraphs(lines: Sequence[Line]) -> list[str]:
    """The text of all pages without what is printed on each of them."""
    kept = without_margins([line for line in lines if line.text.strip()])
    usual, longest = _usual_gap(kept), max((len(line.text) for line in kept), default=0)
    found: list[str] = []
    for before, line in pairwise([None, *kept]):
        assert line is not None
        if before is None or _apart(before, line, usual, longest):
            found.append(line.text.strip())
        else:
            found[-1] = _joined(found[-1], line.text.strip())
    return tidy(text.replace("\x02", "-").replace("\ufffe", "-") for text in found)


def without_margins(lines: Sequence[Line]) -> list[Line]:
    """Without running heads and page numbers at the edges of pages."""
    pages = [list(group) for _, group in groupby(lines, key=lambda line: line.page)]
    seen = Counter(head for page in pages for head in {_head(line) for line in _edge(page)})
    often = {head for head, count in seen.items() if count >= 2 and count > _SHARE_OF_PAGES * len(pages)}
    kept: list[Line] = []
    for page in pages:
        edge = {id(line) for line in _edge(page) if _head(line) in often}
        numbers = {id(line) for line in (page[0], page[-1]) if _PAGE_NUMBER.fullmatch(line.text.strip())}
        kept += [line for line in page if id(line) not in edge | numbers]
    return kept


def _edge(page: Sequence[Line]) -> list[Line]:
    return [*page[:_MARGIN], *page[max(_MARGIN, len(page) - _MARGIN) :]]


def _head(line: Line) -> str:
    """As it is on every page: numbers differ."""
    return _DIGITS.sub("#", " ".join(line.text.split()))


def _usual_gap(lines: Sequence[Line]) -> float:
    """Points between two lines of a paragraph: a small gap, for there may be more paragraphs than long ones."""
    gaps = sorted(gap for a, b in pairwise(lines) if (gap := _gap(a, b)) is not None and gap > 1)
    return gaps[len(gaps) // 5] if gaps else 0.0


def _gap(a: Line, b: Line) -> float | None:
    return a.at - b.at if a.page == b.page and a.at is not None and b.at is not None else None


def _apart(a: Line, b: Line, usual: float, longest: int) -> bool:
    """Whether a paragraph ends between two lines."""
    ended, started = bool(_ENDED.search(a.text.strip())), bool(_STARTED.match(b.text.strip()))
    if _DIVIDED.search(a.text.rstrip()) and not started:
        return False
    if _BULLET.match(b.text.strip()) and ended:
        return True
    gap = _gap(a, b)
    if gap is not None and gap > 1 and usual:
        return gap > _GAP * usual or (ended and started and len(a.text) < _SHORT * longest)
    return ended and started


def _joined(before: str, text: str) -> str:
    """``embeds-`` and ``mænd`` are one word, ``ind-`` and ``og udrejse`` three, ``EU-`` and ``Kommissionen`` one."""
    if not _DIVIDED.search(before):
        return f"{before} {text}"
    if _STILL_HYPHENED.match(text):
        return f"{before[:-1]}- {text}"
    return before[:-1] + text if text[:1].islower() else f"{before[:-1]}-{text}"
