"""Who gets a digest: a TOML file that a person writes.

::

    [[recipient]]
    name = "Asylvagten"
    address = "asylvagten@example.org"
    language = "da"                 # or "en": the mail's own words

    [recipient.queries]             # without it: everything on topic
    "Soldater" = "soldat* OR desertør*"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from articles.errors import SettingError
from articles.ports import Recipient

_KEYS = ("name", "address", "language", "queries")
_LANGUAGES = ("da", "en")

#: One plain address, as mail servers take it without extensions. A name goes into ``name``.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?)+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def load(path: Path) -> list[Recipient]:
    """The recipients in the order of the file. ``SettingError`` names file, table and key where it is wrong."""
    tables = _tables(path)
    found = [_recipient(table, _Place(path, number)) for number, table in enumerate(tables, 1)]
    seen: dict[str, int] = {}
    for number, recipient in enumerate(found, 1):
        first = seen.setdefault(recipient.address.lower(), number)
        if first != number:
            raise SettingError(
                f"{recipient.address} stands in table {first} as well; one person gets one mail: join their queries",
                subject=_Place(path, number).key("address"),
            )
    return found


class _Place:
    """Where in the file something is wrong."""

    def __init__(self, path: Path, number: int) -> None:
        self.table = f"{path}, [[recipient]] number {number}"

    def key(self, name: str) -> str:
        return f"{self.table}, {name}"


def _tables(path: Path) -> list[Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingError(
            f"cannot be read ({error.strerror}); DEFECTORWATCH_RECIPIENTS names it", subject=str(path)
        ) from None
    except UnicodeDecodeError as error:
        raise SettingError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", subject=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"is not TOML: {error}", subject=str(path)) from None
    unknown = sorted(found.keys() - {"recipient"})
    if unknown:
        raise SettingError(f"has {unknown[0]!r} where only [[recipient]] tables may stand", subject=str(path))
    tables = found.get("recipient", [])
    if not isinstance(tables, list):
        raise SettingError("writes [recipient]; each recipient is a table [[recipient]]", subject=str(path))
    return tables


def _recipient(table: Any, place: _Place) -> Recipient:
    if not isinstance(table, Mapping):
        raise SettingError("is not a table with name and address", subject=place.table)
    unknown = sorted(table.keys() - set(_KEYS))
    if unknown:
        raise SettingError(f"is unknown; a recipient has {', '.join(_KEYS)}", subject=place.key(unknown[0]))
    address = _words(table, "address", place)
    if not _ADDRESS.fullmatch(address):
        raise SettingError(f"{address!r} is no e-mail address, e.g. name@example.org", subject=place.key("address"))
    language = table.get("language", "da")
    if language not in _LANGUAGES:
        raise SettingError(f"{language!r} is not a language of the mail: da or en", subject=place.key("language"))
    return Recipient(
        name=_words(table, "name", place), address=address, language=language, queries=_queries(table, place)
    )


def _queries(table: Mapping[str, Any], place: _Place) -> dict[str, str]:
    queries = table.get("queries", {})
    if not isinstance(queries, Mapping):
        raise SettingError("is a table: title = search", subject=place.key("queries"))
    return {title: _words(queries, title, place, within="queries.") for title in queries}


def _words(table: Mapping[str, Any], key: str, place: _Place, within: str = "") -> str:
    """A text of one line that is not empty."""
    value = table.get(key)
    subject = place.key(within + key)
    if value is None:
        raise SettingError("is missing", subject=subject)
    if not isinstance(value, str) or not value.strip():
        raise SettingError(f"must be a text in quotes, not {value!r}", subject=subject)
    if _CONTROL.search(value) or _CONTROL.search(key):
        raise SettingError("must be one line without control characters", subject=subject)
    return value.strip()
