"""The replay server: every source of the recorded day on one loopback port.

``https://<host>/<path>?<query>`` of a source is asked as ``http://127.0.0.1:<port>/<host>/<path>?<query>``. Unknown
addresses answer 404. ``/__replay__/acknowledged`` and ``/__replay__/requests`` tell what was asked, as JSON.
"""

from __future__ import annotations

import errno
import hashlib
import json
import select
import socket
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from articles.errors import SettingError
from replay import _europarl, _faults, _odata, _pages, _rss, _via, _wire
from replay._answers import JSON, Answer, Ask, Routes
from replay._queue import Queue
from replay.day import DAY

_DEAF_FOR_S = 0.2  # how often a silent answer looks whether the client or the server has gone


@dataclass(slots=True)
class Served:
    """A running server. Leave the ``with`` block, or call ``stop()``: both close every connection."""

    url: str
    port: int
    _server: _Server
    _thread: Thread

    def stop(self) -> None:
        """Returns when the port is free and no thread of the server is left."""
        self._server.stop()
        self._thread.join()

    def acknowledged(self) -> list[int]:
        """The ``ServiceQueueId`` that were acknowledged, in order."""
        return self._server.queue.acknowledged()

    def requests(self) -> dict[str, int]:
        """``host/path`` -> how often it was asked since the start."""
        return self._server.asked()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(port: int = 8085, journal: Path | None = None) -> Served:
    """Starts the server; port 0 takes a free one. ``SettingError`` where the port is taken or the journal unusable."""
    queue = Queue(list(_wire.wire()), journal)
    try:
        server = _Server(port, queue)
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise SettingError(f"{why}; stop what listens there, or choose another port", subject=f"port {port}") from None
    thread = Thread(target=server.serve_forever, name="replay", kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    number = server.server_address[1]
    return Served(url=f"http://127.0.0.1:{number}", port=number, _server=server, _thread=thread)


class _Server(ThreadingHTTPServer):
    """Loopback only. Keeps its open connections, so that it can be stopped while clients hold them."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, queue: Queue) -> None:
        self.queue = queue
        self.stopping = Event()
        self._counts: Counter[str] = Counter()
        self._turn = Lock()
        self._open: set[socket.socket] = set()
        self._left = Condition()
        self.routes: Routes = {
            **_pages.routes(),
            **_rss.routes(),
            **_via.routes(),
            **_odata.routes(),
            **_europarl.routes(),
            **_faults.routes(),
            **_wire.routes(queue),
        }
        super().__init__(("127.0.0.1", port), _Handler)

    def count(self, place: str) -> None:
        with self._turn:
            self._counts[place] += 1

    def asked(self) -> dict[str, int]:
        with self._turn:
            return dict(self._counts)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._left:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._left:
            self._open.discard(request)
            self._left.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is what several happenings are about; anything else is told."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        with self._left:
            for connection in self._open:
                _hang_up(connection)
            self._left.wait_for(lambda: not self._open, timeout=5)
        self.server_close()


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is gone already


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "replay"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        _, host, *rest = unquote(parts.path).split("/")
        if host == "__replay__":
            self._send(self._own(rest))
            return
        ask = Ask(host=host, path="/" + "/".join(rest), query=_first(parts.query))
        place = f"{ask.host}{ask.path}"
        self.server.count(place)
        route = self.server.routes.get(place)
        self._send(route(ask) if route else _faults.missing())

    def _own(self, rest: list[str]) -> Answer:
        told: dict[str, object] = {
            "acknowledged": self.server.queue.acknowledged(),
            "requests": self.server.asked(),
            "day": {"played_at": DAY.played_at.isoformat(), "day": str(DAY.day), "digest_day": str(DAY.digest_day)},
        }
        if len(rest) != 1 or rest[0] not in told:
            return _faults.missing()
        return Answer(body=json.dumps(told[rest[0]]).encode(), media_type=JSON)

    # ------------------------------------------------------------ sending

    def _send(self, answer: Answer) -> None:
        if answer.silent:
            self._be_silent()
        elif answer.chunks:
            self._stream(answer)
        else:
            self._whole(answer)

    def _whole(self, answer: Answer) -> None:
        headers = {"Content-Type": answer.media_type, **answer.headers}
        body, status = answer.body, answer.status
        if answer.validators:
            proof = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"', "Last-Modified": _rss.stamp(DAY.played_at)}
            headers |= proof
            if answer.validators == "honoured" and self._knows(proof):
                body, status = b"", 304
        if body and answer.gzip and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = _packed(body)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        if status not in {204, 304}:
            headers["Content-Length"] = str(len(body))
        self._head(status, headers)
        self.wfile.write(body)

    def _knows(self, proof: Mapping[str, str]) -> bool:
        """RFC 9110 section 13.2.2: the entity tag decides where there is one."""
        tag = self.headers.get("If-None-Match")
        if tag:
            return proof["ETag"] in [part.strip().removeprefix("W/") for part in tag.split(",")]
        return self.headers.get("If-Modified-Since") == proof["Last-Modified"]

    def _stream(self, answer: Answer) -> None:
        assert answer.chunks is not None
        self._head(answer.status, {"Content-Type": answer.media_type, "Transfer-Encoding": "chunked"})
        for chunk in answer.chunks():
            if self.server.stopping.is_set():
                break
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _be_silent(self) -> None:
        """Sends nothing until the client leaves or the server stops."""
        self.close_connection = True
        while not self.server.stopping.is_set():
            ready, _, _ = select.select([self.connection], [], [], _DEAF_FOR_S)
            if ready and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the wire's password stands in its addresses."""


_PACKED: dict[bytes, bytes] = {}


def _packed(body: bytes) -> bytes:
    """Compressed once per body: the day is the benchmark's load."""
    key = hashlib.sha256(body).digest()
    if key not in _PACKED:
        _PACKED[key] = _faults.packed(body)
    return _PACKED[key]


def _first(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, value)
    return found
