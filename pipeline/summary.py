"""What a person reads on the terminal: the day's summary, and the answers of the command line. Rich renderables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text as Words

from articles.errors import ClassifierError, SettingError, UnknownName
from articles.model import Article, Decision, Stage, State
from articles.ports import FeedHealth, Found, Hit, Marked, Query
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ledger.store import Correction
    from pipeline.runtime import Runtime

#: The states in the order of an article's life, with the word for people.
_STATES = {
    State.INDEXED: "hits",
    State.CLASSIFIED: "off",
    State.DUPLICATE: "copies",
    State.SUPERSEDED: "older",
    State.QUARANTINED: "quar.",
}
_UNDER_WAY = (State.POLLED, State.FETCHED, State.EXTRACTED)
_POLL = {"read": "read", "new": "new", "known": "known", "quarantined": "quar."}
_LEGEND = "off topic · copies of another · older versions · in quarantine · due: waiting for their next step"

_EXAMPLE = "russisk* soldat*"  # the search that the summary shows


def show(
    at: Runtime, polls: Mapping[str, Mapping[str, int]], *, day: date, took_s: float, console: Console | None = None
) -> None:
    """The end of a run: what was read, where every item is, the hits, the digest, a search, and where to go next."""
    to = console or Console(highlight=False)
    hits = sorted(at.ledger.hits(), key=_when, reverse=True)
    to.print(Rule("[bold]What was read[/]", align="left"))
    to.print(_read(at, polls))
    to.print(Rule(f"[bold]What was found[/]: {_hits_in_words(hits)}", align="left"))
    to.print(_hits(hits, at.settings))
    to.print(Rule("[bold]What was sent[/]", align="left"))
    to.print(digests(at, day))
    to.print(Rule(f"[bold]A search[/]: {_EXAMPLE}", align="left"))
    to.print(search(at, _EXAMPLE, size=3))
    to.print(Rule("[bold]Where to go next[/]", align="left"))
    to.print(_next(took_s))


# ---------------------------------------------------------------- feeds


def _read(at: Runtime, polls: Mapping[str, Mapping[str, int]]) -> RenderableType:
    states = at.ledger.states()
    health = at.health()
    table = _table("feed", *_POLL.values(), *_STATES.values(), "due")
    totals = dict.fromkeys(_POLL, 0)
    for line in health:
        counts = polls.get(line.feed, {})
        for what in totals:
            totals[what] += counts.get(what, 0)
        read = [_number(counts[what]) if counts else "–" for what in totals]
        table.add_row(_mark(line), *read, *_state_cells(states.get(line.feed, {})))
    everything = _sum(states)
    table.add_section()
    sums = [f"[bold]{count}[/]" for count in totals.values()]
    table.add_row(f"[bold]{len(health)} feeds[/]", *sums, *_state_cells(everything))
    legend = (
        f"read = new + known + quarantined; each of {sum(everything.values())} items is in one state: hits · {_LEGEND}"
    )
    return Group(table, Words(legend, style="dim"), _not_well(health))


def _mark(line: FeedHealth) -> Words:
    return Words(line.feed, style="" if line.fresh else "yellow")


def _not_well(health: Iterable[FeedHealth]) -> RenderableType:
    """What is late, silent or broken: a line each, in the problem's own words."""
    table = Table.grid(padding=(0, 1))
    for line in health:
        if line.problem:
            table.add_row(Words(line.feed, style="yellow"), Words(line.problem.detail))
    return table if table.row_count else Words("every source is well", style="green")


def _state_cells(states: Mapping[State, int]) -> list[str]:
    known = [_number(states.get(state, 0)) for state in _STATES]
    return [*known, _number(sum(states.get(state, 0) for state in _UNDER_WAY))]


def _sum(states: Mapping[str, Mapping[State, int]]) -> dict[State, int]:
    return {state: sum(counts.get(state, 0) for counts in states.values()) for state in State}


def feeds(at: Runtime) -> RenderableType:
    """One line a feed: when it was read and where its items are; below it what is not well."""
    states = at.ledger.states()
    health = at.health()
    table = _table("feed", "last read", "last entry", *_STATES.values(), "due")
    for line in health:
        read, brought = (_local(when, at.settings) for when in (line.last_polled_at, line.last_entry_at))
        table.add_row(_mark(line), read, brought, *_state_cells(states.get(line.feed, {})))
    return Group(table, _not_well(health))


def backlog(at: Runtime) -> RenderableType:
    """How much work waits at each step."""
    waiting = at.ledger.backlog()
    words = ", ".join(f"{waiting.get(stage, 0)} to {stage.value}" for stage in Stage)
    return Words(f"waiting: {words}", style="dim")


