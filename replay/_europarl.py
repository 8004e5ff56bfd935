"""The European Parliament's Open Data API v2: questions with PDFs, adopted texts, speeches with their text.

Lists give stubs (id, type, work type, identifier, label) and a detail gives the rest. A speech's text stands in
``recorded_in_a_realization_of[0]["api:xmlFragment"]``, by language; a fragment whose ``xml:lang`` has ``-t-`` in it
is a machine translation. Shapes as recorded in July 2026.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from replay._answers import PDF, Answer, Ask, Route, Routes, always, place
from replay._pdf import pdf
from replay.day import Item, of

_HOST = "https://data.europarl.europa.eu"
_API = f"{_HOST}/api/v2"
_LD = "application/ld+json; charset=utf-8"
_CONTEXT = [{"data": "@graph", "@base": f"{_HOST}/"}, f"{_API}/context.jsonld"]
_LANGUAGE = "http://publications.europa.eu/resource/authority/language/"
_CODES = {"da": "DAN", "de": "DEU", "en": "ENG", "fr": "FRA", "sv": "SWE", "pl": "POL"}
_PDF_TYPE = "https://www.iana.org/assignments/media-types/application/pdf"


def routes() -> Routes:
    """Lists, details and files."""
    found: Routes = {
        place(f"{_API}/parliamentary-questions"): partial(_listed, _of("question"), _stub),
        place(f"{_API}/adopted-texts"): partial(_listed, _of("adopted text"), _stub),
        place(f"{_API}/speeches"): partial(_listed, _of("speech"), _speech),
    }
    for item in (*_of("question"), *_of("adopted text")):
        kind = "parliamentary-questions" if item.form == "question" else "adopted-texts"
        found[place(f"{_API}/{kind}/{item.key}")] = always(_answer([_work(item)]))
        found[place(f"{_HOST}/{_file(item)}")] = _document(item)
    for item in _of("speech"):
        found[place(f"{_API}/speeches/{_activity(item)}")] = partial(_listed, [item], _speech)
    return found


def _of(form: str) -> list[Item]:
    return [item for item in of("europarl") if item.form == form]


def _listed(chosen: Sequence[Item], shown: Callable[[Item, Ask], dict[str, Any]], ask: Ask) -> Answer:
    """A page of a list; 204 where nothing is left, as the API's description says."""
    kept = [item for item in chosen if _within(item, ask)]
    offset, limit = int(ask.query.get("offset", "0")), int(ask.query.get("limit", "50"))
    rows = [shown(item, ask) for item in kept[offset : offset + limit]]
    return _answer(rows, total=len(kept)) if rows else Answer(status=204, media_type=_LD)


def _within(item: Item, ask: Ask) -> bool:
    assert item.at is not None
    first = ask.query.get("sitting-date", "")
    last = ask.query.get("sitting-date-end", first)
    day = f"{item.at:%Y-%m-%d}"
    types = ask.query.get("work-type", "")
    return all((
        str(item.at.year) in ask.query.get("year", str(item.at.year)).split(","),
        not first or first <= day <= last,
        not types or str(item.more.get("work_type")) in types.split(","),
    ))


def _answer(rows: list[dict[str, Any]], total: int | None = None) -> Answer:
    body: dict[str, Any] = {"data": rows, "@context": _CONTEXT}
    if total is not None:
        body["meta"] = {"total": total}
    return Answer(body=json.dumps(body, ensure_ascii=False).encode(), media_type=_LD, gzip=True)


# ---------------------------------------------------------------- documents


def _stub(item: Item, _ask: Ask) -> dict[str, Any]:
    return {
        "id": f"eli/dl/doc/{item.key}",
        "type": "Work",
        "work_type": f"def/ep-document-types/{item.more['work_type']}",
        "identifier": item.key,
        "label": item.key,
    }


