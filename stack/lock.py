"""One at a time: `make run` and `make up` over the same folder would take each other's work."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from articles.errors import SettingError


@contextmanager
def alone(var: Path) -> Iterator[None]:
    """Holds the folder until the block is left, or the process dies. ``SettingError`` where another holds it."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "stack.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingError(
                "`make run` or `make up` is at work in this folder; let it end, stop it with `make down`, or set "
                "DEFECTORWATCH_VAR to another folder",
                subject=str(var),
            ) from None
        yield
