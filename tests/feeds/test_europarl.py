"""What the European Parliament's feed remembers from poll to poll, and what it makes of any answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feeds
from articles.errors import Refused, SourceError, SourceFault, Unreachable
from articles.ports import Cursor, Occasion, Polled, Request, Response
from feeds import _epapi, _eprecords
from feeds._seen import Seen
from tests.feeds.conftest import NOW, Script, poll, response

Record = dict[str, Any]
RSS = "<rss version='2.0'><channel><title>Press releases</title></channel></rss>"
AUTHORITY = "http://publications.europa.eu/resource/authority/language/"


def question(number: int, *, file: bool = True, year: int = 2026, **more: Any) -> Record:
    key = f"E-10-{year}-{number:06d}"
    return document(key, file=file) | more


def document(key: str, *, file: bool = True) -> Record:
    embodied = {
        "media_type": "https://www.iana.org/assignments/media-types/application/pdf",
        "issued": "2026-11-19T09:40:00+01:00",
        "is_exemplified_by": f"distribution/reds_iTest/{key}/{key}_en.pdf",
    }
    return {
        "id": f"eli/dl/doc/{key}",
        "identifier": key,
        "work_type": "def/ep-document-types/QUESTION_WRITTEN",
        "title_dcterms": {"en": f"Question {key}"},
        "originalLanguage": [f"{AUTHORITY}ENG"],
        "is_realized_by": [{"language": f"{AUTHORITY}ENG", "is_embodied_by": [embodied] if file else []}],
    }


def answered(number: int, on: str = "2026-11-19") -> Record:
    key = f"E-10-2026-{number:06d}-ASW"
    return question(number, inverse_answers_to=[document(key) | {"document_date": on}])


def speech(number: int, *, text: bool = True, day: str = "2026-11-19") -> Record:
    minuted: Record = {
        "identifier": f"CRE-10-{day}-OTH-{number}",
        "is_part_of": f"eli/dl/doc/CRE-10-{day}-ITM-004",
        "originalLanguage": [f"{AUTHORITY}ENG"],
    }
    if text:
        minuted["api:xmlFragment"] = {"en": '<speech xml:lang="en"><p>Let them apply.</p></speech>'}
    return {
        "activity_id": f"MTG-PL-{day}-OTH-{number}",
        "activity_date": day,
        "activity_label": {"en": "Deserters (debate)"},
        "recorded_in_a_realization_of": [minuted],
    }


class FakeParliament:
    """The API with these records: lists in pages, details by one or several ids. ``faults``: address part -> error."""

    def __init__(self, questions: list[Record] | None = None, speeches: list[Record] | None = None) -> None:
        self.sets = {"parliamentary-questions": questions or [], "adopted-texts": [], "speeches": speeches or []}
        self.faults: dict[str, SourceError] = {}
        self.most_rows = 100_000  # a server's own limit of a page
        self.batches = True
        self.asked: list[str] = []
        self.cursor = Cursor()

    def answer(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        self.asked.append(f"{parts.path.removeprefix('/api/v2/')}")
        fault = next((error for part, error in self.faults.items() if part in self.asked[-1]), None)
        if fault:
            raise fault
        if parts.path.startswith("/rss"):
            return response(RSS, url=request.url)
        kind, _, ids = self.asked[-1].partition("/")
        assert request.accept == request.params["format"] == "application/ld+json"
        return self._detail(kind, ids, request) if ids else self._listed(kind, request)

    def _listed(self, kind: str, request: Request) -> Response:
        offset, limit = int(request.params["offset"]), min(int(request.params["limit"]), self.most_rows)
        rows = self.sets[kind][offset : offset + limit]
        stubs = [{"identifier": row["identifier"]} for row in rows] if kind == "parliamentary-questions" else rows
        body = {"data": stubs, "meta": {"total": len(self.sets[kind])}}
        return response(json.dumps(body), url=request.url) if rows else response(status=204, url=request.url)

    def _detail(self, kind: str, ids: str, request: Request) -> Response:
        wanted = ids.split(",")
        found = [row for row in self.sets[kind] if _epapi.identifier(row) in wanted]
        if not found or (len(wanted) > 1 and not self.batches):
            raise Refused("answers 404: nothing is there; check the address", subject=request.url, status=404)
        return response(json.dumps({"data": found}), url=request.url)

    def poll(self, now: datetime = NOW) -> Polled:
        """One poll; the cursor is kept as the ledger keeps it."""
        self.asked.clear()
        exchange = feeds.load("europarl").poll(
            Cursor(state=json.loads(json.dumps(dict(self.cursor.state)))), Occasion(now=now)
        )
        polled = played(exchange, self)
        self.cursor = polled.cursor
        return polled


def played(exchange: Any, source: FakeParliament) -> Polled:
    try:
        request = next(exchange)
        while True:
            try:
                given = source.answer(request)
            except SourceError as error:
                request = exchange.throw(error)
            else:
                request = exchange.send(given)
    except StopIteration as done:
        result: Polled = done.value
        return result


def guids(polled: Polled) -> list[str]:
    return [entry.guid for entry in polled.entries]


# ---------------------------------------------------------------- documents


def test_the_first_poll_takes_the_newest_and_counts_the_others_as_seen() -> None:
    source = FakeParliament([question(n) for n in range(1, 2001)])
    assert guids(source.poll()) == [f"E-10-2026-{n:06d}" for n in range(2000, 1950, -1)]
    assert source.cursor.state["parliamentary-questions"] == "E-10-2026:1-2000"
    assert guids(source.poll()) == []


def test_what_one_poll_cannot_hold_comes_with_the_next_ones() -> None:
    source = FakeParliament([question(1)])
    source.poll()
    source.sets["parliamentary-questions"] += [question(n) for n in range(2, 132)]
    found = [guid for _ in range(3) for guid in guids(source.poll())]
    assert found == [f"E-10-2026-{n:06d}" for n in range(131, 1, -1)]


def test_a_server_that_gives_smaller_pages_is_read_to_its_end() -> None:
    source = FakeParliament([question(n) for n in range(1, 121)])
    source.most_rows = 50
    source.poll()
    assert source.asked.count("parliamentary-questions") == 3
    assert source.cursor.state["parliamentary-questions"] == "E-10-2026:1-120"


def test_a_list_that_ignores_the_offset_ends() -> None:
    source = FakeParliament([question(1)])
    same = response(json.dumps({"data": [question(1)]}))
    script = Script(response(RSS), same, same, same, response(status=204), response(status=204))
    polled = script.play(feeds.load("europarl").poll(Cursor(), Occasion(now=NOW)))
    assert guids(polled) == guids(source.poll())


def test_a_page_behind_the_last_one_that_is_not_there_is_the_end() -> None:
    gone = Refused("answers 404: nothing is there; check the address", subject="…", status=404)
    listed = response(json.dumps({"data": [question(1)]}))
    script = Script(response(RSS), listed, gone, listed, response(status=204), gone)
    polled = script.play(feeds.load("europarl").poll(Cursor(), Occasion(now=NOW)))
    assert guids(polled) == ["E-10-2026-000001"]
    assert [problem.kind for problem in polled.problems] == ["refused"], "a list that is not there at all is told"


def test_where_batches_are_refused_each_is_asked_for_alone() -> None:
    source = FakeParliament([question(n) for n in range(1, 4)])
    source.batches = False
    assert len(source.poll().entries) == 3


def test_what_is_listed_and_not_there_waits_in_quarantine() -> None:
    source = FakeParliament([question(1), question(2)])
    gone = Refused("answers 404: nothing is there; check the address", subject="…", status=404)
    source.faults = {"E-10-2026-000002,": gone, "/E-10-2026-000002": gone}
    polled = source.poll()
    assert guids(polled) == ["E-10-2026-000001"]
    assert [rejected.guid for rejected in polled.rejected] == ["E-10-2026-000002"]
    assert polled.problems == ()
    source.faults = {}
    assert guids(source.poll()) == ["E-10-2026-000002"]


def test_a_source_that_is_down_is_left_alone_after_two_failures() -> None:
    source = FakeParliament([question(n) for n in range(1, 51)])
    source.faults = {"parliamentary-questions/": Unreachable("does not answer; it is tried again", subject="…")}
    polled = source.poll()
    assert len([path for path in source.asked if path.startswith("parliamentary-questions/")]) == 2
    assert [problem.kind for problem in polled.problems] == ["unreachable", "unreachable"]
    source.faults = {}
    assert len(source.poll().entries) == 50


def test_a_limit_that_is_hit_does_not_make_it_ask_one_by_one() -> None:
    source = FakeParliament([question(n) for n in range(1, 51)])
    source.faults = {"parliamentary-questions/": Refused("answers 429", subject="…", status=429)}
    assert len(source.poll().problems) == 2
    assert len([path for path in source.asked if path.startswith("parliamentary-questions/")]) == 2


def test_a_question_without_its_file_is_taken_when_the_file_is_there() -> None:
    source = FakeParliament([question(n, file=n != 7) for n in range(1, 10)])
    assert "E-10-2026-000007" not in guids(source.poll())
    source.sets["parliamentary-questions"][6] = question(7)
    assert guids(source.poll()) == ["E-10-2026-000007"]
    assert guids(source.poll()) == []


def test_questions_without_files_keep_no_other_back() -> None:
    source = FakeParliament([question(1)])
    source.poll()
    source.sets["parliamentary-questions"] += [question(n, file=False) for n in range(100, 300)]
    source.sets["parliamentary-questions"] += [question(n) for n in range(2, 12)]
    found = [guid for _ in range(6) for guid in guids(source.poll())]
    assert set(found) == {f"E-10-2026-{n:06d}" for n in range(2, 12)}


def test_an_answer_that_comes_months_later_is_an_entry_of_its_own() -> None:
    source = FakeParliament([question(n) for n in range(1, 121)])
    source.poll()
    source.sets["parliamentary-questions"][59] = answered(60, "2027-02-03")
    found = [guid for _ in range(3) for guid in guids(source.poll())]
    assert found == ["E-10-2026-000060-ASW"]
    source.asked.clear()
    assert not any("E-10-2026-000060" in path for _ in range(3) if source.poll() for path in source.asked)


def test_answers_from_before_the_watch_are_not_dug_up() -> None:
    source = FakeParliament([answered(n, "2026-03-01") for n in range(1, 101)])
    found = [guid for _ in range(4) for guid in guids(source.poll()) if guid.endswith("-ASW")]
    assert found == []
    assert source.cursor.state["answered"] == "E-10-2026:1-100"


def test_a_new_question_with_its_answer_gives_both() -> None:
    source = FakeParliament([answered(1)])
    assert guids(source.poll()) == ["E-10-2026-000001", "E-10-2026-000001-ASW"]


def test_an_empty_list_at_the_beginning_does_not_count_as_a_beginning() -> None:
    source = FakeParliament()
    source.poll()
    source.sets["parliamentary-questions"] = [question(n) for n in range(1, 2001)]
    assert len(source.poll().entries) == 50
    assert len(source.poll().entries) == 0


# ---------------------------------------------------------------- adopted texts


def test_a_text_that_its_list_has_whole_is_not_asked_for_again() -> None:
    source = FakeParliament()
    source.sets["adopted-texts"] = [document(f"TA-10-2026-{n:04d}") for n in range(301, 311)]
    assert guids(source.poll()) == [f"TA-10-2026-{n:04d}" for n in range(310, 300, -1)]
    assert [path for path in source.asked if path.startswith("adopted-texts")] == ["adopted-texts"]


def test_the_large_lists_are_read_every_two_hours() -> None:
    source = FakeParliament()
    source.sets["adopted-texts"] = [document("TA-10-2026-0301")]
    source.poll()
    source.sets["adopted-texts"] += [document("TA-10-2026-0302")]
    assert guids(source.poll(NOW + timedelta(minutes=90))) == []
    assert "adopted-texts" not in source.asked
    assert guids(source.poll(NOW + timedelta(minutes=120))) == ["TA-10-2026-0302"]
    assert "adopted-texts" in source.asked


def test_a_clock_that_was_set_back_does_not_stop_the_large_lists() -> None:
    source = FakeParliament(speeches=[speech(1)])
    source.poll(NOW + timedelta(days=400))
    assert guids(source.poll()) == []
    assert "speeches" in source.asked


def test_what_has_left_the_window_is_not_waited_for() -> None:
    source = FakeParliament()
    source.sets["adopted-texts"] = [document("TA-10-2026-0301", file=False), document("TA-10-2026-0302")]
    source.poll()
    assert source.cursor.state["adopted-texts.waiting"] == "TA-10-2026-0301"
    del source.sets["adopted-texts"][0]
    source.poll(NOW + timedelta(hours=2))
    assert source.cursor.state["adopted-texts.waiting"] == ""


# ---------------------------------------------------------------- speeches


def test_speeches_come_when_their_words_are_there() -> None:
    source = FakeParliament(speeches=[speech(1), speech(2, text=False)])
    assert guids(source.poll()) == ["CRE-10-2026-11-19-OTH-1"]
    source.sets["speeches"][1] = speech(2)
    assert guids(source.poll(NOW + timedelta(minutes=30))) == []
    assert "speeches" not in source.asked
    assert guids(source.poll(NOW + timedelta(hours=2))) == ["CRE-10-2026-11-19-OTH-2"]


def test_a_long_sitting_is_read_over_several_polls_without_a_pause() -> None:
    source = FakeParliament(speeches=[speech(n) for n in range(1, 351)])
    found = [len(source.poll(NOW + timedelta(minutes=30 * n)).entries) for n in range(5)]
    assert found == [100, 100, 100, 50, 0]


def test_days_that_have_gone_by_are_forgotten() -> None:
    source = FakeParliament(speeches=[speech(1, day="2026-11-16")])
    source.poll()
    source.sets["speeches"] = [speech(2)]
    source.poll(NOW + timedelta(hours=3))
    assert source.cursor.state["speeches"] == "MTG-PL-2026-11-19-OTH:2"


def test_a_speech_is_asked_for_in_its_own_language() -> None:
    script = Script(
        response(RSS),
        response(status=204),
        response(status=204),
        response(json.dumps({"data": [speech(1)]})),
        response(status=204),
        response(json.dumps({"data": [speech(1)]})),
    )
    script.play(feeds.load("europarl").poll(Cursor(), Occasion(now=NOW)))
    assert script.asked[-1].params["language"] == "en"
    assert script.asked[-1].params["include-output"] == "xml_fragment"


# ---------------------------------------------------------------- any answer


def test_an_empty_answer_is_a_fault_and_not_an_empty_list() -> None:
    with pytest.raises(SourceError):
        poll("europarl", *[response(b"")] * 4)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_source_error(body: bytes) -> None:
    with pytest.raises(SourceError):
        poll("europarl", *[response(body)] * 4)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["en", "@value", "id"]), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = [
    *("id", "identifier", "activity_id", "work_type", "title_dcterms", "originalLanguage", "document_date", "issued"),
    *("title", "title_alternative", "activity_label", "activity_date", "activity_start_date", "had_activity_type"),
    *("language", "media_type", "is_exemplified_by", "api:xmlFragment", "is_part_of"),
]
LEAF = st.dictionaries(st.sampled_from(FIELDS), JSON | st.just("application/pdf"), max_size=8)
NESTED = ["is_realized_by", "is_embodied_by", "inverse_answers_to", "recorded_in_a_realization_of"]
RECORD = st.recursive(
    LEAF, lambda inner: st.builds(lambda a, b, c: a | {b: c}, LEAF, st.sampled_from(NESTED), inner | st.lists(inner))
)


@settings(max_examples=300, deadline=None)
@given(record=RECORD)
def test_no_record_breaks_the_reading(record: Mapping[str, Any]) -> None:
    made = [_eprecords.document(record), _eprecords.speech(record)]
    made += [_eprecords.answer(told, record) for told in _eprecords.answers(record)]
    for entry in made:
        if entry:
            assert entry.guid
            assert entry.title
            assert entry.address.startswith("https://") or entry.body_html
            json.dumps([entry.title, entry.summary, entry.body_html, entry.publisher]).encode()


# ---------------------------------------------------------------- what has been seen

KEYS = st.builds("{}-{:06d}".format, st.sampled_from(["E-10-2026", "P-10-2026"]), st.integers(1, 40)) | st.just("odd")


@given(keys=st.sets(KEYS), other=KEYS)
def test_what_was_seen_is_written_and_read_back(keys: set[str], other: str) -> None:
    seen = Seen()
    seen.add(keys)
    again = Seen(str(seen))
    assert set(again.all(6)) == keys
    assert (other in again) is (other in keys)
    assert str(again) == str(seen)


@given(told=st.text(max_size=60))
def test_a_cursor_of_other_words_is_read_as_far_as_it_goes(told: str) -> None:
    list(Seen(told).all(6))


def test_a_year_of_questions_takes_few_characters() -> None:
    seen = Seen()
    seen.add(f"E-10-2026-{n:06d}" for n in range(1, 7000) if n % 100)
    assert len(str(seen)) < 1000


def test_two_failures_of_a_detail_do_not_stop_another_part() -> None:
    source = FakeParliament([question(1)], speeches=[speech(1)])
    source.faults = {"parliamentary-questions": SourceFault("answers 500; it is tried again", subject="…")}
    assert guids(source.poll()) == ["CRE-10-2026-11-19-OTH-1"]
