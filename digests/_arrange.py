"""Which hit stands where: grouped into threads, each hit once, corrections first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from articles.model import Decision, Status
from articles.ports import Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A hit with the titles of the recipient's searches that found it."""

    hit: Hit
    reasons: tuple[str, ...]

    @property
    def at(self) -> datetime:
        return self.hit.published_at or self.hit.first_seen_at

    @property
    def mended(self) -> bool:
        """Corrected or withdrawn: a person may have had the text as it was before."""
        return self.hit.status is not Status.NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Hits that tell one story: the one shown, and the others as links."""

    lead: Match
    others: tuple[Match, ...]
    followed: bool  # an earlier hit of it went to this person

    @property
    def matches(self) -> tuple[Match, ...]:
        return (self.lead, *self.others)

    @property
    def at(self) -> datetime:
        return max(match.at for match in self.matches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The mail's three parts, newest thread first in each."""

    corrections: tuple[Thread, ...]
    threads: tuple[Thread, ...]
    doubtful: tuple[Thread, ...]


def arrange(found: Iterable[tuple[Hit, Sequence[str]]], sent_before: Set[str]) -> Sections:
    """Every hit once, in the section of the weightiest hit of its thread."""
    by_thread: dict[str, list[Match]] = {}
    for match in _once(found):
        by_thread.setdefault(match.hit.thread or match.hit.id, []).append(match)
    threads = [_thread(key, matches, sent_before) for key, matches in by_thread.items()]
    threads.sort(key=lambda thread: (thread.at, thread.lead.hit.id), reverse=True)
    mended = [thread for thread in threads if thread.lead.mended]
    rest = [thread for thread in threads if not thread.lead.mended]
    return Sections(
        corrections=tuple(mended),
        threads=tuple(thread for thread in rest if thread.lead.hit.decision is Decision.ON_TOPIC),
        doubtful=tuple(thread for thread in rest if thread.lead.hit.decision is not Decision.ON_TOPIC),
    )


def _once(found: Iterable[tuple[Hit, Sequence[str]]]) -> list[Match]:
    """One match per hit, its reasons joined in the order in which they came."""
    hits: dict[str, Hit] = {}
    reasons: dict[str, dict[str, None]] = {}
    for hit, titles in found:
        hits.setdefault(hit.id, hit)
        reasons.setdefault(hit.id, {}).update(dict.fromkeys(title for title in titles if title))
    return [Match(hit=hit, reasons=tuple(reasons[hit.id])) for hit in hits.values()]


def _thread(key: str, matches: list[Match], sent_before: Set[str]) -> Thread:
    lead, *others = sorted(matches, key=lambda match: _weight(match, key))
    followed = key in sent_before or any(match.hit.id in sent_before for match in matches)
    return Thread(lead=lead, others=tuple(others), followed=followed)


def _weight(match: Match, key: str) -> tuple[bool, bool, bool, datetime, str]:
    """The lead sorts first: a correction, else on topic, else the hit that began the thread, else the earliest."""
    doubtful = match.hit.decision is not Decision.ON_TOPIC
    return not match.mended, doubtful, match.hit.id != key, match.at, match.hit.id