def corrections(at: Runtime) -> RenderableType:
    """How many verdicts people have spoken to, and how often they say otherwise."""
    from ledger.store import in_force

    said = in_force(at.ledger.corrections())
    counted = f"{len(said)} correction{'' if len(said) == 1 else 's'}"
    against = sum(one.disagrees for one in said)
    return Words(f"{counted} ({against} disagree{'s' if against == 1 else ''} with the verdict)", style="dim")


def judging(at: Runtime) -> RenderableType | None:
    """That verdicts are another classifier's than the one that judges now, or that this one cannot be loaded."""
    from pipeline.health import judging

    try:
        problem = judging(at)
    except (ClassifierError, SettingError, UnknownName) as error:
        return Words(f"the classifier cannot be loaded: {error}", style="yellow")
    return Words(problem.detail, style="yellow") if problem else None


def sources(at: Runtime) -> RenderableType:
    """The feeds with what they are."""
    table = _table("feed", "what it is", "schedule", "licence", "homepage")
    for name in at.feed_names:
        feed = at.feed(name)
        table.add_row(name, feed.title, feed.schedule, feed.licence.value, feed.homepage)
    return table


# ---------------------------------------------------------------- hits


def _hits_in_words(hits: list[Article]) -> str:
    threads = {hit.trace.thread if hit.trace else hit.id for hit in hits}
    doubtful = sum(1 for hit in hits if hit.verdict and hit.verdict.decision is Decision.DOUBTFUL)
    return f"{len(hits) - doubtful} on topic and {doubtful} doubtful, telling {len(threads)} stories"


def _hits(hits: list[Article], settings: Settings) -> RenderableType:
    threads: dict[str, list[Article]] = {}
    for hit in hits:
        threads.setdefault((hit.trace.thread if hit.trace else "") or hit.id, []).append(hit)
    blocks = (_thread(members, settings) for members in threads.values())
    return Group(*blocks) if threads else Words("nothing on topic was found", style="dim")


def _thread(members: list[Article], settings: Settings) -> RenderableType:
    lead, *others = sorted(members, key=lambda hit: (-(hit.verdict.score if hit.verdict else 0), _when(hit)))
    rows: list[RenderableType] = [_line(lead, settings), Padding(_evidence(lead), (0, 0, 0, 7))]
    rows += [Padding(_line(other, settings), (0, 0, 0, 7)) for other in others]
    return Group(*rows)


def _line(hit: Article, settings: Settings) -> Words:
    verdict = hit.verdict
    assert verdict is not None
    style = "green" if verdict.decision is Decision.ON_TOPIC else "yellow"
    status = "" if hit.entry.status.value == "new" else f" [{hit.entry.status.value}]"
    line = Words.assemble((f"{verdict.score:5.0%}  ", style), (_clean(hit.title), "bold"), (status, "red"))
    place = " · ".join(part for part in (hit.entry.publisher or hit.entry.feed, hit.entry.form) if part)
    return line.append(f"  {place} · {_local(hit.published_at, settings)}", style="dim")


def _evidence(hit: Article) -> Words:
    spans = hit.verdict.evidence if hit.verdict else ()
    body = hit.text.body if hit.text else ""
    if not spans:
        return Words("no sentence stands out", style="dim")
    return Words(f"“{_clean(body[spans[0].start : spans[0].end])}”", style="italic")


def search(at: Runtime, query: str, *, size: int = 10, doubtful: bool = False) -> RenderableType:
    """What the index answers to a search."""
    wanted = (Decision.ON_TOPIC, Decision.DOUBTFUL) if doubtful else (Decision.ON_TOPIC,)
    results = at.index.search(Query(text=query, size=size, decisions=wanted, sort="relevance" if query else "newest"))
    head = Words(f"{results.total} found in {results.took_ms:.0f} ms", style="dim")
    return Group(head, *(_found(found, at.settings) for found in results.found))


def _found(found: Found, settings: Settings) -> RenderableType:
    hit: Hit = found.hit
    line = Words.assemble((f"{hit.score:5.0%}  ", "green"))
    line.append_text(_marked(found.title, "bold"))
    line.append(f"  {hit.publisher or hit.feed} · {_local(hit.published_at, settings)}", style="dim")
    rows: list[RenderableType] = [line]
    rows += [Padding(_marked(passage, ""), (0, 0, 0, 7)) for passage in found.passages[:1]]
    if hit.url:
        rows.append(Padding(Words(hit.url, style="blue"), (0, 0, 0, 7)))
    return Group(*rows)


def _marked(passage: Marked, style: str) -> Words:
    words = Words(_printable(passage.text), style=style)
    for start, end in passage.marks:
        words.stylize("reverse", start, end)
    return words


