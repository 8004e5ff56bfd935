"""The folder is the registry: an adapter's name is its module's name.

``names(extractors)`` lists the public modules of a package, ``load(extractors, "web")`` imports one. Modules whose
names start with ``_`` are helpers and never adapters.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from articles.errors import UnknownName


def names(package: ModuleType) -> list[str]:
    """The adapters in ``package``, sorted; nothing is imported to find out."""
    return list(_names(tuple(package.__path__)))


@cache
def _names(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(found.name for found in pkgutil.iter_modules(folders) if not found.name.startswith("_")))


def load(package: ModuleType, name: str) -> ModuleType:
    """The adapter's module. An unknown name raises ``UnknownName`` with the names there are."""
    known = names(package)
    if name not in known:
        raise UnknownName(f"not in {package.__name__}/; choose one of {', '.join(known)}", subject=name)
    return importlib.import_module(f"{package.__name__}.{name}")
