"""The tables of ``syndicated.toml``: each is a feed, and a table that is wrong says what to mend."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from croniter import croniter

import feeds
from articles import adapters
from articles.errors import SettingError, UnknownName, Unreachable
from articles.model import Licence
from articles.ports import Cursor, Occasion
from feeds import _syndicated
from tests.feeds.conftest import NOW, Script, poll, response

GOOD: dict[str, Any] = {
    "title": "Avisen",
    "url": "https://avis.example/rss",
    "language": "da",
    "licence": "headline",
    "publisher": "Avisen",
    "schedule": "*/10 * * * *",
    "silence_h": [8, 14.5],
    "homepage": "https://avis.example/",
    "dossier": "What it is, how it behaves, and since when that is known.",
}
LIST = """<rss version="2.0"><channel><title>Avisen</title><item><title>Asyl</title><link>/1</link><guid>1</guid>
<pubDate>2026-11-19T12:05:00</pubDate></item></channel></rss>"""


def test_names_are_modules_and_tables() -> None:
    assert set(feeds.names()) == {*adapters.names(feeds), *_syndicated.names()}
    assert {"folketinget", "europarl", "dr_indland"} <= set(feeds.names())
    assert feeds.names() == sorted(feeds.names())


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"avisen: is not a feed; choose one of .*dr_indland.*folketinget"):
        feeds.load("avisen")
    with pytest.raises(UnknownName):
        feeds.load("_rss")


def test_a_table_and_a_module_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_syndicated, "names", lambda: ["folketinget"])
    with pytest.raises(SettingError, match=r"\[folketinget\]: is a module in feeds/ as well; rename the table"):
        feeds.names()


@pytest.mark.parametrize("name", feeds.names())
def test_every_feed_can_be_scheduled_and_asked(name: str) -> None:
    feed = feeds.load(name)
    assert feed.name == name
    assert croniter.is_valid(feed.schedule)
    assert feed.silent_after.weekend >= feed.silent_after.working_hours > timedelta(0)
    request = next(feed.poll(Cursor(), Occasion(now=NOW, secrets={"user": "a", "password": "b"})))
    assert request.url.startswith("https://")


@pytest.mark.parametrize("name", _syndicated.names())
def test_what_a_source_does_not_say_of_itself_stands_in_its_table(name: str) -> None:
    (entry,) = poll(name, response(LIST, "https://avis.example/rss")).entries
    assert entry.feed == name
    assert entry.publisher
    assert len(entry.language) == 2
    assert entry.licence is feeds.load(name).licence
    assert entry.published_at is not None, "every table names the zone of dates that come without one"


def test_a_table_becomes_a_feed() -> None:
    feed = _syndicated.feed("avisen", GOOD | {"form": "nyhed"})
    assert (feed.title, feed.licence) == ("Avisen", Licence.HEADLINE)
    assert feed.silent_after.weekend == timedelta(hours=14.5)
    script = Script(response(LIST, "https://avis.example/rss"))
    (entry,) = script.play(feed.poll(Cursor(state={"a": "b"}), Occasion(now=NOW))).entries
    assert script.addresses == ["https://avis.example/rss"]
    assert (entry.url, entry.form) == ("https://avis.example/1", "nyhed")
    assert (entry.published_at, entry.published_raw) == (None, "2026-11-19T12:05:00"), "no zone is named"
    assert entry.note == "the list gives no date that can be read"


def test_a_list_that_has_not_changed_leaves_the_cursor() -> None:
    cursor = Cursor(state={"a": "b"})
    script = Script(response(LIST, unchanged=True))
    polled = script.play(_syndicated.feed("avisen", GOOD).poll(cursor, Occasion(now=NOW)))
    assert (polled.unchanged, polled.cursor, polled.entries) == (True, cursor, ())
    assert script.asked[0].conditional


def test_a_source_that_does_not_answer_fails_the_poll() -> None:
    with pytest.raises(Unreachable):
        poll("dr_indland", Unreachable("does not answer; it is tried again", subject="https://www.dr.dk"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"url": None}, r"\[avisen\] url: is missing; add it"),
        ({"dossier": None}, "dossier: is missing"),
        ({"colour": "red"}, "colour: is not a key of a feed; take it out, or choose one of form, zone"),
        ({"title": 7}, "title: must be a text; put it in quotation marks"),
        ({"title": "  "}, "title: must be a text"),
        ({"url": "avis.example/rss"}, "url: is no web address; write it with https://"),
        ({"homepage": "ftp://avis.example"}, "homepage: is no web address"),
        ({"licence": "free"}, "licence: is unknown; choose one of open, press_release, subscriber, headline"),
        ({"silence_h": 8}, "silence_h: must be two numbers of hours"),
        ({"silence_h": [8]}, "silence_h: must be two numbers"),
        ({"silence_h": [8, -1]}, "silence_h: must be two numbers"),
        ({"silence_h": [8, "fjorten"]}, "silence_h: must be two numbers"),
        ({"zone": "Europe/Atlantis"}, "zone: is no time zone; write for example Europe/Copenhagen"),
        ({"zone": "../etc"}, "zone: is no time zone"),
    ],
)
def test_a_table_that_is_wrong_says_what_to_mend(change: dict[str, Any], says: str) -> None:
    table = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(SettingError, match=says):
        _syndicated.feed("avisen", table)


def test_listing_and_loading_all_feeds_imports_no_parser() -> None:
    code = "import sys, feeds; [feeds.load(n) for n in feeds.names()]; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"lxml", "feedparser", "fastfeedparser", "aiohttp", "ftfy", "sqlalchemy", "trafilatura"}
    assert heavy & set(loaded) == set()
