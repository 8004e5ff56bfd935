"""``defectorwatch``: by hand what each task does, and the questions that monitors and operators ask."""

from __future__ import annotations

import sys
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from articles.errors import DefectorwatchError
from pipeline import steps
from pipeline.runtime import Runtime, open_runtime

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Follows the debate on asylum and other protection for Russians who defect.",
    pretty_exceptions_enable=False,
)
out = Console(highlight=False)

_STEPS = "The steps, in order"
_ASK = "Search and ask"
_MEND = "Mend"
_MAIL = "Digests"
_GOLD = "Corrections"
_START = "Servers"

FeedName = Annotated[str | None, typer.Argument(help="A feed's name; every feed where it is left out.")]


def main() -> None:
    """The console script. Every error of ours is one line on standard error and exit code 2."""
    try:
        app()
    except DefectorwatchError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]error:[/] {_plain(str(error))}")
        sys.exit(2)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _feeds(at: Runtime, feed: str | None) -> list[str]:
    """The feeds that are meant; an unknown name is one sentence with the known ones."""
    if feed is None:
        return at.feed_names
    at.feed(feed)
    return [feed]


def _counts(name: str, counts: dict[str, int]) -> None:
    words = "  ".join(f"{count} {what}" for what, count in counts.items())
    out.print(f"[bold]{name:<20}[/] {words}")


# ---------------------------------------------------------------- steps


@app.command(rich_help_panel=_STEPS)
def poll(feed: FeedName = None) -> None:
    """Reads what the sources list into the ledger."""
    at = open_runtime()
    failed = 0
    for name in _feeds(at, feed):
        try:
            _counts(name, steps.poll(name))
        except DefectorwatchError as error:
            failed += 1
            out.print(f"[bold]{name:<20}[/] [red]{_plain(str(error))}[/]", soft_wrap=True)
    raise typer.Exit(1 if failed else 0)


@app.command(rich_help_panel=_STEPS)
def fetch(feed: FeedName = None) -> None:
    """Fetches the pages of new entries."""
    _one_step("fetch", feed)


@app.command(rich_help_panel=_STEPS)
def extract(feed: FeedName = None) -> None:
    """Reads pages into texts."""
    _one_step("extract", feed)


@app.command(rich_help_panel=_STEPS)
def classify(
    source: Annotated[
        str | None, typer.Argument(help="A feed's name, or a file of JSON lines (with a second one).")
    ] = None,
    target: Annotated[Path | None, typer.Argument(help="The file to write the verdicts to.")] = None,
) -> None:
    """Judges texts: those of a feed, or `IN.jsonl OUT.jsonl` with lines `{"id", "text", "title", "lang"}`."""
    if target is None:
        _one_step("classify", source)
        return
    from pipeline import lines

    given = Path(source or "")

    def tell(line: lines.Line, wrong: str) -> None:
        Console(stderr=True, soft_wrap=True).print(f"{_plain(str(given))}: line {line.number} {_plain(wrong)}")

    bad = lines.judge_file(given, target, lambda: open_runtime().classifier, tell)
    raise typer.Exit(1 if bad else 0)


@app.command(rich_help_panel=_STEPS)
def index(feed: FeedName = None) -> None:
    """Puts hits into the search index."""
    _one_step("index", feed)


def _one_step(step: str, feed: str | None) -> None:
    at = open_runtime()
    if feed is not None:
        _feeds(at, feed)
    _counts(step, getattr(steps, step)(feed))


@app.command(rich_help_panel=_STEPS)
def run(feed: FeedName = None) -> None:
    """All five steps for one feed or all, without Airflow."""
    at = open_runtime()
    for name in _feeds(at, feed):
        try:
            _counts(name, steps.poll(name))
        except DefectorwatchError as error:
            out.print(f"[bold]{name:<20}[/] [red]{_plain(str(error))}[/]", soft_wrap=True)
    for step in ("fetch", "extract", "classify", "index"):
        _counts(step, getattr(steps, step)(feed))


# ---------------------------------------------------------------- digests

Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the digest; today where left out.")
]


def _day(day: datetime | None) -> date:
    from pipeline import clock

    return day.date() if day else clock.today(open_runtime().settings)


@app.command(rich_help_panel=_MAIL)
def compose(day: Day = None) -> None:
    """Files one digest per recipient; nothing is sent yet."""
    _counts("compose", steps.compose(_day(day)))


@app.command(rich_help_panel=_MAIL)
def send() -> None:
    """Sends the digests that are filed and not sent."""
    _counts("send", steps.send())


@app.command(rich_help_panel=_MAIL)
def digests(day: Day = None) -> None:
    """Lists what was filed and sent."""
    from pipeline import summary

    out.print(summary.digests(open_runtime(), day.date() if day else None))


# ---------------------------------------------------------------- questions


@app.command(rich_help_panel=_ASK)
def search(
    query: Annotated[str, typer.Argument(help='Words, "phrases", OR, -without, prefix*.')] = "",
    size: Annotated[int, typer.Option(help="How many to show.")] = 10,
    doubtful: Annotated[bool, typer.Option(help="Doubtful ones as well.")] = False,
) -> None:
    """Searches the hits."""
    from pipeline import summary

    out.print(summary.search(open_runtime(), query, size=size, doubtful=doubtful))


