"""The base model's file, in small: written here by its layout, and read back. Needs none of the training extra."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from training import encoder, prune
from training.encoder import Base, Packed, Shape

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁Rus", "ære", "語", "▁ấ", "<mask>")
HALVES = np.arange(32) % 16  # what the 32 values of a block are stored as


def block(scale: float) -> bytes:
    low, high = HALVES[:16], HALVES[16:]
    return np.float16(scale).tobytes() + bytes((low | high << 4).astype(np.uint8))


def written(path: Path) -> Path:
    texts = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, texts)]).astype("<u4").tobytes()
    scores = -np.arange(len(PIECES), dtype="<f4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, 32, 0, 1, 64, 2, 8, 2, 1e-12, 32)
    pieces = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, texts))) + offsets + scores.tobytes()
    pieces += b"".join(texts) + struct.pack("<iI", 1, 5) + b"charm"
    words, plain = block(0.5) + block(2.0), np.array([1.5, -2], dtype="<f4").tobytes()
    size = 4 + (2 + 8 + 21) + (2 + 8 + 21)
    start = len(head) + len(pieces) + size
    directory = struct.pack("<i", 2)
    for name, kind, count, at, raw in (
        (b"emb.word", 1, 64, start, words),
        (b"emb.ln.w", 0, 2, start + len(words), plain),
    ):
        directory += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", kind, count, at, len(raw))
    path.write_bytes(head + pieces + directory + words + plain)
    return path


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return encoder.read(written(tmp_path / "small.bin"))


def test_the_file_is_read_by_its_layout(base: Base) -> None:
    assert base.shape == Shape(32, 0, 1, 64, 2, 8, 2, pytest.approx(1e-12))
    assert base.pieces == tuple((piece, -float(n)) for n, piece in enumerate(PIECES))
    assert base.tensors["emb.ln.w"].tolist() == [1.5, -2]


def test_four_bits_become_the_values_that_they_stand_for(base: Base) -> None:
    assert base.words.unpacked().tolist() == [((HALVES - 8) * 0.5).tolist(), ((HALVES - 8) * 2.0).tolist()]


def test_rows_can_be_chosen_before_they_are_unpacked(base: Base) -> None:
    chosen: Packed = base.words.rows(np.array([1, 1, 0]))
    assert np.array_equal(chosen.unpacked(), base.words.unpacked()[[1, 1, 0]])


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="not an E5S1 file"):
        encoder.read(tmp_path / "other.bin")


def test_what_europe_cannot_use_is_pruned_unless_it_is_used(base: Base) -> None:
    assert [PIECES[n] for n in prune.kept(base)] == ["<s>", "<pad>", "</s>", "<unk>", "▁Rus", "ære", "<mask>"]
    ids = prune.kept(base, used=[6])
    assert [piece for piece, _ in prune.pruned(base, ids)] == [p for p in PIECES if p != "▁ấ"]


@pytest.mark.parametrize("piece", ["▁Flüchtling", "ёж", "їжак", "ψήφος", "ħelsien", "№", "▁2026", "🙂", "▁", "ÅRHUS"])
def test_europe_can_use_it(piece: str) -> None:
    assert prune.european(piece)


@pytest.mark.parametrize("piece", ["難民", "لاجئ", "▁người", "қазақ", "ไทย", "ığ"])
def test_europe_cannot(piece: str) -> None:
    assert not prune.european(piece)
