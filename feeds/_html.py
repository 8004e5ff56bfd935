"""Text and addresses out of a source's fields: plain, without control characters, http(s) only."""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import quote, urljoin, urlsplit

#: Control characters but tab, line feed and carriage return; lone surrogates; noncharacters; zero-width marks.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u200b\u2028\u2029]")
_TAG = re.compile(r"<(?:!--(?:[^<-]|-(?!->)|<(?!!--))*+--|[a-zA-Z!?/][^<>]*)>")  # a comment may hold < and >
_DROPPED = re.compile(r"<(script|style|iframe|object)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,31});")
_TWICE = re.compile(r"&amp;(?=(?:amp;)*(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,31});)")
_REFERENCE = re.compile(r"&#(?:([0-9]+)|[xX]([0-9a-fA-F]+));?")
#: Characters that XML 1.0 does not have, neither as such nor as references.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BREAK = re.compile(r"\n[^\S\n]*\n")


def without_controls(text: str) -> str:
    return _CONTROLS.sub("", text)


def legal_xml(xml: str) -> str:
    """Without the characters that XML does not have, and without references to them: parsers stumble over both.

    A reference leaves a zero-width space, so that what stood around it does not become another one.
    """
    return _REFERENCE.sub(_legal, _ILLEGAL.sub("", xml))


def _legal(reference: re.Match[str]) -> str:
    digits, base = (reference[1], 10) if reference[1] else (reference[2], 16)
    number = int(digits, base) if len(digits) <= 9 else 0
    return "\u200b" if number > 0x10FFFF or _ILLEGAL.match(chr(number)) else reference[0]


def line(text: object) -> str:
    """A field that claims to be plain: one line, no control characters, entities resolved, no tags."""
    if not isinstance(text, str):
        return ""
    found = text
    for _ in range(3):  # &amp;amp; was seen; nothing deeper in a title
        if not (_ENTITY.search(found) or _TAG.search(found)):
            break
        found = unescape(_TAG.sub(" ", _DROPPED.sub(" ", found)))
    return " ".join(without_controls(found).split())


def paragraphs(*texts: object) -> str:
    """Plain texts as HTML: a ``<p>`` for each paragraph, escaped. Empty texts leave nothing."""
    found = [part for text in texts if isinstance(text, str) for part in _BREAK.split(text)]
    return "".join(f"<p>{escape(shown, quote=False)}</p>" for part in found if (shown := line(part)))


def html(text: object) -> str:
    """A field that is HTML: plain text becomes paragraphs, text escaped too often is unescaped as deep as needed."""
    if not isinstance(text, str) or not text.strip():
        return ""
    found = without_controls(text).strip()
    for _ in range(3):
        if _TAG.search(found) or not re.search(r"&(?:amp;)*lt;/?[a-zA-Z]", found):
            break
        found = unescape(found)  # the whole field was escaped once more
    if not _TAG.search(found):
        return paragraphs(found)
    return without_controls(_DROPPED.sub(" ", _single(found)))


def _single(markup: str) -> str:
    """``&amp;amp;apos;`` and ``&amp;apos;`` become ``&apos;``; text that says "<" stays escaped."""
    for _ in range(4):
        fewer = _TWICE.sub("&", markup)
        if fewer == markup:
            break
        markup = fewer
    return markup


def beginning(text: str, most: int) -> str:
    """The first ``most`` characters at most, cut at a word's edge."""
    if len(text) <= most:
        return text
    cut = text[: most + 1].rsplit(None, 1)
    return (cut[0] if len(cut) == 2 else text[:most]).rstrip(" ,;:-–")


def web_address(href: object, base: str = "") -> str:
    """The absolute address, or ``""`` where it is none that a browser would open over http(s)."""
    if not isinstance(href, str):
        return ""
    wanted = "".join(without_controls(href).split("\n")).strip()
    if not wanted:
        return ""
    try:
        joined = urljoin(base, wanted)
        parts = urlsplit(joined)
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or parts.username or len(joined) > 2000:
            return ""
        _ = parts.port
    except ValueError:
        return ""
    return quote(joined, safe="%/:=&?~#+!$,;'@()*[]") if re.search(r"[\s<>\"\\^`{|}]", joined) else joined
