"""The recorded day's parliaments and plain lists, asked over HTTP by the one client: all that is labelled comes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import feeds
from articles.errors import Challenged, Unreachable
from articles.model import Entry
from articles.ports import Cursor, Occasion, Polled, Validator
from feeds import _syndicated
from pipeline.fetch import Client
from pipeline.settings import Settings
from replay import _addresses, labels, server
from replay.day import DAY, of

ILL = {"europarl_libe", "jyllands_posten", "council"}  # challenged, silent, empty
WELL = sorted({"folketinget", "europarl", *_syndicated.names()} - ILL)


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Served]:
    with server.serve(0, tmp_path_factory.mktemp("replay") / "journal.jsonl") as running:
        yield running


@pytest.fixture
def config(replay: server.Served, tmp_path: Path) -> Settings:
    return Settings(replay_url=replay.url, var=tmp_path, pause_s=0, timeout_s=3, now=DAY.played_at)


def asked(
    name: str, config: Settings, cursor: Cursor | None = None, known: dict[str, Validator] | None = None
) -> tuple[Polled, dict[str, Validator]]:
    """One poll over HTTP, and what proves that its lists have not changed."""

    async def ask() -> tuple[Polled, dict[str, Validator]]:
        async with Client(config, None, lambda: DAY.played_at) as client:
            return await client.drive(feeds.load(name).poll(cursor or Cursor(), Occasion(now=DAY.played_at)), known)

    return asyncio.run(ask())


def by_guid(polled: Polled) -> dict[str, Entry]:
    return {entry.guid: entry for entry in polled.entries}


@pytest.mark.parametrize("name", WELL)
def test_every_labelled_item_comes_once(name: str, config: Settings) -> None:
    polled, _ = asked(name, config)
    labelled = labels.labels()
    counts = Counter(entry.guid for entry in polled.entries)
    assert max(counts.values()) == 1
    assert all((name, guid) in labelled for guid in counts)
    for item in labels.served():
        if item.feed == name:
            assert counts.keys() & set(labels._guids(item)), item.title


@pytest.mark.parametrize("name", WELL)
def test_titles_times_and_addresses_are_the_days_own(name: str, config: Settings) -> None:
    entries = by_guid(asked(name, config)[0])
    for item in labels.served():
        if item.feed != name:
            continue
        (entry,) = (entries[guid] for guid in labels._guids(item) if guid in entries)
        assert entry.title == item.title
        published = entry.published_at.replace(microsecond=0) if entry.published_at else None
        assert published == item.at
        if name != "folketinget" and item.form != "speech":
            assert entry.url == _addresses.url(item)


@pytest.mark.parametrize("name", WELL)
def test_a_second_poll_brings_nothing_that_was_not_there(name: str, config: Settings) -> None:
    first, fresh = asked(name, config)
    second, _ = asked(name, config, first.cursor, fresh)
    before = by_guid(first)
    assert all(before[entry.guid] == entry for entry in second.entries)
    if name in _syndicated.names():
        assert second.unchanged


def test_nothing_of_the_parliaments_site_is_asked_for(config: Settings, replay: server.Served) -> None:
    polled, _ = asked("folketinget", config)
    assert all(entry.address == "" and entry.body_html for entry in polled.entries)
    assert not any(place.startswith("www.ft.dk") for place in replay.requests())
    forms = Counter(entry.form for entry in polled.entries)
    assert forms >= Counter({"§ 20-spørgsmål": 4, "Spørgsmål": 3, "Lovforslag": 2, "Svar": 1, "Bilag": 1})
    assert (polled.problems, polled.rejected, polled.unknown_fields) == ((), (), ())


def test_a_text_comes_with_the_entry_or_has_an_address(config: Settings) -> None:
    polled, _ = asked("europarl", config)
    extractors = Counter(entry.extractor for entry in polled.entries)
    assert extractors == {
        "web": len([item for item in of("europarl") if item.form == "press release"]),
        "pdf": len([item for item in of("europarl") if item.form in {"question", "adopted text"}]),
        "transcript": len([item for item in of("europarl") if item.form == "speech"]),
    }
    assert all(entry.address for entry in polled.entries if entry.extractor != "transcript")
    speakers = {entry.publisher for entry in polled.entries if entry.extractor == "transcript"}
    assert speakers == {item.publisher for item in of("europarl") if item.form == "speech"}
    assert (polled.problems, polled.rejected) == ((), ())


def test_the_sources_that_are_ill_say_so(config: Settings) -> None:
    with pytest.raises(Challenged, match="challenge page"):
        asked("europarl_libe", config)
    with pytest.raises(Unreachable, match="gave no answer within"):
        asked("jyllands_posten", config.model_copy(update={"timeout_s": 0.5}))
    assert asked("council", config)[0].entries == ()
    (problem,) = asked("berlingske", config)[0].problems
    assert problem.kind == "malformed"
