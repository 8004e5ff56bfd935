"""The European Parliament's Open Data API v2: lists of stubs, details in batches, values that come in many shapes."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from articles.errors import Malformed, Refused, SourceError, SourceFault
from articles.ports import Exchange, Request
from feeds import _answers

Record: TypeAlias = Mapping[str, Any]

HOST = "https://data.europarl.europa.eu"
API = f"{HOST}/api/v2"
BATCH = 25  # ids in one address; 30 are served
PAUSE_S = 1.0  # ten requests in a few seconds were seen to be cut off; 500 in five minutes are allowed
_JSON = "application/ld+json"  # without it the answer is RDF/XML
_LIST_S, _DETAIL_S = 120.0, 60.0  # seconds; lists were measured at up to two minutes
_LAST_OFFSET = 10_000  # beyond it the server answers 404
_MOST_PAGES = 40
_GONE = frozenset({404, 410})
_TOO_MANY_AT_ONCE = frozenset({400, 404, 410, 414})  # a batch is asked for one by one then
MOST_FAULTS = 2  # failures after which a part is left for the next poll

LANGUAGES = {
    "BUL": "bg",
    "CES": "cs",
    "DAN": "da",
    "DEU": "de",
    "ELL": "el",
    "ENG": "en",
    "EST": "et",
    "FIN": "fi",
    "FRA": "fr",
    "GLE": "ga",
    "HRV": "hr",
    "HUN": "hu",
    "ITA": "it",
    "LAV": "lv",
    "LIT": "lt",
    "MLT": "mt",
    "NLD": "nl",
    "POL": "pl",
    "POR": "pt",
    "RON": "ro",
    "SLK": "sk",
    "SLV": "sl",
    "SPA": "es",
    "SWE": "sv",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """``records`` by id. ``gone``: listed, but not there. ``faults``: what failed; the rest is asked for next time."""

    records: Mapping[str, Record] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    faults: tuple[SourceError, ...] = ()


def listed(path: str, params: Mapping[str, str], size: int) -> Exchange[list[Record]]:
    """All of a list, each record once, in pages of ``size`` or of what the server makes of that.

    It ends where its total is reached, where nothing is left (204, or 404 behind the first page), or where a page
    brings nothing new.
    """
    found: dict[str, Record] = {}
    offset = 0
    for _ in range(_MOST_PAGES):
        window = {"offset": str(offset), "limit": str(size)}
        try:
            rows, total = yield from _ask(path, {**params, **window}, _LIST_S)
        except Refused as error:
            if offset and error.status == 404:
                break
            raise
        before = len(found)
        found.update((identifier(row), row) for row in rows)
        offset += len(rows)
        if len(found) == before or offset >= min(total or _LAST_OFFSET, _LAST_OFFSET):
            break
    return list(found.values())


def details(path: str, ids: Sequence[str], params: Mapping[str, str] | None = None) -> Exchange[Details]:
    """The records with these ids. A batch that is refused is asked for one by one, so that one id spoils no other."""
    waiting = deque(ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    records: dict[str, Record] = {}
    gone: list[str] = []
    faults: list[SourceError] = []
    while waiting and len(faults) < MOST_FAULTS:
        batch = waiting.popleft()
        try:
            rows, _ = yield from _ask(f"{path}/{','.join(batch)}", params or {}, _DETAIL_S)
        except SourceError as error:
            status = error.status if isinstance(error, Refused) else 0
            if len(batch) > 1 and (status in _TOO_MANY_AT_ONCE or isinstance(error, SourceFault)):
                waiting.extendleft([one] for one in reversed(batch))
            elif status in _GONE:
                gone += batch
            else:
                faults.append(error)
        else:
            found = {identifier(row): row for row in rows}
            records.update(found)
            left = [one for one in batch if one not in found]
            if len(batch) > 1:
                waiting.extendleft([one] for one in reversed(left))
            else:
                gone += left
    return Details(records=records, gone=tuple(gone), faults=tuple(faults))


def _ask(path: str, params: Mapping[str, str], timeout_s: float) -> Exchange[tuple[list[Record], int | None]]:
    """Rows and, where the answer tells it, how many there are in all."""
    answer = yield Request(
        url=f"{API}/{path}",
        params={**params, "format": _JSON},
        accept=_JSON,
        timeout_s=timeout_s,
        conditional=False,
        pause_s=PAUSE_S,
    )
    if answer.status == 204:
        return [], 0
    if not answer.body.strip():
        detail = "answers 200 with nothing in it, as it does when asked too often; it is tried again"
        raise SourceFault(detail, subject=answer.url)
    found = _answers.read_json(answer)
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list | dict):
        raise Malformed("answers JSON without `data`; look at it by hand", subject=answer.url)
    total = text(_one_record(found.get("meta")).get("total"))
    return records(rows), int(total) if re.fullmatch(r"[0-9]{1,9}", total) else None


# ---------------------------------------------------------------- values


def text(value: object) -> str:
    """A string, the first of a list of them, or the ``@value`` of an object; numbers as they are written."""
    if isinstance(value, list):
        return next((found for one in value if (found := text(one))), "")
    if isinstance(value, dict):
        return text(value.get("@value"))
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def records(value: object) -> list[Record]:
    """An object or a list of them."""
    many = value if isinstance(value, list) else [value]
    return [one for one in many if isinstance(one, dict)]


def _one_record(value: object) -> Record:
    return next(iter(records(value)), {})


def tail(value: object) -> str:
    """The last part of an id: ``eli/dl/doc/E-10-2026-004411`` is ``E-10-2026-004411``."""
    return (text(value.get("id")) if isinstance(value, dict) else text(value)).rstrip("/").rpartition("/")[2]


def identifier(row: Record) -> str:
    """The name by which a detail is asked for."""
    return text(row.get("activity_id")) or text(row.get("identifier")) or tail(row)


def language(value: object) -> str:
    """ISO 639-1 of an authority's address (``…/authority/language/DEU``); ``""`` for any other."""
    return LANGUAGES.get(tail(value).upper(), "")


def by_language(value: object) -> dict[str, str]:
    """Wordings by language: ``{"en": "…"}``; a bare string is ``{"": "…"}``."""
    if not isinstance(value, dict):
        return {"": text(value)} if text(value) else {}
    pairs: Iterator[tuple[str, str]] = ((str(code).lower(), text(wording)) for code, wording in value.items())
    return {code: wording for code, wording in pairs if wording}


def wording(value: object, *languages: str) -> str:
    """The wording in the first of these languages that there is, else in English, else in any."""
    found = by_language(value)
    return next((found[code] for code in (*languages, "en", *sorted(found)) if found.get(code)), "")
