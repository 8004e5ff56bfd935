"""The search index of a team: an Elasticsearch 9. An alias names the index in use; a rebuild moves it in one step.

What was put is found as soon as ``put`` returns. Nothing is asked of the server but documents, searches, aliases and
health, so that a user with rights on our own indices is enough (``docs/operators.md``).
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError, UnsupportedProductError, helpers

from articles.errors import SearchIndexError, SettingError
from articles.ports import Hit, Index, Query, Results, Tally
from hits import _dsl
from hits._document import VERSION, checked, hit_from, results
from hits._query import parse

NAME = "elasticsearch"

_SETTING = "ELASTICSEARCH_URL"
_TIMEOUT_S = 30.0
_AT_ONCE = 500  # documents
_BYTES_AT_ONCE = 10_000_000  # a server takes 100 million


def open_index(url: str, alias: str, *, timeout_s: float = _TIMEOUT_S) -> Index:
    """The index behind ``alias``, which is made when it is first written to. Nothing is asked of the server yet."""
    return ElasticsearchIndex(url, alias, timeout_s=timeout_s)


class ElasticsearchIndex:
    """``Index`` over Elasticsearch. ``url`` may carry user and password; no error ever shows them."""

    def __init__(self, url: str, alias: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._address, login = _apart(url)
        self._alias = alias
        self._client = Elasticsearch(
            self._address, basic_auth=login, request_timeout=timeout_s, max_retries=2, retry_on_timeout=True
        )

    def put(self, hits: Iterable[Hit]) -> Tally:
        with self._explained():
            if not self._current():
                self._create(f"{self._alias}-v{VERSION}-first", aliases={self._alias: {}})
            return self._write(self._alias, hits)

    def remove(self, ids: Iterable[str]) -> None:
        with self._explained():
            if self._current():
                gone = ({"_op_type": "delete", "_index": self._alias, "_id": hit_id} for hit_id in ids)
                self._bulk(gone, passed_over=404)
                self._client.indices.refresh(index=self._alias)

    def rebuild(self, hits: Iterable[Hit]) -> Tally:
        """Searches go on in the old index meanwhile. One that is cut short leaves an index that the next removes."""
        made = f"{self._alias}-v{VERSION}-{secrets.token_hex(6)}"
        unfinished = f"{made}-unfinished"
        with self._explained():
            self._create(made, aliases={unfinished: {}})
            tally = self._write(unfinished, hits)
            actions = [{"remove_index": {"index": name}} for name in self._ours() if name != made]
            actions.append({"add": {"index": made, "alias": self._alias}})
            actions.append({"remove": {"index": made, "alias": unfinished}})
            self._client.indices.update_aliases(actions=actions)
            return tally

    def search(self, query: Query) -> Results:
        started = time.perf_counter()
        tree = parse(checked(query).text)
        with self._explained():
            try:
                answer = self._client.search(index=self._alias, **_dsl.search(query, tree))
            except NotFoundError:
                return results(0, (), tree, {}, started=started)
        page = [self._hit(found) for found in answer["hits"]["hits"]]
        counts = {name: _counted(bucket) for name, bucket in answer["aggregations"].items()}
        return results(answer["hits"]["total"]["value"], page, tree, counts, started=started)

    def get(self, hit_id: str) -> Hit | None:
        if not hit_id:
            return None
        with self._explained():
            try:
                return self._hit(self._client.get(index=self._alias, id=hit_id))
            except NotFoundError:
                return None

    def _hit(self, found: Any) -> Hit:
        if not self._is_ours(found["_index"]):
            raise self._of_another_version(found["_index"])
        return hit_from(found["_source"])

    def close(self) -> None:
        self._client.close()

    def _current(self) -> bool:
        """Whether there is an index to work with. ``SearchIndexError`` where it is none of ours."""
        try:
            found = self._client.indices.get_mapping(index=self._alias)
        except NotFoundError:
            return False
        for name, index in found.items():
            if name == self._alias:
                raise self._error(f"{name} is an index and not an alias; delete it, or set another alias")
            if index["mappings"].get("_meta", {}).get("version") != VERSION:
                raise self._of_another_version(name)
        return True

    def _is_ours(self, name: str, version: str = str(VERSION)) -> bool:
        return re.fullmatch(rf"{re.escape(self._alias)}-v{version}-(first|[0-9a-f]{{12}})", name) is not None

    def _ours(self) -> list[str]:
        """Every index of ours, of whatever version: the one in use and what a rebuild that was cut short has left."""
        named = self._client.indices.get_alias(index=f"{self._alias}-v*")
        return [name for name in named if self._is_ours(name, version=r"\d+")]

    def _of_another_version(self, name: str) -> SearchIndexError:
        return self._error(f"the index {name} was made by another version; run `defectorwatch rebuild`")

    def _create(self, name: str, **more: Any) -> None:
        try:
            self._client.indices.create(index=name, mappings=_dsl.MAPPING, settings=_dsl.SETTINGS, **more)
        except ApiError as error:
            if error.error != "resource_already_exists_exception":  # another process was faster
                raise

    def _write(self, alias: str, hits: Iterable[Hit]) -> Tally:
        """Only where the alias is: an index that the server makes up by itself would have no mapping of ours."""
        written = self._bulk(
            {"_op_type": "index", "_index": alias, "_id": hit.id, "_source": _dsl.document(hit), "require_alias": True}
            for hit in hits
        )
        self._client.indices.refresh(index=alias)
        return Tally(read=written, written=written)

    def _bulk(self, actions: Iterable[dict[str, Any]], *, passed_over: int = 0) -> int:
        """Sends all; the first that is refused is an error. Asks again where the server is busy."""
        sent = 0
        for done, answer in helpers.streaming_bulk(
            self._client,
            actions,
            chunk_size=_AT_ONCE,
            max_chunk_bytes=_BYTES_AT_ONCE,
            raise_on_error=False,
            max_retries=3,
            initial_backoff=1,
        ):
            said = next(iter(answer.values()))
            if not done and said["status"] != passed_over:
                raise self._error(f"{said['_id']} was refused ({_reason(said)}); run `defectorwatch rebuild`")
            sent += 1
        return sent

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """The client's failures as ours, in one sentence that says what to do."""
        try:
            yield
        except ApiError as error:
            raise self._error(_advice(error)) from None
        except TransportError as error:
            said = f"{type(error).__name__}: {error.message}"[:200]
            raise self._error(f"gives no answer ({said}); start it, or mend {_SETTING}") from None

    def _error(self, sentence: str) -> SearchIndexError:
        return SearchIndexError(sentence, subject=self._address)


