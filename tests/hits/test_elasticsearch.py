"""Elasticsearch as operators meet it: not there, another version, other people's indices, a user with few rights."""

from __future__ import annotations

import json
import re
import secrets
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from elasticsearch import Elasticsearch

from articles.errors import SearchIndexError, SettingError
from articles.ports import Hit, Index, Query
from hits import _dsl, elasticsearch
from hits._document import VERSION
from tests.hits.conftest import HIT, NEEDS_SERVER, Shelf, elasticsearch_shelf, hit

SECRET = "s3cret+/@word"
QUOTED = "s3cret%2B%2F%40word"


@contextmanager
def answering(status: int, body: dict[str, Any] | str, *, product: bool = True) -> Iterator[str]:
    """A server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            said = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("content-type", "text/html" if isinstance(body, str) else "application/json")
            self.send_header("content-length", str(len(said)))
            if product:
                self.send_header("x-elastic-product", "Elasticsearch")
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_PUT = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"http://elastic:{QUOTED}@127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


ACTS: dict[str, Callable[[Index], object]] = {
    "search": lambda index: index.search(Query(text="asyl")),
    "get": lambda index: index.get(HIT.id),
    "put": lambda index: index.put([HIT]),
    "remove": lambda index: index.remove([HIT.id]),
    "rebuild": lambda index: index.rebuild([HIT]),
}


def refused(url: str, act: str) -> str:
    """What is said where it does not work; the password is nowhere in it."""
    index = elasticsearch.open_index(url, "test", timeout_s=2)
    with pytest.raises(SearchIndexError) as caught:
        ACTS[act](index)
    index.close()
    told = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    for secret in (SECRET, QUOTED, "elastic:"):
        assert secret not in told
    assert str(caught.value).count("\n") == 0
    return str(caught.value)


@pytest.mark.parametrize("act", ACTS)
def test_a_server_that_is_not_there(act: str) -> None:
    said = refused(f"http://elastic:{QUOTED}@127.0.0.1:1", act)
    assert said.startswith("http://127.0.0.1:1: gives no answer (")
    assert said.endswith("; start it, or mend ELASTICSEARCH_URL")


def _error(kind: str, reason: str = "why") -> dict[str, Any]:
    return {"error": {"type": kind, "reason": reason, "root_cause": []}, "status": 0}


@pytest.mark.parametrize("act", ["search", "put"])
@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (401, _error("security_exception"), "refuses the user or the password; mend ELASTICSEARCH_URL"),
        (403, _error("security_exception"), "refuses what this user asks; give it all rights on our indices"),
        (400, _error("media_type_header_exception"), "of another major version; Elasticsearch 9 is needed"),
        (429, _error("circuit_breaking_exception"), "is busy or not ready.*; run this again later"),
        (503, _error("cluster_block_exception"), "is busy or not ready.*; run this again later"),
        (400, _error("parsing_exception", "no [x] here"), r"answers 400 \(parsing_exception: no \[x\] here\); look at"),
        (500, "<html>oh</html>", "answers 500 .*; look at its log"),
    ],
)
def test_a_refusal_says_what_to_do(act: str, status: int, body: dict[str, Any] | str, sentence: str) -> None:
    with answering(status, body) as url:
        said = refused(url, act)
    assert re.search(sentence, said), said


def test_another_server_is_told_from_elasticsearch() -> None:
    with answering(200, {"hits": []}, product=False) as url:
        assert "is not Elasticsearch; mend ELASTICSEARCH_URL" in refused(url, "search")


@pytest.mark.parametrize("url", ["", "localhost:9200", "ftp://host", "http://", "http://host:port"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(SettingError, match=r"ELASTICSEARCH_URL: .*; write it like http://user:password@host:9200"):
        elasticsearch.open_index(url, "test")


def test_every_field_of_a_hit_has_its_place_and_only_built_in_analyzers_are_named() -> None:
    properties = _dsl.MAPPING["properties"]
    assert set(_dsl.document(HIT)) == set(properties)
    assert {field["analyzer"] for field in properties.values() if "analyzer" in field} <= {"standard", "whitespace"}
    assert _dsl.MAPPING["dynamic"] == "strict"


# ---------------------------------------------------------------- a real server


@pytest.fixture
def shelf(server_url: str) -> Iterator[Shelf]:
    yield from elasticsearch_shelf(server_url)


@pytest.fixture
def client(server_url: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(server_url) as opened:
        yield opened


def needs_server(test: Any) -> Any:
    for mark in NEEDS_SERVER:
        test = mark(test)
    return test


def indices(client: Elasticsearch, shelf: Shelf) -> dict[str, set[str]]:
    found = client.indices.get_alias(index=f"{shelf.alias}*")
    return {name: set(index["aliases"]) for name, index in found.items()}


@needs_server
def test_a_wrong_password_is_told_and_not_shown(server_url: str) -> None:
    at = urlsplit(server_url)
    said = refused(f"{at.scheme}://elastic:{QUOTED}@{at.hostname}:{at.port}", "put")
    assert "refuses the user or the password" in said


@needs_server
def test_one_index_is_left_and_the_alias_is_on_it(shelf: Shelf, client: Elasticsearch) -> None:
    shelf.index.put([HIT])
    assert indices(client, shelf) == {f"{shelf.alias}-v{VERSION}-first": {shelf.alias}}
    shelf.index.rebuild([HIT])
    ((name, aliases),) = indices(client, shelf).items()
    assert name != f"{shelf.alias}-v{VERSION}-first"
    assert aliases == {shelf.alias}


@needs_server
def test_what_a_rebuild_that_was_cut_short_has_left_goes_with_the_next(shelf: Shelf, client: Elasticsearch) -> None:
    def broken() -> Iterator[Hit]:
        yield HIT
        raise LookupError

    shelf.index.put([HIT])
    with pytest.raises(LookupError):
        shelf.index.rebuild(broken())
    assert len(indices(client, shelf)) == 2
    shelf.index.rebuild([HIT])
    assert len(indices(client, shelf)) == 1


@needs_server
def test_a_rebuild_leaves_the_indices_of_others(shelf: Shelf, client: Elasticsearch) -> None:
    others = [
        f"{shelf.alias}-v{VERSION}-other",
        f"{shelf.alias}-vagt-v{VERSION}-first",
        f"{shelf.alias}2-v{VERSION}-first",
    ]
    for name in others:
        client.indices.create(index=name)
    shelf.index.rebuild([HIT])
    assert set(others) < set(indices(client, shelf))


@needs_server
def test_two_who_put_first_make_one_index(shelf: Shelf, client: Elasticsearch) -> None:
    handles = [shelf.open() for _ in range(4)]
    workers = [threading.Thread(target=lambda handle=handle: handle.put([hit()])) for handle in handles]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert shelf.search().total == 4
    assert len(indices(client, shelf)) == 1


@needs_server
def test_an_index_in_the_aliass_place_is_told_and_left(shelf: Shelf, client: Elasticsearch) -> None:
    client.indices.create(index=shelf.alias)
    with pytest.raises(SearchIndexError, match="is an index and not an alias; delete it"):
        shelf.index.put([HIT])
    with pytest.raises(SearchIndexError, match="; "):
        shelf.index.rebuild([HIT])
    assert shelf.alias in indices(client, shelf)


@needs_server
def test_an_index_of_another_version_asks_to_be_rebuilt(shelf: Shelf, client: Elasticsearch) -> None:
    old = f"{shelf.alias}-v0-first"
    client.indices.create(index=old, aliases={shelf.alias: {}}, mappings={**_dsl.MAPPING, "_meta": {"version": 0}})
    client.index(index=old, id=HIT.id, document=_dsl.document(HIT), refresh=True)
    for act in ("search", "get", "put", "remove"):
        with pytest.raises(SearchIndexError, match="made by another version; run `defectorwatch rebuild`"):
            ACTS[act](shelf.index)
    shelf.index.rebuild([HIT])
    assert set(indices(client, shelf)) & {old} == set()
    assert shelf.search().total == 1


@needs_server
def test_a_user_with_rights_on_our_indices_only_is_enough(shelf: Shelf, client: Elasticsearch, server_url: str) -> None:
    name = f"watch-{secrets.token_hex(4)}"
    rights = [{"names": [f"{shelf.alias}", f"{shelf.alias}-*"], "privileges": ["all"]}]
    client.security.put_role(name=name, indices=rights)
    client.security.put_user(username=name, password=SECRET, roles=[name])
    at = urlsplit(server_url)
    url = f"{at.scheme}://{name}:{QUOTED}@{at.hostname}:{at.port}"
    index = elasticsearch.open_index(url, shelf.alias)
    index.put([HIT])
    index.rebuild([HIT, hit()])
    index.remove([HIT.id])
    assert index.search(Query()).total == 1
    index.close()
    other = elasticsearch.open_index(url, "another-alias")
    with pytest.raises(SearchIndexError, match="refuses what this user asks"):
        other.put([HIT])
    other.close()
    client.security.delete_user(username=name)
    client.security.delete_role(name=name)
