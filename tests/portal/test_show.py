"""What is shown of a hit, and what its licence keeps back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.model import Licence, Status
from articles.ports import Found, Hit, Marked
from portal import _days, _look, _show
from tests.portal.conftest import hit

LONG = " ".join(f"ord{n}" for n in range(400))


def found(one: Hit, *passages: Marked) -> Found:
    return Found(hit=one, title=Marked(text=one.title), passages=passages)


# ---------------------------------------------------------------- marks


def test_a_passage_is_escaped_and_then_marked() -> None:
    passage = Marked(text='<b>asyl</b> & "ophold"', marks=((3, 7),))
    assert _look.marked(passage) == "&lt;b&gt;<mark>asyl</mark>&lt;/b&gt; &amp; &#34;ophold&#34;"


def test_marks_that_overlap_or_reach_too_far_are_mended() -> None:
    tidy = _show.tidy(Marked(text="abcdef", marks=((4, 99), (-3, 2), (1, 3), (5, 5))))
    assert tidy.marks == ((0, 3), (4, 6))


@given(st.text(), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50))))
def test_whatever_the_marks_the_text_is_whole(text: str, marks: list[tuple[int, int]]) -> None:
    from markupsafe import escape

    html = _look.marked(Marked(text=text, marks=tuple(marks)))
    assert html.replace("<mark>", "").replace("</mark>", "") == escape(text)
    assert html.count("<mark>") == html.count("</mark>")


@given(st.text(alphabet="ab cæ"), st.tuples(st.integers(0, 80), st.integers(0, 80)), st.integers(10, 40))
def test_a_cut_passage_keeps_its_marks_on_the_same_words(text: str, ends: tuple[int, int], length: int) -> None:
    whole = _show.tidy(Marked(text=text, marks=((min(ends), max(ends)),)))
    cut = _show.cut(whole, length)
    assert len(cut.text) <= length + len("… ") + len(" …")
    for start, end in cut.marks:
        assert cut.text[start:end] in text
        assert 0 <= start < end <= len(cut.text)


def test_a_long_passage_is_cut_around_its_first_match() -> None:
    at = LONG.index("ord300")
    cut = _show.cut(Marked(text=LONG, marks=((at, at + 6),)), 100)
    ((start, end),) = cut.marks
    assert cut.text[start:end] == "ord300"
    assert cut.text.startswith("… ord")
    assert cut.text.endswith(" …")


# ---------------------------------------------------------------- a result


def test_matches_are_shown_in_the_evidence_and_nothing_is_said_twice(now: datetime) -> None:
    one = hit()
    (sentence,) = one.evidence
    passage = Marked(text=f"Før. {sentence}", marks=((5 + 9, 5 + 15),))
    shown = _show.result(found(one, passage), now)
    assert [(quote.text, quote.marks) for quote in shown.evidence] == [(sentence, ((9, 15),))]
    assert shown.passages == ()


def test_a_passage_that_says_something_else_comes_after_the_evidence(now: datetime) -> None:
    shown = _show.result(found(hit(), Marked(text="Nævnet har truffet en afgørelse.")), now)
    assert [passage.text for passage in shown.passages] == ["Nævnet har truffet en afgørelse."]


def test_a_short_quotation_is_short_whatever_the_index_sends(now: datetime) -> None:
    one = hit(licence=Licence.HEADLINE, evidence=(LONG, LONG[5:], LONG[10:], LONG[15:]))
    shown = _show.result(found(one, *[Marked(text=LONG[20 + n :]) for n in range(9)]), now)
    quoted = [*shown.evidence, *shown.passages]
    assert len(quoted) <= 3
    assert all(len(quote.text) <= 326 for quote in quoted)


def test_a_withdrawn_text_is_named_and_not_quoted(now: datetime) -> None:
    one = hit(status=Status.WITHDRAWN)
    shown = _show.result(found(one, Marked(text=one.body)), now)
    assert (shown.evidence, shown.passages) == ((), ())
    assert _show.quotes(one, now) == ()


def test_after_the_licence_has_run_out_the_headline_is_left(now: datetime) -> None:
    old = hit(licence=Licence.HEADLINE, first_seen_at=now - timedelta(days=91))
    young = hit(licence=Licence.HEADLINE, first_seen_at=now - timedelta(days=89))
    assert _show.quotes(old, now) == ()
    assert _show.quotes(young, now) == young.evidence
    assert _show.result(found(old, Marked(text=old.body)), now).evidence == ()
    assert "90 days" in _show.whole(old, now).why_not


# ---------------------------------------------------------------- one hit


def test_a_whole_text_has_its_evidence_marked(now: datetime) -> None:
    whole = _show.whole(hit(), now)
    assert [(part.text, part.marks) for part in whole.paragraphs] == [
        ("Nævnet har truffet en afgørelse.", ()),
        ("En russisk soldat, der flygtede fra fronten, har fået asyl.", ((0, 59),)),
    ]


def test_a_sentence_that_stands_twice_is_marked_in_its_order() -> None:
    marked = _show.paragraphs("Ja. Nej.\n\nJa.", ("Nej.", "Ja."))
    assert [part.marks for part in marked] == [((4, 8),), ((0, 3),)]


def test_evidence_over_two_paragraphs_is_marked_in_both() -> None:
    marked = _show.paragraphs("En to\n\ntre fire", ("to\n\ntre",))
    assert [(part.text, part.marks) for part in marked] == [("En to", ((3, 5),)), ("tre fire", ((0, 3),))]


def test_a_publisher_that_allows_quotations_is_quoted_only(now: datetime) -> None:
    whole = _show.whole(hit(licence=Licence.HEADLINE), now)
    assert whole.paragraphs == ()
    assert [quote.text for quote in whole.quotes] == list(hit().evidence)
    assert whole.why_not


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>",
        "//evil.example.org",
        "/etc",
        "https://",
        "http://[",
        "https://a b",
        "https://a\u202eb",
        "",
    ],
)
def test_only_an_ordinary_address_becomes_a_link(url: str) -> None:
    assert _show.web_address(url) == ""
    assert _show.host(url) == ""


def test_a_link_says_where_it_leads() -> None:
    assert _show.host("https://www.news.example.org:8443/a?b") == "news.example.org"


# ---------------------------------------------------------------- days


TODAY = date(2026, 11, 20)


def test_a_month_is_shown_day_by_day_up_to_today() -> None:
    drawn = _days.bars({date(2026, 11, 19): 4, date(2026, 11, 1): 1}, today=TODAY)
    assert drawn is not None
    assert (drawn.unit, len(drawn.bars), drawn.bars[-1].until) == ("day", 30, TODAY)
    assert drawn.most.words == "4 on 19 Nov 2026"
    assert max(bar.height for bar in drawn.bars) == drawn.height
    assert sum(bar.count for bar in drawn.bars) == 5


@pytest.mark.parametrize(
    ("first", "unit"),
    [(date(2026, 6, 1), "week"), (date(2024, 1, 31), "month"), (date(1998, 2, 3), "year"), (date(1, 1, 1), "day")],
)
def test_a_longer_time_is_shown_in_longer_stretches(first: date, unit: str) -> None:
    drawn = _days.bars({first: 2, TODAY: 3}, today=TODAY)
    assert drawn is not None
    assert drawn.unit == unit
    assert len(drawn.bars) <= 131
    edges = [(bar.since, bar.until) for bar in drawn.bars]
    assert all((start - end).days == 1 for (_, end), (start, _) in pairwise(edges))


@given(st.dictionaries(st.dates(min_value=date(1970, 1, 1), max_value=date(2100, 12, 31)), st.integers(1, 99)))
def test_no_hit_falls_between_two_bars(days: dict[date, int]) -> None:
    drawn = _days.bars(days, today=TODAY)
    assert sum(bar.count for bar in drawn.bars) == sum(days.values()) if drawn else not days


def test_nothing_found_and_too_few_days_are_not_drawn() -> None:
    assert _days.bars({}, today=TODAY) is None
    assert _days.bars({TODAY: 1}, today=TODAY, since=TODAY, until=TODAY) is None
