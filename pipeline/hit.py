"""From the record to what the index holds of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from articles.model import Article, Span
from articles.ports import Hit


def hit_of(article: Article, duplicates: Iterable[Article] = ()) -> Hit:
    """The hit of an article that has a text, a verdict and a trace; ``duplicates`` had the same wording."""
    text, verdict, trace, entry = article.text, article.verdict, article.trace, article.entry
    assert text is not None
    assert verdict is not None
    assert trace is not None
    return Hit(
        id=article.id,
        topic=verdict.topic,
        title=article.title,
        url=entry.url or article.canonical_url,
        feed=entry.feed,
        publisher=entry.publisher,
        form=entry.form,
        language=text.language or entry.language,
        status=entry.status,
        licence=entry.licence,
        published_at=article.published_at,
        first_seen_at=trace.seen_at or trace.first_seen_at,
        decision=verdict.decision,
        score=verdict.score,
        classifier=verdict.classifier,
        evidence=_sentences(text.body, verdict.evidence),
        body=text.body,
        thread=trace.thread or article.id,
        version=entry.version,
        facets=verdict.facets,
        grounds={name: _sentences(text.body, spans) for name, spans in verdict.grounds.items()},
        also=tuple(_place(duplicate) for duplicate in duplicates),
    )


def _sentences(body: str, spans: Iterable[Span]) -> tuple[str, ...]:
    return tuple(body[span.start : span.end] for span in spans)


def _place(article: Article) -> str:
    entry = article.entry
    name = entry.publisher or entry.feed
    return f"{name} ({entry.form})" if entry.form else name
