"""The newswire's queue: what is not acknowledged comes again. A journal keeps acknowledgements over restarts."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from articles.errors import SettingError


class Queue:
    """``numbers`` are the ``ServiceQueueId`` of all items, oldest first. Safe to use from several threads."""

    def __init__(self, numbers: Sequence[int], journal: Path | None) -> None:
        self._numbers = tuple(numbers)
        self._journal = journal
        self._gone: dict[int, None] = dict.fromkeys(_read(journal)) if journal else {}
        self._turn = Lock()

    def waiting(self, most: int) -> list[int]:
        """Up to ``most`` numbers that are not acknowledged yet."""
        with self._turn:
            return [number for number in self._numbers if number not in self._gone][:most]

    def acknowledge(self, number: int) -> bool:
        """Whether there is such an item. The journal is on disk before this returns; twice is once."""
        if number not in self._numbers:
            return False
        with self._turn:
            if number not in self._gone:
                self._write(number)
                self._gone[number] = None
        return True

    def acknowledged(self) -> list[int]:
        """In the order in which they went."""
        with self._turn:
            return list(self._gone)

    def _write(self, number: int) -> None:
        if self._journal is None:
            return
        with self._journal.open("ab") as file:
            file.write(json.dumps({"acknowledged": number}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _read(journal: Path) -> list[int]:
    """The numbers in the journal; a last line that a crash cut off is dropped, and cut off the file as well."""
    try:
        journal.parent.mkdir(parents=True, exist_ok=True)
        written = journal.read_bytes() if journal.exists() else b""
        whole = written[: written.rfind(b"\n") + 1]
        if whole != written:
            journal.write_bytes(whole)
        return [int(json.loads(line)["acknowledged"]) for line in whole.splitlines()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        detail = f"is no journal of the replay server ({error}); delete it, or name another file"
        raise SettingError(detail, subject=str(journal)) from None
