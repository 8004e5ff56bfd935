"""PDFs to texts: questions, answers and adopted texts, by pdfium.

Lines become paragraphs again by the distance between them, words divided at a line's end are joined, and running heads
and page numbers are left out. A scan has no text and is refused, as is a file that wants a password.

pdfium is not thread-safe: one document at a time is read, under a lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import pypdfium2

from articles.errors import NotAnArticle, TooLarge, Unreadable
from articles.model import Page, Text
from extractors import _language
from extractors._decode import MAX_BYTES
from extractors._layout import Line, paragraphs
from extractors._paragraphs import joined, line

NAME = "pdf"
VERSION = "1"

_MOST_PAGES = 300  # of a year's report; what stands behind them is not news
_FEWEST_LETTERS = 20  # a scan has none, or a stamp
_WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD

_SUBJECT = re.compile(r"(?:Subject|Vedr\.|Vedrørende|Om|Emne|Betrifft|Objet|Ämne|Angående)\s*:\s*(\S.*)")
_FIRST_PARAGRAPHS = 8  # the subject stands among them
_NO_TITLE = re.compile(
    r"untitled|microsoft (?:word|powerpoint)|\.(?:docx?|pdf|odt|rtf|indd)\b|^[\W\d_]*$", re.IGNORECASE
)
_STAMP = re.compile(r"D:(\d{14})(?:Z|([+-]\d{2})'?(\d{2}))")

_ONE_AT_A_TIME = Lock()


def extract(page: Page) -> Text:
    """The document's paragraphs. ``Unreadable`` for scans, passwords and what is no PDF."""
    if len(page.body) > MAX_BYTES:
        raise TooLarge(f"is larger than {MAX_BYTES:,} bytes and was not read; open it by hand", subject=page.url)
    if not page.body.strip():
        raise NotAnArticle("is empty; open it by hand", subject=page.url)
    lines, facts, count = _read(page)
    if sum(map(str.isalpha, "".join(found.text for found in lines))) < _FEWEST_LETTERS:
        raise Unreadable("has pages without text, as scans have; open it by hand", subject=page.url)
    found = paragraphs(lines)
    body = joined(found)
    made_at = _made_at(facts.get("CreationDate", ""), page.fetched_at)
    notes = [f"the first {_MOST_PAGES} of {count} pages"] if count > _MOST_PAGES else []
    return Text(
        title=_title(facts, found),
        body=body,
        language=_language.told(body),
        extractor=f"{NAME}/{VERSION}",
        published_at=made_at,
        published_guessed=made_at is not None,
        partial=count > _MOST_PAGES,
        notes=(*notes, *(["published when the file was made, as the file says"] if made_at else [])),
    )


def _read(page: Page) -> tuple[list[Line], dict[str, str], int]:
    """Lines, the file's own facts, and how many pages it has."""
    with _ONE_AT_A_TIME:
        try:
            with pypdfium2.PdfDocument(page.body) as document:
                count = len(document)
                lines = [found for number in range(min(count, _MOST_PAGES)) for found in _lines(document, number)]
                return lines, document.get_metadata_dict(), count
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == _WRONG_PASSWORD:
                raise Unreadable("wants a password; ask the source for an open file", subject=page.url) from None
            raise Unreadable("is no PDF that can be read; fetch it again", subject=page.url) from None


def _lines(document: Any, number: int) -> Iterator[Line]:
    """The lines of one page, in the order in which they are drawn."""
    sheet = document[number]
    try:
        words = sheet.get_textpage()
        try:
            yield from _placed(words, number)
        finally:
            words.close()
    finally:
        sheet.close()


def _placed(words: Any, number: int) -> Iterator[Line]:
    text = words.get_text_range()
    counted = len(text) == words.count_chars()  # else its places and pdfium's are not the same
    start = 0
    for raw in re.split(r"(?<=\n)", text):
        bare = raw.strip()
        at = _bottom(words, start + raw.index(bare[0])) if bare and counted else None
        start += len(raw)
        if bare:
            yield Line(text=bare, page=number, at=at)


def _bottom(words: Any, index: int) -> float | None:
    """Of the font's box, so that letters with and without descenders stand on the same line."""
    try:
        return float(words.get_charbox(index, loose=True)[1])
    except pypdfium2.PdfiumError:
        return None


def _title(facts: dict[str, str], found: Sequence[str]) -> str:
    """The file's own title unless it is a file's name, else what the document says is its subject."""
    given = line(facts.get("Title", ""))
    if len(given) >= 8 and not _NO_TITLE.search(given):
        return given
    subjects = (match[1] for text in found[:_FIRST_PARAGRAPHS] if (match := _SUBJECT.match(text)))
    return next(subjects, "")


def _made_at(raw: str, fetched_at: datetime) -> datetime | None:
    """``D:20261119093000+01'00'`` (ISO 32000-1 section 7.9.4); without a zone it says nothing."""
    found = _STAMP.match(raw)
    if found is None:
        return None
    zone = f"{found[2]}{found[3]}" if found[2] else "+0000"
    try:
        at = datetime.strptime(f"{found[1]}{zone}", "%Y%m%d%H%M%S%z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year >= 1993 and at <= fetched_at else None  # the format's own first year
