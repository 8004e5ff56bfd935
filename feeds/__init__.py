"""Where entries come from: one file per source, bytes in, records out.

A module of this package is a feed by its name, and so is a table of ``syndicated.toml``. Nothing heavy is imported
to list them, nor to load one: parsers are imported when an answer is read.
"""

from __future__ import annotations

import sys

from articles import adapters
from articles.errors import SettingError, UnknownName
from articles.ports import Feed
from feeds import _syndicated


def names() -> list[str]:
    """All feeds, sorted: the modules here and the tables of ``syndicated.toml``."""
    modules = adapters.names(sys.modules[__name__])
    tables = _syndicated.names()
    twice = sorted(set(modules) & set(tables))
    if twice:
        raise SettingError("is a module in feeds/ as well; rename the table", subject=f"syndicated.toml [{twice[0]}]")
    return sorted([*modules, *tables])


def load(name: str) -> Feed:
    """The feed of that name. ``UnknownName`` lists those there are."""
    if name in _syndicated.names():
        return _syndicated.load(name)
    if name not in names():
        raise UnknownName(f"is not a feed; choose one of {', '.join(names())}", subject=name)
    found: Feed = adapters.load(sys.modules[__name__], name).FEED
    return found
