"""From values to pages: the templates, and what they may do with a value."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from articles.ports import Marked
from portal import _show, _words
from portal._desk import Desk

STATIC = Path(__file__).parent / "static"


def page(desk: Desk, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """One page. Links in it are relative, so that it works under any prefix of a proxy."""
    shared = {
        "root": root(request),
        "here": _path(request),
        "stamp": _stamp(),
        "moment": partial(_words.moment, zone=desk.zone),
        "source": desk.title,
        "zone": desk.zone.key,
    }
    html = _environment().get_template(template).render({**shared, **values})
    return HTMLResponse(html, status)


def root(request: Request) -> str:
    """The way from this page to the first one."""
    return "../" * (_path(request).count("/") - 1) or "./"


def _path(request: Request) -> str:
    """As the browser sees it: still quoted."""
    path: str = (request.scope.get("raw_path") or request.scope["path"].encode()).decode("latin-1")
    return path.removeprefix(request.scope.get("root_path", ""))


def marked(passage: Marked) -> Markup:
    """The passage escaped, its matches in ``<mark>``."""
    pieces: list[Markup] = []
    at = 0
    for start, end in _show.tidy(passage).marks:
        pieces += [escape(passage.text[at:start]), Markup("<mark>%s</mark>") % passage.text[start:end]]
        at = end
    return Markup("").join([*pieces, escape(passage.text[at:])])


def said(detail: str) -> Markup:
    """A recorded sentence without the address that it begins with, which the page names anyway; commands as code."""
    words = re.sub(r"^https?://\S+: ", "", _show.plain(detail))
    pieces = words.split("`") if words.count("`") % 2 == 0 else [words]
    return Markup("").join(
        Markup("<code>%s</code>") % piece if n % 2 else escape(piece) for n, piece in enumerate(pieces)
    )


@lru_cache(maxsize=1)
def _stamp() -> str:
    """Changes with the style, so that a browser never keeps an old one."""
    return hashlib.sha256((STATIC / "portal.css").read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("portal"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters: dict[str, Any] = {
        "marked": marked,
        "said": said,
        "spaced": _words.spaced,
        "plain": _show.plain,
        "web_address": _show.web_address,
        "host": _show.host,
        "language_code": _show.language_code,
        "language": _words.language,
        "percent": _words.percent,
        "counted": _words.counted,
        "day": _words.day,
    }
    made.filters.update(filters)
    made.globals.update(badges=_words.BADGES, decisions=_words.DECISIONS, states=_words.STATES, stands=_words.STANDS)
    return made
