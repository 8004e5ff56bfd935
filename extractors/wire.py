"""The newswire's own HTML: every paragraph of an item, without the sign-off.

Shapes of recorded items of 2018: ``<p>`` with no line break between, ``<P>text\\r\\n</P>``, quotations that begin with
"- ", a last paragraph ``/ritzau/`` or ``/ritzau/AFP``, and press releases inside the wire whose entities are escaped
up to three times (``&amp;amp;apos;``) and whose signs are UTF-8 read as Latin-1 (``Â£``). A line that says KORREKTION
stays: it is what the reader needs to know first.
"""

from __future__ import annotations

import re
from html import unescape

from articles.errors import NotAnArticle
from articles.identity import SIGN_OFF
from articles.model import Page, Text
from extractors import _language
from extractors._decode import decode
from extractors._paragraphs import blocks, joined, parsed, plain, tidy

NAME = "wire"
VERSION = "1"

_ENTITY = r"(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,31});"
_TWICE = re.compile(rf"&amp;(?=(?:amp;)*{_ENTITY})")
_ESCAPED_TAG = re.compile(r"&(?:amp;)*lt;/?[a-zA-Z]")
_TAG = re.compile(r"<[a-zA-Z/!]")
_DEEPEST = 4  # three levels were seen

#: The beginnings of UTF-8 sequences, as Latin-1 or Windows-1252 shows them. Danish has none of these signs.
_MISREAD = re.compile("[ÂÃâ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_AT_THE_END = re.compile(rf"(?:{SIGN_OFF.pattern})\s*\Z", SIGN_OFF.flags)


def extract(page: Page) -> Text:
    """The item's paragraphs. ``NotAnArticle`` where nothing is left of it."""
    html, notes = decode(page)
    paragraphs = _paragraphs(html)
    kept = [text for paragraph in paragraphs if (text := _AT_THE_END.sub("", paragraph).rstrip())]
    if not kept:
        raise NotAnArticle("has no text in it; open it by hand", subject=page.url)
    body = joined(kept)
    return Text(
        title="",
        body=body,
        language=_language.told(body),
        extractor=f"{NAME}/{VERSION}",
        byline=_signed(paragraphs),
        notes=notes,
    )


def _paragraphs(html: str) -> list[str]:
    markup = _once(html)
    if not _TAG.search(markup):
        return plain(_mended(unescape(markup)))
    root = parsed(markup)
    return [] if root is None else tidy(map(_mended, blocks(root)))


def _once(markup: str) -> str:
    """Escaped once, as HTML is: whole markup that was escaped is unescaped, and so are entities escaped twice."""
    for _ in range(_DEEPEST):
        if _TAG.search(markup) or not _ESCAPED_TAG.search(markup):
            break
        markup = unescape(markup)
    for _ in range(_DEEPEST):
        markup, count = _TWICE.subn("&", markup)
        if not count:
            break
    return markup


def _mended(text: str) -> str:
    """What was UTF-8 before it was read as something else. Only where it shows: it costs more than the rest."""
    if not _MISREAD.search(text):
        return text
    from ftfy import fix_encoding

    return str(fix_encoding(text))


def _signed(paragraphs: list[str]) -> str:
    """Who signed it: ``Ritzau``, or ``Ritzau/AFP`` for what another agency told."""
    last = next((found[0] for text in reversed(paragraphs) if (found := _AT_THE_END.search(text))), "")
    other = last.rpartition("/")[2].strip() if "/" in last else ""
    return "" if not last else f"Ritzau/{other}" if other else "Ritzau"
