from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from pipeline import steps
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from replay import server
from replay.day import DAY
from stack.postgres import free_port


class MailServer:
    """A real SMTP server on loopback that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        return "250 taken"

    def stop(self) -> None:
        self._controller.stop()


@dataclass(frozen=True)
class Played:
    """The recorded day after all its steps."""

    runtime: Runtime
    server: server.Served
    mail: MailServer
    polls: dict[str, dict[str, int]]
    failures: dict[str, str]


def play(at: Runtime) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """Every step over every feed, as the DAGs do it. Returns the counts and the failures of the polls."""
    from articles.errors import DefectorwatchError

    polls, failures = {}, {}
    for name in at.feed_names:
        try:
            polls[name] = steps.poll(name, runtime=at)
        except DefectorwatchError as error:
            failures[name] = str(error)
        for step in (steps.fetch, steps.extract, steps.classify, steps.index):
            step(name, runtime=at)
    return polls, failures


def settings_of(folder: Path, replay_url: str, smtp_port: int) -> Settings:
    return Settings(
        var=folder,
        replay_url=replay_url,
        smtp_url=f"smtp://127.0.0.1:{smtp_port}",
        now=DAY.played_at,
        timeout_s=1.5,
        pause_s=0,
        ritzau_wire_user="replay",
        ritzau_wire_password="replay",
    )


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    running = MailServer()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory, mail_server: MailServer) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("day")
    with server.serve(0, folder / "journal.jsonl") as running:
        at = Runtime(settings_of(folder, running.url, mail_server.port))
        polls, failures = play(at)
        steps.compose(DAY.digest_day, runtime=at)
        steps.send(runtime=at)
        yield Played(at, running, mail_server, polls, failures)
        at.close()
