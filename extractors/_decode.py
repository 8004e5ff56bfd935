"""Bytes to characters: what a page claims of its encoding, and what its bytes say."""

from __future__ import annotations

import codecs
import re

from articles.errors import NotAnArticle, TooLarge, Unreadable
from articles.model import Page

#: More than the client's own limit can let through only where an operator has raised that limit.
MAX_BYTES = 30_000_000

_MOST_TAGS = 150_000  # a megabyte of paragraphs of three words has 60,000 and takes three seconds

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{3,20})", re.IGNORECASE)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{3,20})", re.IGNORECASE)
_SAMPLE = 200_000  # bytes
_HEAD = 4096  # bytes: browsers look for the declaration in the first 1,024, some pages state it later

#: Encodings of the watched languages. Python knows stranger ones (idna, utf-7) that no page may ask for.
_KNOWN = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|iso-?8859-?\d{1,2}|latin-?\d|(?:windows|cp|x-cp)-?125\d|koi8-[ru]|(?:us-)?ascii"
)
#: WHATWG's Encoding Standard reads these as Windows-1252: pages that claim Latin-1 have its quotation marks.
_REALLY_1252 = re.compile(r"iso-?8859-?1|latin-?1|(?:us-)?ascii")

_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f]")
_MOST_GARBAGE = 0.05  # of the characters: a page with a few broken signs is still read


def decode(page: Page) -> tuple[str, tuple[str, ...]]:
    """The page's characters without NUL and other controls, and what an operator should know of the decoding."""
    if len(page.body) > MAX_BYTES:
        raise TooLarge(f"is larger than {MAX_BYTES:,} bytes and was not read; open it by hand", subject=page.url)
    if not page.body.strip():
        raise NotAnArticle("is empty; open it by hand", subject=page.url)
    if page.body.count(b"<") > _MOST_TAGS:
        raise TooLarge(f"has more than {_MOST_TAGS:,} tags and was not read; open it by hand", subject=page.url)
    text = _text(page.body, page.charset).removeprefix("\ufeff")
    lost = text.count("\ufffd")
    kept = _CONTROLS.sub("", text)
    if lost + len(text) - len(kept) > _MOST_GARBAGE * len(text):
        raise Unreadable("is not text in any encoding that is known here; open it by hand", subject=page.url)
    return kept, (f"{lost} signs could not be decoded",) if lost else ()


def _text(raw: bytes, claimed: str) -> str:
    """By the byte order mark, else as UTF-8 where the bytes are that, else as claimed, else as Windows-1252.

    Text in another encoding is practically never valid UTF-8 by chance, so the bytes are believed before the claim.
    """
    head = raw[:_HEAD]
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), "")
    claims = [_usable(claim) for claim in (claimed, *_claims(head))]
    wide = next((claim for claim in claims if claim.startswith("utf-16")), "") if b"\x00" in head else ""
    if marked or wide:
        return raw.decode(marked or wide, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        other = next((claim for claim in claims if claim and not claim.startswith("utf-")), "")
        return raw.decode(other or _either(raw), "replace")


def _claims(head: bytes) -> list[str]:
    return [found[1].decode("ascii") for found in (_META.search(head), _DECLARED.search(head)) if found]


def _usable(claim: str) -> str:
    """The codec's name, ``""`` for one that is not known here."""
    name = claim.strip().lower()
    if not _KNOWN.fullmatch(name):
        return ""
    if _REALLY_1252.fullmatch(name):
        return "cp1252"
    try:
        return codecs.lookup(name.removeprefix("x-").replace("windows-", "cp")).name
    except LookupError:
        return ""


def _either(raw: bytes) -> str:
    """UTF-8 with a few broken signs, or Windows-1252: by how much of what is not ASCII makes sense."""
    sample = raw[:_SAMPLE]
    broken = sample.decode("utf-8", "replace").count("\ufffd")
    sound = sum(byte >= 0xC0 for byte in sample) - broken
    return "utf-8" if sound > broken else "cp1252"
