"""The portal over the real embedded index: what the list of the other tests cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from articles.ports import Index
from hits import embedded
from portal.app import create
from tests.portal.conftest import SEEN_AT, FakeRuntime, hit, links, page, words


@pytest.fixture
def engine(at: FakeRuntime, tmp_path: Path) -> Iterator[Index]:
    opened = embedded.open_index(tmp_path / "hits")
    at.__dict__["index"] = opened
    yield opened
    opened.close()


@pytest.fixture
def browser(at: FakeRuntime, engine: Index) -> Iterator[TestClient]:
    with TestClient(create(at), follow_redirects=False) as client:
        yield client


def test_words_find_their_inflections_and_are_marked_in_the_evidence(browser: TestClient, engine: Index) -> None:
    engine.put([hit(1), hit(2, title="Om vejret", body="Det regner.", evidence=("Det regner.",))])
    (article,) = page(browser, "/?q=soldaterne").xpath("//article")
    assert [mark.text for mark in article.xpath(".//blockquote//mark")] == ["soldat"]


@pytest.mark.parametrize(
    ("asked", "before"), [("asyl+(visum", "asyl "), ("asyl+visum)", "asyl visum"), ('"asyl', ""), ("asyl+OR", "asyl ")]
)
def test_a_query_that_cannot_be_read_shows_the_engines_place(asked: str, before: str, browser: TestClient) -> None:
    found = page(browser, f"/?q={asked}", 400)
    assert words(found.find(".//*[@id='q-error']/p")).endswith(".")
    assert (found.find(".//*[@id='q-error']//code").text or "") == before
    assert browser.get(f"/search.rss?q={asked}").status_code == 400


def test_filters_days_and_threads_come_from_the_engine(browser: TestClient, engine: Index) -> None:
    engine.put([
        hit(1, thread="t"),
        hit(2, thread="t", feed="politiken", publisher="Politiken"),
        hit(3, language="sv", published_at=SEEN_AT - timedelta(days=2)),
    ])
    found = page(browser, "/")
    assert [words(item) for item in found.xpath("//aside//li")] == [
        "Via Ritzau 2",
        "Politiken 1",
        "Udlændingeministeriet 2",
        "Politiken 1",
        "Danish 2",
        "Swedish 1",
    ]
    assert links(found, "//figure//*[local-name()='a']").keys() >= {"2 on 19 Nov 2026", "1 on 17 Nov 2026"}
    assert "1 other tells this story" in links(found)
    assert words(page(browser, "/?feed=politiken&until=2026-11-19").find(".//h2[@id='found']")) == "1 hit"


def test_every_page_and_export_works_on_an_index_that_is_not_there_yet(browser: TestClient) -> None:
    for address in ("/", "/?q=asyl&sort=relevance", "/search.rss", "/search.csv", "/search.json", "/feeds", "/health"):
        assert browser.get(address).status_code == 200, address
    assert browser.get("/hit/x").status_code == 404


def test_what_is_put_is_found_by_the_next_request(browser: TestClient, engine: Index) -> None:
    browser.get("/")
    engine.put([hit()])
    assert words(page(browser, "/").find(".//h2[@id='found']")) == "1 hit"
    engine.remove([hit().id])
    assert browser.get(f"/hit/{hit().id}").status_code == 404


def test_a_damaged_index_is_told(browser: TestClient, engine: Index, tmp_path: Path) -> None:
    engine.put([hit()])
    for file in (tmp_path / "hits").rglob("meta.json"):
        file.write_text("{")
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "The search index cannot be used" in answer.text
    assert "run <code>defectorwatch rebuild</code>" in answer.text
    assert str(tmp_path) not in answer.text
