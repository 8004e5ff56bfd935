"""The recorded day into a real Elasticsearch: the same hits as in the embedded index, and made anew from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from articles.model import Decision
from articles.ports import Query
from pipeline import steps
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from replay import server

from .conftest import MailServer, Played, play, settings_of

pytestmark = pytest.mark.xdist_group("elasticsearch")

EVERYTHING = tuple(Decision)


def found(at: Runtime, text: str = "") -> list[tuple[str, str]]:
    results = at.index.search(Query(text=text, decisions=EVERYTHING, size=500))
    return [(one.hit.id, one.hit.thread) for one in results.found]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, server_url: str, mail_server: MailServer) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("elsewhere")
    with server.serve(0, folder / "journal.jsonl") as running:
        given = settings_of(folder, running.url, mail_server.port).model_dump()
        changed = {"index": "elasticsearch", "elasticsearch_url": server_url, "elasticsearch_alias": "the-day"}
        at = Runtime(Settings(**{**given, **changed}))
        play(at)
        yield at
        at.close()


@pytest.mark.parametrize("text", ["", "desertør", "asyl OR asylum", '"særlig ordning"', "soldat* -minister"])
def test_both_engines_find_the_same(played: Played, elsewhere: Runtime, text: str) -> None:
    assert found(elsewhere, text) == found(played.runtime, text)
    assert found(elsewhere, text)


def test_what_was_dropped_is_made_anew_from_the_ledger(elsewhere: Runtime) -> None:
    before = found(elsewhere)
    elsewhere.index.remove([article for article, _ in before])
    assert found(elsewhere) == []
    assert steps.mend(runtime=elsewhere)["written"] == len(before)
    assert found(elsewhere) == before
    assert steps.mend(runtime=elsewhere)["written"] == 0


def test_a_server_that_is_gone_is_one_sentence(elsewhere: Runtime, tmp_path: Path) -> None:
    from articles.errors import SearchIndexError

    given = elsewhere.settings.model_dump() | {"elasticsearch_url": "http://u:hemmelig@127.0.0.1:9", "var": tmp_path}
    at = Runtime(Settings(**given))
    with pytest.raises(SearchIndexError) as told:
        at.index.search(Query())
    assert "hemmelig" not in str(told.value)
    assert "127.0.0.1:9" in str(told.value)
