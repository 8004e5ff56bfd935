"""A smaller vocabulary: the pieces that Europe's languages can use.

A piece stays where each of its letters belongs to an alphabet of a European language and it is common enough; digits,
punctuation and signs stay. Pieces that the given texts use stay whatever they are. A word whose piece is gone is cut
into smaller pieces, so nothing becomes unreadable. Order stays: pieces come by falling frequency.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from training.encoder import SPECIAL, Base

#: Letters beside a to z, by language group; upper case follows from them.
LETTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyz"
    "æøåäöðþ"  # Nordic
    "áàâãéèêëíìîïóòôõúùûüýÿñçœ"  # Romance, Irish
    "ßšžčćđďěňřťůľĺŕ"  # German, Czech, Slovak, South Slavic
    "ąęłńśźżāēģīķļņūįėųűőășțşţ"  # Polish, Baltic, Hungarian, Romanian
    "ċġħŷŵ"  # Maltese, Welsh
    "абвгдежзийклмнопрстуфхцчшщъыьэюяё"  # Russian
    "іїєґўјљњћђџѓќѕѐѝ"  # Ukrainian, Belarusian, South Slavic
    "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"  # Greek
)


#: Of the base's 250,002 pieces, those from this one on are the rarest and go: mostly names and inflected long words.
RARE = 170_000


def european(piece: str) -> bool:
    """Whether a European language could use the piece."""
    plain = unicodedata.normalize("NFC", piece.lower())
    return all(sign in LETTERS or unicodedata.category(sign)[0] not in "LM" for sign in plain)


def kept(base: Base, used: Iterable[int] = ()) -> npt.NDArray[np.int64]:
    """The ids that stay, in order: special pieces, European ones, and those ``used``."""
    wanted = set(range(len(SPECIAL))) | set(used) | {len(base.pieces) - 1}
    wanted |= {number for number, (piece, _) in enumerate(base.pieces[:RARE]) if european(piece)}
    return np.array(sorted(wanted), dtype=np.int64)


def pruned(base: Base, ids: npt.NDArray[np.int64]) -> tuple[tuple[str, float], ...]:
    """The tokenizer's pieces that stay; their new ids are positions in ``ids``."""
    return tuple(base.pieces[number] for number in ids)
