"""From the record to what the index holds."""

from __future__ import annotations

from datetime import datetime

from articles.model import Article, Decision, Entry, Span, State, Text, Trace, Verdict, from_json, to_json
from pipeline.hit import hit_of

BODY = "En soldat er rømmet. Han søger asyl."


def judged(now: datetime) -> Article:
    return Article(
        entry=Entry(feed="wire", guid="1", url="https://example.org/1", title="Rømmet"),
        text=Text(title="Rømmet", body=BODY, language="da", extractor="web/1"),
        verdicts=(
            Verdict(
                topic="t",
                score=0.9,
                decision=Decision.ON_TOPIC,
                classifier="lexicon/1",
                evidence=(Span(start=0, end=20), Span(start=21, end=36)),
                facets={"who": ("soldier",), "terms": ("asyl",)},
                grounds={"who/soldier": (Span(start=0, end=20),)},
            ),
        ),
        trace=Trace(state=State.CLASSIFIED, first_seen_at=now, updated_at=now),
    )


def test_evidence_and_the_grounds_of_facets_are_sentences(now: datetime) -> None:
    hit = hit_of(judged(now))
    assert hit.evidence == ("En soldat er rømmet.", "Han søger asyl.")
    assert hit.facets == {"who": ("soldier",), "terms": ("asyl",)}
    assert hit.grounds == {"who/soldier": ("En soldat er rømmet.",)}


def test_grounds_survive_the_ledgers_form(now: datetime) -> None:
    article = judged(now)
    assert from_json(to_json(article)) == article
