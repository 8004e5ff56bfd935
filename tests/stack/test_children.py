from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from articles.errors import SettingError
from stack import children
from stack.children import Spec
from stack.lock import alone

#: Ignores the polite signal, and leaves a grandchild in a session of its own.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print("up", flush=True)
time.sleep(60)
"""


def test_nothing_is_left_of_those_that_will_not_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "GRACE_S", 0.5)
    child = children.start(Spec(name="stubborn", command=(sys.executable, "-c", STUBBORN)), dict(os.environ), tmp_path)
    last = time.monotonic() + 20
    while "up" not in child.log.read_text() and time.monotonic() < last:
        time.sleep(0.05)
    assert len(children.marked(tmp_path)) == 2
    children.stop([child], tmp_path)
    assert children.marked(tmp_path) == []
    assert child.ended() == -9


def test_what_ends_by_itself_is_seen(tmp_path: Path) -> None:
    child = children.start(Spec(name="short", command=(sys.executable, "-c", "exit(3)")), dict(os.environ), tmp_path)
    assert child.process.wait(20) == 3
    assert child.ended() == 3


def test_one_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(SettingError, match="stop it with `make down`"), alone(tmp_path):
        raise AssertionError("two hold the same folder")
    with alone(tmp_path):
        assert (tmp_path / "stack.lock").exists()