@app.command(rich_help_panel=_ASK)
def why(what: Annotated[str, typer.Argument(help="An address, a publisher's id or an article id.")]) -> None:
    """Where an item is, and why it is (not) a hit."""
    from pipeline import summary

    out.print(summary.why(open_runtime(), what))


@app.command(rich_help_panel=_ASK)
def status() -> None:
    """How each feed stands, and in which state every item is."""
    from pipeline import summary

    at = open_runtime()
    out.print(summary.feeds(at))
    out.print(summary.backlog(at))
    out.print(summary.corrections(at))
    if (line := summary.judging(at)) is not None:
        out.print(line)


@app.command(rich_help_panel=_ASK)
def feeds() -> None:
    """The feeds that are read."""
    from pipeline import summary

    out.print(summary.sources(open_runtime()))


@app.command(rich_help_panel=_ASK)
def settings() -> None:
    """Every setting, its value now, and what it is for."""
    from pipeline import summary

    out.print(summary.settings(open_runtime().settings))


# ---------------------------------------------------------------- mending


@app.command(rich_help_panel=_MEND)
def quarantine() -> None:
    """What could not be handled, and why."""
    from pipeline import summary

    out.print(summary.quarantine(open_runtime()))


@app.command(rich_help_panel=_MEND)
def retry(
    feed: FeedName = None,
    kind: Annotated[str | None, typer.Option(help="Only problems of this kind, as `quarantine` shows it.")] = None,
    article: Annotated[str | None, typer.Option(help="Only this article id.")] = None,
) -> None:
    """Puts quarantined articles back to the step that failed."""
    at = open_runtime()
    count = at.ledger.requeue(feed=feed, kind=kind, article_id=article, now=at.now())
    out.print(f"{count} put back; they go with the next run of their feed, or now with `defectorwatch run`")


@app.command(rich_help_panel=_MEND)
def reclassify(feed: FeedName = None) -> None:
    """Judges every text anew, as after a change of model. Sends nothing."""
    from articles.model import Stage

    at = open_runtime()
    out.print(f"{at.ledger.reopen(Stage.CLASSIFY, feed=feed, now=at.now())} texts are due again")
    for step in ("classify", "index"):
        _counts(step, getattr(steps, step)(feed))


@app.command(rich_help_panel=_MEND)
def rebuild() -> None:
    """Makes the search index anew from the ledger; searches go on meanwhile."""
    _counts("rebuild", steps.rebuild())


@app.command(rich_help_panel=_MEND)
def migrate() -> None:
    """Brings the ledger's tables up to date."""
    at = open_runtime()
    at.ledger.migrate()
    out.print(f"the ledger is up to date: {_shown(at)}")


def _shown(at: Runtime) -> Any:
    """The ledger's URL without its password."""
    from sqlalchemy import make_url

    return make_url(at.settings.ledger).render_as_string(hide_password=True)


# ---------------------------------------------------------------- corrections


class Word(StrEnum):
    """What a person says of a text."""

    YES = "yes"
    NO = "no"


@app.command(rich_help_panel=_GOLD)
def correct(
    article: Annotated[str, typer.Argument(metavar="ID", help="An article id, as `why` shows it.")],
    word: Annotated[Word, typer.Argument(help="Is it on topic?")],
    by: Annotated[str, typer.Option(help="Who says so.")],
    note: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Files what a person says of a verdict. It changes neither verdict, search nor digest."""
    from pipeline import gold, summary

    at = open_runtime()
    out.print(summary.correction(gold.correct(at, article, word is Word.YES, by=by, note=note), at.settings))


@app.command("gold", rich_help_panel=_GOLD)
def gold_set(
    target: Annotated[Path | None, typer.Argument(help="The file to write; standard output where left out.")] = None,
) -> None:
    """Writes each corrected article as a JSON line with its text, to learn from or to measure by."""
    from pipeline import gold

    found = gold.lines(open_runtime())
    if target is not None:
        count = gold.write(target, found)
        out.print(f"{count} corrected article{'' if count == 1 else 's'} in {_plain(str(target))}", soft_wrap=True)
        return
    for line in found:
        typer.echo(line)


# ---------------------------------------------------------------- servers


@app.command(rich_help_panel=_START)
def portal(
    port: Annotated[int, typer.Option(help="Port on loopback.")] = 8086,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serves the search page."""
    import uvicorn

    from pipeline.ports import free

    free(host, port)
    out.print(f"search page at http://{host}:{port}/ (Ctrl-C stops it)")
    uvicorn.run("portal.app:create", factory=True, host=host, port=port, log_level="warning")


@app.command(rich_help_panel=_START)
def replay(port: Annotated[int, typer.Option(help="Port on loopback.")] = 8085) -> None:
    """Serves the recorded day as the sources would."""
    import time

    from replay import server

    journal = open_runtime().settings.var / "replay.jsonl"
    with server.serve(port, journal) as running:
        out.print(f"the recorded day at {running.url} (Ctrl-C stops it)")
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
