"""From sections to the two bodies: what each line shows, as far as licence and caps allow, and the templates."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from articles.model import TERMS, Decision, Status
from articles.ports import FeedHealth, Hit
from digests._arrange import Match, Sections, Thread
from digests._words import Words

#: Caps. What is beyond them is told, with its number and a link.
IN_FULL = 12  # threads of a section with evidence; those after them are headlines
HEADLINES = 30
DOUBTFUL = 10
ALSO = 6  # outlets named under one thread
SENTENCES = {"full": 3, "quote": 2}  # evidence sentences by licence
SENTENCE_LENGTH = 320  # characters; a longer one is cut with an ellipsis
OPENING_LENGTH = 240  # characters of the first paragraph, where the licence lets the text be shown

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What all lines of one mail share."""

    words: Words
    zone: ZoneInfo
    since: datetime
    until: datetime
    day: date
    portal_url: str
    sources: Mapping[str, str]  # feed -> title
    sent_before: Set[str]
    queries: tuple[str, ...]
    reasons_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thread as the mail shows it."""

    title: str
    url: str  # the source, else the search page
    facts: tuple[str, ...]  # source, time, score
    badge: str
    tone: str  # correction, withdrawn, new, doubtful or ""
    notes: tuple[str, ...]
    opening: str
    evidence: tuple[str, ...]
    more_evidence: str
    also: tuple[Link, ...]
    more_also: str
    thread_url: str
    reasons: tuple[str, ...]
    source_url: str  # "" for a wire item
    hit_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    head: str
    why: str
    tone: str
    lines: tuple[Line, ...]
    headlines: tuple[Line, ...]
    more: str  # "+ 7 flere", "" where nothing was left out
    more_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    text: str
    html: str
    items: tuple[str, ...]


def mail(
    look: Look, sections: Sections, health: Sequence[FeedHealth], *, headline: str, address: str, sender: str
) -> Mail:
    """Both bodies, and the ids of the hits named in them."""
    words = look.words
    parts = (
        (sections.corrections, words.corrections_head, words.corrections_why, "correction", IN_FULL, HEADLINES),
        (sections.threads, words.threads_head, "", "", IN_FULL, HEADLINES),
        (sections.doubtful, words.doubtful_head, words.doubtful_why, "doubtful", DOUBTFUL, 0),
    )
    shown = [_section(look, *part) for part in parts if part[0]]
    unseen = [line for line in health if not line.fresh]
    values = {
        "words": words,
        "headline": headline,
        "long_day": words.long_day(look.day),
        "period": _period(look),
        "sections": shown,
        "empty": "" if shown else (words.empty_unsure if unseen or not health else words.empty_sure),
        "fresh": _fresh(words, health, unseen),
        "health_known": bool(health),
        "unseen": [_unseen(look, line) for line in unseen],
        "footer": words.footer.format(address=address, sender=sender),
        "portal_url": look.portal_url,
    }
    items = [
        match.hit.id
        for threads, *_, full, headlines in parts
        for thread in threads[: full + headlines]
        for match in thread.matches
    ]
    text, html = (_environment().get_template(f"digest.{kind}").render(values) for kind in ("txt", "html"))
    return Mail(text=_tidy(text), html=html, items=tuple(items))


def _section(
    look: Look, threads: tuple[Thread, ...], head: str, why: str, tone: str, full: int, headlines: int
) -> Section:
    left = len(threads) - full - headlines
    return Section(
        head=f"{head} ({len(threads)})",
        why=why,
        tone=tone,
        lines=tuple(_line(look, thread, brief=tone == "doubtful") for thread in threads[:full]),
        headlines=tuple(_line(look, thread, brief=True) for thread in threads[full : full + headlines]),
        more=look.words.more.format(count=left) if left > 0 else "",
        more_url=_search_url(look, tone) if left > 0 else "",
    )


def _line(look: Look, thread: Thread, *, brief: bool = False) -> Line:
    words, lead = look.words, thread.lead
    hit = lead.hit
    evidence = _evidence(hit)
    shown = evidence[: 1 if brief else SENTENCES[TERMS[hit.licence].show]]
    hidden = len(evidence) - len(shown)
    left = len(thread.others) - ALSO
    badge, tone = _badge(look, hit)
    return Line(
        title=_plain(hit.title),
        url=_address(hit.url) or _hit_url(look, hit),
        facts=(_source(look, hit), _when(look, lead), words.score(hit.score, hit.decision)),
        badge=badge,
        tone=tone,
        notes=_notes(look, thread),
        opening="" if brief else _opening(hit),
        evidence=tuple(_cut(sentence, SENTENCE_LENGTH) for sentence in shown),
        more_evidence=_more_sentences(words, hidden),
        also=tuple(_also(look, match) for match in thread.others[:ALSO]) + _copies(look, hit),
        more_also=words.more.format(count=left) if left > 0 else "",
        thread_url=f"{look.portal_url}/?{urlencode({'thread': hit.thread})}" if thread.others else "",
        reasons=lead.reasons if look.reasons_shown else (),
        source_url=_address(hit.url),
        hit_url=_hit_url(look, hit),
    )


def _badge(look: Look, hit: Hit) -> tuple[str, str]:
    if hit.status is not Status.NEW:
        return look.words.badge(hit.status), hit.status.value
    if hit.id in look.sent_before:
        return look.words.new_version_badge, "new"
    return (look.words.doubtful_badge, "doubtful") if hit.decision is Decision.DOUBTFUL else ("", "")


def _notes(look: Look, thread: Thread) -> tuple[str, ...]:
    hit, words = thread.lead.hit, look.words
    notes = [words.do_not_use] if hit.status is Status.WITHDRAWN else []
    if hit.id in look.sent_before:
        notes.append(words.had)
    elif thread.followed:
        notes.append(words.follows)
    if hit.first_seen_at < look.since:
        notes.append(words.late)
    return tuple(notes)


def _evidence(hit: Hit) -> list[str]:
    """A withdrawn text is named, not quoted: the mail must not carry it further."""
    return [] if hit.status is Status.WITHDRAWN else [_plain(sentence) for sentence in hit.evidence]


def _opening(hit: Hit) -> str:
    """The first paragraph where the licence lets it be shown and no evidence sentence says it anyway."""
    if TERMS[hit.licence].show != "full" or hit.status is Status.WITHDRAWN:
        return ""
    first = _plain(hit.body.split("\n\n", 1)[0])
    said = first == _plain(hit.title) or any(_plain(sentence) in first for sentence in hit.evidence)
    return "" if said else _cut(first, OPENING_LENGTH)


def _also(look: Look, match: Match) -> Link:
    hit, words = match.hit, look.words
    badge = words.badge(hit.status) or (words.doubtful_badge if hit.decision is Decision.DOUBTFUL else "")
    name = _source(look, hit)
    return Link(name=f"{name} ({badge.lower()})" if badge else name, url=_address(hit.url) or _hit_url(look, hit))


def _copies(look: Look, hit: Hit) -> tuple[Link, ...]:
    """Where the very same wording stood; it has no hit of its own, so the link goes to this one."""
    return tuple(Link(name=_plain(place), url=_hit_url(look, hit)) for place in hit.also[:ALSO])


def _more_sentences(words: Words, hidden: int) -> str:
    if hidden < 1:
        return ""
    return words.more_sentences[0] if hidden == 1 else words.more_sentences[1].format(count=hidden)


def _source(look: Look, hit: Hit) -> str:
    return _plain(hit.publisher) or _plain(look.sources.get(hit.feed, hit.feed))


def _when(look: Look, match: Match) -> str:
    at = match.hit.published_at
    return look.words.moment(at, look.zone, look.day) if at else look.words.undated


def _hit_url(look: Look, hit: Hit) -> str:
    return f"{look.portal_url}/hit/{quote(hit.id, safe='')}"


def _search_url(look: Look, tone: str) -> str:
    """The search page with this mail's window and searches."""
    asked = [("seen_since", _instant(look.since)), ("seen_until", _instant(look.until))]
    joined = look.queries[0] if len(look.queries) == 1 else " OR ".join(f"({query})" for query in look.queries)
    if joined:
        asked.insert(0, ("q", joined))
    if tone != "doubtful":
        asked.append(("decision", Decision.ON_TOPIC.value))
    if tone:
        asked.append(("decision", Decision.DOUBTFUL.value))
    return f"{look.portal_url}/?{urlencode(asked)}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _period(look: Look) -> str:
    words = look.words
    since, until = (words.moment(at, look.zone) for at in (look.since, look.until))
    hours = words.hours.format(hours=round((look.until - look.since).total_seconds() / 3600))
    return f"{words.seen_from} {since} {words.to} {until} ({hours})"


