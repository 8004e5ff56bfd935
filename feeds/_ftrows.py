"""Folketinget's rows to entries: a case (`Sag`) or a paper (`Dokument`), with what was expanded along with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from articles.model import Entry, Licence, Problem, Status
from articles.ports import Rejected
from feeds import _html, _odata, _time
from feeds._odata import API, Row

Tables: TypeAlias = Mapping[str, Mapping[str, str]]

_FT = "https://www.ft.dk/samling"
_WITHDRAWN = 4  # of Dokumentstatus: Tilbagetaget
_PATHS = {"S": "spoergsmaal", "L": "lovforslag", "B": "beslutningsforslag", "F": "forespoergsel"}
_ALM_DEL = re.compile(r"[,\s]*(?:\(?\b([A-ZÆØÅ]{3})\b\)?)?[,\s]*\balm(?:\.|indelig)\s+del\b.*", re.DOTALL)
_CODES = {
    "Udlændinge- og Integrationsudvalget": "uui",
    "Retsudvalget": "reu",
    "Udenrigspolitisk Nævn": "upn",
    "Udenrigsudvalget": "uru",
    "Forsvarsudvalget": "fou",
    "Europaudvalget": "euu",
}
#: A file's address below a page of its own: …/samling/20231/almdel/sau/spm/678/svar/2074316/2914215.pdf
_FILED = re.compile(r"(https://www\.ft\.dk/samling/\d{5}/[^/]+/.+)/[^/]+\.pdf", re.IGNORECASE)
_LONGEST_RAW = 20_000


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_KNOWN_CASE = _names(
    """id typeid kategoriid statusid titel titelkort offentlighedskode nummer nummerprefix nummernumerisk nummerpostfix
    resume afstemningskonklusion periodeid afgørelsesresultatkode baggrundsmateriale opdateringsdato statsbudgetsag
    begrundelse paragrafnummer paragraf afgørelsesdato afgørelse rådsmødedato lovnummer lovnummerdato
    retsinformationsurl fremsatundersagid deltundersagid"""
)
_KNOWN_PAPER = _names(
    """id typeid kategoriid statusid offentlighedskode titel dato modtagelsesdato frigivelsesdato paragraf
    paragrafnummer spørgsmålsordlyd spørgsmålstitel spørgsmålsid procedurenummer grundnotatstatus
    dagsordenudgavenummer opdateringsdato SagDokument Fil Omtryk SpørgsmålsDokument"""
)


def case(row: Row, tables: Tables) -> Entry | Rejected:
    """A bill, motion, question, debate, EU case or a committee's standing case."""
    title = _html.line(row.get("titel")) or _html.line(row.get("titelkort"))
    if not _readable(row) or not title:
        return _rejected("sag", row)
    short = _html.line(row.get("titelkort"))
    parts = [_html.html(row.get(name)) for name in ("resume", "begrundelse", "afgørelse", "afstemningskonklusion")]
    asks = _prefix(row) == "S" or not any(parts)  # the title of a question is the question
    raw = str(row.get("opdateringsdato") or "")
    committee, _ = _committee(row)
    return Entry(
        feed="folketinget",
        guid=f"sag-{row['id']}",
        url=_case_url(row, tables) or f"{API}/Sag({row['id']})",
        title=title,
        summary=short if short != title else "",
        body_html="".join([_html.paragraphs(title) if asks else "", *parts]),
        published_at=_time.instant(raw, _time.COPENHAGEN),
        published_raw=_html.without_controls(raw),
        language="da",
        licence=Licence.OPEN,
        publisher=committee or "Folketinget",
        form=tables["Sagstype"].get(str(row.get("typeid")), ""),
        keywords=tuple(number for number in [_html.line(row.get("nummer"))] if re.match(r"[A-ZÆØÅ]", number)),
        note=_note(raw),
    )


def paper(row: Row, tables: Tables) -> Entry | Rejected:
    """A question, an answer, an annex, a report; its own text where the fields have one."""
    title = _html.line(row.get("titel")) or _html.line(row.get("spørgsmålstitel"))
    if not _readable(row) or not title:
        return _rejected("dokument", row)
    form = tables["Dokumenttype"].get(str(row.get("typeid")), "")
    raw = next((str(row[name]) for name in ("frigivelsesdato", "dato", "opdateringsdato") if row.get(name)), "")
    file, own = _file(row), _html.html(row.get("spørgsmålsordlyd"))
    asked = _one(row.get("SpørgsmålsDokument"))
    reprints = _many(row.get("Omtryk"))
    status = Status.WITHDRAWN if row.get("statusid") == _WITHDRAWN else Status.NEW
    committee, _ = _committee(_case_of(row))
    unread = "" if own else f"the text itself is a PDF that scripts are not given; read it by hand: {file}"
    reasons = [_html.line(reprint.get("begrundelse")) for reprint in reprints]
    return Entry(
        feed="folketinget",
        guid=f"dokument-{row['id']}",
        url=_paper_url(row, form, file, tables),
        title=title,
        status=Status.CORRECTION if reprints and status is Status.NEW else status,
        summary=_html.line(row.get("spørgsmålstitel")) if row.get("titel") else "",
        body_html=own or _html.paragraphs(title) + _html.html(asked.get("spørgsmålsordlyd") or asked.get("titel")),
        published_at=_time.instant(raw, _time.COPENHAGEN),
        published_raw=_html.without_controls(raw),
        language="da",
        licence=Licence.OPEN,
        publisher=committee or "Folketinget",
        form=form,
        keywords=tuple(number for number in [_html.line(_case_of(row).get("nummer"))] if number and not committee),
        note=_note(raw, unread if file else "", *(f"reprinted: {reason}" for reason in reasons if reason)),
    )


