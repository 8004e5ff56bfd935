"""A mail server that sends nothing on: it files every mail as ``.eml`` and shows them on a page.

Filed by Message-ID, so that a mail handed over twice is there once. ``python -m stack.mailcatcher`` runs it alone.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import hashlib
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True, slots=True)
class Catcher:
    """A running one."""

    port: int
    folder: Path

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@contextmanager
def catching(folder: Path, port: int = 0) -> Iterator[Catcher]:
    """The SMTP server, until the block is left; port 0 takes a free one."""
    from aiosmtpd.controller import Controller

    from pipeline.ports import free
    from stack.postgres import free_port

    if port:
        free("127.0.0.1", port)
    folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(_Filing(folder), hostname="127.0.0.1", port=port or free_port(), data_size_limit=20_000_000)
    controller.start()
    try:
        assert controller.server is not None
        yield Catcher(controller.server.sockets[0].getsockname()[1], folder)
    finally:
        controller.stop()


class _Filing:
    """What aiosmtpd calls. The answer names the file: our mailer reads it off and the summary shows it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        path = self._folder / f"{_name(envelope.content)}.eml"
        beside = path.with_suffix(".part")
        with beside.open("wb") as file:
            file.write(envelope.content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        return f"250 OK filed as {path}"


def _name(content: bytes) -> str:
    """``2026-11-20-asylvagten-1a2b3c4d``: day and person where the mail tells them, and always its identity."""
    mail = _read(content)
    identity = str(mail.get("Message-ID") or "") or content.decode("latin-1")
    digest = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:8]
    day = re.search(r"digest\.(\d{4})(\d\d)(\d\d)\.", identity)
    to = re.search(r"([\w.+-]+)@", str(mail.get("To") or ""))
    parts = ["-".join(day.groups()) if day else "mail", re.sub(r"[^\w]+", "-", to[1]) if to else "", digest]
    return "-".join(part for part in parts if part)


def _read(content: bytes) -> EmailMessage:
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


# ---------------------------------------------------------------- the page


def page(folder: Path) -> FastAPI:
    """``/`` lists what was caught, ``/NAME`` shows one; the mail's own HTML cannot run scripts or load anything."""
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse, PlainTextResponse

    app = FastAPI(openapi_url=None)

    @app.get("/", response_class=HTMLResponse)
    def listed() -> HTMLResponse:
        mails = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
        return HTMLResponse(_listing([(path.stem, _read(path.read_bytes())) for path in mails]), headers=_CLOSED)

    @app.get("/{name}", response_class=HTMLResponse)
    def shown(name: str, form: str = "html") -> HTMLResponse | PlainTextResponse:
        path = folder / f"{name}.eml"
        if not re.fullmatch(r"[\w-]+", name) or not path.is_file():
            return PlainTextResponse("no such mail; go back to /", status_code=404)
        body = _read(path.read_bytes()).get_body(("html", "plain") if form == "html" else ("plain",))
        content = body.get_content() if body else ""
        if body is None or body.get_content_type() == "text/plain":
            return PlainTextResponse(content)
        return HTMLResponse(content, headers=_CLOSED)

    return app


_CLOSED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
}


def _listing(mails: list[tuple[str, EmailMessage]]) -> str:
    from html import escape

    rows = "".join(
        f'<li><a href="/{escape(name)}">{escape(str(mail["Subject"] or name))}</a> '
        f'<small>to {escape(str(mail["To"] or ""))} · <a href="/{escape(name)}?form=text">as text</a></small></li>'
        for name, mail in mails
    )
    style = "body{font:16px/1.5 system-ui;margin:3rem auto;max-width:46rem;padding:0 1rem}li{margin:.6rem 0}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Caught mail</title><style>{style}</style><h1>Caught mail</h1>"
        f"<p>Nothing is sent on from here.</p><ul>{rows or '<li>No mail yet.</li>'}</ul></html>"
    )


def main() -> None:
    """Runs both until it is told to stop."""
    given = argparse.ArgumentParser(prog="mailcatcher", description="Catches mail on this machine and shows it.")
    given.add_argument("--smtp-port", type=int, default=1025)
    given.add_argument("--port", type=int, default=8087, help="port of the page")
    given.add_argument("--folder", type=Path, default=Path("var/mail"))
    options = given.parse_args()
    import threading

    import uvicorn

    with catching(options.folder, options.smtp_port):
        served = uvicorn.Server(
            uvicorn.Config(page(options.folder), host="127.0.0.1", port=options.port, log_level="warning")
        )
        leave = Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: leave.set())
        serving = threading.Thread(target=served.run, daemon=True)
        serving.start()
        leave.wait()
        served.should_exit = True
        serving.join(timeout=5)


if __name__ == "__main__":
    main()
