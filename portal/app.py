"""The search page as an ASGI application: ``uvicorn portal.app:create --factory``, or ``defectorwatch portal``.

====================  =====================================================================
``/``                 search: words, filters, days, hits with their evidence
``/hit/ID``           one hit as far as its licence allows, with its thread and what people said of its verdict
``/why?what=``        where an item is, and why it is (not) a hit
``/feeds``            how each feed stands, and in which state every item is
``/search.rss``       a search to follow; ``/search.csv`` and ``/search.json`` to take along
``/health``           for machines: 200, or 503 where index or ledger do not answer
====================  =====================================================================

It needs no script and has no login: that is the proxy's before it. It only reads, but for the form on a hit's page,
``POST /hit/ID``, which files what a person says of a verdict and remembers the name in a cookie.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import anyio
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from articles.errors import DefectorwatchError, LedgerError, QueryError, SearchIndexError
from pipeline.runtime import Runtime, open_runtime
from portal import _guard, _look, _pages
from portal._desk import Desk

#: Seconds that index and ledger have for one page; then the page says that they are slow.
PATIENCE_S = 15.0

_PAGES: dict[str, Callable[[Desk, Request], Response]] = {
    "/": _pages.search,
    "/hit/{hit_id}": _pages.hit,
    "/why": _pages.why,
    "/feeds": _pages.feeds,
    "/search.rss": _pages.rss,
    "/search.csv": _pages.csv,
    "/search.json": _pages.json,
    "/health": _pages.health,
}
_FORMS: dict[str, Callable[[Desk, Request, Mapping[str, str]], Response]] = {"/hit/{hit_id}": _pages.say}
_FOR_MACHINES = (".rss", ".csv", ".json", "/health")

_log = logging.getLogger(__name__)


def create(runtime: Runtime | None = None, *, patience_s: float = PATIENCE_S) -> FastAPI:
    """The application over this process's runtime, or over the one given."""
    desk = Desk(runtime or open_runtime())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if runtime is None:
            desk.close()

    app = FastAPI(title="defectorwatch", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    for path, page in _PAGES.items():
        app.add_route(path, _answering(desk, page, patience_s), methods=["GET"])
    for path, taken in _FORMS.items():
        app.add_route(path, _taking(desk, taken, patience_s), methods=["POST"])
    app.mount("/static", StaticFiles(directory=_look.STATIC))
    app.add_exception_handler(HTTPException, _refusing(desk))
    app.add_middleware(_guard.Guard, portal_url=desk.portal_url)
    return app


def _answering(
    desk: Desk, page: Callable[[Desk, Request], Response], patience_s: float
) -> Callable[[Request], Awaitable[Response]]:
    """The page made in a thread; every failure is a page as well."""

    async def answer(request: Request) -> Response:
        try:
            with anyio.fail_after(patience_s):
                return await anyio.to_thread.run_sync(page, desk, request, abandon_on_cancel=True)
        except TimeoutError:
            return _problem(desk, request, 503, "The search index or the ledger is slow to answer; try again soon.")
        except QueryError as error:
            return _problem(desk, request, 400, _sentence(error))
        except DefectorwatchError as error:
            _log.warning("%s: %s", request.url.path, error)
            return _problem(desk, request, 503, _sentence(error))
        except Exception:  # the edge: whatever it is goes to the log, and a reader gets a sentence
            _log.exception("%s failed", request.url.path)
            return _problem(desk, request, 500, "This page has failed; the log of the portal says why.")

    return answer


def _taking(
    desk: Desk, page: Callable[[Desk, Request, Mapping[str, str]], Response], patience_s: float
) -> Callable[[Request], Awaitable[Response]]:
    """The form read whole, and then a page like any other."""

    async def take(request: Request) -> Response:
        try:
            with anyio.fail_after(patience_s):
                form = await _guard.form(request)
        except TimeoutError:
            raise HTTPException(408, "The form did not arrive; send it again") from None
        return await _answering(desk, lambda desk, request: page(desk, request, form), patience_s)(request)

    return take


def _refusing(desk: Desk) -> Callable[[Request, Any], Awaitable[Response]]:
    async def refuse(request: Request, error: HTTPException) -> Response:
        sentence = "There is no such page." if error.status_code == 404 else f"{error.detail}."
        return _problem(desk, request, error.status_code, sentence)

    return refuse


def _problem(desk: Desk, request: Request, status: int, sentence: str) -> Response:
    if request.url.path.endswith(_FOR_MACHINES):
        return PlainTextResponse(f"{sentence}\n", status)
    return _look.page(
        desk, request, "problem.html", status=status, sentence=sentence, heading=HTTPStatus(status).phrase
    )


def _sentence(error: DefectorwatchError) -> str:
    """For whoever reads the page; the subject, an address or a folder of the server, is in the log."""
    whose = {SearchIndexError.kind: "the search index", LedgerError.kind: "the ledger"}.get(error.kind, "")
    words = error.detail.removesuffix(".")
    if whose not in words:
        words = f"{whose}: {words}"
    return f"{words[:1].upper()}{words[1:]}."
