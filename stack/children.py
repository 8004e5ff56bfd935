"""Processes that live as long as `make up`: started with a log each, known by id and start, stopped to the last."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack import _proc

#: Airflow's scheduler can wait for ever when it is asked to stop; what has not left by then is killed.
GRACE_S = 12.0

#: Stands in the environment of all that was started here, grandchildren too.
MARK = "DEFECTORWATCH_STACK"

_SESSIONS = "sessions"  # a file: the sessions that our children lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What to start: ``answers`` is the address that tells that it is up, ``""`` where there is none."""

    name: str
    command: tuple[str, ...]
    answers: str = ""


@dataclass(slots=True)
class Child:
    """A process of ours, in a session of its own: a Ctrl-C at the terminal reaches the one who stops it, not it."""

    spec: Spec
    process: subprocess.Popen[bytes]
    log: Path

    def ended(self) -> int | None:
        """Its exit code, ``None`` while it runs."""
        return self.process.poll()


def start(spec: Spec, env: Mapping[str, str], folder: Path) -> Child:
    """Starts it; its words go to ``folder/<name>.log``."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{spec.name}.log"
    with log.open("ab") as file:
        process = subprocess.Popen(
            spec.command,
            env={**env, MARK: str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _note(process.pid, folder)
    return Child(spec, process, log)


def stop(children: Iterable[Child], folder: Path) -> None:
    """Asks all to leave, waits, kills those that stay, and sweeps up whatever they had started themselves."""
    listed = list(children)
    for child in listed:
        _signal(child.process.pid, signal.SIGTERM)
    last = time.monotonic() + GRACE_S
    while time.monotonic() < last and any(child.ended() is None for child in listed):
        time.sleep(0.1)
    for child in listed:
        if child.ended() is None:
            _signal_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
    sweep(folder)


def sweep(folder: Path) -> int:
    """Kills every process that is ours for ``folder``. Returns how many there were."""
    killed = 0
    for _ in range(20):
        left = marked(folder)
        if not left:
            break
        for pid in left:
            _signal(pid, signal.SIGKILL)
        killed = max(killed, len(left))
        time.sleep(0.1)
    (folder / _SESSIONS).unlink(missing_ok=True)
    return killed


def marked(folder: Path) -> list[int]:
    """Ids of the living processes that were started by or below :func:`start` for ``folder``, but this one.

    Known by their session, or by our mark in their environment where they have begun a session of their own. Either
    alone misses some: Airflow's processes rename themselves, which overwrites the environment that others can see.
    """
    wanted = f"{MARK}={folder}".encode()
    sessions = _sessions(folder)
    others = [found for found in _proc.living() if found.pid != os.getpid()]
    return [one.pid for one in others if one.session in sessions or wanted in _proc.environment(one.pid)]


def _note(pid: int, folder: Path) -> None:
    """Writes down the session that a child leads, with the child's start: ids are used again."""
    leader = _proc.process(pid)
    if leader is not None:
        with (folder / _SESSIONS).open("a", encoding="utf-8") as file:
            file.write(f"{leader.pid} {leader.started} {_proc.boot()}\n")


def _sessions(folder: Path) -> set[int]:
    """The sessions that were written down since the machine started, but for those that somebody else leads now.

    While a session has a member its id goes to no new process, so one without a leader is still ours.
    """
    try:
        lines = (folder / _SESSIONS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    pairs = [(int(line.split()[0]), int(line.split()[1])) for line in lines if line.endswith(f" {_proc.boot()}")]
    leaders = {pid: _proc.process(pid) for pid, _ in pairs}
    return {pid for pid, started in pairs if (leader := leaders[pid]) is None or leader.started == started}


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
