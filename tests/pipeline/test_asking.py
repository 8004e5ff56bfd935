"""A chat endpoint is asked sparingly, its answers are kept, and nothing it does is the end of a run."""

from __future__ import annotations

import json
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import topics
from articles.errors import SettingError
from articles.model import Decision, Text
from pipeline import asking
from pipeline.asking import Asker
from pipeline.runtime import Runtime
from pipeline.settings import Settings

AT = datetime(2026, 11, 20, 5, 45, tzinfo=UTC)
KEY = "sk-a-key-that-nobody-sees"

Reply = tuple[int, bytes]


class Endpoint:
    """A chat endpoint on loopback that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply | Callable[[], Reply]] = []
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.released = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                reply = endpoint.replies.pop(0) if len(endpoint.replies) > 1 else endpoint.replies[0]
                status, sent = reply() if callable(reply) else reply
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(sent)))
                    if status == 307:
                        self.send_header("Location", "/elsewhere")
                    self.end_headers()
                    self.wfile.write(sent)
                except ConnectionError:
                    pass  # the client has not waited

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def slow(self) -> Reply:
        time.sleep(0.5)  # long enough for another process to come along
        return 200, chat("yes")

    def silent(self) -> Reply:
        self.released.wait(30)
        return 200, chat("too late")

    def stop(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def chat(content: Any) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    made.replies = [(200, chat("yes"))]
    yield made
    made.stop()


@pytest.fixture
def settings(endpoint: Endpoint, tmp_path: Path) -> Settings:
    return set_for(endpoint, tmp_path / "var")


def set_for(endpoint: Endpoint, var: Path, **more: Any) -> Settings:
    told = {"adjudicator_url": endpoint.url, "adjudicator_key": KEY, "adjudicator_model": "small", "now": AT}
    return Settings(**{**told, "adjudicator_timeout_s": 10, "var": var, **more})


def asker(settings: Settings) -> Asker:
    return Asker(settings, lambda: AT)


def test_it_asks_as_chat_endpoints_are_asked(endpoint: Endpoint, settings: Settings) -> None:
    assert asker(settings)("Judge.", "A text.") == "yes"
    [(path, headers, body)] = endpoint.asked
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert (body["model"], body["temperature"]) == ("small", 0)
    assert [(part["role"], part["content"]) for part in body["messages"]] == [("system", "Judge."), ("user", "A text.")]


def test_without_a_key_none_is_sent(endpoint: Endpoint, tmp_path: Path) -> None:
    assert asker(set_for(endpoint, tmp_path, adjudicator_key="", adjudicator_url=f"{endpoint.url}/"))("a", "b") == "yes"
    [(path, headers, _)] = endpoint.asked
    assert path == "/v1/chat/completions"
    assert "authorization" not in headers


def test_the_same_is_never_asked_twice(endpoint: Endpoint, settings: Settings) -> None:
    first = asker(settings)
    assert [first("a", "b"), first("a", "b"), asker(settings)("a", "b")] == ["yes"] * 3
    assert len(endpoint.asked) == 1
    endpoint.replies = [(200, chat("no"))]
    other = Settings(**{**settings.model_dump(), "adjudicator_model": "large"})
    assert [first("a", "c"), first("c", "b"), asker(other)("a", "b")] == ["no"] * 3
    assert first("a", "b") == "yes"


def test_what_another_process_was_told_is_known_here(endpoint: Endpoint, settings: Settings) -> None:
    one, other = asker(settings), asker(settings)
    one("a", "1")
    other("a", "2")
    one("a", "2")
    assert len(endpoint.asked) == 2


def _ask(settings: Settings, start: Any, answers: Any) -> None:
    start.wait(30)
    answers.put(asker(settings)("a", "b"))


def test_two_processes_at_once_ask_once(endpoint: Endpoint, settings: Settings) -> None:
    endpoint.replies = [endpoint.slow]
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(2), context.Queue()
    children = [context.Process(target=_ask, args=(settings, start, answers)) for _ in range(2)]
    for child in children:
        child.start()
    assert [answers.get(timeout=60) for _ in children] == ["yes", "yes"]
    for child in children:
        child.join(60)
    assert len(endpoint.asked) == 1


def test_a_line_that_a_crash_cut_short_is_asked_anew(endpoint: Endpoint, settings: Settings) -> None:
    asker(settings)("a", "1")
    path = settings.var / "answers.jsonl"
    path.write_bytes(path.read_bytes() + path.read_bytes()[:40])
    again = asker(settings)
    assert [again("a", "1"), again("a", "2"), asker(settings)("a", "2")] == ["yes"] * 3
    assert len(endpoint.asked) == 2
    path.unlink()
    again("a", "1")
    assert len(endpoint.asked) == 3


def test_the_files_are_closed_to_others(settings: Settings) -> None:
    asker(settings)("a", "b")
    assert (settings.var / "answers.jsonl").stat().st_mode & 0o077 == 0


def test_the_days_budget_holds_over_processes_and_ends_with_the_day(
    endpoint: Endpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = set_for(endpoint, tmp_path, adjudicator_daily=2)
    assert [asker(told)("a", str(n)) for n in range(4)] == ["yes", "yes", None, None]
    assert "the day's 2 requests are used up" in caplog.text
    assert asker(told)("a", "0") == "yes"  # what was answered is still known
    assert len(endpoint.asked) == 2
    assert Asker(told, lambda: AT + timedelta(days=1))("a", "2") == "yes"


def test_a_budget_of_none_asks_nothing(endpoint: Endpoint, tmp_path: Path) -> None:
    assert asker(set_for(endpoint, tmp_path, adjudicator_daily=0))("a", "b") is None
    assert endpoint.asked == []


def test_what_is_broken_for_a_moment_is_asked_again(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.replies = [(500, b""), (200, chat("yes"))]
    told = set_for(endpoint, tmp_path, adjudicator_daily=3)
    assert asker(told)("a", "b") == "yes"
    assert [asker(told)("a", "c"), asker(told)("a", "d")] == ["yes", None]  # the second try was counted


def test_no_answer_in_time_is_tried_once_more_and_then_left(
    endpoint: Endpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.replies = [endpoint.silent]
    ask = asker(set_for(endpoint, tmp_path, adjudicator_timeout_s=0.2))
    assert [ask("a", str(n)) for n in range(5)] == [None] * 5
    assert len(endpoint.asked) == 2, "a dead endpoint is not waited for again and again"
    assert "no answer within 0.2 seconds; nothing is asked for 5 minutes" in caplog.text


def test_after_its_rest_it_is_asked_again(
    endpoint: Endpoint, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "REST_S", 0.0)
    endpoint.replies = [(503, b""), (503, b""), (200, chat("yes"))]
    ask = asker(settings)
    assert [ask("a", "b"), ask("a", "b")] == [None, "yes"]


@pytest.mark.parametrize(
    ("reply", "says", "requests"),
    [
        ((503, b""), "answers 503: broken on its side", 2),
        ((401, b""), "it wants a key; set DEFECTORWATCH_ADJUDICATOR_KEY", 1),
        ((404, b""), "check DEFECTORWATCH_ADJUDICATOR_URL", 1),
        ((429, b""), "lower DEFECTORWATCH_ADJUDICATOR_DAILY", 1),
        ((307, b""), "answers 307: it refuses", 1),
        ((400, b""), "answers 400 to one question", 1),
        ((200, b"<html>"), "sends no chat answer", 1),
        ((200, b'{"choices": []}'), "sends no chat answer", 1),
        ((200, b"[" * 100_000), "sends no chat answer", 1),
        ((200, chat(None)), "sends no chat answer", 1),
        ((200, chat("x" * 1_100_000)), "ValueError", 2),
    ],
)
def test_whatever_it_answers_is_a_line_in_the_log(
    endpoint: Endpoint, settings: Settings, caplog: pytest.LogCaptureFixture, reply: Reply, says: str, requests: int
) -> None:
    endpoint.replies = [reply]
    assert asker(settings)("a", "b") is None
    assert says in caplog.text
    assert len(endpoint.asked) == requests
    assert (settings.var / "answers.jsonl").read_bytes() == b""


def test_a_refused_question_does_not_stop_the_next(endpoint: Endpoint, settings: Settings) -> None:
    endpoint.replies = [(413, b""), (200, chat("yes"))]
    ask = asker(settings)
    assert [ask("a", "long"), ask("a", "short")] == [None, "yes"]


def test_an_endpoint_that_is_not_there_is_a_line_in_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as bound:  # and not listening
        bound.bind(("127.0.0.1", 0))
        gone = Settings(**{**settings.model_dump(), "adjudicator_url": f"http://127.0.0.1:{bound.getsockname()[1]}"})
        assert asker(gone)("a", "b") is None
    assert "ClientConnectorError; nothing is asked" in caplog.text


def test_a_folder_that_cannot_be_written_is_a_line_in_the_log(
    endpoint: Endpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    assert asker(set_for(endpoint, tmp_path / "file"))("a", "b") is None
    assert "cannot be used" in caplog.text


@pytest.mark.parametrize("key", [KEY, f"{KEY}\nX-Other: 1", "nøgle-øøøøøøøøøøøø"])
@pytest.mark.parametrize(
    "reply", [(200, chat(f"you sent {KEY}")), (401, f"bad key {KEY}".encode()), (500, KEY.encode())]
)
def test_the_key_is_nowhere(
    endpoint: Endpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str, reply: Reply
) -> None:
    caplog.set_level("DEBUG")
    endpoint.replies = [reply]
    told = set_for(endpoint, tmp_path, adjudicator_key=key)
    said = asker(told)("a", "b")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key not in f"{said} {caplog.text} {kept.decode()} {told!r}"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"adjudicator_url": ""}, "DEFECTORWATCH_ADJUDICATOR_URL: needs the address"),
        ({"adjudicator_url": "models.example.org"}, "needs the address"),
        ({"adjudicator_url": "ftp://models.example.org"}, "needs the address"),
        ({"adjudicator_url": "https://me:pw@models.example.org"}, "holds a password; put it in"),
        ({"adjudicator_model": " "}, "DEFECTORWATCH_ADJUDICATOR_MODEL: is empty"),
    ],
)
def test_a_missing_setting_is_named(endpoint: Endpoint, tmp_path: Path, more: dict[str, str], says: str) -> None:
    with pytest.raises(SettingError, match=says) as told:
        asker(set_for(endpoint, tmp_path, **more))
    assert "pw" not in str(told.value)


# ---------------------------------------------------------------- as the classify step uses it

TOPIC = """
title = "Asylum for Russians who defect"
classifier = "lexicon"
[thresholds.lexicon]
doubtful = 0.01
on_topic = 0.9999
[adjudicator]
first = "lexicon"
[thresholds.adjudicator]
doubtful = 0.3
on_topic = 0.7
"""
BODY = "En russisk soldat, der er deserteret, søger asyl i Danmark. Sagen behandles i næste uge."


@pytest.fixture
def runtime(settings: Settings, tmp_path: Path) -> Runtime:
    """The shipped glossary, with cuts between which nearly all is doubtful."""
    folder = tmp_path / "topic"
    folder.mkdir()
    (folder / "topic.toml").write_text(TOPIC, encoding="utf-8")
    glossary = Path(topics.load("russian_defector_asylum").path("glossary.toml"))
    (folder / "glossary.toml").write_bytes(glossary.read_bytes())
    at = Runtime(Settings(**{**settings.model_dump(), "classifier": "adjudicator"}))
    at.topic = topics.read(folder)
    return at


def texts() -> list[Text]:
    bodies = (BODY, "Broen over sundet lukker i to uger.")
    return [Text(title="", body=body, language="da", extractor="test/1") for body in bodies]


def test_the_runtime_gives_the_classifier_its_way_out(runtime: Runtime, endpoint: Endpoint) -> None:
    said = {"label": "on_topic", "probability": 0.88, "quote": "Sagen behandles i næste uge."}
    endpoint.replies = [(200, chat(json.dumps(said)))]
    doubtful, off = runtime.classifier.classify(texts())
    assert (doubtful.score, doubtful.decision) == (0.88, Decision.ON_TOPIC)
    assert doubtful.classifier == runtime.classifier.name
    assert [BODY[span.start : span.end] for span in doubtful.evidence] == ["Sagen behandles i næste uge."]
    assert doubtful.facets["who"] == ("soldier",)
    assert off.classifier.startswith("lexicon/")
    assert len(endpoint.asked) == 1
    assert runtime.classifier.classify(texts())[0] == doubtful
    assert len(endpoint.asked) == 1


def test_without_an_answer_the_doubtful_stays_doubtful(runtime: Runtime, endpoint: Endpoint) -> None:
    endpoint.replies = [(500, b"")]
    doubtful, _ = runtime.classifier.classify(texts())
    assert doubtful.decision is Decision.DOUBTFUL
    assert doubtful.classifier.startswith("lexicon/")
    assert doubtful.evidence


def test_a_classifier_that_asks_nobody_is_given_no_way_out(tmp_path: Path) -> None:
    at = Runtime(Settings(var=tmp_path, classifier="lexicon"))
    assert at.classifier.name.startswith("lexicon/")
