"""The parts of Parliament's open data, each listed and then asked for in detail: questions, adopted texts, speeches.

A part keeps in the cursor what it has seen, and what it has asked for in vain (``waiting``): that is asked for again
after what is new. What could not be asked for stays unseen, so nothing is passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from articles.errors import SourceError
from articles.model import Entry, Problem
from articles.ports import Exchange, Rejected
from feeds import _answers, _epapi, _eprecords
from feeds._epapi import Details, Record
from feeds._seen import Seen, split
from feeds._time import BRUSSELS

State: TypeAlias = Mapping[str, str]

_QUESTIONS, _TEXTS, _SPEECHES = "parliamentary-questions", "adopted-texts", "speeches"
_MOST = {_QUESTIONS: 50, _TEXTS: 25, _SPEECHES: 100}  # details in one poll
_PAGE = {_QUESTIONS: 1000, _TEXTS: 50, _SPEECHES: 200}  # rows: of a few words, of some 40 kB, of 24 titles
_LAST_YEAR_UNTIL = 3  # the month until which last year's lists are read
_ASKED_AGAIN = 50  # questions without an answer, in one poll: all of a year in three days
_DIGITS = 6  # of a question's number
_ANSWERS_SINCE = timedelta(days=7)  # before the first poll
_TEXT_DAYS = timedelta(days=21)
_SPEECH_DAYS = timedelta(days=5)
_EVERY = timedelta(hours=2)  # lists of texts and of speeches: megabytes in the weeks of a session
_SPOKEN = "PLENARY_DEBATE_SPEECH,PLENARY_DEBATE_WRITTEN_STATEMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one part of the source brought; ``state`` is its own part of the cursor."""

    entries: tuple[Entry, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    problems: tuple[Problem, ...] = ()
    state: State = field(default_factory=dict)


# ---------------------------------------------------------------- documents


def texts(state: State, now: datetime) -> Exchange[Part]:
    """Texts adopted in the last weeks. Their list has them whole, in all languages: it is not read at every poll."""
    if not _due_again(_TEXTS, state, now):
        return Part()
    params = {**_window(now, _TEXT_DAYS), "sort-by": "sitting-date:desc"}
    part, _ = yield from _documents(_TEXTS, params, state, now)
    return replace(part, state={**part.state, f"{_TEXTS}.at": now.isoformat()})


def questions(state: State, now: datetime) -> Exchange[Part]:
    """New questions with the answers that they have already, then some older ones that had none."""
    part, read = yield from _documents(_QUESTIONS, {"year": _years(now)}, state, now)
    answered = Seen(state.get("answered", ""))
    answered.keep(_recent(now))
    since = _day(state.get("answers.since", "")) or (now - _ANSWERS_SINCE).date()
    before = Seen(state.get(_QUESTIONS, ""))
    before.keep(_recent(now))
    open_ones = [key for key in before.all(_DIGITS) if key not in answered]
    again = [] if part.problems else _after(open_ones, state.get("answers.last", ""))[:_ASKED_AGAIN]
    got = yield from _epapi.details(_QUESTIONS, again)
    entries: list[Entry] = []
    for question in (*read, *got.records.values()):
        entries += _answers_to(question, since, answered)
    last = again[-1] if again and not got.faults else state.get("answers.last", "")
    mine = {"answered": str(answered), "answers.since": since.isoformat(), "answers.last": last}
    return Part(
        entries=(*part.entries, *entries),
        rejected=part.rejected,
        problems=(*part.problems, *map(_answers.problem, got.faults)),
        state={**part.state, **{name: value for name, value in mine.items() if value}},
    )


def _answers_to(question: Record, since: date, answered: Seen) -> list[Entry]:
    """The answers that can be read. Those given before the watch began are passed over, and not asked for again."""
    found = []
    for told in _eprecords.answers(question):
        given = _day(_epapi.text(told.get("document_date")))
        entry = _eprecords.answer(told, question)
        old = given is not None and given < since
        if entry or old:
            answered.add([_epapi.identifier(question)])
        if entry and not old:
            found.append(entry)
    return found


def _after(ordered: Sequence[str], last: str) -> list[str]:
    """All of them, beginning behind ``last``."""
    return [key for key in ordered if key > last] + [key for key in ordered if key <= last]


def _documents(
    path: str, params: Mapping[str, str], state: State, now: datetime
) -> Exchange[tuple[Part, list[Record]]]:
    """What is new in a list, and the records that were read for it. What a list has whole is not asked for again."""
    stubs = yield from _epapi.listed(path, params, _PAGE[path])
    named = {key: stub for stub in stubs if (key := _epapi.identifier(stub))}
    keys = sorted(named, key=_newness, reverse=True)
    seen = Seen(state.get(path, ""))
    seen.keep(_recent(now))
    if path not in state:
        seen.add(keys[_MOST[path] :])
    if not keys:
        return Part(), []  # nothing is known of the list yet, or nothing new of it
    due = _due(keys, seen, state.get(f"{path}.waiting", "").split())
    now_due = due[: _MOST[path]]
    whole = {key: named[key] for key in now_due if named[key].get("is_realized_by")}
    got = yield from _epapi.details(path, [key for key in now_due if key not in whole])
    found = {**whole, **got.records}
    records = {key: found[key] for key in now_due if key in found}
    made = {key: _eprecords.document(record) for key, record in records.items()}
    return _part(path, made, got, due, seen, state), list(records.values())


def _part(
    path: str, made: Mapping[str, Entry | None], got: Details, due: Sequence[str], seen: Seen, state: State
) -> Part:
    """What was made of what was asked for, and what of it is to be asked for again."""
    seen.add(key for key, entry in made.items() if entry)
    asked = [*made, *got.gone]
    more = {f"{path}.more": "yes" if len(asked) < len(due) else ""}
    return Part(
        entries=tuple(entry for entry in made.values() if entry),
        rejected=tuple(_gone(path, key) for key in got.gone),
        problems=tuple(map(_answers.problem, got.faults)),
        state={path: str(seen), f"{path}.waiting": _waiting(path, due, asked, seen, state)} | more,
    )


def _years(now: datetime) -> str:
    local = now.astimezone(BRUSSELS)
    return f"{local.year - 1},{local.year}" if local.month <= _LAST_YEAR_UNTIL else str(local.year)


def _recent(now: datetime) -> Callable[[str], bool]:
    """Whether a series is of this year or the last; one that names no year is."""

    def recent(series: str) -> bool:
        year = series.rpartition("-")[2]
        return not re.fullmatch(r"\d{4}", year) or int(year) >= now.year - 1

    return recent


def _newness(key: str) -> tuple[str, int]:
    """By year, then by number: written and priority questions are numbered together."""
    series, number = split(key)
    return series.rpartition("-")[2], number


def _due(keys: Iterable[str], seen: Seen, waiting: Sequence[str]) -> list[str]:
    """What is to be asked for: first what was never asked for, then what had no text yet, longest untried first."""
    missing = [key for key in keys if key not in seen]
    there, tried = set(missing), set(waiting)
    return [key for key in missing if key not in tried] + [key for key in waiting if key in there]


def _waiting(path: str, due: Sequence[str], asked: Iterable[str], seen: Seen, state: State) -> str:
    """What is listed and has no text yet; what was asked for just now goes to the end."""
    listed, tried = set(due), set(asked)
    before = [key for key in state.get(f"{path}.waiting", "").split() if key in listed and key not in tried]
    return " ".join([*before, *(key for key in due if key in tried and key not in seen)])


def _gone(path: str, key: str) -> Rejected:
    detail = f"{key} is listed, but its detail is not there; look at {_epapi.API}/{path}/{key}"
    raw = json.dumps({"path": path, "id": key})
    return Rejected(guid=key, raw=raw, problem=Problem(stage="poll", kind="refused", detail=detail))


# ---------------------------------------------------------------- speeches


def speeches(state: State, now: datetime) -> Exchange[Part]:
    """What was said in the last days, as far as its words are there."""
    if not _due_again(_SPEECHES, state, now):
        return Part()
    params = {**_window(now, _SPEECH_DAYS), "activity-type": _SPOKEN, "sort-by": "sitting-date:desc"}
    stubs = yield from _epapi.listed(_SPEECHES, params, _PAGE[_SPEECHES])
    spoken = {key: _eprecords.spoken_in(stub) for stub in stubs if (key := _epapi.identifier(stub))}
    seen = Seen(state.get(_SPEECHES, ""))
    days = {split(key)[0] for key in spoken}
    seen.keep(days.__contains__)
    due = _due(spoken, seen, state.get(f"{_SPEECHES}.waiting", "").split())
    got = yield from _words({key: spoken[key] for key in due[: _MOST[_SPEECHES]]})
    made = {key: _eprecords.speech(record) for key, record in got.records.items()}
    part = _part(_SPEECHES, made, got, due, seen, state)
    return replace(part, state={**part.state, f"{_SPEECHES}.at": now.isoformat()})


def _words(spoken: Mapping[str, str]) -> Exchange[Details]:
    """The speeches, one by one: each is asked for in its own language, which leaves the translations at home."""
    records: dict[str, Record] = {}
    gone: list[str] = []
    faults: list[SourceError] = []
    for key, code in spoken.items():
        params = {"include-output": "xml_fragment"} | ({"language": code} if code else {})
        got = yield from _epapi.details(_SPEECHES, [key], params)
        records |= got.records
        gone += got.gone
        faults += got.faults
        if len(faults) >= _epapi.MOST_FAULTS:
            break
    return Details(records=records, gone=tuple(gone), faults=tuple(faults))


# ---------------------------------------------------------------- when


def _due_again(path: str, state: State, now: datetime) -> bool:
    """Every two hours, and at once while some are left."""
    try:
        before = datetime.fromisoformat(state.get(f"{path}.at", ""))
    except ValueError:
        return True
    waited = now - before if before.tzinfo else _EVERY
    return bool(state.get(f"{path}.more")) or not timedelta(0) <= waited < _EVERY


def _window(now: datetime, days: timedelta) -> dict[str, str]:
    """The sittings of the last days; without its end the window would be one day."""
    last = now.astimezone(BRUSSELS).date()
    return {"sitting-date": (last - days).isoformat(), "sitting-date-end": last.isoformat()}


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw[:10])
    except ValueError:
        return None
