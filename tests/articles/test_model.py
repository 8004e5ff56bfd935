from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from articles.model import (
    TERMS,
    Article,
    Decision,
    Entry,
    Licence,
    Page,
    Problem,
    Span,
    State,
    Status,
    Text,
    Trace,
    Verdict,
    from_json,
    to_json,
)

AT = datetime(2026, 11, 19, 8, 0, tzinfo=UTC)

WHOLE = Article(
    entry=Entry(
        feed="ritzau_wire",
        guid="7f",
        url="",
        title="Flertal åbner for russiske desertører",
        version=2,
        replaces="7e",
        status=Status.CORRECTION,
        body_html="<p>Æblegrød</p>",
        published_at=AT,
        published_raw="2026-11-19T09:00:00",
        licence=Licence.SUBSCRIBER,
        keywords=("NET", "UDLAND"),
        receipt="123",
    ),
    page=Page(url="https://x.dk/", media_type="text/html", body=b"<p>", fetched_at=AT, archive_ref="a.warc.gz#0"),
    text=Text(title="T", body="En. To.", language="da", extractor="wire/1", notes=("n",), published_at=AT),
    verdicts=(
        Verdict(
            topic="t",
            score=0.91,
            decision=Decision.ON_TOPIC,
            classifier="lexicon/1",
            evidence=(Span(start=0, end=3),),
            facets={"who": ("soldier",)},
            classified_at=AT,
        ),
    ),
    problem=Problem(stage="fetch", kind="unreachable", detail="no answer"),
    trace=Trace(state=State.INDEXED, first_seen_at=AT, updated_at=AT, seen_at=AT, thread="x"),
)


def test_a_record_comes_back_from_its_line_but_for_the_page_bytes() -> None:
    assert WHOLE.page is not None
    assert from_json(to_json(WHOLE)) == WHOLE.with_(page=dataclasses.replace(WHOLE.page, body=b""))
    bare = Article(entry=Entry(feed="f", guid="g", url="", title=""))
    assert from_json(to_json(bare)) == bare
    assert "\n" not in to_json(WHOLE)


def test_a_stage_returns_a_new_article() -> None:
    changed = WHOLE.with_(problem=None)
    assert changed.problem is None
    assert WHOLE.problem is not None
    with pytest.raises(dataclasses.FrozenInstanceError):
        WHOLE.problem = None  # type: ignore[misc]


def test_what_is_derived() -> None:
    assert WHOLE.id == Article(entry=dataclasses.replace(WHOLE.entry, version=3)).id
    assert WHOLE.on_topic
    assert WHOLE.entry.address == ""
    fetched = Entry(feed="f", guid="g", url="https://x.dk/a", title="", page_url="https://x.dk/a.pdf")
    assert fetched.address == "https://x.dk/a.pdf"
    assert Article(entry=fetched).title == "g"


def test_every_licence_has_terms() -> None:
    assert set(TERMS) == set(Licence)
