"""What we watch for: a folder per topic, with ``topic.toml``, a glossary, and a model where it has one.

The folder's name is the topic's name. A folder of one's own, outside the package, is named by its path. Nothing heavy
is imported to list or load one.
"""

from __future__ import annotations

from pathlib import Path

from articles.errors import UnknownName
from topics._topic import Topic, read

__all__ = ["Topic", "load", "names", "read"]

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """All topics, sorted: the folders here that hold a ``topic.toml``."""
    return sorted(found.parent.name for found in _FOLDER.glob("*/topic.toml"))


def load(name: str) -> Topic:
    """The topic of that name, or in that folder where it is a path, with a slash in it.

    ``UnknownName`` lists those there are; a broken file is a ``SettingError``.
    """
    if "/" in name:
        return read(Path(name).expanduser())
    if name not in names():
        known = ", ".join(names())
        raise UnknownName(f"is not a topic; choose one of {known}, or give the path of a folder", subject=name)
    return read(_FOLDER / name)
