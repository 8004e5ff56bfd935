"""Processes that live as long as `make up`: started with a log each, known by id and start, stopped to the last."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Airflow's scheduler can wait for ever when it is asked to stop; what has not left by then is killed.
GRACE_S = 12.0

#: Stands in the environment of all that was started here, grandchildren too.
MARK = "DEFECTORWATCH_STACK"


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
    """Kills every process that carries our mark for ``folder``. Returns how many there were."""
    killed = 0
    for _ in range(20):
        left = marked(folder)
        if not left:
            break
        for pid in left:
            _signal(pid, signal.SIGKILL)
        killed = max(killed, len(left))
        time.sleep(0.1)
    return killed


def marked(folder: Path) -> list[int]:
    """Ids of the living processes that were started by or below :func:`start` for ``folder``, but this one."""
    wanted = f"{MARK}={folder}".encode()
    return [pid for pid in _all() if pid != os.getpid() and wanted in _environment(pid).split(b"\0")]


def _all() -> list[int]:
    proc = Path("/proc")
    return [int(path.name) for path in proc.iterdir() if path.name.isdigit()] if proc.is_dir() else []


def _environment(pid: int) -> bytes:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return b"" if state == "Z" else Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""  # it has left, or is not ours to look at


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
