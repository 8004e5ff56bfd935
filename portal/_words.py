"""The portal's own words: dates, scores, languages, states. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo

from articles.model import Decision, State, Status

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

LANGUAGES: Mapping[str, str] = {
    "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "fi": "Finnish", "fr": "French", "hr": "Croatian", "hu": "Hungarian", "is": "Icelandic",
    "it": "Italian", "lt": "Lithuanian", "lv": "Latvian", "nb": "Norwegian", "nl": "Dutch", "nn": "Norwegian",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovene", "sv": "Swedish", "uk": "Ukrainian",
}  # fmt: skip

BADGES: Mapping[Status, str] = {Status.CORRECTION: "Correction", Status.WITHDRAWN: "Withdrawn"}

DECISIONS: Mapping[Decision, str] = {
    Decision.ON_TOPIC: "on topic",
    Decision.DOUBTFUL: "doubtful",
    Decision.OFF_TOPIC: "off topic",
}

#: What a classifier tells of a hit, in this order; any other kind comes after them under its own name.
FACETS: Mapping[str, str] = {
    "who": "Who",
    "protection": "Protection",
    "level": "Debate in",
    "party": "Party",
    "committee": "Committee",
    "member": "Member",
    "terms": "Words",
}

_VALUES: Mapping[str, str] = {
    "level/dk": "Denmark",
    "level/eu": "EU",
    "level/other": "another country",
    "protection/non_refoulement": "non-refoulement",
}

#: The columns of the feeds page, in the order of an item's life.
STATES: Mapping[State, str] = {
    State.INDEXED: "hits",
    State.CLASSIFIED: "off topic",
    State.DUPLICATE: "copies",
    State.SUPERSEDED: "older versions",
    State.QUARANTINED: "quarantined",
}

#: Where an item stands, in a sentence.
STANDS: Mapping[State, str] = {
    State.POLLED: "On its way: listed by the source, its text is not read yet.",
    State.FETCHED: "On its way: its page is fetched and not read yet.",
    State.EXTRACTED: "On its way: its text is read and not judged yet.",
    State.CLASSIFIED: "Not a hit: it was judged off topic.",
    State.INDEXED: "A hit: searching finds it.",
    State.DUPLICATE: "A copy: an item seen before has the same wording, and that one is judged.",
    State.QUARANTINED: "In quarantine: it could not be handled.",
    State.SUPERSEDED: "An older version: a later one took its place.",
}


def day(on: date, *, year: bool = True) -> str:
    """ "19 Nov 2026"."""
    return f"{on.day} {_MONTHS[on.month - 1]}{f' {on.year}' if year else ''}"


def moment(at: datetime | None, zone: tzinfo) -> str:
    """ "19 Nov 2026 13:24", local; "never" for nothing."""
    if at is None:
        return "never"
    local = at.astimezone(zone)
    return f"{day(local.date())} {local:%H:%M}"


def percent(score: float) -> str:
    """Never 0 or 100: a classifier is not certain."""
    return f"{min(99, max(1, round(score * 100)))} %"


def language(code: str) -> str:
    return LANGUAGES.get(code, code)


def facet(kind: str) -> str:
    return FACETS.get(kind) or spaced(kind).capitalize()


def facet_value(kind: str, value: str) -> str:
    return _VALUES.get(f"{kind}/{value}") or spaced(value)


def spaced(name: str) -> str:
    """A name of the code as words: "special_law" is "special law"."""
    return name.replace("_", " ")


def counted(count: int, one: str, many: str) -> str:
    """ "1 hit", "1,204 hits"."""
    return f"{count:,} {one if count == 1 else many}"