def numbers(cases: Iterable[Row], papers: Iterable[Row]) -> dict[str, set[str]]:
    """The numbers that these rows use, by the table that names them."""
    held = [*cases, *(_case_of(row) for row in papers)]
    return {
        "Sagstype": {str(row["typeid"]) for row in cases if row.get("typeid") is not None},
        "Dokumenttype": {str(row["typeid"]) for row in papers if row.get("typeid") is not None},
        "Periode": {str(row["periodeid"]) for row in held if row.get("periodeid") is not None},
    }


def unknown_fields(cases: Iterable[Row], papers: Iterable[Row]) -> tuple[str, ...]:
    """Fields that nothing here knows: a sign that the service has changed."""
    new = {f"Sag.{name}" for row in cases for name in row if name not in _KNOWN_CASE}
    new |= {f"Dokument.{name}" for row in papers for name in row if name not in _KNOWN_PAPER}
    return tuple(sorted(name for name in new if "@odata" not in name and ".odata." not in name))


# ---------------------------------------------------------------- addresses


def _case_url(row: Row, tables: Tables) -> str:
    """Where people read the case; ``""`` for kinds whose address is not known."""
    period = tables["Periode"].get(str(row.get("periodeid")), "")
    if not period.isdecimal():
        return ""
    number, path = _html.line(row.get("nummernumerisk")), _PATHS.get(_prefix(row))
    if path and number.isdecimal():
        postfix = _html.line(row.get("nummerpostfix"))
        return f"{_FT}/{period}/{path}/{_prefix(row)}{number}{postfix}/index.htm".lower()
    _, code = _committee(row)
    return f"{_FT}/{period}/almdel/{code}/index.htm" if code else ""


def _paper_url(row: Row, form: str, file: str, tables: Tables) -> str:
    """The paper's page, else its case's page, else the file, else the row itself.

    The page is known before the file is, so it is not told from the file where there is another way.
    """
    held = _case_of(row)
    above = _case_url(held, tables)
    _, code = _committee(held)
    number = _html.line(next((link.get("bilagsnummer") for link in _many(row.get("SagDokument"))), ""))
    kind = {"spørgsmål": "spm", "bilag": "bilag"}.get(form.lower(), "")
    if above and code and kind and number.isdecimal():
        return f"{above.removesuffix('/index.htm')}/{kind}/{number}/index.htm"
    filed = _FILED.fullmatch(file)
    if filed:
        return f"{filed[1]}/index.htm".lower()
    if above and code and form.lower() == "svar" and number.isdecimal():
        return f"{above.removesuffix('/index.htm')}/spm/{number}/index.htm"
    return above or file or f"{API}/Dokument({row['id']})"


def _committee(row: Row) -> tuple[str, str]:
    """Name and code of the committee whose standing case ("alm. del") this is; code ``""`` where it is not known."""
    title = _html.line(row.get("titel"))
    found = _ALM_DEL.search(title)
    if not found:
        return "", ""
    name = title[: found.start()].strip(" ,-–(")
    return name, (found[1] or _CODES.get(name, "")).lower()


def _file(row: Row) -> str:
    """The PDF's address; ``""`` where there is none."""
    found = (_html.web_address(file.get("filurl")) for file in _many(row.get("Fil")))
    return next((url for url in found if url), "")


# ---------------------------------------------------------------- fields


def _readable(row: Row) -> bool:
    return isinstance(row.get("id"), int) and not isinstance(row["id"], bool)


def _prefix(row: Row) -> str:
    return _html.line(row.get("nummerprefix")).upper()


def _case_of(row: Row) -> Row:
    """The first case that a paper belongs to; empty where it has none."""
    cases = (_one(link.get("Sag")) for link in _many(row.get("SagDokument")))
    return next((found for found in cases if found), {})


def _one(value: object) -> Row:
    return value if isinstance(value, dict) else {}


def _many(value: object) -> list[Row]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _note(raw: str, *others: str) -> str:
    stamp = _odata.local(raw)
    twice = "its hour comes twice that night; the earlier one is taken" if stamp and _time.twice(stamp) else ""
    undated = "" if _time.instant(raw, _time.COPENHAGEN) else "the source gives no date that can be read"
    return "; ".join(part for part in (twice, undated, *others) if part)


def _rejected(kind: str, row: Row) -> Rejected:
    raw = _html.without_controls(json.dumps(row, ensure_ascii=False, sort_keys=True))[:_LONGEST_RAW]
    number = row.get("id")
    guid = f"{kind}-{number}" if _readable(row) else hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest()[:32]
    what = "has no title" if _readable(row) else "has no number (`id`)"
    detail = f"a row of {kind.capitalize()} {what}; look at it at {API}/{kind.capitalize()}"
    return Rejected(guid=guid, raw=raw, problem=Problem(stage="poll", kind="malformed", detail=detail))
