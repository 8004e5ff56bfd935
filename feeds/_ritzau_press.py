"""A press-release service of the platform behind Via Ritzau: one function, a host for each service.

``kommunikasjon.ntb.no``, ``via.tt.se`` and ``www.sttinfo.fi`` run on the same platform, and each address here was seen
on two or three of the four. Another service is a file with another ``press_service(…)``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from articles.errors import Malformed, SourceError
from articles.model import Entry, Licence, Problem
from articles.ports import Cursor, Exchange, Feed, Occasion, Polled, Rejected, Request, Response, Silence
from feeds import _answers, _html, _rss, _time

_JSON = "application/json"
_RSS = "application/rss+xml, application/xml;q=0.9, text/xml;q=0.8"
_SUMMARY = 2000  # characters; a lead is some hundred
_REMEMBERED = 300  # numbers of releases that came with their text: twelve times what the RSS shows
_FULL = "in_full"  # the cursor's word for them

_KNOWN = frozenset({
    *("releases", "id", "title", "url", "Url", "leadtext", "body", "keywords", "published", "publisher"),
    *("video", "logos"),
})

#: /pressemeddelelse/15194749/slug, ?releaseId=10831953 in older addresses, #sm-15002803 of a short message.
_SHORT = re.compile(r"sm-(\d{1,12})")
_EMPHASIS = re.compile(r"</?(?:a|b|em|i|span|strong|u)\b[^<>]*>", re.IGNORECASE)
_IN_PATH = re.compile(r"/(\d{4,12})(?:/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    name: str
    home: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one of the service's lists brought."""

    entries: tuple[Entry, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    problems: tuple[Problem, ...] = ()
    unknown: frozenset[str] = field(default_factory=frozenset)
    unchanged: bool = False
    failure: SourceError | None = None


def press_service(
    name: str, host: str, *, title: str, language: str, schedule: str, silent_after: Silence, dossier: str
) -> Feed:
    """The feed of one service. ``language`` is what its texts are in where their address does not say."""
    service = _Service(name=name, home=f"https://{host}", language=language)

    def poll(cursor: Cursor, _occasion: Occasion) -> Exchange[Polled]:
        return _poll(service, cursor)

    return Feed(
        name=name,
        title=title,
        poll=poll,
        schedule=schedule,
        silent_after=silent_after,
        licence=Licence.PRESS_RELEASE,
        homepage=f"{service.home}/",
        dossier=dossier,
    )


def _poll(service: _Service, cursor: Cursor) -> Exchange[Polled]:
    """The texts first, then what stands in the RSS alone. A list that fails is a problem beside the others."""
    texts = yield from _part(f"{service.home}/json/v2/releases", _JSON, lambda answer: _texts(answer, service))
    pointers = yield from _part(f"{service.home}/rss/releases/latest", _RSS, lambda answer: _list(answer, service))
    short = yield from _part(f"{service.home}/rss/short-messages/latest", _RSS, lambda answer: _list(answer, service))
    parts = (texts, pointers, short)
    failures = [part.failure for part in parts if part.failure]
    if len(failures) == len(parts):
        raise failures[0]
    full = {entry.guid for entry in texts.entries} | set(cursor.state.get(_FULL, "").split())
    alone: dict[str, Entry] = {}
    for entry in (*pointers.entries, *short.entries):
        if entry.guid not in full:
            alone.setdefault(entry.guid, entry)
    return Polled(
        entries=(*texts.entries, *alone.values()),
        cursor=_cursor(full),
        rejected=tuple(rejected for part in parts for rejected in part.rejected),
        problems=tuple(problem for part in parts for problem in part.problems),
        unchanged=all(part.unchanged for part in parts),
        unknown_fields=tuple(sorted(texts.unknown)),
    )


def _cursor(full: Iterable[str]) -> Cursor:
    """Remembers what came with its text: the RSS shows it longer, and must not make a poorer version of it."""
    newest = sorted((guid for guid in full if guid.isdecimal()), key=int, reverse=True)[:_REMEMBERED]
    return Cursor(state={_FULL: " ".join(newest)} if newest else {})


def _part(url: str, accept: str, read: Callable[[Response], _Part]) -> Exchange[_Part]:
    try:
        answer = yield Request(url=url, accept=accept)
        return _Part(unchanged=True) if answer.unchanged else read(answer)
    except SourceError as error:
        return _Part(failure=error, problems=(_answers.problem(error),))


# ---------------------------------------------------------------- JSON v2: the texts


def _texts(answer: Response, service: _Service) -> _Part:
    found = _answers.read_json(answer)
    releases = found.get("releases") if isinstance(found, dict) else None
    if not isinstance(releases, list):
        raise Malformed("answers with JSON that has no releases in it; look at it by hand", subject=answer.url)
    read = [_release(release, service) for release in releases]
    names = set(found).union(*(release for release in releases if isinstance(release, dict)))
    return _Part(
        entries=tuple(item for item in read if isinstance(item, Entry)),
        rejected=tuple(item for item in read if isinstance(item, Rejected)),
        unknown=frozenset(_html.line(name) for name in names - _KNOWN),
    )


def _release(release: object, service: _Service) -> Entry | Rejected:
    if not isinstance(release, dict):
        return _rejected({"release": str(release)[:200]}, "is no release")
    number = _number(release.get("id"))
    url = _html.web_address(release.get("url") or release.get("Url"), service.home)
    title, body_html = _html.line(release.get("title")), _text_of(release)
    if not number:
        return _rejected(release, "has no number")
    if not (url or body_html):
        return _rejected(release, "has neither a text nor an address")
    published_raw = _html.line(release.get("published"))
    published_at = _time.instant(published_raw)
    return Entry(
        feed=service.name,
        guid=number,
        url=url,
        title=title,
        summary=_html.beginning(_plain(release.get("leadtext")), _SUMMARY),
        body_html=body_html,
        published_at=published_at,
        published_raw=published_raw,
        language=_language(url) or service.language,
        licence=Licence.PRESS_RELEASE,
        publisher=_publisher(release.get("publisher")),
        form="release",
        keywords=_keywords(release.get("keywords")),
        note=_note(published_at is not None),
    )


def _text_of(release: Mapping[str, Any]) -> str:
    """Lead and body as one, the lead once."""
    lead, body = _html.html(release.get("leadtext")), _html.html(release.get("body"))
    if not lead or _letters(body).startswith(_letters(lead)):
        return body
    return f"<div>{lead}</div>{body}"


def _plain(markup: object) -> str:
    """One line; emphasis within a word or before a full stop leaves no space."""
    return _html.line(_EMPHASIS.sub("", markup)) if isinstance(markup, str) else ""


def _letters(markup: str) -> str:
    return "".join(_html.line(markup).split()).casefold()


def _publisher(publisher: object) -> str:
    return _html.line(publisher.get("name")) if isinstance(publisher, dict) else ""


def _keywords(keywords: object) -> tuple[str, ...]:
    """A list; a text with commas in the website's own answers."""
    listed = keywords.split(",") if isinstance(keywords, str) else keywords if isinstance(keywords, list) else []
    named = (_html.line(keyword) for keyword in listed)
    return tuple(dict.fromkeys(keyword for keyword in named if 0 < len(keyword) <= 80))[:20]


def _number(raw: object) -> str:
    """The release's number as digits; ``""`` for anything else."""
    found = str(raw).strip() if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
    return found if re.fullmatch(r"[0-9]{1,12}", found) else ""


def _rejected(release: Mapping[str, Any], why: str) -> Rejected:
    """Kept with what names it; contacts, where there are any, are persons."""
    kept = {name: release[name] for name in ("release", "id", "title", "url", "Url", "published") if name in release}
    raw = json.dumps(kept, ensure_ascii=False, default=str)[:2000]
    title = _html.beginning(_html.line(release.get("title")), 60)
    detail = f"{f'“{title}”' if title else 'an item of the list'} {why}; look at it at its source"
    return Rejected(
        guid=_number(release.get("id")) or hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest()[:32],
        raw=_html.without_controls(raw),
        problem=Problem(stage="poll", kind=Malformed.kind, detail=detail),
    )


# ---------------------------------------------------------------- RSS: pointers, and short messages


def _list(answer: Response, service: _Service) -> _Part:
    listing = _rss.read(answer)
    return _Part(
        entries=tuple(_pointer(item, service) for item in listing.items),
        rejected=listing.rejected,
        problems=listing.problems,
    )


def _pointer(item: _rss.Item, service: _Service) -> Entry:
    number = _number_in(item.link) or _number_in(_html.web_address(item.guid))
    short = _SHORT.fullmatch(urlsplit(item.link).fragment) is not None
    return Entry(
        feed=service.name,
        guid=number or item.guid,
        url=item.link,
        title=item.title,
        summary=item.summary,
        published_at=item.published_at,
        published_raw=item.published_raw,
        language=_language(item.link) or service.language,
        licence=Licence.PRESS_RELEASE,
        form="short message" if short else "release",
        keywords=item.keywords,
        note=_note(item.published_at is not None),
    )


def _number_in(address: str) -> str:
    parts = urlsplit(address)
    short, in_path = _SHORT.fullmatch(parts.fragment), _IN_PATH.search(parts.path)
    if short:
        return short[1]
    named = parse_qs(parts.query).get("releaseId", [""])[0]
    return _number(named) or (in_path[1] if in_path else "")


def _language(address: str) -> str:
    """What the address claims; Greenlandic was seen under ``lang=da``, so the text decides."""
    claimed = parse_qs(urlsplit(address).query).get("lang", [""])[0].lower()
    return claimed if re.fullmatch(r"[a-z]{2}", claimed) else ""


def _note(dated: bool) -> str:
    return "" if dated else "the list gives no date that can be read"
