"""The recorded day's Ritzau sources, asked over HTTP by the one client: every item that is labelled comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import feeds
from articles.model import Entry, Status
from articles.ports import Cursor, Feed, Occasion, Polled
from pipeline.fetch import Client
from pipeline.settings import Settings
from replay import _addresses, labels, server
from replay.day import DAY, of


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[server.Served]:
    with server.serve(0, tmp_path / "journal.jsonl") as running:
        yield running


@pytest.fixture
def settings(replay: server.Served, tmp_path: Path) -> Settings:
    return Settings(replay_url=replay.url, var=tmp_path, pause_s=0)


def asked(feed: Feed, settings: Settings, *, acknowledging: bool = False) -> Polled:
    """One poll over HTTP, with its acknowledgement where that is wanted."""

    async def ask() -> Polled:
        occasion = Occasion(now=DAY.played_at, secrets=settings.secrets(feed.name))
        async with Client(settings, None, lambda: DAY.played_at) as client:
            polled, _ = await client.drive(feed.poll(Cursor(), occasion))
            if acknowledging and feed.acknowledge and polled.entries:
                await client.drive(feed.acknowledge([entry.receipt for entry in polled.entries], occasion))
            return polled

    return asyncio.run(ask())


def wanted(feed: str) -> set[str]:
    return {guid for name, guid in labels.labels() if name == feed}


def test_the_queue_is_emptied_and_every_item_came_once(settings: Settings, replay: server.Served) -> None:
    wire = feeds.load("ritzau_wire")
    came: list[Entry] = []
    while entries := asked(wire, settings, acknowledging=True).entries:
        came += entries
    assert {entry.guid for entry in came} == wanted("ritzau_wire")
    assert len(came) == len(of("ritzau_wire"))
    assert sorted(str(number) for number in replay.acknowledged()) == sorted(entry.receipt for entry in came)


def test_what_is_not_acknowledged_comes_again(settings: Settings) -> None:
    wire = feeds.load("ritzau_wire")
    first, second = asked(wire, settings), asked(wire, settings)
    assert first.entries == second.entries
    assert first.entries


def test_corrections_and_withdrawals_name_what_they_replace(settings: Settings) -> None:
    entries = {entry.guid: entry for entry in asked(feeds.load("ritzau_wire"), settings).entries}
    correction, withdrawal = (
        entries[_addresses.uuid_of("ritzau_wire", key)] for key in ("naevn-korrektion", "konsulat-annulleret")
    )
    assert (correction.status, correction.version) == (Status.CORRECTION, 2)
    assert (withdrawal.status, withdrawal.version) == (Status.WITHDRAWN, 2)
    assert correction.replaces == _addresses.uuid_of("ritzau_wire", "naevn-fire")
    assert withdrawal.replaces == _addresses.uuid_of("ritzau_wire", "konsulat")
    assert {entries[guid].status for guid in (correction.replaces, withdrawal.replaces)} == {Status.NEW}


def test_a_paid_release_on_the_wire_is_readable(settings: Settings) -> None:
    entries = {entry.guid: entry for entry in asked(feeds.load("ritzau_wire"), settings).entries}
    release = entries[_addresses.uuid_of("ritzau_wire", "via-pumper")]
    assert release.publisher == "Via Ritzau"
    assert all(words in release.body_html for words in ("£4 million", "€1 million", "(see § 4", "Ovenstående"))
    assert "&amp;apos;" not in release.body_html
    assert "We&apos;re proud" in release.body_html


def test_wrong_credentials_are_refused_without_telling_them(replay: server.Served, tmp_path: Path) -> None:
    wrong = "hemmelig-nok"
    settings = Settings(replay_url=replay.url, var=tmp_path, pause_s=0, ritzau_wire_password=wrong)
    with pytest.raises(Exception, match=r"refuses the login .* check DEFECTORWATCH_RITZAU_WIRE_USER") as caught:
        asked(feeds.load("ritzau_wire"), settings)
    assert wrong not in str(caught.value)


def test_releases_and_short_messages_come_by_their_numbers(settings: Settings) -> None:
    polled = asked(feeds.load("via_ritzau"), settings)
    assert {entry.guid for entry in polled.entries} == wanted("via_ritzau")
    assert len(polled.entries) == len(of("via_ritzau"))
    assert not (polled.rejected)
    assert not (polled.problems)
    assert not (polled.unknown_fields)
    by_guid = {entry.guid: entry for entry in polled.entries}
    for item in of("via_ritzau"):
        entry = by_guid[_addresses.guid(item)]
        assert entry.url == _addresses.url(item)
        assert entry.title == item.title
        assert entry.published_at == item.at
        fetched = bool(item.more.get("rss_only")) or item.form == "short message"
        assert entry.address == (entry.url if fetched else "")
