"""One function a page: it reads the address, asks, and answers. They run in threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from articles.errors import DefectorwatchError, LedgerError, QueryError
from articles.model import Article, State
from articles.ports import Hit, Query
from pipeline import gold
from portal import _asked, _exports, _look, _said, _search, _show, _why, _words
from portal._asked import Asked
from portal._desk import Desk
from portal._said import Given

if TYPE_CHECKING:
    from ledger.store import Correction

_log = logging.getLogger(__name__)

_LONGEST_WHAT = 2000  # characters of an address that is asked about
_IN_THREAD = 50
_QUARANTINED = 50


def search(desk: Desk, request: Request) -> Response:
    """``/``: what was found, or what is wrong with what was asked."""
    params = request.query_params.multi_items()
    asked, wrong = _asked.read(params)
    if not wrong and any(not value.strip() for _, value in params):  # a form sends its empty fields along
        return RedirectResponse(f"{_look.root(request)}?{_asked.address(asked)}".rstrip("?"), 302)
    answer, broken = None, None
    if not wrong:
        try:
            answer = _search.answer(desk, asked)
        except QueryError as error:
            broken = _search.broken(asked.text, error)
    sources, all_fresh = _search.sources(desk)
    return _look.page(
        desk,
        request,
        "search.html",
        status=200 if answer else 400,
        asked=asked,
        address=lambda **changes: _asked.address(asked, **changes),
        answer=answer,
        wrong=wrong,
        broken=broken,
        chips=_search.chips(desk, asked),
        sources=sources,
        all_fresh=all_fresh,
        most_values=_search.VALUES,
        both=_asked.BOTH,
        longest=_asked.LONGEST,
        bare=_asked.address(Asked(text=asked.text, decisions=asked.decisions)),
        thread_address=lambda thread: _asked.address(Asked(thread=thread, decisions=_asked.BOTH)),
    )


def hit(desk: Desk, request: Request) -> Response:
    """``/hit/{id}``: one hit whole, as its licence allows, with its thread and what people said of its verdict."""
    found = _hit(desk, request)
    if isinstance(found, Response):
        return found
    return _whole(desk, request, found, Given(by=_said.remembered(request.cookies.get(_said.COOKIE, ""))))


def say(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    """``POST /hit/{id}``: files what a person says, and leads back to the page."""
    found = _hit(desk, request)
    if isinstance(found, Response):
        return found
    given = _said.given(form)
    if given.wrong:
        return _whole(desk, request, found, given, status=400)
    desk.correct(found, given.on_topic, by=given.by, note=given.note, version=given.version)
    answer = RedirectResponse(f"./{quote(found.id, safe='')}#said", 303)
    answer.set_cookie(
        _said.COOKIE,
        _said.cookie(given.by),
        max_age=_said.KEPT_S,
        path=None,  # the folder of the page as the browser sees it: right under any prefix of a proxy
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


def _hit(desk: Desk, request: Request) -> Hit | Response:
    """The hit that an address names, or the page that says that it is gone."""
    hit_id = _asked.words(request.path_params["hit_id"])
    found = desk.hit(hit_id) if len(hit_id) <= _LONGEST_WHAT else None
    return found or _look.page(desk, request, "gone.html", status=404, hit_id=hit_id[:200])


def _whole(desk: Desk, request: Request, found: Hit, given: Given, *, status: int = 200) -> Response:
    thread, total = _search.thread(desk, found.thread, size=_IN_THREAD) if found.thread else ((), 0)
    others = [other.hit for other in thread if other.hit.id != found.id]
    return _look.page(
        desk,
        request,
        "hit.html",
        status=status,
        shown=_show.whole(found, desk.now()),
        facets=_show.facets(found, desk.now()),
        hit=found,
        said=_said_of(desk, found),
        said_words=partial(_said.words, now=desk.now(), zone=desk.zone),
        said_word=_said.word,
        given=given,
        longest_name=gold.LONGEST_NAME,
        longest_note=gold.LONGEST_NOTE,
        others=others,
        others_in_all=max(0, total - 1),
        thread_address=_asked.address(Asked(thread=found.thread, decisions=_asked.BOTH)),
    )


def _said_of(desk: Desk, found: Hit) -> list[Correction] | None:
    """``None`` where the ledger cannot tell: the hit itself is shown all the same."""
    try:
        return desk.said(found.id)
    except LedgerError as error:
        _log.warning("what was said of %s cannot be told: %s", found.id, error)
        return None


def why(desk: Desk, request: Request) -> Response:
    """``/why?what=``: where an item is, and why it is (not) a hit."""
    what = _asked.words(request.query_params.get("what", ""))
    too_long = len(what) > _LONGEST_WHAT
    lives = [_life(desk, article) for article in desk.ledger.find(what)] if what and not too_long else []
    return _look.page(
        desk,
        request,
        "why.html",
        status=400 if too_long else 404 if what and not lives else 200,
        what=what[:_LONGEST_WHAT],
        too_long=too_long,
        lives=lives,
    )


def _life(desk: Desk, article: Article) -> _why.Life:
    cut = desk.cut(article.verdict) if article.verdict else None
    return _why.life(article, desk.ledger.versions(article.id), cut)


def feeds(desk: Desk, request: Request) -> Response:
    """``/feeds``: how each feed stands, and in which state its items are."""
    counts = desk.ledger.states()
    health = sorted(desk.health(), key=lambda line: (line.fresh, line.title.casefold()))
    rows = [_feed(desk, line, counts.get(line.feed, {})) for line in health]
    return _look.page(
        desk,
        request,
        "feeds.html",
        rows=rows,
        totals=_cells({state: sum(by.get(state, 0) for by in counts.values()) for state in State}),
        fresh=sum(line.fresh for line in health),
        waiting={stage.value: count for stage, count in desk.ledger.backlog().items()},
        judging=desk.judging(),
        quarantined=desk.ledger.quarantined(limit=_QUARANTINED),
    )


def _feed(desk: Desk, line: Any, counts: dict[State, int]) -> dict[str, Any]:
    feed = desk.at.feed(line.feed)
    return {"line": line, "homepage": feed.homepage, "schedule": feed.schedule, "cells": _cells(counts)}


def _cells(counts: dict[State, int]) -> list[tuple[str, int]]:
    """A count for each column, and what is under way."""
    known = [(name, counts.get(state, 0)) for state, name in _words.STATES.items()]
    return [*known, ("under way", sum(count for state, count in counts.items() if state not in _words.STATES))]


# ---------------------------------------------------------------- for machines


def health(desk: Desk, _: Request) -> Response:
    """``/health``: 200 while searches can be answered and the ledger can be asked, else 503."""
    parts = {"index": lambda: desk.search(Query(decisions=_asked.BOTH, size=1)).total, "ledger": desk.ledger_states}
    found: dict[str, Any] = {}
    for name, ask in parts.items():
        try:
            ask()
            found[name] = "well"
        except DefectorwatchError as error:
            found[name] = error.kind
    well = set(found.values()) == {"well"}
    if found["ledger"] == "well":
        lines = desk.health()
        found["feeds"] = {"all": len(lines), "not_fresh": [line.feed for line in lines if not line.fresh]}
    return JSONResponse({"status": "well" if well else "unwell", **found}, 200 if well else 503)


def _export(make: Callable[[Desk, Asked], bytes], media_type: str, filename: str = "") -> Callable[..., Response]:
    def export(desk: Desk, request: Request) -> Response:
        asked, wrong = _asked.read(request.query_params.multi_items())
        if wrong:
            return PlainTextResponse("".join(f"{name}: {sentence}\n" for name, sentence in wrong.items()), 400)
        headers = {"content-disposition": f'attachment; filename="{filename}"'} if filename else {}
        return Response(make(desk, asked), headers=headers, media_type=media_type)

    return export


rss = _export(_exports.as_rss, "application/rss+xml; charset=utf-8")
csv = _export(_exports.as_csv, "text/csv; charset=utf-8", "hits.csv")
json = _export(_exports.as_json, "application/json", "hits.json")
