from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from articles.errors import LedgerError
from pipeline.archive import Archive

AT = datetime(2026, 11, 20, 5, 45, tzinfo=UTC)


def test_each_response_comes_back_alone(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    refs = [archive.keep(f"https://x.dk/{n}", 200, {"etag": "1"}, f"æ{n}".encode(), at=AT) for n in range(3)]
    archive.close()
    assert [Archive(tmp_path).body(ref).decode() for ref in refs] == ["æ0", "æ1", "æ2"]
    assert len({ref.partition("#")[0] for ref in refs}) == 1
    assert refs[0].startswith("2026/11/20/")


def test_a_file_cut_short_loses_only_its_end(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first = archive.keep("https://x.dk/1", 200, {}, b"one", at=AT)
    second = archive.keep("https://x.dk/2", 200, {}, b"two" * 999, at=AT)
    archive.close()
    path = tmp_path / first.partition("#")[0]
    os.truncate(path, int(second.partition("#")[2]) + 20)
    assert archive.body(first) == b"one"


def test_a_forked_child_writes_a_file_of_its_own(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.keep("https://x.dk/1", 200, {}, b"parent", at=AT)
    child = os.fork()
    if child == 0:
        archive.keep("https://x.dk/2", 200, {}, b"child", at=AT)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    ref = archive.keep("https://x.dk/3", 200, {}, b"parent again", at=AT)
    archive.close()
    assert archive.body(ref) == b"parent again"
    assert len(list(tmp_path.rglob("*.warc.gz"))) == 2


@pytest.mark.parametrize("ref", ["2026/none.warc.gz#0", "../../etc/passwd#0"])
def test_what_is_not_there_is_one_sentence(tmp_path: Path, ref: str) -> None:
    with pytest.raises(LedgerError, match="not in the archive; put the file back"):
        Archive(tmp_path).body(ref)
