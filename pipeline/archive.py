"""Raw responses, kept as WARC: one gzip member a response, so that one can be read back alone.

Every process writes files of its own; a file that a crash cut short loses only the response that nothing refers to yet,
because the ledger learns of a response after it is on the disk.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from articles.errors import LedgerError

#: Headers that speak of the transfer; the body is kept as it was after decompression.
_OF_THE_TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length", "set-cookie", "connection"})

#: A new file is begun when one has grown past this, so that old days can be moved away. One day of 400 items is ~20 MB.
_FILE_BYTES = 256_000_000


class Archive:
    """A folder of WARC files. ``keep`` returns a reference, ``body`` reads the bytes behind one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: BinaryIO | None = None
        self._path = folder
        self._owner = 0

    def keep(self, url: str, status: int, headers: Mapping[str, str], body: bytes, *, at: datetime) -> str:
        """Writes one response to the disk and returns ``"<file>#<offset>"``. ``url`` is free of credentials."""
        import io

        from warcio.statusandheaders import StatusAndHeaders
        from warcio.warcwriter import WARCWriter

        file = self._open(at)
        offset = file.tell()
        kept = [(name, value) for name, value in headers.items() if name not in _OF_THE_TRANSFER]
        http = StatusAndHeaders(str(status), [*kept, ("content-length", str(len(body)))], protocol="HTTP/1.1")
        writer = WARCWriter(file, gzip=True)
        stamp = {"WARC-Date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        writer.write_record(
            writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), length=len(body), http_headers=http, warc_headers_dict=stamp
            )
        )
        file.flush()
        return f"{self._path.relative_to(self.folder).as_posix()}#{offset}"

    def sync(self) -> None:
        """Returns when everything kept so far is on the disk: before the ledger refers to it."""
        if self._file and self._owner == os.getpid():
            os.fsync(self._file.fileno())

    def body(self, ref: str) -> bytes:
        """The bytes behind a reference. ``LedgerError`` where the archive does not hold it any more."""
        from warcio.archiveiterator import ArchiveIterator

        name, _, offset = ref.rpartition("#")
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
            raise LedgerError("not in the archive; put the file back or fetch the page again", subject=ref)
        with path.open("rb") as file:
            file.seek(int(offset))
            for record in ArchiveIterator(file):
                return bytes(record.content_stream().read())
        raise LedgerError("cannot be read from the archive; fetch the page again", subject=ref)

    def close(self) -> None:
        if self._file and self._owner == os.getpid():
            self.sync()
            self._file.close()
        self._file = None

    def _open(self, at: datetime) -> BinaryIO:
        # A forked child must not write into its parent's file: both would believe in their own offset.
        if self._file is None or self._owner != os.getpid() or self._file.tell() > _FILE_BYTES:
            folder = self.folder / at.strftime("%Y/%m/%d")
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # the wire's notes to editors are in it
            folder.mkdir(parents=True, exist_ok=True)
            self._path = folder / f"{at:%H%M%S}-{os.getpid()}-{secrets.token_hex(4)}.warc.gz"
            self._file, self._owner = self._path.open("ab"), os.getpid()
        return self._file
