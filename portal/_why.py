"""Where an item is and why: the way it went, step by step. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from articles.model import Article, Decision, Problem, State
from articles.ports import Thresholds
from portal import _show, _words


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``tone``: done, failed, open (still to come) or none (does not apply)."""

    name: str
    tone: str
    words: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One article as its page shows it."""

    article: Article
    stands: str  # where it is, in a sentence
    advice: str  # what can be done about it; "" where nothing
    steps: tuple[Step, ...]
    earlier: tuple[Article, ...]  # its other versions
    is_hit: bool
    copy_of: str


def life(article: Article, versions: Sequence[Article], cut: Thresholds | None) -> Life:
    """From what the ledger holds of an article."""
    trace = article.trace
    assert trace is not None
    return Life(
        article=article,
        stands=_stands(article, trace.state),
        advice=_advice(article, trace.state),
        steps=(_listed(article), _fetched(article), _read(article), _judged(article, cut), _found(article)),
        earlier=tuple(version for version in versions if version.entry.version != article.entry.version),
        is_hit=trace.state is State.INDEXED,
        copy_of=trace.duplicate_of,
    )


def _stands(article: Article, state: State) -> str:
    if state is State.CLASSIFIED and article.on_topic:
        return "On its way: it was judged and goes into the search index with the next run."
    return _words.STANDS[state]


def _advice(article: Article, state: State) -> str:
    trace, problem = article.trace, article.problem
    if state is State.QUARANTINED and problem:
        return "When the cause is mended, an operator puts it back with `defectorwatch retry`."
    if trace and trace.retry_at:
        return f"Tried {_words.counted(trace.attempts, 'time', 'times')}; it is tried again."
    if state is State.CLASSIFIED and not article.on_topic:
        return "If it should have been found, tell an operator: the text and this score are kept."
    return ""


# ---------------------------------------------------------------- the steps


def _listed(article: Article) -> Step:
    trace, entry, problem = article.trace, article.entry, article.problem
    at = trace.first_seen_at if trace else None
    if problem and problem.stage == "poll":
        return Step(name="Listed", tone="failed", words=f"by {entry.feed}; {_failed(problem)}", at=at)
    return Step(name="Listed", tone="done", words=f"by {entry.feed}; its id there is {_show.plain(entry.guid)}", at=at)


def _fetched(article: Article) -> Step:
    if article.page:
        return Step(name="Fetched", tone="done", words=article.page.media_type, at=article.page.fetched_at)
    if article.entry.body_html:
        return Step(name="Fetched", tone="none", words="the source sent the text along")
    return _not_yet(article, "Fetched", "fetch")


def _read(article: Article) -> Step:
    text = article.text
    if text is None:
        return _not_yet(article, "Read", "extract")
    size = _words.counted(len(text.body.split()), "word", "words")
    language = f" of {_words.language(text.language)}" if text.language else ""
    partial = "; only a part of it was there" if text.partial else ""
    return Step(name="Read", tone="done", words=f"{size}{language}, by {text.extractor}{partial}")


def _judged(article: Article, cut: Thresholds | None) -> Step:
    verdict = article.verdict
    if verdict is None:
        return _not_yet(article, "Judged", "classify")
    said = f"{_words.DECISIONS[verdict.decision]}, {_words.percent(verdict.score)}, by {verdict.classifier}"
    if cut:
        said += f"; on topic from {_words.percent(cut.on_topic)}, doubtful from {_words.percent(cut.doubtful)}"
    return Step(name="Judged", tone="done", words=said, at=verdict.classified_at)


def _found(article: Article) -> Step:
    trace, verdict = article.trace, article.verdict
    if trace and trace.state is State.INDEXED:
        return Step(name="Findable", tone="done", words="in the search index", at=trace.indexed_at)
    if verdict and verdict.decision is Decision.OFF_TOPIC:
        return Step(name="Findable", tone="none", words="no: only what is on topic or doubtful is")
    return _not_yet(article, "Findable", "index")


def _not_yet(article: Article, name: str, stage: str) -> Step:
    problem, trace = article.problem, article.trace
    if problem and problem.stage == stage:
        return Step(name=name, tone="failed", words=_failed(problem), at=trace.updated_at if trace else None)
    ended = trace is not None and trace.state in {State.DUPLICATE, State.SUPERSEDED, State.QUARANTINED}
    return Step(name=name, tone="none" if ended else "open", words="no" if ended else "not yet")


def _failed(problem: Problem) -> str:
    return f"failed: {_words.spaced(problem.kind)}"