def _work(item: Item) -> dict[str, Any]:
    """A document with its one language version and the PDF of it."""
    assert item.at is not None
    language = item.language
    expression = {
        "id": f"eli/dl/doc/{item.key}/{language}",
        "type": "Expression",
        "language": _LANGUAGE + _CODES[language],
        "title": {language: item.title},
        "title_alternative": {language: f"{item.more['subtitle']} - {item.publisher}"},
        "is_embodied_by": [
            {
                "id": f"eli/dl/doc/{item.key}/{language}/pdf",
                "type": "Manifestation",
                "media_type": _PDF_TYPE,
                "issued": item.at.isoformat(),
                "byteSize": str(len(_printed(item))),
                "is_exemplified_by": _file(item),
            }
        ],
    }
    return {
        "id": f"eli/dl/doc/{item.key}",
        "type": "Work",
        "work_type": f"def/ep-document-types/{item.more['work_type']}",
        "identifier": item.key,
        "parliamentary_term": "org/ep-10",
        "document_date": f"{item.at:%Y-%m-%d}",
        "creator": [item.more.get("creator", "person/990001")],
        "title_dcterms": {language: item.title},
        "originalLanguage": [_LANGUAGE + _CODES[language]],
        "is_realized_by": [expression],
    }


def _file(item: Item) -> str:
    return f"distribution/reds_iReplay/{item.key}/{item.key}_{item.language}.pdf"


def _document(item: Item) -> Route:
    return lambda _ask: Answer(body=_printed(item), media_type=PDF)


def _printed(item: Item) -> bytes:
    return pdf([f"{item.more['subtitle']} {item.key}", item.publisher, f"Subject: {item.title}", *item.paragraphs])


# ---------------------------------------------------------------- speeches


def _activity(item: Item) -> str:
    assert item.at is not None
    return f"MTG-PL-{item.at:%Y-%m-%d}-OTH-{item.more['number']}"


def _speech(item: Item, ask: Ask) -> dict[str, Any]:
    """A speech. ``language`` pins the fragments, ``include-output=xml_fragment`` sends them at all."""
    assert item.at is not None
    record: dict[str, Any] = {
        "id": f"eli/dl/doc/{item.key}",
        "type": "Expression",
        "identifier": item.key,
        "number": f"3-{int(item.more['number']) % 10_000:04d}-0000",
        "numbering": str(int(item.more["number"]) % 1000),
        "notation_speechId": str(item.more["number"]),
        "is_part_of": f"eli/dl/doc/CRE-10-{item.at:%Y-%m-%d}-ITM-{item.more['agenda']}",
        "originalLanguage": [_LANGUAGE + _CODES[item.language]],
    }
    if "xml_fragment" in ask.query.get("include-output", "").split(","):
        wanted = ask.query.get("language", "").split(",")
        fragments = {item.language: _fragment(item)}
        record["api:xmlFragment"] = {code: xml for code, xml in fragments.items() if wanted == [""] or code in wanted}
    return {
        "id": f"eli/dl/event/{_activity(item)}",
        "type": "Activity",
        "activity_id": _activity(item),
        "activity_date": f"{item.at:%Y-%m-%d}",
        "activity_start_date": item.at.isoformat(),
        "activity_label": {"en": item.title},
        "had_activity_type": "def/ep-activities/PLENARY_DEBATE_SPEECH",
        "had_participation": {"had_participant_person": [item.more.get("creator", "person/990001")]},
        "recorded_in_a_realization_of": [record],
    }


def _fragment(item: Item) -> str:
    """The verbatim report's XML of one speech; empty paragraphs are spacers."""
    name, _, group = item.publisher.partition(" (")
    spaced = "<p/>".join(f'<p xml:space="preserve">{escape(text)}</p>' for text in item.paragraphs)
    return (
        f'<oralStatements><speech xml:lang="{item.language}"><from xml:lang="{item.language}" xml:space="preserve">'
        f'<person refersTo="epdata:{item.more.get("creator", "person/990001")}">{escape(name)}</person>'
        f" (<organization>{escape(group.rstrip(')'))}</organization>)</from>"
        f"<blockContainer>{spaced}</blockContainer></speech></oralStatements>"
    )
