"""The steps, in order: poll, fetch, extract, classify, index; then compose and send.

Each is safe to repeat and safe beside itself: work is claimed in the ledger, done, and written back in one
transaction. Each takes the feed it is about and returns its counts; a manual run is the same call. One bad article
becomes a problem in quarantine and the rest goes on; :func:`gate` fails when the share is too large.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date

from articles.errors import SourceError, SourceFault, StepFailed
from articles.model import Article, Stage, State
from articles.ports import PollTally, Tally
from pipeline import clock, workers
from pipeline.runtime import Runtime, open_runtime

BATCH = 50  # articles claimed at once: a crash repeats at most this many
_QUEUE_ROUNDS = 40  # a queue hands out up to 50 items a round; a day of the wire is some 400
_FEWEST_TO_JUDGE = 10  # a share of fewer articles than this says nothing


def poll(feed: str, *, runtime: Runtime | None = None) -> dict[str, int]:
    """Reads a source's list into the ledger, then acknowledges it to the source. Raises its ``SourceError``.

    A queue is read again until it has nothing new. Order: entries, commit, acknowledge; a crash between the last two
    makes the source send the items again, and they are known.
    """
    from pipeline import polling

    at = runtime or open_runtime()
    total = PollTally()
    for _ in range(_QUEUE_ROUNDS):
        tally, more = polling.poll_once(at, feed)
        total += tally
        if not more:
            break
    return asdict(total)


def fetch(feed: str | None = None, *, runtime: Runtime | None = None) -> dict[str, int]:
    """Fetches the pages of new entries. A page that may come later is tried again, one that will not is quarantined."""
    from pipeline import reading

    return _work(Stage.FETCH, feed, runtime, reading.fetch)


def extract(feed: str | None = None, *, runtime: Runtime | None = None) -> dict[str, int]:
    """Reads each page into a text; the same wording as an earlier article's makes a duplicate of it."""
    from pipeline import reading

    return _work(Stage.EXTRACT, feed, runtime, reading.extract)


def classify(feed: str | None = None, *, runtime: Runtime | None = None) -> dict[str, int]:
    """Judges each text; what is off topic ends here."""
    from pipeline import judging

    return _work(Stage.CLASSIFY, feed, runtime, judging.classify)


def index(feed: str | None = None, *, runtime: Runtime | None = None) -> dict[str, int]:
    """Puts hits into the index, each in its thread; what is a hit no longer is taken out."""
    from pipeline import judging

    return _work(Stage.INDEX, feed, runtime, judging.index)


def gate(feed: str, ran: Mapping[str, object] | None = None, *, runtime: Runtime | None = None) -> dict[str, int]:
    """Fails where the feed is not well: its last poll failed, it is silent, a step failed, too much is in quarantine.

    A run whose last step is green is not a good run; this is the step that says so. ``ran``: what each step of this
    run returned, ``None`` where it failed; a failed poll is told in its own words.
    """
    at = runtime or open_runtime()
    last = at.ledger.last_polls().get(feed)
    problems = [problem for problem in (last.problem, *last.problems) if problem] if last else []
    if problems:
        raise SourceError("; ".join(dict.fromkeys(problem.detail for problem in problems)), subject=feed)
    failed = [step for step, counts in (ran or {}).items() if counts is None]
    if failed:
        raise StepFailed(f"{', '.join(failed)} failed; open the log of that task", subject=feed)
    _well(at, feed)
    states = at.ledger.states().get(feed, {})
    total, bad = sum(states.values()), states.get(State.QUARANTINED, 0)
    if total >= _FEWEST_TO_JUDGE and bad > total * at.settings.quarantine_share:
        raise SourceFault(f"{bad} of {total} articles are in quarantine; see `defectorwatch quarantine`", subject=feed)
    return {state.value: count for state, count in states.items()}


def _well(at: Runtime, feed: str) -> None:
    for line in at.health(names=[feed]):
        if line.problem:
            raise SourceError(line.problem.detail, subject=feed)


def day_of(*candidates: str | None, runtime: Runtime | None = None) -> date:
    """The first day that is given, as ``2026-11-20``; today where none is."""
    at = runtime or open_runtime()
    return clock.day_of(*candidates, settings=at.settings)


def compose(day: date, *, runtime: Runtime | None = None) -> dict[str, int]:
    """Files the digest of ``day`` for each recipient: what was seen from 07:00 the day before to 07:00, local time."""
    from pipeline import mailing

    return asdict(mailing.compose(runtime or open_runtime(), day))


def send(*, runtime: Runtime | None = None) -> dict[str, int]:
    """Sends what is filed and not sent. A mail that was refused stays filed and goes with a later run."""
    from pipeline import mailing

    return asdict(mailing.send(runtime or open_runtime()))


def mend(*, runtime: Runtime | None = None) -> dict[str, int]:
    """Makes the index anew where it holds fewer hits than the ledger: another engine, or a folder that was lost."""
    from pipeline import judging

    return asdict(judging.mend(runtime or open_runtime()))


def rebuild(*, runtime: Runtime | None = None) -> dict[str, int]:
    """Makes the index anew from the ledger; searches go on over the old one until the new one is whole."""
    from pipeline import judging

    return asdict(judging.rebuild(runtime or open_runtime()))


def _work(
    stage: Stage, feed: str | None, runtime: Runtime | None, batch: Callable[[Runtime, list[Article]], Tally]
) -> dict[str, int]:
    at = runtime or open_runtime()
    workers.release_dead(at)
    tally = Tally()
    while claimed := at.ledger.claim(stage, feed=feed, limit=BATCH, worker=at.worker, now=at.now()):
        tally += batch(at, claimed)
    return asdict(tally)
