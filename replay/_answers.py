"""What is asked of the replay server, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

HTML = "text/html; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
XML = "text/xml; charset=utf-8"
JSON = "application/json; charset=utf-8"
PDF = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request in the source's own terms. ``query`` holds the first value of each parameter."""

    host: str
    path: str  # percent-decoded
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``chunks`` streams in place of ``body``. ``silent``: nothing is sent until the client leaves."""

    status: int = 200
    body: bytes = b""
    media_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Callable[[], Iterator[bytes]] | None = None
    silent: bool = False
    validators: str = ""  # "honoured": ETag and Last-Modified, and 304; "ignored": sent, but always 200
    gzip: bool = False  # compressed where the client takes it


#: Answers one address.
Route: TypeAlias = Callable[[Ask], Answer]

#: ``host/path`` -> who answers there.
Routes: TypeAlias = dict[str, Route]


def always(answer: Answer) -> Route:
    """The same answer, whatever the query."""
    return lambda _ask: answer


def place(url: str) -> str:
    """The key of an address in :data:`Routes`: host and decoded path."""
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(url)
    return f"{parts.hostname}{unquote(parts.path) or '/'}"


def redirect(url: str, status: int = 301) -> Answer:
    """The way to another address."""
    return Answer(status=status, headers={"Location": url})
