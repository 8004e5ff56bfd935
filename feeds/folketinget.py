"""The Danish parliament's open data: cases (`Sag`) and papers (`Dokument`).

**What.** Bills, motions, § 20 questions, interpellation debates, the committees' questions, answers and annexes, EU
cases: every case and every paper, of whatever type, that was made or changed.

**Where.** `https://oda.ft.dk/api/`, OData 3 as JSON, no key. The pages for people are on www.ft.dk.

**What carries text.** A § 20 question: its title is the question, `begrundelse` the reasons. A bill or motion:
`resume`, later `afgørelse` and `afstemningskonklusion`, which make a new version. A committee's question:
`spørgsmålsordlyd`. *Answers and annexes exist only as PDFs on www.ft.dk, which answers scripts with Cloudflare's
challenge.* They become entries all the same, an answer with the wording of its question, and a note says where the PDF
is to be read by hand. Nothing of www.ft.dk is fetched. Permission can be asked for at folketinget@ft.dk ("Åbne Data").

**Rhythm.** Updated continuously. Each poll reads what has changed since the last one, less two hours, by
`opdateringsdato`; what was read before is known by its wording. The first poll reads the last 48 hours.

**Quirks.** 100 rows at most; `$skip` is the way on. Times are naive Danish time: in October's hour that comes twice
the earlier one is taken, and a note says so. A filter on a field that the server does not know is ignored silently,
which is noticed by what comes. Filters of several parts were seen to bring unrelated rows, so there is one only.
Numbers of types differ between descriptions: the tables `Sagstype`, `Dokumenttype` and `Periode` are read, kept with
the cursor, and read again when a number turns up that is not in them. A case has no date of its own: its last change
stands for it. `statusid` 4 of a paper is *tilbagetaget* (withdrawn); `Omtryk` is a reprint, taken as a correction. Rows
are deleted without a trace. `www.ft.dk/rss/nyheder` answers scripts 401.

**Silence.** Weekdays bring a hundred papers; in the summer recess (July to September) ministries still answer, but
whole weeks are thin. Silent is 72 hours on weekdays and 100 over a weekend, so Christmas and Easter can ring once.

**Terms.** Folketinget's terms for open data: free reuse. Observed: fields and behaviour in third parties' code and
notes of 2021 to 2026, not yet against the live service.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from articles.errors import SourceError
from articles.model import Entry, Licence, Problem
from articles.ports import Cursor, Exchange, Feed, Occasion, Polled, Rejected, Silence
from feeds import _answers, _ftrows, _odata
from feeds._time import COPENHAGEN

_FIRST = timedelta(hours=48)
_SETS = {
    "Sag": "",
    # the case and its committee, the PDF, the question that an answer answers, and reprints
    "Dokument": "SagDokument/Sag,Fil,Omtryk,SpørgsmålsDokument",
}
#: Table -> the column that names a row.
_TABLES = {"Sagstype": "type", "Dokumenttype": "type", "Periode": "kode"}


def poll(cursor: Cursor, occasion: Occasion) -> Exchange[Polled]:
    """Both sets, each as far as it can be read; raises where neither can."""
    now = occasion.now.astimezone(COPENHAGEN).replace(tzinfo=None)
    read: dict[str, _odata.Read] = {}
    for name, expand in _SETS.items():
        read[name] = yield from _odata.changed(name, expand, _start(cursor, name, now), now)
    faults = [found.fault for found in read.values() if found.fault]
    if len(faults) == len(read) and not any(found.rows for found in read.values()):
        raise faults[0]
    tables = {name: _kept(cursor, name) for name in _TABLES}
    faults += yield from _complete(tables, read)
    state = {name: value for place in read for name, value in _state(place, read[place].next).items()}
    state |= {name: json.dumps(table, ensure_ascii=False, sort_keys=True) for name, table in tables.items() if table}
    return _polled(read, tables, Cursor(state=state), tuple(_answers.problem(fault) for fault in faults))


def _polled(
    read: Mapping[str, _odata.Read],
    tables: Mapping[str, Mapping[str, str]],
    cursor: Cursor,
    problems: tuple[Problem, ...],
) -> Polled:
    cases = [_ftrows.case(row, tables) for row in read["Sag"].rows]
    papers = [_ftrows.paper(row, tables) for row in read["Dokument"].rows]
    found = [*cases, *papers]
    return Polled(
        entries=tuple(item for item in found if isinstance(item, Entry)),
        rejected=tuple(item for item in found if isinstance(item, Rejected)),
        cursor=cursor,
        problems=problems,
        unknown_fields=_ftrows.unknown_fields(read["Sag"].rows, read["Dokument"].rows),
    )


# ---------------------------------------------------------------- the cursor


def _start(cursor: Cursor, name: str, now: datetime) -> _odata.Place:
    since = _odata.local(cursor.state.get(f"{name}.since"))
    skip = cursor.state.get(f"{name}.skip", "")
    if since is None:
        return _odata.Place(since=(now - _FIRST).replace(microsecond=0))
    return _odata.Place(since=since, skip=int(skip) if skip.isdecimal() else 0)


def _state(name: str, place: _odata.Place) -> dict[str, str]:
    since = {f"{name}.since": place.since.isoformat()}
    return since | ({f"{name}.skip": str(place.skip)} if place.skip else {})


def _kept(cursor: Cursor, name: str) -> dict[str, str]:
    """A table as it was read before."""
    try:
        found = json.loads(cursor.state.get(name, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _complete(tables: dict[str, dict[str, str]], read: Mapping[str, _odata.Read]) -> Exchange[list[SourceError]]:
    """Reads the tables that lack a number of these rows. A table that cannot be read leaves forms or links unnamed."""
    faults: list[SourceError] = []
    used = _ftrows.numbers(read["Sag"].rows, read["Dokument"].rows)
    for name, column in _TABLES.items():
        if used[name] <= set(tables[name]):
            continue
        try:
            rows = yield from _odata.table(name)
        except SourceError as error:
            faults.append(error)
        else:
            tables[name] = {str(row.get("id")): str(row[column]).strip() for row in rows if row.get(column)}
    return faults


FEED = Feed(
    name="folketinget",
    title="Folketinget",
    poll=poll,
    schedule="*/15 * * * *",
    silent_after=Silence(working_hours=timedelta(hours=72), weekend=timedelta(hours=100)),
    licence=Licence.OPEN,
    homepage="https://www.ft.dk/da/dokumenter/aabne_data",
    dossier=__doc__ or "",
)
