from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from articles.errors import SettingError
from stack import _proc, children
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


#: Overwrites what others see of its environment, as programs do that rename themselves; its child outlives it.
RENAMED = """
import ctypes, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={})
fields = open("/proc/self/stat").read().rpartition(")")[2].split()
start, end = int(fields[47]), int(fields[48])
ctypes.memset(start, 0, end - start)
print("up", flush=True)
time.sleep(60)
"""


def test_those_that_rename_themselves_are_found_without_their_parent(tmp_path: Path) -> None:
    child = children.start(Spec(name="renamed", command=(sys.executable, "-c", RENAMED)), dict(os.environ), tmp_path)
    last = time.monotonic() + 20
    while "up" not in child.log.read_text() and time.monotonic() < last:
        time.sleep(0.05)
    assert len(children.marked(tmp_path)) == 2
    child.process.kill()
    child.process.wait()
    [orphan] = children.marked(tmp_path)
    assert children.sweep(tmp_path) == 1
    assert children.marked(tmp_path) == []
    assert not Path(f"/proc/{orphan}/cmdline").exists() or Path(f"/proc/{orphan}/cmdline").read_bytes() == b""


@pytest.mark.parametrize(("started", "boot"), [("1", _proc.boot()), ("", "another-boot")])
def test_a_session_whose_number_is_somebody_elses_now_is_left_alone(tmp_path: Path, started: str, boot: str) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    found = _proc.process(other.pid)
    assert found is not None
    (tmp_path / "sessions").write_text(f"{other.pid} {started or found.started} {boot}\n")
    assert children.marked(tmp_path) == []
    other.kill()
    other.wait()


def test_what_ends_by_itself_is_seen(tmp_path: Path) -> None:
    child = children.start(Spec(name="short", command=(sys.executable, "-c", "exit(3)")), dict(os.environ), tmp_path)
    assert child.process.wait(20) == 3
    assert child.ended() == 3


def test_one_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(SettingError, match="stop it with `make down`"), alone(tmp_path):
        raise AssertionError("two hold the same folder")
    with alone(tmp_path):
        assert (tmp_path / "stack.lock").exists()
