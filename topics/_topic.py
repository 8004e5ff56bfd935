"""One topic, as its folder's ``topic.toml`` describes it.

::

    title = "Asylum for Russians who defect"
    description = "…"
    classifier = "lexicon"                 # a module in classifiers/
    languages = ["da", "en"]               # ISO 639-1

    [thresholds.lexicon]                   # a table for each classifier that may judge it
    doubtful = 0.3
    on_topic = 0.6

    [zero_shot]                            # what a classifier wants to know besides: a table of its name
    model = "nli"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from articles.errors import SettingError
from articles.ports import Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What is watched for. ``name`` is the folder's name."""

    name: str
    title: str
    classifier: str
    folder: Path
    languages: tuple[str, ...] = ()
    description: str = ""
    cuts: Mapping[str, Thresholds] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def thresholds(self, classifier: str) -> Thresholds:
        """The cuts for that classifier's scores; a version after a slash is ignored."""
        name = classifier.partition("/")[0]
        if name not in self.cuts:
            raise SettingError(
                f"has no table for {name!r}; add it with doubtful and on_topic", subject=f"{self.name}: [thresholds]"
            )
        return self.cuts[name]

    def options(self, classifier: str) -> Mapping[str, Any]:
        """The table of that name, as its classifier reads it; empty where there is none."""
        return self.tables.get(classifier, {})

    def path(self, name: str) -> str:
        """The absolute path of a file or folder of the topic. ``SettingError`` where it would lie outside."""
        home = self.folder.resolve()
        found = (home / name).resolve()
        if not found.is_relative_to(home):
            raise SettingError(f"lies outside of the topic {self.name}; name a file inside its folder", subject=name)
        return str(found)


def read(folder: Path) -> Topic:
    """The topic in that folder. ``SettingError`` where its file is missing or says something that it cannot."""
    path = folder / "topic.toml"
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"cannot be read ({error.strerror}); a topic needs one", subject=_subject(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"is not TOML ({error}); mend it", subject=_subject(path)) from error
    return Topic(
        name=folder.resolve().name,
        title=_words(found, "title", path),
        classifier=_words(found, "classifier", path),
        folder=folder,
        languages=_languages(found, path),
        description=" ".join(str(found.get("description", "")).split()),
        cuts=_cuts(found, path),
        tables={name: table for name, table in found.items() if name != "thresholds" and isinstance(table, dict)},
    )


def _words(found: Mapping[str, Any], name: str, path: Path) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SettingError(f"needs a {name} in words", subject=_subject(path))
    return value.strip()


def _languages(found: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    value = found.get("languages", [])
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise SettingError('needs languages as a list of codes, like ["da", "en"]', subject=_subject(path))
    return tuple(value)


def _cuts(found: Mapping[str, Any], path: Path) -> dict[str, Thresholds]:
    tables = found.get("thresholds", {})
    if not isinstance(tables, dict):
        raise SettingError("needs thresholds as tables, like [thresholds.lexicon]", subject=_subject(path))
    return {name: _cut(name, table, path) for name, table in tables.items()}


def _cut(name: str, table: object, path: Path) -> Thresholds:
    values = [table.get(key) if isinstance(table, dict) else None for key in ("doubtful", "on_topic")]
    doubtful, on_topic = (float(v) if isinstance(v, int | float) and not isinstance(v, bool) else -1.0 for v in values)
    if not 0 <= doubtful <= on_topic <= 1:
        raise SettingError(
            f"[thresholds.{name}] needs two numbers with 0 <= doubtful <= on_topic <= 1", subject=_subject(path)
        )
    return Thresholds(doubtful=doubtful, on_topic=on_topic)


def _subject(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
