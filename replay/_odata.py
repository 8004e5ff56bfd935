"""Folketinget's OData service (version 3, JSON): 100 rows at most, naive Danish time, unknown filter fields ignored."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from replay import _faults
from replay._answers import JSON, Answer, Ask, Routes, always, place
from replay.day import Item, of

Row: TypeAlias = dict[str, Any]

_API = "https://oda.ft.dk/api"
_MOST = 100
_PERIOD = 160
_MINISTER = "Til udlændinge- og integrationsministeren"

#: The type tables are read at run time by an honest client: sources disagree on the numbers.
_CASE_TYPES = {3: "Lovforslag", 5: "Beslutningsforslag", 10: "§ 20-spørgsmål", 11: "Alm. del", 12: "Forespørgsel"}
_PAPER_TYPES = {5: "Forespørgsel", 12: "Bilag", 13: "Spørgsmål", 16: "§ 20-spørgsmål", 17: "Svar"}


def routes() -> Routes:
    """The entity sets; any other answers 404 with HTML, as does the server itself."""
    sets: Mapping[str, Callable[[], list[Row]]] = {
        "Sag": _cases,
        "Dokument": _papers,
        "Fil": _files,
        "Omtryk": list,
        "SagDokument": _links,
        "Sagstype": partial(_types, _CASE_TYPES),
        "Dokumenttype": partial(_types, _PAPER_TYPES),
        "Periode": _periods,
    }
    found: Routes = {f"{place(f'{_API}/{name}')}": partial(_rows, name, rows) for name, rows in sets.items()}
    pages = {place(item.more["page"]): always(_faults.cloudflare()) for item in of("folketinget")}
    files = {place(row["filurl"]): always(_faults.cloudflare()) for row in _files()}
    return found | pages | files  # www.ft.dk answers scripts with a challenge


# ---------------------------------------------------------------- the query


def _rows(name: str, rows: Callable[[], list[Row]], ask: Ask) -> Answer:
    """Filter, order, page, expand: in this order, as OData says."""
    query = {key.removeprefix("$"): value for key, value in ask.query.items()}
    found = [row for row in rows() if _kept(row, query.get("filter", ""))]
    found = _ordered(found, query.get("orderby", "id"))
    skip, top = int(query.get("skip", "0")), min(int(query.get("top", str(_MOST))), _MOST)
    shown = [_expanded(name, row, query.get("expand", "")) for row in found[skip : skip + top]]
    answer: dict[str, Any] = {"odata.metadata": f"{_API}/$metadata#{name}"}
    if query.get("inlinecount") == "allpages":
        answer["odata.count"] = str(len(found))
    answer["value"] = shown
    body = json.dumps(answer, ensure_ascii=False).encode()
    return Answer(body=body, media_type=JSON, headers={"DataServiceVersion": "3.0;"}, gzip=True)


_TEST = re.compile(r"^\(?\s*(\w+)\s+(ge|gt|le|lt|eq|ne)\s+(?:datetime'([^']*)'|'([^']*)'|(\d+))\s*\)?$")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}


def _kept(row: Row, expression: str) -> bool:
    """Tests joined by ``and``; a field that the row lacks is ignored silently, as one source says of the real one."""
    return all(_passes(row, test) for test in re.split(r"\s+and\s+", expression.strip()) if test)


def _passes(row: Row, test: str) -> bool:
    found = _TEST.match(test)
    if not found or row.get(found[1]) is None:
        return True
    wanted: Any = int(found[5]) if found[5] else (found[3] if found[3] is not None else found[4])
    return _COMPARE[found[2]](row[found[1]], wanted)


def _ordered(rows: list[Row], orderby: str) -> list[Row]:
    for part in reversed(orderby.split(",")):
        name, _, direction = part.strip().partition(" ")
        if rows and name in rows[0]:
            rows = sorted(rows, key=lambda row: str(row[name]).zfill(12), reverse=direction.strip() == "desc")
    return rows


def _expanded(name: str, row: Row, expand: str) -> Row:
    """``SagDokument/Sag`` and ``Fil`` of a document, ``SagDokument`` of a case, ``Sagstype`` and ``Periode``."""
    asked = {part.strip() for part in expand.split(",") if part.strip()}
    heads = {part.split("/")[0] for part in asked}
    own = "dokumentid" if name == "Dokument" else "sagid"
    found = dict(row)
    if "SagDokument" in heads:
        links = [link for link in _links() if link[own] == row["id"]]
        cases = {case["id"]: case for case in _cases()}
        with_case = any(part.startswith("SagDokument/Sag") for part in asked)
        found["SagDokument"] = [link | ({"Sag": cases.get(link["sagid"])} if with_case else {}) for link in links]
    if "Fil" in heads:
        found["Fil"] = [file for file in _files() if file["dokumentid"] == row["id"]]
    if "Periode" in heads and "periodeid" in row:
        found["Periode"] = _periods()[0]
    return found


# ---------------------------------------------------------------- the tables


def _stamp(item: Item) -> str:
    assert item.at is not None
    return f"{item.at:%Y-%m-%dT%H:%M:%S}.87"


def _of(entity: str) -> list[Item]:
    return [item for item in of("folketinget") if item.more["entity"] == entity]


def _cases() -> list[Row]:
    return [_case(item) for item in _of("Sag")]


def _case(item: Item) -> Row:
    more = item.more
    prefix = more.get("prefix", "")
    question = item.form == "§ 20-spørgsmål"
    text = "\n\n".join(item.paragraphs)
    return {
        "id": more["number"],
        "typeid": _number(_CASE_TYPES, item.form),
        "kategoriid": None,
        "statusid": 11,
        "titel": item.title,
        "titelkort": item.summary or item.title,
        "offentlighedskode": "O",
        "nummer": f"{prefix} {more['no']}".strip(),
        "nummerprefix": prefix,
        "nummernumerisk": str(more["no"]),
        "nummerpostfix": "",
        "resume": "" if question else text,
        "afstemningskonklusion": None,
        "periodeid": _PERIOD,
        "afgørelsesresultatkode": None,
        "baggrundsmateriale": None,
        "opdateringsdato": _stamp(item),
        "statsbudgetsag": False,
        "begrundelse": text if question else "",
        "paragrafnummer": None,
        "paragraf": None,
        "afgørelsesdato": None,
        "afgørelse": None,
        "rådsmødedato": None,
        "lovnummer": None,
        "lovnummerdato": None,
        "retsinformationsurl": None,
        "fremsatundersagid": None,
        "deltundersagid": None,
    }


def _papers() -> list[Row]:
    return [_paper(item) for item in _of("Dokument")]


def _paper(item: Item) -> Row:
    assert item.at is not None
    more = item.more
    return {
        "id": more["number"],
        "typeid": _number(_PAPER_TYPES, item.form),
        "kategoriid": 2,
        "statusid": more.get("status", 1),
        "offentlighedskode": "O",
        "titel": item.title,
        "dato": f"{item.at:%Y-%m-%dT00:00:00}",
        "modtagelsesdato": None,
        "frigivelsesdato": f"{item.at:%Y-%m-%dT%H:%M:%S}",
        "paragraf": None,
        "paragrafnummer": None,
        "spørgsmålsordlyd": "\n\n".join(item.paragraphs),
        "spørgsmålstitel": _MINISTER if item.form == "Spørgsmål" else None,
        "spørgsmålsid": more.get("answers"),
        "procedurenummer": None,
        "grundnotatstatus": None,
        "dagsordenudgavenummer": None,
        "opdateringsdato": _stamp(item),
    }


def _links() -> list[Row]:
    return [
        {
            "id": 900_000 + item.more["number"],
            "sagid": item.more["case"],
            "dokumentid": item.more["number"],
            "bilagsnummer": str(item.more.get("no", "")),
            "frigivelsesdato": None,
            "opdateringsdato": _stamp(item),
            "rolleid": 3,
        }
        for item in _of("Dokument")
    ]


def _files() -> list[Row]:
    """The PDF of every document; www.ft.dk does not let a script have it."""
    return [
        {
            "id": 700_000 + item.more["number"],
            "dokumentid": item.more["number"],
            "titel": item.title,
            "versionsdato": _stamp(item),
            "filurl": f"https://www.ft.dk/samling/20261/{item.more['number']}.pdf",
            "opdateringsdato": _stamp(item),
            "variantkode": "P",
            "format": "PDF",
        }
        for item in _of("Dokument")
    ]


def _types(table: Mapping[int, str]) -> list[Row]:
    return [{"id": number, "type": name, "opdateringsdato": "2014-10-01T09:24:31.2"} for number, name in table.items()]


def _number(table: Mapping[int, str], name: str) -> int:
    return next(number for number, known in table.items() if known == name)


def _periods() -> list[Row]:
    first, last = "2026-10-06T00:00:00", "2027-10-04T00:00:00"
    row = {"id": _PERIOD, "startdato": first, "slutdato": last, "titel": "2026-27", "type": "samling", "kode": "20261"}
    return [row | {"opdateringsdato": "2026-10-06T12:00:00"}]
