"""Every search as RSS, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import feedparser
import pytest
from starlette.testclient import TestClient

from articles.model import Licence, Status
from tests.portal.conftest import PORTAL, SEEN_AT, FakeIndex, hit


def rows(browser: TestClient, address: str = "/search.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.get(address).content.decode("utf-8-sig"))))


# ---------------------------------------------------------------- RSS


def test_a_search_is_followed_as_rss(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(1), hit(2, title="Om noget andet", body="", published_at=SEEN_AT - timedelta(days=1))])
    answer = browser.get("/search.rss?q=asyl&language=da")
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert (feed.version, feed.feed.title) == ("rss20", "defectorwatch: asyl")
    assert feed.feed.link == f"{PORTAL}/?q=asyl&language=da"
    (entry,) = feed.entries
    assert (entry.id, entry.link) == (hit(1).id, "https://news.example.org/1")
    assert entry.title == "Desertør får asyl i Danmark"
    assert entry.published == "Thu, 19 Nov 2026 12:24:00 GMT"
    assert entry.author == "Udlændingeministeriet"
    assert hit(1).evidence[0] in entry.description
    assert f"{PORTAL}/hit/{hit(1).id}" in entry.description


def test_a_feed_has_the_newest_whatever_order_and_page_are_asked(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(n, published_at=SEEN_AT + timedelta(minutes=n)) for n in range(1, 60)])
    entries = feedparser.parse(browser.get("/search.rss?sort=relevance&page=3").content).entries
    assert len(entries) == 50
    assert entries[0].id == hit(59).id


def test_an_edit_in_silence_is_no_news_and_a_correction_is(browser: TestClient, index: FakeIndex) -> None:
    def guid() -> str:
        (entry,) = feedparser.parse(browser.get("/search.rss").content).entries
        return str(entry.id)

    index.put([hit()])
    first = guid()
    index.put([hit(version=2, title="Anden overskrift")])
    assert guid() == first
    index.put([hit(version=3, status=Status.CORRECTION)])
    corrected = guid()
    index.put([hit(version=4, status=Status.WITHDRAWN)])
    assert len({first, corrected, guid()}) == 3


def test_a_withdrawn_text_is_not_carried_further(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(status=Status.WITHDRAWN)])
    for address in ("/search.rss", "/search.csv", "/search.json"):
        assert "flygtede" not in browser.get(address).text
    (entry,) = feedparser.parse(browser.get("/search.rss").content).entries
    assert entry.title.startswith("[Withdrawn] ")


def test_hostile_and_impossible_characters_leave_the_feed_whole(browser: TestClient, index: FakeIndex) -> None:
    nasty = "]]><script>\x00\x0b\ufffe\U0001f600 & \udcff"
    index.put([hit(title=nasty, evidence=(nasty,), publisher=nasty, url="javascript:alert(1)")])
    answer = browser.get("/search.rss")
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert "\U0001f600" in feed.entries[0].title
    assert feed.entries[0].link == f"{PORTAL}/hit/{hit().id}"
    assert "<script" not in answer.text


def test_an_empty_search_is_an_empty_feed(browser: TestClient) -> None:
    feed = feedparser.parse(browser.get("/search.rss?q=kamel").content)
    assert (feed.bozo, feed.entries) == (False, [])


# ---------------------------------------------------------------- CSV and JSON


def test_csv_holds_every_hit_once(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(n) for n in range(1, 1203)])
    found = rows(browser, "/search.csv?page=2&size=10")
    assert len({row["id"] for row in found}) == len(found) == 1202


def test_a_row_says_what_a_hit_says(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(also=("A (Net)", "B"))])
    (row,) = rows(browser)
    assert row["title"] == "Desertør får asyl i Danmark"
    assert (row["score"], row["decision"], row["status"]) == ("0.97", "on_topic", "new")
    assert row["published_at"] == "2026-11-19T12:24:00Z"
    assert (row["evidence"], row["also"]) == (hit().evidence[0], "A (Net) | B")
    assert row["portal_url"] == f"{PORTAL}/hit/{hit().id}"
    assert "body" not in row


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "\r=", "＝", "|", "%"])
def test_no_cell_is_a_formula(start: str, browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(title=f'{start}HYPERLINK("https://evil.example.org")', publisher=f"{start}1+1")])
    (row,) = rows(browser)
    assert row["title"].startswith("'")
    assert row["publisher"].startswith("'")


def test_a_spreadsheet_is_told_the_encoding(browser: TestClient, index: FakeIndex) -> None:
    answer = browser.get("/search.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-disposition"] == 'attachment; filename="hits.csv"'


def test_json_says_what_was_asked(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(1), hit(2, language="sv")])
    found = json.loads(browser.get("/search.json?q=asyl&language=sv").content)
    assert (found["search"], found["total"]) == ("asyl", 1)
    assert found["address"] == f"{PORTAL}/?q=asyl&language=sv"
    assert found["made_at"] == "2026-11-20T05:45:00Z"
    assert found["hits"][0]["evidence"] == list(hit().evidence)


def test_quotations_in_exports_are_short(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(licence=Licence.HEADLINE, evidence=tuple(f"{n} " + "ord " * 300 for n in range(9)))])
    (found,) = json.loads(browser.get("/search.json").content)["hits"]
    assert len(found["evidence"]) == 3
    assert all(len(sentence) <= 326 for sentence in found["evidence"])


def test_an_export_is_never_cut_in_silence(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(n) for n in range(1, 10_002)])
    answer = browser.get("/search.csv")
    assert answer.status_code == 400
    assert answer.text == "10,001 hits were found and an export holds 10,000; narrow the search by dates.\n"


@pytest.mark.parametrize("kind", ["rss", "csv", "json"])
def test_a_wrong_parameter_is_a_sentence(kind: str, browser: TestClient) -> None:
    answer = browser.get(f"/search.{kind}?since=x")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert answer.text == "since: “x” is no day; write it as 2026-11-19.\n"
