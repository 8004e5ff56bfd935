"""The subscriber newswire: ``NewsQueue`` and ``QueueAcknowledge`` (XML, WCF style).

The envelope and the fields are those of recorded answers of 2018. No recorded answer has ``Korrektion`` or
``Annuleret`` set, nor does any show what an acknowledgement answers: those are our construction.
"""

from __future__ import annotations

from datetime import datetime
from xml.sax.saxutils import escape

from replay import _addresses
from replay._answers import XML, Answer, Ask, Routes
from replay._queue import Queue
from replay.day import Item, of

USER = "replay"
PASSWORD = "replay"  # noqa: S105 - the recorded day has no secrets
_SERVICE = "services.ritzau.dk/ritzaurest/Services.svc/xml/news"
_FIRST_NUMBER = 7001
_FORMATS = {"Net": 2, "Flash": 3, "Print": 6, "inpublic": 32}
_SECTIONS = {
    "U": (2, "Udland"),
    "I": (1, "Indland"),
    "E": (6, "Erhverv"),
    "S": (7, "Sport"),
    "Y": (42, "Int. Pressemed."),
}
_NIL = ' i:nil="true"'


def wire() -> dict[int, Item]:
    """``ServiceQueueId`` -> item, oldest first."""
    return dict(enumerate(reversed(of("ritzau_wire")), start=_FIRST_NUMBER))


def routes(queue: Queue) -> Routes:
    """The two addresses of the service."""
    return {
        f"{_SERVICE}/NewsQueue": lambda ask: _queued(ask, queue),
        f"{_SERVICE}/QueueAcknowledge": lambda ask: _acknowledged(ask, queue),
    }


def _queued(ask: Ask, queue: Queue) -> Answer:
    if not _known(ask):
        return _answer("XMLNewsQueued", "", "1", "Wrong user or password")
    most = int(ask.query.get("maksAntal", "50"))
    numbers = queue.waiting(most)
    listed = wire()
    xml = "".join(_news(listed[number], number) for number in numbers)
    if ask.query.get("waitAcknowledge", "").lower() != "true":
        for number in numbers:
            queue.acknowledge(number)
    return _answer("XMLNewsQueued", f'<ListOfRBNews xmlns="">{xml}</ListOfRBNews>')


def _acknowledged(ask: Ask, queue: Queue) -> Answer:
    if not _known(ask):
        return _answer("QueueAcknowledge", "", "1", "Wrong user or password")
    raw = ask.query.get("servicequeueid", "")
    if not raw.isdigit() or not queue.acknowledge(int(raw)):
        return _answer("QueueAcknowledge", "", "2", "Unknown ServiceQueueId")
    return _answer("QueueAcknowledge", "")


def _known(ask: Ask) -> bool:
    return (ask.query.get("user"), ask.query.get("password")) == (USER, PASSWORD)


def _answer(operation: str, inner: str, error: str = "0", message: str = "") -> Answer:
    """Failures come with HTTP 200 and ``error`` other than 0."""
    xml = (
        f'<?xml version="1.0"?>\n<{operation}Response xmlns="http://tempuri.org/">'
        f'<{operation}Result xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
        f'<error xmlns="">{error}</error><errormsg xmlns="">{escape(message)}</errormsg>{inner}'
        f"</{operation}Result></{operation}Response>"
    )
    return Answer(body=xml.encode("ascii", "xmlcharrefreplace"), media_type=XML)


def _news(item: Item, number: int) -> str:
    """One ``RBNews`` in the recorded order of fields."""
    fields = [*_head(item), ("content", _html(item)), *_tail(item), ("ServiceQueueId", str(number))]
    return "<RBNews>" + "".join(_field(name, value) for name, value in fields) + "</RBNews>"


def _head(item: Item) -> list[tuple[str, str | None]]:
    assert item.at is not None
    short = item.more.get("section", "I")
    number, section = _SECTIONS[short]
    return [
        ("NewsID", _addresses.uuid(item)),
        ("PublishDate", _naive(item.at)),
        ("Topstory", "0"),
        ("strapline", item.more.get("strapline", "NET/INDLAND")),
        ("headline", item.title or None),
        ("subtitle", item.summary or None),
        ("town", item.more.get("town", "København")),
        ("origin", item.more.get("origin", "/ritzau/")),
        ("sectionID", str(number)),
        ("section", section),
        ("sectionShort", short),
        ("version", str(item.more.get("version", 1))),
        ("Replaces", None),  # nil in every recorded answer; what it holds otherwise is not known
        ("format", item.form),
    ]


def _tail(item: Item) -> list[tuple[str, str | None]]:
    flash = item.form == "Flash"
    house = item.more.get("origin", "/ritzau/") == "/ritzau/"
    return [
        ("formatID", str(_FORMATS[item.form])),
        ("HistID", f"RED-{_addresses.number(item)}" if house else None),
        ("Priority", str(item.more.get("priority", 3 if flash else 4))),
        ("IPTCList", None),
        ("MultimedieList", ""),
        ("ISIN", ""),
        ("Related", None),
        ("replacedID", _replaced(item)),
        ("Annuleret", _flag(item.more.get("annulled"))),
        ("NyVersion", _flag(item.more.get("new_version"))),
        ("Korrektion", _flag(item.more.get("correction"))),
        ("InfoFlash", "false"),
        ("byLine", "Redaktionen" if house else None),
        ("byLineEmail", "vagten@example.org" if house else None),
        ("byLinePhone", "55000011" if house else None),
        ("SubjectKeyword", ""),
        ("TopWeb", "false"),
        ("TilRedaktionen", item.more.get("editors_note")),
        ("Companies", ""),
        ("Status", "New news"),
        ("ContentShort", item.title or _short(item)),
    ]


def _replaced(item: Item) -> str | None:
    earlier = item.more.get("replaces")
    return _addresses.uuid_of("ritzau_wire", earlier) if earlier else None


def _naive(at: datetime) -> str:
    """Danish time without a zone, two or three fraction digits as recorded."""
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + (".73" if at.minute % 2 else ".973")


def _flag(value: object) -> str:
    return "true" if value else "false"


def _short(item: Item) -> str:
    return item.paragraphs[0][:90] + "..."


def _html(item: Item) -> str:
    """HTML, to be escaped once more as XML. A ``Via Ritzau`` item is escaped twice before that, and misspelt."""
    if item.form == "inpublic":
        texts = [_misspelt(escape(escape(text, {"'": "&apos;", '"': "&quot;"}))) for text in item.paragraphs]
        return "<P></P>\r\n" + "\r\n\t".join(f"<P>{text}\r\n</P>" for text in texts)
    return "".join(f"<p>{escape(text)}</p>" for text in item.paragraphs)


def _misspelt(text: str) -> str:
    """UTF-8 that was read as Latin-1, for the signs that the recorded items show it on."""
    return "".join(sign.encode().decode("latin-1") if sign in "£€§«»" else sign for sign in text)


def _field(name: str, value: str | None) -> str:
    attributes = (
        ' xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays"' if name in {"IPTCList", "ISIN"} else ""
    )
    if name == "IPTCList":
        return f"<{name}{attributes}><a:int>11000000</a:int></{name}>"
    if value is None:
        return f"<{name}{_NIL}/>"
    return f"<{name}{attributes}>{escape(value)}</{name}>"
