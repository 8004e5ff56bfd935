"""The newswire's XML as mappings: an envelope, and an item for each ``RBNews``.

What is not for publication or is somebody's own (a note to the editors, the reporter's name, mail and telephone) is
dropped here, so that nothing behind this module can hold it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from articles.errors import Malformed
from articles.ports import Response
from feeds import _answers, _html

if TYPE_CHECKING:
    from lxml import etree

PRIVATE = frozenset({"TilRedaktionen", "byLine", "byLineEmail", "byLinePhone"})

#: What an item that cannot be read is kept with. Nothing else of it is: where markup is broken, a field may hold
#: what belongs to its neighbour.
_KEPT = (
    "NewsID",
    "PublishDate",
    "strapline",
    "headline",
    "subtitle",
    "format",
    "origin",
    "version",
    "Replaces",
    "replacedID",
    "Annuleret",
    "NyVersion",
    "Korrektion",
    "Status",
    "ServiceQueueId",
)
_END = "</RBNews>"
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)[\"']", re.IGNORECASE)
_CHARSET = re.compile(r"utf-?(?:8|16)|iso-?8859-?\d{1,2}|windows-\d{3,4}|cp\d{3,4}|(?:us-)?ascii", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,500}\?>", re.IGNORECASE)
_STRAY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,9}|#[xX][0-9a-fA-F]{1,8});)")
_NAMESPACE = re.compile(r"\sxmlns(?::\w+)?=\"[^\"<>]*\"")
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An ``RBNews``. A field that is nil, empty or absent is ``""``, whatever its attributes say."""

    fields: Mapping[str, str]
    fault: str = ""  # why its markup cannot be read; then ``fields`` are those that an item is kept with

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def raw(self) -> str:
        """Its source form as far as it may be kept; where the markup is broken, without its content."""
        return "\n".join(f"{name}: {self[name]}" for name in (*_KEPT, "content") if self[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An answer of the service. ``error`` is ``"0"`` where all is well, ``""`` where it says nothing."""

    error: str = ""
    message: str = ""
    listed: bool = False  # whether a list stands in it, be it empty
    items: tuple[Item, ...] = ()
    names: frozenset[str] = frozenset()  # of everything that stands in envelope and items
    fault: str = ""  # what is wrong with the XML as a whole; the items are those that end in it


def read(answer: Response) -> Envelope:
    """The answer. ``Challenged`` for a web page, ``Malformed`` where there is no XML in it.

    Broken XML is read item by item: one that is whole by itself is taken, one that is not carries its ``fault``, and
    what is cut off by the end of the bytes is left out, so that it is not acknowledged and comes again.
    """
    _answers.refuse_challenge(answer, "the newswire's XML")
    tree, _ = _tree(answer.body)
    if tree is None:
        text = _mended(_decoded(answer))
        tree, fault = _tree(text.encode("utf-8"))
        if tree is None:
            return _in_pieces(text, fault, answer.url)
    return _envelope(tree)


def _envelope(tree: etree._Element) -> Envelope:
    """Namespaces are passed over: root and children are in different ones, and a recorded item misspells one."""
    from lxml import etree

    items: list[Item] = []
    told: dict[str, str] = {}
    names: set[str] = set()
    walk = etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        names.add(_local(element))
        if _local(element) == "RBNews":
            items.append(Item(fields=_fields(element)))
            names |= {_local(child) for child in element}
            walk.skip_subtree()
        else:
            told.setdefault(_local(element), " ".join((element.text or "").split()))
    return Envelope(
        error=told.get("error", ""),
        message=told.get("errormsg", ""),
        listed="ListOfRBNews" in told,
        items=tuple(items),
        names=frozenset(names),
    )


def _fields(item: etree._Element) -> dict[str, str]:
    """The item's own children, never a neighbour's."""
    found: dict[str, str] = {}
    for child in item:
        name = _local(child)
        if name not in PRIVATE and not found.get(name):
            found[name] = _text(child)
    return found


def _text(element: etree._Element) -> str:
    """What stands in it; markup that is not escaped, as it should be, stays markup."""
    from lxml import etree

    if len(element) == 0:
        return (element.text or "").strip()
    inner = (_NAMESPACE.sub("", etree.tostring(child, encoding="unicode")) for child in element)
    return "".join([element.text or "", *inner]).strip()


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


# ---------------------------------------------------------------- bytes


def _tree(xml: bytes) -> tuple[etree._Element | None, str]:
    """The tree, or what is wrong with the XML."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(xml, parser), ""
    except (etree.XMLSyntaxError, ValueError) as error:
        said = " ".join(str(getattr(error, "msg", "") or "it cannot be parsed").split())
        return None, said[:160]


def _decoded(answer: Response) -> str:
    """Order: byte order mark, declaration, header, UTF-8, Windows-1252."""
    body = answer.body
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    declared = _DECLARED.match(body[:1024])
    named = declared[1].decode("ascii") if declared else ""
    for charset in filter(_CHARSET.fullmatch, (named, answer.charset, "utf-8", "cp1252")):
        try:
            return body.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("latin-1")


def _mended(text: str) -> str:
    """Without the characters that XML does not have, and with a stray ``&`` or an HTML entity escaped."""
    bare = _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
    return _STRAY.sub("&amp;", _html.legal_xml(bare))


# ---------------------------------------------------------------- broken XML


def _in_pieces(text: str, fault: str, url: str) -> Envelope:
    pieces = list(_pieces(text))
    error = _loose(text[: text.find("<RBNews")] if pieces else text, ("error", "errormsg"))
    if not pieces and error.get("error", "0") == "0":
        raise Malformed(f"is broken XML ({fault}) and no item could be read; it is tried again", subject=url)
    items = tuple(_piece(piece) for piece in pieces)
    return Envelope(
        error=error.get("error", ""),
        message=error.get("errormsg", ""),
        listed=True,
        items=items,
        names=frozenset(name for item in items for name in item.fields),
        fault=fault,
    )


def _pieces(text: str) -> Iterator[str]:
    """The items that end, each from the last beginning before its end: one that another runs into is not whole."""
    for before in text.split(_END)[:-1]:
        start = before.rfind("<RBNews")
        if start >= 0:
            yield before[start:] + _END


def _piece(piece: str) -> Item:
    """An item by itself: read as XML, or not at all but for what it is kept with."""
    whole = f'<x xmlns:i="{_INSTANCE}" xmlns:a="{_ARRAYS}">{piece}</x>'
    tree, fault = _tree(whole.encode("utf-8"))
    if tree is None or len(tree) == 0:
        return Item(fields=_loose(piece, _KEPT), fault=fault or "it cannot be parsed")
    return Item(fields=_fields(tree[0]))


def _loose(text: str, names: Iterable[str]) -> dict[str, str]:
    """Fields by their tags alone. One that has markup in it, or no end, is left out."""
    found = {}
    for name in names:
        match = re.search(rf"<{name}\b[^<>]*(?<!/)>([^<]*)</{name}\s*>", text)
        if match:
            found[name] = " ".join(unescape(match[1]).split())
    return found
