"""Who works here, and whether they still live: what a killed process had claimed is free at once.

A lease would free it too, but only after minutes, and never while a recorded day holds the clock still.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.runtime import Runtime


def name() -> str:
    """Host, process id and the process's start, so that a reused id is told from the one before."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_dead(worker: str) -> bool:
    """Whether a worker of this host is gone for certain; one of another host is left to its lease."""
    host, _, rest = worker.rpartition(":")[0].rpartition(":")
    pid, started = rest, worker.rpartition(":")[2]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def _started(pid: int) -> str:
    """The process's start in clock ticks since boot (proc(5), field 22 of stat); ``""`` where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def release_dead(at: Runtime) -> int:
    """Frees the claims of workers that are gone. Returns how many articles and mails are free again."""
    now = at.now()
    dead = [worker for worker in at.ledger.workers() if is_dead(worker)]
    return sum(at.ledger.release(worker, now=now) + at.ledger.release_digests(worker) for worker in dead)
