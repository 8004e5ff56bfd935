"""``kill -9`` at many moments of a day, then the day to its end: every item once, the wire acknowledged only for what
the ledger holds, one mail. The process is killed for real; only the servers beside it live on, as sources do.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from pipeline.runtime import Runtime
from replay import server
from replay.day import DAY

from .conftest import MailServer, Played, settings_of

#: One process: everything that `make run` does, but for Airflow around it.
DAY_OUT = """
import sys
from pipeline import steps
from pipeline.runtime import open_runtime
from articles.errors import DefectorwatchError
from replay.day import DAY
at = open_runtime()
for name in at.feed_names:
    try:
        steps.poll(name)
    except DefectorwatchError:
        pass
    for step in (steps.fetch, steps.extract, steps.classify, steps.index):
        step(name)
    print(name, flush=True)
steps.compose(DAY.digest_day)
steps.send()
print("done", flush=True)
"""


def environment(folder: Path, replay_url: str, smtp_port: int) -> dict[str, str]:
    return {
        **os.environ,
        "DEFECTORWATCH_VAR": str(folder),
        "DEFECTORWATCH_REPLAY_URL": replay_url,
        "DEFECTORWATCH_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "DEFECTORWATCH_NOW": DAY.played_at.isoformat(),
        "DEFECTORWATCH_TIMEOUT_S": "1",
        "DEFECTORWATCH_PAUSE_S": "0",
        "DEFECTORWATCH_RITZAU_WIRE_USER": "replay",
        "DEFECTORWATCH_RITZAU_WIRE_PASSWORD": "replay",
    }


def start(env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DAY_OUT], env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def kill(running: subprocess.Popen[str]) -> None:
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_day_killed_at_many_moments_ends_like_one_that_was_not(played: Played, tmp_path: Path) -> None:
    mail = MailServer()
    chance = random.Random(20261119)
    with server.serve(0, tmp_path / "journal.jsonl") as running:
        env = environment(tmp_path / "var", running.url, mail.port)
        for _ in range(8):
            victim = start(env)
            assert victim.stdout is not None
            for _ in range(chance.randrange(0, 9)):  # so many feeds pass, then a moment within the next one
                victim.stdout.readline()
            time.sleep(chance.uniform(0, 0.6))
            kill(victim)
            _acknowledged_is_held(tmp_path / "var", running)
        last = start(env)
        words, _ = last.communicate(timeout=300)
        assert words.endswith("done\n")
        assert last.returncode == 0
        at = Runtime(settings_of(tmp_path / "var", running.url, mail.port))
        _like(at, played)
        _acknowledged_is_held(tmp_path / "var", running)
        at.close()
    mail.stop()
    assert len({m.split(b"Message-ID:")[1].split(b"\n")[0] for m in mail.mails}) == 1
    assert len(mail.mails) == 1


def _acknowledged_is_held(folder: Path, running: server.Served) -> None:
    """Every receipt that the queue was given back is one that the ledger has on file."""
    if not (folder / "ledger.sqlite").exists():
        assert running.acknowledged() == []
        return
    at = Runtime(settings_of(folder, running.url, 1))
    held = {version.entry.receipt for article in _wire(at) for version in at.ledger.versions(article)}
    at.close()
    assert {str(number) for number in running.acknowledged()} <= held


def _wire(at: Runtime) -> set[str]:
    import sqlite3

    with sqlite3.connect(at.settings.var / "ledger.sqlite") as opened:
        rows = opened.execute("SELECT DISTINCT article_id FROM articles WHERE feed = 'ritzau_wire'").fetchall()
    return {row[0] for row in rows}


def _like(at: Runtime, whole: Played) -> None:
    """The same items in the same states, and the same hits, as the day that nobody killed."""
    assert at.ledger.states() == whole.runtime.ledger.states()
    hits = Counter(article.id for article in at.ledger.hits())
    assert max(hits.values()) == 1
    assert set(hits) == {article.id for article in whole.runtime.ledger.hits()}
