"""``MODEL.md``: what a person must know before trusting the model, made from what was measured."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from articles.ports import Topic
from training import passages
from training.passages import Passage

PAGE = "MODEL.md"
MEASURED = "evaluation.json"

#: Failures that are shown, and how much of their words.
SHOWN, WORDS = 10, 220

_FIGURES = ("precision", "recall", "f1", "average_precision", "calibration_error")
_HEAD = (
    "| | n | on topic | precision | recall | F1 | average precision | calibration error |\n"
    "| --- | --: | --: | --: | --: | --: | --: | --: |"
)


def page(topic: Topic) -> str:
    """The whole page, from ``evaluation.json``, ``model/model.json`` and the passages."""
    folder = Path(topic.path("."))
    measured = json.loads((folder / MEASURED).read_text(encoding="utf-8"))
    made = json.loads((folder / "model" / "model.json").read_text(encoding="utf-8"))
    every = passages.read_all(folder)
    wrong = measured["errors"]
    missed = sum(row["label"] for row in wrong)
    return _template().render(
        topic=topic,
        made=made,
        measured=measured,
        agreement=measured["agreement"],
        head=_HEAD,
        rows=_rows(measured),
        missed=missed,
        mistaken=len(wrong) - missed,
        failures=list(_failures(every, wrong)),
        independent=measured["independent"],
        independent_rows=list(_independent(measured["independent"])),
        **_data([p for p in every if not p.borderline]),
    )


def _template() -> jinja2.Template:
    home = jinja2.FileSystemLoader(Path(__file__).parent)
    # the page is Markdown of our own figures and passages: there is nothing to escape for
    shop = jinja2.Environment(loader=home, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)  # noqa: S701
    shop.filters |= {"cells": _cells, "percent": lambda share: f"{100 * share:.1f} %"}
    return shop.get_template("MODEL.md.jinja")


def _data(used: Sequence[Passage]) -> dict[str, Any]:
    by_language: dict[str, list[Passage]] = {}
    for one in used:
        by_language.setdefault(one.language, []).append(one)
    return {
        "used": used,
        "stories": len({p.story for p in used}),
        "on_topic": sum(p.label for p in used),
        "hard": _hard(used),
        "parts": Counter(p.part for p in used),
        "registers": Counter(p.register for p in used).most_common(),
        "languages": {
            name: {"n": len(some), "on_topic": sum(p.label for p in some), "hard": _hard(some)}
            for name, some in sorted(by_language.items())
        },
    }


def _hard(some: Sequence[Passage]) -> int:
    return sum(p.difficulty == "hard" for p in some)


def _rows(measured: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    yield "**all, on topic**", measured["all"]
    yield "all, on topic or doubtful", measured["not_off_topic"]
    yield "without dissidents alone", measured["core"]
    for kind in ("difficulty", "language", "register"):
        yield from ((f"{kind}: {name}", row) for name, row in measured[f"by_{kind}"].items())


def _independent(measured: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    if measured:
        yield "**all, on topic**", measured["all"]
        yield "all, on topic or doubtful", measured["not_off_topic"]
        yield "long texts", measured["long"]
        for kind in ("difficulty", "language"):
            yield from ((f"{kind}: {name}", row) for name, row in measured[f"by_{kind}"].items())


def _cells(row: Mapping[str, Any]) -> str:
    return " | ".join([str(row["n"]), str(row["positive"]), *(_cell(row, name) for name in _FIGURES)])


def _cell(row: Mapping[str, Any], name: str) -> str:
    value, edges = row.get(name), row.get("intervals", {}).get(name)
    if value is None:
        return "–"
    return f"{value:.2f} ({edges[0]:.2f}–{edges[1]:.2f})" if edges else f"{value:.2f}"


def _failures(every: Sequence[Passage], wrong: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    by_id = {p.id: p for p in every}
    for row in wrong[:SHOWN]:
        one = by_id[row["id"]]
        words = " ".join(f"{one.title}: {one.text}".strip(": ").split())
        yield {
            **row,
            "kind": "missed" if row["label"] else "false",
            "language": one.language,
            "register": one.register,
            "words": words if len(words) <= WORDS else f"{words[:WORDS]}…",
        }
