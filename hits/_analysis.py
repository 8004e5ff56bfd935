"""Words and their stems, the same for both engines: they are given stems and only split them at white space.

An engine's own analyzers would not do: two engines, two Snowball versions and two lists of stop words would answer the
same search differently. æ, ø and å stay what they are, because får, far and for are three words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate
from typing import Any

#: ISO 639-1 -> name of the Snowball stemmer. Words of any other language are taken as they are.
STEMMERS = {
    "da": "danish",
    "sv": "swedish",
    "no": "norwegian",
    "de": "german",
    "nl": "dutch",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "fi": "finnish",
    "ru": "russian",
    "en": "english",
}
_SAME = {"nb": "no", "nn": "no"}

#: Every language in which a word of a query is looked up; "" is the words as they are.
LANGUAGES = ("", *STEMMERS)

#: Longer ones are cut. Elasticsearch splits a token at 255 characters; no language's words come near.
_LONGEST = 100

#: Signs that belong to the letter before them, and invisible ones inside words (a soft hyphen, joiners).
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670"
_WORD = re.compile(rf"\w[\w{_MARKS}{_INVISIBLE}]*")
_APART = re.compile(f"({_WORD.pattern})")
_HIDDEN = str.maketrans("", "", _INVISIBLE)

#: Distinct words whose normal forms and stems are remembered; a year of hits has some 60,000.
_REMEMBERED = 100_000
_normals: dict[str, str] = {}
_stems: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}


def words(text: str) -> list[str]:
    """Each word in lower case, in reading order."""
    return normals(written(text))


def written(text: str) -> list[str]:
    """Each word as it is written."""
    return _WORD.findall(text.replace("_", " "))  # to Python an underscore is a letter


def normals(of: Iterable[str]) -> list[str]:
    """Written words in the form in which they are compared."""
    return [_normals.get(word) or _normal(word) for word in of]


def places(text: str) -> list[tuple[int, int]]:
    """Where each of :func:`words` stands: ``text[start:end]``."""
    lengths = map(len, _APART.split(text.replace("_", " ")))  # of what is between words, and of words, in turn
    ends = list(accumulate(lengths))
    return list(zip(ends[0::2], ends[1::2], strict=False))


def _normal(word: str) -> str:
    if len(_normals) >= _REMEMBERED:
        _normals.clear()
    _normals[word] = found = _folded(word)
    return found


def _folded(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word.translate(_HIDDEN)).lower()
    return "".join(folded.split())[:_LONGEST]  # one Arabic ligature unfolds into four words


def base(language: str) -> str:
    """The language whose stemmer is used; ``""`` where there is none."""
    code = language.lower().replace("_", "-").split("-")[0]
    code = _SAME.get(code, code)
    return code if code in STEMMERS else ""


def stems(of: Sequence[str], language: str) -> list[str]:
    """The stem of each word, in the same order. ``language`` is one of :data:`LANGUAGES`."""
    if not language:
        return list(of)
    known = _stems[language]
    found = {word: known.get(word) for word in of}
    if new := [word for word, stem in found.items() if stem is None]:
        if len(known) + len(new) > _REMEMBERED:
            known.clear()
        fresh = dict(zip(new, _analyzer(language).analyze(" ".join(new)), strict=True))
        known.update(fresh)
        found.update(fresh)
    return [found[word] or word for word in of]


@cache
def _analyzer(language: str) -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer(STEMMERS[language])).build()


def forms(word: str, language: str) -> list[str]:
    """What a word of a search is looked up as: its stem, and itself as a stem. Snowball takes Swedish *soldat* down to
    ``sold`` but *soldater* to ``soldat``."""
    return list(dict.fromkeys((*stems([word], language), word)))


def marked(of: Sequence[str], language: str) -> list[str]:
    """Stems that say whose they are, as the index holds them: Swedish ``sold`` (soldat) is not English ``sold``."""
    return [f"{language}:{stem}" for stem in stems(of, language)]


def looked_up(word: str) -> list[str]:
    """Everything by which a word is found in a text, in whatever language that is."""
    return [f"{language}:{form}" for language in LANGUAGES for form in forms(word, language)]


def phrases(of: Sequence[str]) -> list[list[str]]:
    """The same for words that stand together."""
    return [marked(of, language) for language in LANGUAGES]
