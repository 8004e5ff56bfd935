"""Plays the exchanges of feeds with prepared answers. A case is a folder, its words stand in :class:`Case`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings

import feeds
from articles import errors
from articles.errors import SourceError
from articles.model import Article, section, to_json
from articles.ports import Cursor, Exchange, Occasion, Polled, Request, Response
from pipeline.fetch import _address as address  # what is logged and archived of a request
from tests.conftest import ROOT

T = TypeVar("T")

#: For tests with answers of any kind: the same ones each time, and however long a machine takes for one.
THOROUGH = settings(derandomize=True, deadline=None, database=None, max_examples=200)

NOW = datetime(2026, 11, 20, 5, 45, tzinfo=UTC)
CASES = ROOT / "tests/cases/feeds"
#: Set for every poll, so that a leak of them is seen; no source gives them out.
SECRETS = {"user": "a-user-that-is-secret", "password": "a-password-that-is-secret"}
KINDS = {kind.kind: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SourceError)}


def response(
    body: bytes | str = b"",
    url: str = "https://source.example/list",
    *,
    status: int = 200,
    unchanged: bool = False,
    **headers: str,
) -> Response:
    """An answer; header names with ``_`` for ``-``."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    sent = body.encode() if isinstance(body, str) else body
    return Response(url=url, status=status, body=sent, fetched_at=NOW, headers=named, unchanged=unchanged)


class Script:
    """The answers in their order. ``asked`` remembers the requests; an error in the place of an answer is thrown."""

    def __init__(self, *answers: Response | SourceError) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    def play(self, exchange: Exchange[T]) -> T:
        """The exchange's result. Every answer must have been asked for, and nothing beyond them."""
        try:
            self._ask(next(exchange))
            while True:
                assert self.answers, f"no answer is left for {address(self.asked[-1])}"
                answer = self.answers.pop(0)
                throws = isinstance(answer, SourceError)
                self._ask(exchange.throw(answer) if throws else exchange.send(answer))  # type: ignore[arg-type]
        except StopIteration as done:
            assert not self.answers, f"{len(self.answers)} answers were not asked for"
            result: T = done.value
            return result

    def _ask(self, request: Request) -> None:
        open_words = f"{address(request)} {dict(request.headers)}"
        for value in request.secret_params.values():
            assert value not in open_words, "a secret stands in what is logged"
        self.asked.append(request)

    @property
    def addresses(self) -> list[str]:
        return [address(request) for request in self.asked]


def poll(
    name: str,
    *answers: Response | SourceError,
    cursor: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] = SECRETS,
    now: datetime = NOW,
) -> Polled:
    """One poll of a feed with these answers."""
    exchange = feeds.load(name).poll(Cursor(state=cursor or {}), Occasion(now=now, secrets=secrets))
    return Script(*answers).play(exchange)


# ---------------------------------------------------------------- cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``case.toml``::

    proves = "one sentence"
    synthetic = true                        # false: the markup is a recording's
    receipts = ["123"]                      # then ``acknowledge`` is played in place of ``poll``
    secrets = {user = "…"}                  # in place of SECRETS
    now = 2026-11-20T05:45:00Z              # in place of NOW
    [cursor]                                # the adapter's own words; absent: empty
    [[answer]]                              # in the order in which they are asked for
    asks = "https://…?open=parameters"      # without what is secret
    secret = ["user", "password"]           # names of the parameters that are; absent: none
    conditional = true                      # what the request must say; absent: not looked at
    status = 200
    headers = {content-type = "text/xml"}
    file = "01.response.xml"                # absent: an empty body
    url = "https://…"                       # where it came from, if not from ``asks``
    unchanged = false
    fails = "unreachable"                   # a kind of SourceError that is thrown in place of an answer
    """

    folder: Path
    feed: str
    proves: str
    synthetic: bool
    answers: tuple[Mapping[str, Any], ...]
    receipts: tuple[str, ...] = ()
    cursor: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=lambda: SECRETS)
    now: datetime = NOW

    @property
    def name(self) -> str:
        return f"{self.feed}/{self.folder.name}"

    def play(self) -> str:
        """What came of it, as the lines of ``expected.jsonl``. The requests must be those that the case names."""
        script = Script(*(self._answer(told) for told in self.answers))
        source = feeds.load(self.feed)
        occasion = Occasion(now=self.now, secrets=self.secrets)
        try:
            if self.receipts:
                assert source.acknowledge is not None
                script.play(source.acknowledge(self.receipts, occasion))
                lines = ["{}"]
            else:
                lines = told_of(script.play(source.poll(Cursor(state=self.cursor), occasion)))
        except SourceError as error:
            assert not script.answers, f"{len(script.answers)} answers were not asked for"
            lines = [_line({"raises": {"kind": error.kind, "detail": str(error)}})]
        self._check_requests(script.asked)
        written = "".join(f"{line}\n" for line in lines)
        for secret in self.secrets.values():
            assert not secret or secret not in written, "a secret stands in what was read"
        return written

    def _answer(self, told: Mapping[str, Any]) -> Response | SourceError:
        url = told.get("url", told["asks"])
        if "fails" in told:
            return KINDS[told["fails"]]("does not answer; it is tried again", subject=url)
        return Response(
            url=url,
            status=told.get("status", 200),
            body=(self.folder / told["file"]).read_bytes() if "file" in told else b"",
            fetched_at=self.now,
            headers={name.lower(): value for name, value in told.get("headers", {}).items()},
            unchanged=told.get("unchanged", False),
        )

    def _check_requests(self, asked: Sequence[Request]) -> None:
        assert [address(request) for request in asked] == [told["asks"] for told in self.answers]
        for request, told in zip(asked, self.answers, strict=True):
            assert sorted(request.secret_params) == sorted(told.get("secret", ()))
            if "conditional" in told:
                assert request.conditional is told["conditional"]


def cases(feed: str = "") -> list[Case]:
    """All cases, or those of one feed."""
    found = sorted(path for path in CASES.glob(f"{feed or '*'}/*") if path.is_dir())
    return [_case(folder) for folder in found]


def _case(folder: Path) -> Case:
    told = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    answers, receipts = tuple(told.pop("answer", ())), tuple(told.pop("receipts", ()))
    return Case(folder=folder, feed=folder.parent.name, answers=answers, receipts=receipts, **told)


def told_of(polled: Polled) -> list[str]:
    """A line for each entry, then one for each thing beside them that is not empty."""
    lines = [to_json(Article(entry=entry)) for entry in polled.entries]
    lines += [_line({"rejected": section(rejected)}) for rejected in polled.rejected]
    lines += [_line({"problem": section(problem)}) for problem in polled.problems]
    beside = {"cursor": dict(polled.cursor.state), "unknown_fields": list(polled.unknown_fields)}
    lines += [_line({name: value}) for name, value in beside.items() if value]
    return [*lines, _line({"unchanged": True})] if polled.unchanged else lines


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