def _apart(url: str) -> tuple[str, tuple[str, str] | None]:
    """The address without its login, and the login."""
    parts = urlsplit(url)
    try:
        port = parts.port or {"http": 9200, "https": 443}[parts.scheme]
    except (KeyError, ValueError):
        raise SettingError("is no address; write it like http://user:password@host:9200", subject=_SETTING) from None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    if not host:
        raise SettingError("names no host; write it like http://user:password@host:9200", subject=_SETTING)
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return urlunsplit((parts.scheme, f"{host}:{port}", parts.path, "", "")), login


def _advice(error: ApiError) -> str:
    """What a refusal means for an operator."""
    kind = error.error if isinstance(error.error, str) else ""
    if isinstance(error, UnsupportedProductError):
        return f"is not Elasticsearch; mend {_SETTING}"
    if error.status_code == 401:
        return f"refuses the user or the password; mend {_SETTING}"
    if error.status_code == 403 and "security" in kind:
        return "refuses what this user asks; give it all rights on our indices and their alias"
    if kind == "media_type_header_exception":
        return "is of another major version; Elasticsearch 9 is needed"
    if error.status_code in {429, 503}:
        return f"is busy or not ready ({error.status_code} {kind}); run this again later"
    return f"answers {error.status_code} ({_first_reason(error)}); look at its log, or run `defectorwatch rebuild`"


def _first_reason(error: ApiError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error", {})
    return _reason({"error": inner}) if isinstance(inner, dict) else str(error.message)[:200]


def _reason(said: dict[str, Any]) -> str:
    error = said.get("error") or {}
    return f"{error.get('type', 'unknown')}: {error.get('reason', '')}"[:200]


def _counted(answer: dict[str, Any]) -> dict[str, int]:
    return {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer["buckets"] if bucket["key"]}
