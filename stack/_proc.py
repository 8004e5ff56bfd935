"""What Linux tells of the processes that live; nothing at all on systems without ``/proc``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """``started`` is in clock ticks since the machine's start: with ``pid`` it tells a process from a later one."""

    pid: int
    session: int
    started: int


def living() -> Iterator[Process]:
    """All that run; what has ended and was not yet waited for is left out."""
    for path in _PROC.iterdir() if _PROC.is_dir() else ():
        found = process(int(path.name)) if path.name.isdigit() else None
        if found is not None:
            yield found


def process(pid: int) -> Process | None:
    """One process, ``None`` where it does not live. The fields are those of proc(5): 3 state, 6 session, 22 start."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else Process(pid, int(fields[3]), int(fields[19]))


def boot() -> str:
    """Tells one run of the machine from the next: process ids and clock ticks begin anew with each."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def environment(pid: int) -> list[bytes]:
    """``NAME=value`` as it was given at the start; programs that rename themselves overwrite it."""
    try:
        return (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []  # it has left, or is not ours to look at
