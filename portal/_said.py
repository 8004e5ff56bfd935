"""What people say of a verdict: the form as it was filled in, and what was said, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from pipeline import gold
from portal import _show, _words

if TYPE_CHECKING:
    from ledger.store import Correction

COOKIE = "defectorwatch_name"  # so that a name is typed once
KEPT_S = 365 * 24 * 3600

_WORDS = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A form filled in. ``wrong``: field -> one sentence; empty where it can be filed."""

    word: str = ""
    by: str = ""
    note: str = ""
    version: int | None = None  # of the article, as it was read
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def on_topic(self) -> bool:
        return _WORDS[self.word]


def given(form: Mapping[str, str]) -> Given:
    """What a form says, and what is wrong with it."""
    word, by, note = form.get("on_topic", ""), gold.tidy_name(form.get("by", "")), gold.tidy_note(form.get("note", ""))
    version = form.get("version", "")
    wrong = {
        "on_topic": "" if word in _WORDS else "Choose yes or no.",
        "by": _sentence("Your name", gold.wrong_name(by)),
        "note": _sentence("A note", gold.wrong_note(note)),
    }
    return Given(
        word=word,
        by=by,
        note=note,
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        wrong={name: sentence for name, sentence in wrong.items() if sentence},
    )


def _sentence(subject: str, wrong: str) -> str:
    return f"{subject} {wrong}." if wrong else ""


def cookie(name: str) -> str:
    """As a cookie can hold it."""
    return quote(name, safe="")


def remembered(value: str) -> str:
    """The name in a cookie; ``""`` where there is none that could be filed."""
    name = unquote(value)
    return "" if gold.wrong_name(name) else name


def words(said: Correction, *, now: datetime, zone: tzinfo) -> str:
    """ "Ane said on 24 Nov: off topic"; with the year where it is not this one."""
    day, today = (at.astimezone(zone).date() for at in (said.at, now))
    return f"{_show.plain(said.by)} said on {_words.day(day, year=day.year != today.year)}: {word(said)}"


def word(said: Correction) -> str:
    return "on topic" if said.on_topic else "off topic"
