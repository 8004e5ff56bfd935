"""Which language a text is in, among those that the sources write."""

from __future__ import annotations

import re
from functools import cache
from operator import itemgetter
from typing import Any

#: What may be found. py3langid has Norwegian as "no" (Bokmål) and "nn"; both are "nb" here.
WATCHED = "da en sv no nn de fr nl fi pl et lv lt es it pt cs ru uk"

_FIRST_LOOK = 240  # characters; enough where they agree with what the page claims
_SAMPLE = 1200  # characters; five sentences were told apart without an error
_FEWEST_WORDS = 8  # below them Danish and Norwegian are told apart in nine of ten texts only
_CERTAIN = 0.9  # of the probability
_SURE = 0.7  # of the probability; below it a claim that is among the first two decides

#: Greenlandic comes under ``lang=da`` from Danish senders, and the identifier does not know it. Every third word of it
#: has a q that no u follows; in the languages above that is a rare name.
_SHARE_OF_GREENLANDIC = 0.15


def told(text: str, claimed: str = "") -> str:
    """ISO 639-1 of the language, ``""`` where it cannot be told. ``claimed`` is what the page says of itself."""
    claim = code(claimed)
    sample = text[:_SAMPLE]
    words = sample.split()
    if len(words) < _FEWEST_WORDS:
        return claim
    if sample.count("q") - sample.count("qu") > _SHARE_OF_GREENLANDIC * len(words):
        return "kl"
    if claim and len(text) > _FIRST_LOOK:
        best, sure = _ranked(text[:_FIRST_LOOK])[0]
        if best == claim and sure >= _CERTAIN:
            return best
    (best, sure), (second, _) = _ranked(sample)[:2]
    return claim if sure < _SURE and claim in {best, second} else best


def code(raw: str) -> str:
    """``da-DK`` is ``da``, every Norwegian is ``nb``; ``""`` for what is no language code."""
    found = re.match(r"\s*([a-zA-Z]{2})(?:[-_]|\s*$)", raw)
    name = found[1].lower() if found else ""
    return "nb" if name in {"no", "nn", "nb"} else name


def _ranked(sample: str) -> list[tuple[str, float]]:
    """Languages and probabilities, likeliest first; the two Norwegian ones are one."""
    found: dict[str, float] = dict(_identifier().rank(sample))
    found["nb"] = found.pop("no", 0.0) + found.pop("nn", 0.0)
    return sorted(found.items(), key=itemgetter(1), reverse=True)


@cache
def _identifier() -> Any:
    """Loaded once, on first use: 0.7 s and about 120 MB, measured on version 0.4."""
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(WATCHED.split(" "))
    found.nb_ptc = np.ascontiguousarray(found.nb_ptc)  # by rows, as they are read: choosing columns left it by columns
    return found
