from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import Settings

Answer = tuple[int, dict[str, str], bytes]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is what several tests are about; anything else is told."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class FakeSource:
    """A web server on loopback that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                source.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                answer = source.answers.get(self.path.split("?")[0])
                status, headers, body = answer(self) if answer else (404, {}, b"")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def gives(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """``path`` is ``/<host>/<path>``; header names with ``_`` for ``-``."""
        plain = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = lambda _: (status, plain, body)

    def does(self, path: str, answer: Callable[[BaseHTTPRequestHandler], Answer]) -> None:
        self.answers[path] = answer

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked if not path.endswith("robots.txt")]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def source() -> Iterator[FakeSource]:
    fake = FakeSource()
    yield fake
    fake.stop()


@pytest.fixture
def settings(source: FakeSource, tmp_path: Path) -> Settings:
    return Settings(
        replay_url=source.url,
        var=tmp_path / "var",
        timeout_s=2,
        pause_s=0,
        max_bytes=1_000_000,
        now=datetime(2026, 11, 20, 5, 45, tzinfo=UTC),
    )
