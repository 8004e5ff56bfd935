"""What holds for every request and answer: who may write, and that a browser runs nothing and loads nothing from
elsewhere.

All pages only read, but for the form on a hit's page. It is taken from this site's own pages only: there is no login to
protect, but nobody shall speak in another's name because he follows a link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READS = ("GET", "HEAD")

#: Bytes of a form: a name and a note of the longest, each character as twelve.
MOST = 8_192
_MOST_FIELDS = 10

_FORM = re.compile(r"/hit/[^/]+")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # a source need not know what was searched for; "no-referrer" would take the origin from our own form as well
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-robots-tag": "noindex, nofollow",  # licensed texts do not belong in a search engine
}

_SHARED_BY_NOBODY = "private, no-cache"
_STYLE = "public, max-age=3600"


class Guard:
    """ASGI middleware, the outermost of ours. ``portal_url`` is the site's address for people, before any proxy."""

    def __init__(self, app: ASGIApp, portal_url: str = "") -> None:
        self.app = app
        self._host = urlsplit(portal_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        caching = _STYLE if "/static/" in scope["path"] else _SHARED_BY_NOBODY

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("cache-control", caching if message["status"] < 400 else "no-store")
            await send(message)

        await (self._refusal(scope) or self.app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        if scope["method"] in READS:
            return None
        form = _FORM.fullmatch(scope["path"].removeprefix(scope.get("root_path", ""))) is not None
        if scope["method"] != "POST" or not form:
            allowed = ", ".join((*READS, "POST") if form else READS)
            return PlainTextResponse("This page only reads; ask with GET.\n", 405, {"allow": allowed})
        if not _from_here(Headers(scope=scope), self._host):
            sentence = "This form was not sent from its own page; open the hit and send it from there.\n"
            return PlainTextResponse(sentence, 403)
        return None


def _from_here(headers: Headers, host: str) -> bool:
    """What the browser itself says of where a form comes from. Where it says nothing, nobody knows."""
    if site := headers.get("sec-fetch-site"):
        return site == "same-origin"
    origin = headers.get("origin", "").partition("://")[2]  # browsers of old, and pages without TLS
    return bool(origin) and origin in {headers.get("host"), host}


async def form(request: Request) -> Mapping[str, str]:
    """The fields of a small form; of several of one name the last. ``HTTPException`` where it is none."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "This is no form; send it from the hit's page")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            raise HTTPException(413, "This form is too long; shorten the note")
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise HTTPException(400, "This form has too many fields; send it from the hit's page") from None
