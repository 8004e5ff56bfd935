"""What holds for every answer: it only reads, and a browser is told to run nothing and load nothing from elsewhere."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READS = ("GET", "HEAD")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",  # a source need not know what was searched for
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-robots-tag": "noindex, nofollow",  # licensed texts do not belong in a search engine
}

_SHARED_BY_NOBODY = "private, no-cache"
_STYLE = "public, max-age=3600"


class Guard:
    """ASGI middleware, the outermost of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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

        if scope["method"] in READS:
            await self.app(scope, receive, guarded)
        else:
            refusal = PlainTextResponse("This page only reads; ask with GET.\n", 405, {"allow": ", ".join(READS)})
            await refusal(scope, receive, guarded)