def why(at: Runtime, what: str) -> RenderableType:
    """Where an item is and what was said of it."""
    articles = at.ledger.find(what)
    if not articles:
        return Words(
            f"{what} is not on file: no feed has listed it, or it was listed under another address. "
            "`defectorwatch feeds` shows what is read, `defectorwatch status` what is late.",
            style="yellow",
        )
    return Group(*(_life(article, at.settings) for article in articles))


def _life(article: Article, settings: Settings) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    trace, verdict = article.trace, article.verdict
    for name, value in (
        ("title", _clean(article.title)),
        ("id", article.id),
        ("feed", f"{article.entry.feed}, its id {article.entry.guid}, version {article.entry.version}"),
        ("address", article.canonical_url),
        ("published", _local(article.published_at, settings)),
        ("first seen", _local(trace.first_seen_at if trace else None, settings)),
        ("state", trace.state.value if trace else ""),
        ("copy of", trace.duplicate_of if trace else ""),
        ("read by", article.text.extractor if article.text else "not read yet"),
        ("judged", f"{verdict.decision.value}, {verdict.score:.0%}, by {verdict.classifier}" if verdict else "not yet"),
        ("problem", article.problem.detail if article.problem else ""),
    ):
        if value:
            table.add_row(Words(name, style="dim"), Words(value))
    return Padding(table, (0, 0, 1, 0))


def correction(said: Correction, settings: Settings) -> RenderableType:
    """What was filed, and what it is said of."""
    word = "on topic" if said.on_topic else "off topic"
    verdict = f"{said.classifier} said {said.decision.value}, {said.score:.0%}, of version {said.version}"
    return Words(f"{_clean(said.by)} said on {_local(said.at, settings)}: {word} ({verdict})")


def quarantine(at: Runtime) -> RenderableType:
    """What could not be handled."""
    found = at.ledger.quarantined(limit=200)
    if not found:
        return Words("nothing is in quarantine", style="green")
    table = _table("feed", "step", "kind", "title", "what is wrong")
    for article in found:
        problem = article.problem
        where = (problem.stage, problem.kind) if problem else ("", "")
        table.add_row(
            article.entry.feed, *where, Words(_clean(article.title)), Words(problem.detail if problem else "")
        )
    return table


# ---------------------------------------------------------------- digests, settings


def digests(at: Runtime, day: date | None) -> RenderableType:
    """What was filed and sent, with the path of the mail where it is on this disk."""
    records = at.ledger.digests(day=day)
    if not records:
        return Words("no digest is on file for that day", style="dim")
    rows: list[RenderableType] = []
    for record in records:
        sent = f"sent {_local(record.sent_at, at.settings)}" if record.sent_at else "not sent yet"
        rows.append(
            Words.assemble(
                (record.digest.subject, "bold"),
                f"  to {record.digest.recipient.address}, {len(record.digest.items)} items, {sent}",
            )
        )
        if record.receipt and record.receipt.filed:
            rows.append(Words(f"       {record.receipt.filed}", style="blue"))
        if record.problem:
            rows.append(Words(f"       {record.problem.detail}", style="yellow"))
    return Group(*rows)


def settings(found: Settings) -> RenderableType:
    """Every setting with its value; secrets as stars."""
    from pipeline.docs import variable

    table = _table("variable", "value", "what it is for")
    for name, field in type(found).model_fields.items():
        table.add_row(variable(name, field), str(getattr(found, name)), field.description or "")
    return table


def _next(took_s: float) -> RenderableType:
    program = ".venv/bin/defectorwatch"
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    for command, what in (
        (f'{program} search "desertør*"', "search the hits"),
        (f"{program} why ADDRESS", "where an item is, and why"),
        (f"{program} quarantine", "what could not be handled, and why"),
        ("make up", "Airflow, the search page and mail, kept alive"),
        ("make run", f"again (it took {took_s:.0f} s): nothing new, no second mail"),
    ):
        table.add_row(Words(command, style="bold"), Words(what))
    return table


# ---------------------------------------------------------------- small things


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    numbers = {*_POLL.values(), *_STATES.values(), "due"}
    for column in columns:
        number = column in numbers
        table.add_column(
            "" if column == "│" else column, justify="right" if number else "left", no_wrap=number or column == "feed"
        )
    return table


def _number(count: int) -> str:
    return str(count) if count else "·"


def _when(article: Article) -> datetime:
    at = article.published_at or (article.trace.first_seen_at if article.trace else None)
    assert at is not None
    return at


def _local(at: datetime | None, settings: Settings) -> str:
    return at.astimezone(ZoneInfo(settings.timezone)).strftime("%-d %b %H:%M") if at else "–"


def _clean(text: str) -> str:
    return _printable(text).strip()


def _printable(text: str) -> str:
    """As long as before, in one line and without characters that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)