def _fresh(words: Words, health: Sequence[FeedHealth], unseen: Sequence[FeedHealth]) -> str:
    if not health:
        return words.no_feeds
    sentence = words.fresh if unseen else words.all_fresh
    return sentence.format(fresh=len(health) - len(unseen), all=len(health))


def _unseen(look: Look, line: FeedHealth) -> str:
    """ "EP LIBE svarer med en spærreside (sidst forsøgt kl. 06:45; seneste indlæg 19. nov. kl. 22:10)"."""
    words = look.words
    facts = []
    if line.last_polled_at:
        facts.append(words.last_poll.format(when=words.moment(line.last_polled_at, look.zone, look.day)))
    if line.last_entry_at:
        facts.append(words.last_entry.format(when=words.moment(line.last_entry_at, look.zone, look.day)))
    else:
        facts.append(words.no_entry)
    problem = words.problem(line.problem) if line.problem else words.problems["silent"]
    return _plain(f"{line.title} {problem} ({'; '.join(facts)})")


def _address(url: str) -> str:
    """Only what a mail program may open without harm: http and https."""
    return url if url.lower().startswith(("http://", "https://")) and not _CONTROL.search(url) else ""


def _plain(text: str) -> str:
    """One line, without control characters or marks that reverse the direction of writing."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length].rsplit(' ', 1)[0].rstrip(' ,;:')} …"


def _tidy(text: str) -> str:
    """No trailing blanks and never two empty lines in a row."""
    lines = [line.rstrip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _wrap(text: str, indent: int = 0, first: str = "") -> str:
    """72 columns; an address is never broken."""
    room = " " * indent
    return textwrap.fill(
        text, 72, initial_indent=first or room, subsequent_indent=room, break_long_words=False, break_on_hyphens=False
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made: Any = Environment(
        loader=PackageLoader("digests"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["wrap"] = _wrap
    found: Environment = made
    return found
