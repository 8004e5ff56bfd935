"""The embedded index on its disk: killed, locked, moved, damaged."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from articles.errors import SearchIndexError
from articles.ports import Hit, Index, Query
from hits import embedded
from tests.conftest import ROOT
from tests.hits.conftest import HIT, hit

#: Puts five hits at a time and says so after each time.
_WRITER = """
import sys
from pathlib import Path
from hits import embedded
from tests.hits.conftest import hit
index = embedded.open_index(Path(sys.argv[1]))
batch = 0
while True:
    index.{verb}(hit(id=f"{{batch:04d}}-{{number}}") for number in range(5))
    print(batch, flush=True)
    batch += 1
"""


class Writer:
    """Another process that writes until it is killed."""

    def __init__(self, folder: Path, verb: str = "put") -> None:
        command = [sys.executable, "-c", _WRITER.format(verb=verb), str(folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def wait_for(self, batches: int) -> None:
        assert self._process.stdout is not None
        for _ in range(batches):
            assert self._process.stdout.readline()

    def kill(self) -> int:
        """With signal 9; the last batch that it said was written."""
        self._process.send_signal(signal.SIGKILL)
        out, _ = self._process.communicate()
        return int(out.split()[-1]) if out.split() else -1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "hits"


@pytest.fixture
def index(folder: Path) -> Iterator[Index]:
    opened = embedded.open_index(folder)
    yield opened
    opened.close()


def total(index: Index) -> int:
    return index.search(Query()).total


def test_opening_and_searching_make_nothing(index: Index, folder: Path) -> None:
    assert total(index) == 0
    assert not folder.exists()
    folder.mkdir(parents=True)
    assert total(index) == 0


@pytest.mark.parametrize("batches", [1, 2, 5, 9])
def test_a_killed_writer_leaves_whole_writes_and_a_free_lock(index: Index, folder: Path, batches: int) -> None:
    writer = Writer(folder)
    writer.wait_for(batches)
    said = max(writer.kill(), batches - 1)
    held = total(index)
    assert held % 5 == 0, "half a write"
    assert held >= (said + 1) * 5, "a write that was reported is lost"
    index.put([HIT])
    assert total(index) == held + 1


@pytest.mark.parametrize("batches", [1, 3])
def test_a_killed_rebuild_leaves_the_index_before_it(index: Index, folder: Path, batches: int) -> None:
    writer = Writer(folder, "rebuild")
    writer.wait_for(batches)
    writer.kill()
    assert total(index) == 5
    index.rebuild([HIT])
    assert total(index) == 1
    assert len(list(folder.glob("v*"))) == 2, "leftovers: only the index and the one before it stay"


def test_two_processes_write_one_after_the_other(index: Index, folder: Path) -> None:
    writer = Writer(folder)
    writer.wait_for(1)
    for _ in range(5):
        index.put([hit()])
    writer.wait_for(1)
    writer.kill()
    assert total(index) % 5 == 0
    assert total(index) >= 15


def test_threads_write_one_after_the_other(index: Index) -> None:
    workers = [threading.Thread(target=lambda: index.put(hit() for _ in range(3))) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert total(index) == 18


def test_a_writer_that_waits_too_long_says_what_to_do(folder: Path) -> None:
    index = embedded.open_index(folder, patience_s=0.1)
    other = embedded.open_index(folder, patience_s=0.1)

    def while_writing() -> Iterator[Hit]:
        yield hit()
        with pytest.raises(SearchIndexError, match="another process is writing to it; run this again"):
            other.put([hit()])
        assert total(other) == 0

    index.put(while_writing())
    other.put([hit()])
    assert total(index) == 2


def test_a_put_that_fails_puts_nothing_and_holds_nothing(index: Index) -> None:
    index.put([HIT])

    def broken() -> Iterator[Hit]:
        yield hit()
        yield hit(id=HIT.id, title="Half")
        raise LookupError

    with pytest.raises(LookupError) as held:  # the traceback keeps the writer's frame alive
        index.put(broken())
    assert total(index) == 1
    index.put([hit()])
    assert index.get(HIT.id) == HIT
    assert held.value


def test_who_reads_while_it_is_rebuilt_sees_the_old_or_the_new(index: Index, folder: Path) -> None:
    index.rebuild(hit() for _ in range(10))
    seen: set[int] = set()
    done = threading.Event()

    def read() -> None:
        reader = embedded.open_index(folder)
        while not done.is_set():
            seen.add(total(reader))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(10):
        index.rebuild(hit() for _ in range(10))
    done.set()
    for reader in readers:
        reader.join()
    assert seen == {10}


def test_an_index_of_another_version_asks_to_be_rebuilt(index: Index, folder: Path) -> None:
    index.put([HIT])
    (folder / "current").write_text("v0-abc")
    for act in (lambda: total(index), lambda: index.put([HIT]), lambda: index.get("x"), lambda: index.remove(["x"])):
        with pytest.raises(SearchIndexError, match=r"made by another version.*; run `defectorwatch rebuild`"):
            act()
    index.rebuild([HIT])
    assert total(index) == 1


def _gone(folder: Path) -> None:
    shutil.rmtree(next(folder.glob("v*")))


def _emptied(folder: Path) -> None:
    for path in next(folder.glob("v*")).iterdir():
        path.write_bytes(b"")


def _overwritten(folder: Path) -> None:
    for path in next(folder.glob("v*")).iterdir():
        path.write_bytes(b"\xff" * path.stat().st_size)


def _cut(folder: Path) -> None:
    for path in next(folder.glob("v*")).iterdir():
        os.truncate(path, path.stat().st_size // 2)


def _without_meta(folder: Path) -> None:
    (next(folder.glob("v*")) / "meta.json").unlink()


def _pointing_out(folder: Path) -> None:
    (folder / "current").write_text("v1-../../..")


def _pointing_nowhere(folder: Path) -> None:
    (folder / "current").write_bytes(b"\xff\xfe")


@pytest.mark.parametrize(
    "damage", [_gone, _emptied, _overwritten, _cut, _without_meta, _pointing_out, _pointing_nowhere]
)
def test_a_damaged_index_asks_to_be_rebuilt_and_can_be(folder: Path, damage: object) -> None:
    embedded.open_index(folder).put(hit() for _ in range(50))
    damage(folder)  # type: ignore[operator]
    index = embedded.open_index(folder)
    with pytest.raises(SearchIndexError, match="; run `defectorwatch rebuild`"):
        index.search(Query(text="asyl"))
    with pytest.raises(SearchIndexError, match="; run `defectorwatch rebuild`"):
        index.put([HIT])
    index.rebuild([HIT])
    assert total(index) == 1


def test_a_folder_that_goes_away_is_a_fresh_one(index: Index, folder: Path) -> None:
    index.put([HIT])
    assert total(index) == 1
    shutil.rmtree(folder)
    assert total(index) == 0
    index.put([HIT])
    assert total(index) == 1


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "hits").write_text("")
    index = embedded.open_index(tmp_path / "hits")
    with pytest.raises(SearchIndexError, match="; "):
        index.put([HIT])
    with pytest.raises(SearchIndexError, match="; "):
        total(index)


def test_many_small_writes_do_not_pile_up(index: Index, folder: Path) -> None:
    for _ in range(30):
        index.put([hit()])
    assert total(index) == 30
    assert len(list(folder.glob("v*/*.store"))) < 15
