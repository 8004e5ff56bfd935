"""The recorded documents beside the checkout, read by the adapters. Their words are not part of the project."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from articles.model import Entry
from tests.feeds.conftest import poll, response

QUEUE = b"<XMLNewsQueuedResponse><error>0</error><ListOfRBNews>%s</ListOfRBNews></XMLNewsQueuedResponse>"


def sample(shared: Path, name: str) -> bytes:
    return (shared / "sources/samples" / name).read_bytes()


def queued(shared: Path, name: str) -> Entry:
    """One recorded ``RBNews``, in an envelope."""
    item = re.sub(rb"^<\?xml[^>]*\?>", b"", sample(shared, f"ritzau-wire/{name}").strip())
    polled = poll("ritzau_wire", response(QUEUE % item))
    assert not (polled.rejected)
    assert not (polled.problems)
    assert not (polled.unknown_fields)
    [entry] = polled.entries
    return entry


def test_the_recorded_queue(shared: Path) -> None:
    polled = poll("ritzau_wire", response(sample(shared, "ritzau-wire/ritzau_feed.xml")))
    assert not (polled.rejected)
    assert not (polled.problems)
    assert not (polled.unknown_fields)
    paid, house = polled.entries
    assert [entry.receipt for entry in polled.entries] == ["123", "456"]
    assert (paid.publisher, paid.form, paid.language) == ("Via Ritzau", "inpublic", "")
    assert (house.publisher, house.form, house.language) == ("Ritzau", "Print", "da")
    assert "£4 million" in paid.body_html
    assert "Ovenstående" in paid.body_html
    assert not re.search(r"&amp;\w+;|Â", paid.body_html)
    assert paid.published_raw == "2018-02-01T18:44:52.973"
    assert [str(entry.published_at) for entry in polled.entries] == [
        "2018-02-01 17:44:52.973000+00:00",
        "2018-02-01 17:38:49.417000+00:00",
    ]
    assert not any(entry.note for entry in polled.entries)


def test_a_recorded_net_item(shared: Path) -> None:
    entry = queued(shared, "ritzau_2.xml")
    assert entry.keywords == ("FORSVAR", "SATELLIT")
    assert entry.body_html.count("<p>") == 17
    assert entry.body_html.endswith("<p>/ritzau/</p>")
    assert "<br" not in entry.summary
    assert entry.summary.endswith("Forsvar.")
    assert str(entry.published_at) == "2018-01-31 17:45:36.730000+00:00"


def test_a_recorded_flash_without_headline(shared: Path) -> None:
    entry = queued(shared, "ritzau_news.xml")
    assert entry.title == ""
    assert entry.form == "Flash"
    assert entry.body_html.count("<p>") == 3


def test_the_recorded_note_to_editors_is_left_out(shared: Path) -> None:
    with_note, without = queued(shared, "ritzau_news_test_ednote.xml"), queued(shared, "ritzau_news.xml")
    assert with_note == without


@pytest.mark.parametrize("name", ["ritzau_2.xml", "ritzau_news.xml", "ritzau_feed.xml"])
def test_no_reporter_is_in_an_entry(shared: Path, name: str) -> None:
    whole = sample(shared, f"ritzau-wire/{name}").decode()
    persons = re.findall(r"<byLine\w*>([^<]+)</byLine\w*>", whole)
    assert persons
    entries = poll("ritzau_wire", response(whole)).entries if "feed" in name else (queued(shared, name),)
    assert not any(person in repr(entry) for person in persons for entry in entries)


def test_the_websites_own_list_is_not_taken_for_the_documented_one(shared: Path) -> None:
    """Its releases have versions by language; the documented fields are not in it."""
    recorded = json.loads(sample(shared, "via-ritzau/public-website-api_pressroom_2012662.excerpt.json"))
    releases = recorded["release_listing"]["releases"]
    empty = response('<rss version="2.0"><channel><title>t</title></channel></rss>')
    polled = poll("via_ritzau", response(json.dumps({"releases": releases})), empty, empty)
    assert polled.entries == ()
    assert {rejected.guid for rejected in polled.rejected} == {str(release["id"]) for release in releases}
    assert polled.unknown_fields == ("date", "versions")


def test_the_recorded_addresses_hold_the_number(shared: Path) -> None:
    recorded = json.loads(sample(shared, "via-ritzau/public-website-api_pressroom_2012662.excerpt.json"))
    releases = recorded["release_listing"]["releases"]
    items = "".join(
        f"<item><title>t</title><link>{release['versions']['da']['url'].replace('&', '&amp;')}</link></item>"
        for release in releases
    )
    rss = response(f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>', "https://via.ritzau.dk/rss")
    empty = response('<rss version="2.0"><channel><title>t</title></channel></rss>')
    polled = poll("via_ritzau", response('{"releases": []}'), rss, empty)
    assert [entry.guid for entry in polled.entries] == [str(release["id"]) for release in releases]


def test_a_body_of_the_platforms_export_keeps_its_paragraphs(shared: Path) -> None:
    """The export escapes its HTML once more than the documented list does."""
    whole = sample(shared, "prs-platform/solita_2.xml").decode()
    found = re.search(r"<body>(.*?)</body>", whole, re.DOTALL)
    assert found is not None
    release = {"id": 17854144, "title": "t", "url": "/pressemelding/17854144/t", "body": found[1]}
    empty = response('<rss version="2.0"><channel><title>t</title></channel></rss>')
    polled = poll("via_ritzau", response(json.dumps({"releases": [release]})), empty, empty)
    assert polled.entries[0].body_html.count("<p>") == found[1].count("&lt;p&gt;")
    assert "&amp;oslash;" not in polled.entries[0].body_html
