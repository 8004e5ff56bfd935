"""Articles per second through extract, classify and index, beside the bare extraction of the same pages.

``python -m bench.pipeline [--copies 3] [--weight 100]``: the pages of the recorded day, each several times with one
sentence changed, lie ready in a ledger and an archive of their own. Recorded pages weigh 3 kB, a newspaper's 100 kB
and more, so each gets the furniture of a real one (scripts, menus, teasers) up to ``--weight`` kB. Measured in CPU
seconds of this process, so that other work on the machine counts less: the bare extractor, then the steps with the
lexicon and with the topic's own classifier. Printed: the share of each step, what everything but extraction and model
costs as a ratio to extraction, and the peak memory. A second measurement runs two workers over one ledger for articles
per second of wall time on two cores.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

import extractors
from articles import adapters
from articles.errors import DefectorwatchError
from articles.model import Page, Stage, Text
from articles.ports import Polled
from ledger.store import Move
from pipeline import steps
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from replay import server
from replay.day import DAY

Pages = list[tuple[str, Page]]


def recorded_pages(folder: Path) -> tuple[Pages, Runtime]:
    """The pages of the recorded day with the extractor of each, fetched once from the replay server."""
    with server.serve(0, folder / "journal.jsonl") as running:
        chosen = Settings(
            var=folder / "day",
            replay_url=running.url,
            now=DAY.played_at,
            timeout_s=1,
            pause_s=0,
            ritzau_wire_user="replay",
            ritzau_wire_password="replay",
        )
        at = Runtime(chosen)
        for name in at.feed_names:
            try:
                steps.poll(name, runtime=at)
            except DefectorwatchError:
                continue
        steps.fetch(runtime=at)
    found: Pages = []
    while claimed := at.ledger.claim(Stage.EXTRACT, limit=100, worker="bench", now=at.now()):
        found += [(article.entry.extractor, _page_of(at, article)) for article in claimed]
    return found, at


def furnished(page: Page, weight: int) -> Page:
    """The page with what surrounds an article on a newspaper's site, up to ``weight`` bytes; fragments stay."""
    end = page.body.rfind(b"</body>")
    lacking = weight - len(page.body)
    if end < 0 or lacking <= 0:
        return page
    data = b"<script type='application/json'>{%s}</script>" % (b'"id": 1071, "kind": "teaser", ' * (lacking // 35))
    teaser = b"<li class='teaser'><a href='/nyheder/%d'><h3>Vejret bliver bedre</h3><p>Se prognosen her</p></a></li>"
    teasers = b"<aside class='more'><ul>%s</ul></aside>" % b"".join(teaser % n for n in range(lacking // 1000))
    return replace(page, body=page.body[:end] + teasers + data + page.body[end:])


def _page_of(at: Runtime, article: object) -> Page:
    from pipeline.reading import page_of

    return page_of(at, article)  # type: ignore[arg-type]


def stocked(folder: Path, pages: Pages, copies: int, classifier: str) -> Runtime:
    """A ledger and an archive in which ``copies`` of each page wait for extraction, no two with the same wording."""
    from articles.model import Entry, State

    at = Runtime(Settings(var=folder, now=DAY.played_at))
    at.__dict__["classifier"] = _classifier(at, classifier)
    for copy in range(copies):
        entries = [
            Entry(feed="bench", guid=f"{copy}-{n}", url=f"https://bench.example/{copy}/{n}", title="", extractor=name)
            for n, (name, _) in enumerate(pages)
        ]
        at.ledger.record_poll("bench", Polled(entries=tuple(entries)), {}, now=at.now())
    while claimed := at.ledger.claim(Stage.FETCH, limit=500, worker=at.worker, now=at.now()):
        moves = []
        for article in claimed:
            edition, place = article.entry.guid.split("-")
            page = pages[int(place)][1]
            body = page.body.replace(b"</p>", f" Udgave {edition} af {place}.</p>".encode(), 1)
            ref = at.archive.keep(article.entry.url, 200, {}, body, at=at.now())
            kept = replace(page, body=b"", archive_ref=ref)
            moves.append(Move(article=article.with_(page=kept), state=State.FETCHED, due=Stage.EXTRACT))
        at.ledger.advance_all(moves, worker=at.worker, now=at.now())
    return at


def _classifier(at: Runtime, name: str) -> object:
    """Loaded and asked once; what it has loaded is no longer walked through by every garbage collection."""
    import classifiers

    loaded = adapters.load(classifiers, name).load(at.topic)
    loaded.classify([Text(title="", body="Russiske soldater søger asyl.", language="da", extractor="bench")])
    gc.collect()
    gc.freeze()
    return loaded


def bare(pages: Pages, copies: int) -> float:
    """CPU seconds of the extractors alone on the same pages."""
    started = time.process_time()
    for copy in range(copies):
        for n, (name, page) in enumerate(pages):
            body = page.body.replace(b"</p>", f" Udgave {copy} af {n}.</p>".encode(), 1)
            try:
                adapters.load(extractors, name).extract(replace(page, body=body))
            except DefectorwatchError:
                continue
    return time.process_time() - started


def timed(step: Callable[..., object], at: Runtime) -> float:
    """CPU seconds of one step over all that waits for it."""
    started = time.process_time()
    step(runtime=at)
    return time.process_time() - started


def wall_of_two(folder: Path, pages: Pages, copies: int) -> float:
    """Seconds of wall time that two workers take over one ledger, lexicon only."""
    stocked(folder, pages, copies, "lexicon").ledger.close()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=work_through, args=(folder,)) for _ in range(2)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - started


def work_through(folder: Path) -> None:
    """One worker: extract, classify and index until nothing waits."""
    at = Runtime(Settings(var=folder, now=DAY.played_at))
    at.__dict__["classifier"] = _classifier(at, "lexicon")
    for step in (steps.extract, steps.classify, steps.index):
        step(runtime=at)


def main() -> None:
    """Prints the figures."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--copies", type=int, default=3)
    given.add_argument("--weight", type=int, default=100, help="kB of a page; 0 leaves them as recorded")
    options = given.parse_args()
    copies: int = options.copies
    out = Console(highlight=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recorded, _ = recorded_pages(folder)
        pages = [(name, furnished(page, options.weight * 1000)) for name, page in recorded]
        total = len(pages) * copies
        bare(pages, 1)  # imports and warm caches are not what is measured
        table = Table(box=None)
        for column in ("classifier", "extract", "classify", "index", "rest / extraction", "articles/s of CPU"):
            table.add_column(column, justify="right")
        for kind in dict.fromkeys(["lexicon", Runtime(Settings()).topic.classifier]):
            at = stocked(folder / kind, pages, copies, kind)
            before = bare(pages, copies)
            extract, classify, index = (timed(step, at) for step in (steps.extract, steps.classify, steps.index))
            alone = (before + bare(pages, copies)) / 2  # on both sides: a machine's pace drifts
            judged = classify if kind == "lexicon" else 0.0
            rest = (extract - alone + judged + index) / alone
            everything = extract + classify + index
            table.add_row(
                kind,
                *(f"{part / everything:.0%}" for part in (extract, classify, index)),
                f"{rest:.2f}",
                f"{total / everything:.0f}",
            )
        wall = wall_of_two(folder / "two", pages, copies)
    out.print(f"{total} pages; bare extraction {total / alone:.0f} pages/s of CPU, {alone / total * 1000:.1f} ms each")
    out.print(table)
    out.print(f"two workers, lexicon: {total / wall:.0f} articles/s of wall time, start-up included")
    out.print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (this process)")


if __name__ == "__main__":
    main()
