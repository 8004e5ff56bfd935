"""Where the embedded index lies: folders that are never changed by name, and a file that says which one is current.

::

    hits/current           the name of the index in use; replaced in one rename
    hits/lock, hits/turn   held by who writes, and by who waits to write
    hits/v1-5c0e…/         an index; the one before the last rebuild stays until the next, for who still reads it
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from articles.errors import SearchIndexError

#: Seconds that a writer waits for another one. A rebuild of 100,000 hits takes under one minute.
PATIENCE_S = 120.0

_STEP_S = 0.05


class Folder:
    """The folder of one embedded index."""

    def __init__(self, path: Path, version: int, *, patience_s: float = PATIENCE_S) -> None:
        self.path = path
        self._prefix = f"v{version}-"
        self._patience_s = patience_s

    def current(self) -> Path | None:
        """The index in use, ``None`` where there was never one. ``SearchIndexError`` where it is not ours or gone."""
        try:
            name = (self.path / "current").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self.unusable(f"cannot be read ({error})") from error
        if not name.startswith(self._prefix):
            raise self.unusable("was made by another version of this program")
        found = self.path / name
        if Path(name).name != name or not found.is_dir():
            raise self.unusable("is gone")
        return found

    def fresh(self) -> Path:
        """A new, empty folder that nobody reads yet."""
        made = self.path / f"{self._prefix}{secrets.token_hex(6)}"
        made.mkdir(parents=True)
        return made

    def adopt(self, made: Path) -> None:
        """Makes ``made`` the index in use, at once and for good, and removes all but it and the one before."""
        before = self._named()
        beside = self.path / "current.part"
        with beside.open("w", encoding="utf-8") as file:
            file.write(made.name)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path / "current")
        _sync(self.path)
        for old in self.path.glob("v*-*"):
            if old.name not in {made.name, before}:
                shutil.rmtree(old, ignore_errors=True)

    def _named(self) -> str:
        try:
            return (self.path / "current").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writer at a time, whatever process or thread it is in; a killed one lets go by itself.

        Who waits holds the turn, so that a writer who comes back at once stands behind.
        """
        until = time.monotonic() + self._patience_s
        with ExitStack() as turn, self._locked("lock") as lock:
            waiting = turn.enter_context(self._locked("turn"))
            for each in (waiting, lock):
                self._wait_for(each, until)
            turn.close()
            yield

    @contextmanager
    def _locked(self, name: str) -> Iterator[int]:
        """The open lock file; closing it lets go of the lock."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            sentence = f"cannot be written ({error.strerror}); make the folder writable"
            raise SearchIndexError(sentence, subject=str(self.path)) from error
        try:
            yield handle
        finally:
            os.close(handle)

    def _wait_for(self, handle: int, until: float) -> None:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise SearchIndexError(
                        "another process is writing to it; run this again when that one is done", subject=str(self.path)
                    ) from None
                time.sleep(_STEP_S)

    def unusable(self, why: str) -> SearchIndexError:
        """The error of an index that has to be made anew."""
        return SearchIndexError(f"the search index {why}; run `defectorwatch rebuild`", subject=str(self.path))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
