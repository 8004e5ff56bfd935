"""Makes ``docs/DAGS.md``, ``docs/FEEDS.md`` and ``docs/SETTINGS.md`` from what they describe.

``python -m pipeline.docs`` writes them, ``--check`` fails where one is out of date; a test runs the check.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from pipeline.settings import Settings

_MADE = "<!-- made by `make docs`; edit the source it names, not this page -->"


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a setting."""
    alias = field.validation_alias
    return alias if isinstance(alias, str) else f"DEFECTORWATCH_{name.upper()}"


def settings_page() -> str:
    """Every setting, from ``pipeline/settings.py``."""
    rows = [
        f"| `{variable(name, field)}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    head = ["# Settings", "", _MADE, "", "Environment variables; `defectorwatch settings` shows their values now.", ""]
    return "\n".join([*head, "| variable | default | what it is for |", "| --- | --- | --- |", *rows, ""])


def _default(field: FieldInfo) -> str:
    shown = str(field.default) if field.default is not None else ""
    return f"`{shown}`" if shown not in {"", "."} and "*" not in shown else ""


def feeds_page() -> str:
    """Every source's dossier, from ``feeds/``."""
    import feeds

    parts = ["# Feeds", "", _MADE, ""]
    for name in feeds.names():
        feed = feeds.load(name)
        parts += [
            f"## {feed.title} (`{name}`)",
            "",
            f"Read at `{feed.schedule}` (Europe/Copenhagen), licence `{feed.licence.value}`, {feed.homepage}",
            "",
            feed.dossier.strip(),
            "",
        ]
    return "\n".join(parts)


def dags_page() -> str:
    """What runs when, and what to do when it is red."""
    import feeds

    parts = [
        "# DAGs",
        "",
        _MADE,
        "",
        "| DAG | when (Europe/Copenhagen) | what |",
        "| --- | --- | --- |",
        *(f"| `ingest_{name}` | `{feeds.load(name).schedule}` | {feeds.load(name).title} |" for name in feeds.names()),
        "| `digest` | `0 7 * * *` | one mail per recipient over the day that ends at 07:00 |",
        "",
        "Each ingest DAG runs poll, fetch, extract, classify, index and gate; `gate` is red when the source failed or",
        "when too large a share of its articles is in quarantine, and its last line says what to do.",
        "",
    ]
    return "\n".join(parts)


PAGES = {"SETTINGS.md": settings_page, "FEEDS.md": feeds_page, "DAGS.md": dags_page}


def main(check: bool) -> int:
    """Writes the pages, or counts those that differ."""
    folder = Path(__file__).parents[1] / "docs"
    stale = 0
    for name, page in PAGES.items():
        path, made = folder / name, page()
        if check:
            same = path.is_file() and path.read_text(encoding="utf-8") == made
            stale += not same
            print(f"docs/{name}: {'up to date' if same else 'out of date; run `make docs`'}")
        else:
            path.write_text(made, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
