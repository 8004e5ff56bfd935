"""Classify and index: from a text to its verdict, and from a verdict to a hit in its thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from articles.errors import ClassifierError, SearchIndexError
from articles.model import Article, Decision, Stage, State, Status, Verdict
from articles.ports import Hit, Query, Tally
from ledger.store import Move
from pipeline import threads
from pipeline.hit import hit_of
from pipeline.problems import problem_of
from pipeline.runtime import Runtime

_AT_ONCE = 200  # hits whose copies are looked up together in a rebuild


def classify(at: Runtime, claimed: list[Article]) -> Tally:
    """One batch of claimed articles: a verdict each; hits, and what has ceased to be one, are due for the index."""
    moves: list[Move] = []
    failed = 0
    for article, verdict in zip(claimed, _verdicts(at, claimed), strict=True):
        if isinstance(verdict, ClassifierError):
            at.ledger.quarantine(article, problem_of(verdict, "classify"), worker=at.worker, now=at.now())
            failed += 1
            continue
        before = at.ledger.previous(article)
        final = _final(article, before, replace(verdict, classified_at=at.now()))
        done = article.with_(verdicts=(*article.verdicts, final), problem=None)
        in_index = (before is not None and before.on_topic) or _indexed(article)
        due = Stage.INDEX if done.on_topic or in_index else None
        moves.append(Move(article=done, state=State.CLASSIFIED, due=due))
    at.ledger.advance_all(moves, worker=at.worker, now=at.now())
    return Tally(read=len(claimed), written=len(moves), quarantined=failed)


def _verdicts(at: Runtime, claimed: list[Article]) -> list[Verdict | ClassifierError]:
    """A verdict each; where the batch fails, the articles are judged alone so that only the bad one is lost."""
    texts = [article.text for article in claimed if article.text is not None]
    try:
        return list(at.classifier.classify(texts))
    except ClassifierError as error:
        if len(claimed) == 1:
            return [error]
    return [_verdicts(at, [article])[0] for article in claimed]


def _final(article: Article, before: Article | None, verdict: Verdict) -> Verdict:
    """A withdrawn article keeps the verdict on the wording that is withdrawn: a reader of it must be told."""
    if article.entry.status is Status.WITHDRAWN and before is not None and before.verdict is not None:
        return before.verdict
    return verdict


def _indexed(article: Article) -> bool:
    return article.trace is not None and article.trace.indexed_at is not None


def index(at: Runtime, claimed: list[Article]) -> Tally:
    """One batch of claimed articles: into the index, or out of it."""
    stories = [threads.story(hit) for hit in at.ledger.hits(since=at.now() - threads.WINDOW)]
    copies = at.ledger.duplicates_of([article.id for article in claimed])
    gone = [article for article in claimed if not article.on_topic]
    threaded: list[tuple[Article, str]] = []
    for article in (article for article in claimed if article.on_topic):
        kept = article.trace.thread if article.trace else ""
        thread = kept or threads.thread_of(article, stories)
        stories.append(threads.Story(thread, threads.runs(article.text.body if article.text else "")))
        threaded.append((article, thread))
    hits = [hit_of(_in_thread(article, thread), copies.get(article.id, ())) for article, thread in threaded]
    if gone:
        at.index.remove([article.id for article in gone])
    if hits:
        at.index.put(hits)
    moves = [Move(article=article, state=State.INDEXED, due=None, thread=thread) for article, thread in threaded]
    moves += [Move(article=article, state=State.CLASSIFIED, due=None) for article in gone]
    at.ledger.advance_all(moves, worker=at.worker, now=at.now())
    return Tally(read=len(claimed), written=len(hits), skipped=len(gone))


def _in_thread(article: Article, thread: str) -> Article:
    assert article.trace is not None
    return article.with_(trace=replace(article.trace, thread=thread))


def mend(at: Runtime) -> Tally:
    """Nothing where the index holds as many as the ledger, else :func:`rebuild`; so too where it is damaged."""
    wanted = sum(1 for _ in at.ledger.hits())
    try:
        held = at.index.search(Query(decisions=tuple(Decision), size=1)).total
    except SearchIndexError:
        return rebuild(at)  # which raises by itself where the engine is not there at all
    return Tally() if held == wanted else rebuild(at)


def rebuild(at: Runtime) -> Tally:
    """A new index of every hit in the ledger, in place of the old one."""
    return at.index.rebuild(_all_hits(at))


def _all_hits(at: Runtime) -> Iterator[Hit]:
    group: list[Article] = []
    for article in at.ledger.hits():
        group.append(article)
        if len(group) == _AT_ONCE:
            yield from _hits_of(at, group)
            group = []
    yield from _hits_of(at, group)


def _hits_of(at: Runtime, group: list[Article]) -> list[Hit]:
    copies = at.ledger.duplicates_of([article.id for article in group])
    return [hit_of(article, copies.get(article.id, ())) for article in group]
