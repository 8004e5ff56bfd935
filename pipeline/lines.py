"""``defectorwatch classify IN.jsonl OUT.jsonl``: texts from anywhere, judged by the topic's classifier.

In: ``{"id", "text", optional "title", "lang"}``, one a line. Out, one a line and in the same order: ``{"id", "score",
"decision", "evidence": [{"start", "end"}], "classifier", "facets"}``; evidence slices the ``text`` as it was given.
``"facets": {"who": [{"value": "soldier", "evidence": [{"start", "end"}]}]}`` says on which sentences each rests; it is
empty where the text is off topic. A line that cannot be judged becomes ``{"id", "line", "error"}``; the rest goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from articles.errors import DefectorwatchError
from articles.model import Decision, Span, Text, Verdict
from articles.ports import Classifier

#: Lines judged at once. Verdicts do not depend on it.
BATCH = 32


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input: its number from 1, its id, and its text or what is wrong with it."""

    number: int
    id: Any
    text: Text | None
    error: str = ""


def read(lines: Iterable[str]) -> Iterator[Line]:
    """The lines that are not blank."""
    for number, raw in enumerate(lines, start=1):
        if raw.strip():
            yield _line(number, raw)


def _line(number: int, raw: str) -> Line:
    try:
        found = json.loads(raw)
    except json.JSONDecodeError as error:
        return Line(number, None, None, f"is not JSON ({error.msg} at column {error.colno})")
    if not isinstance(found, dict):
        return Line(number, None, None, 'is not an object like {"id": "1", "text": "…"}')
    for name in ("text", "title", "lang"):
        if not isinstance(found.get(name, ""), str | None):
            return Line(number, found.get("id"), None, f'"{name}" is not a string')
    if not isinstance(found.get("text"), str):
        return Line(number, found.get("id"), None, 'has no "text"')
    if "id" not in found:
        return Line(number, None, None, 'has no "id"')
    text = Text(
        title=found.get("title") or "",
        body=found["text"],
        language=(found.get("lang") or "")[:2].lower(),
        extractor="given",
    )
    return Line(number, found["id"], text)


def judge(lines: Iterable[Line], classifier: Classifier) -> Iterator[tuple[Line, Verdict | str]]:
    """Each line with its verdict, or with what is wrong, in the same order."""
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        verdicts = iter(_verdicts([line for line in batch if line.text is not None], classifier))
        for line in batch:
            yield line, (next(verdicts) if line.text is not None else line.error)


def _verdicts(lines: list[Line], classifier: Classifier) -> list[Verdict | str]:
    texts = [line.text for line in lines if line.text is not None]
    try:
        return list(classifier.classify(texts)) if texts else []
    except DefectorwatchError:
        if len(lines) == 1:
            raise
    return [_alone(line, classifier) for line in lines]


def _alone(line: Line, classifier: Classifier) -> Verdict | str:
    try:
        return _verdicts([line], classifier)[0]
    except DefectorwatchError as error:
        return error.detail


def written(line: Line, verdict: Verdict | str) -> str:
    """The output line."""
    if isinstance(verdict, str):
        return json.dumps({"id": line.id, "line": line.number, "error": verdict}, ensure_ascii=False)
    return json.dumps(
        {
            "id": line.id,
            "score": round(verdict.score, 6),
            "decision": verdict.decision.value,
            "evidence": _spans(verdict.evidence),
            "classifier": verdict.classifier,
            "facets": {} if verdict.decision is Decision.OFF_TOPIC else _facets(verdict),
        },
        ensure_ascii=False,
    )


def _facets(verdict: Verdict) -> dict[str, list[dict[str, Any]]]:
    """Each value with the sentences it rests on; none where the classifier names none."""
    return {
        kind: [{"value": value, "evidence": _spans(verdict.grounds.get(f"{kind}/{value}", ()))} for value in values]
        for kind, values in verdict.facets.items()
    }


def _spans(spans: Iterable[Span]) -> list[dict[str, int]]:
    return [{"start": span.start, "end": span.end} for span in spans]
