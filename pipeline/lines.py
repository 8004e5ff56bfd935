"""``defectorwatch classify IN.jsonl OUT.jsonl``: texts from anywhere, judged by the topic's classifier.

In: ``{"id", "text", optional "title", "lang"}``, one a line, in UTF-8; the id is a string or a number, and need not be
unique. Out, one a line and in the same order: ``{"id", "score", "decision", "evidence": [{"start", "end"}],
"classifier", "facets"}``; evidence slices the ``text`` as it was given, in characters (code points).
``"facets": {"who": [{"value": "soldier", "evidence": [{"start", "end"}]}]}`` says on which sentences each rests; it is
empty where the text is off topic. A line that cannot be judged becomes ``{"id", "line", "error"}``; the rest goes on.
Blank lines are counted and left out. Only :data:`BATCH` lines are held at a time: a file may be of any length.
"""

from __future__ import annotations

import codecs
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from articles.errors import DefectorwatchError, SettingError
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


def judge_file(source: Path, target: Path, load: Callable[[], Classifier], tell: Callable[[Line, str], None]) -> int:
    """Each line of one file into the other. ``tell`` hears what is wrong with a line; returns with how many it is.

    ``load`` gives the classifier. ``SettingError`` where a file cannot be opened or written, or both are the same.
    """
    bad = 0
    with _opened(source, target) as given:
        classifier = load()
        try:
            with target.open("w", encoding="utf-8", newline="\n") as write:
                for line, verdict in judge(read(given), classifier):
                    write.write(written(line, verdict) + "\n")
                    if isinstance(verdict, str):
                        bad += 1
                        tell(line, verdict)
        except OSError as error:
            detail = f"cannot be written ({error.strerror}); name another file"
            raise SettingError(detail, subject=str(target)) from error
    return bad


def _opened(source: Path, target: Path) -> BinaryIO:
    """The input, after it is clear that the output would not overwrite it."""
    if not source.is_file():
        raise SettingError("is not a file; name one with a JSON object on each line", subject=str(source))
    if target.exists() and os.path.samefile(source, target):
        raise SettingError("would be overwritten while it is read; name another file to write", subject=str(source))
    try:
        return source.open("rb")
    except OSError as error:
        raise SettingError(f"cannot be read ({error.strerror}); name another file", subject=str(source)) from error


def read(lines: Iterable[bytes]) -> Iterator[Line]:
    """The lines that are not blank."""
    for number, raw in enumerate(lines, start=1):
        bare = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
        if bare.strip():
            yield _line(number, bare)


def _line(number: int, raw: bytes) -> Line:
    try:
        found = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Line(number, None, None, f"is not UTF-8 (at byte {error.start + 1})")
    except json.JSONDecodeError as error:
        return Line(number, None, None, f"is not JSON ({error.msg} at column {error.colno})")
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
        return Line(number, None, None, f"is not JSON that can be read ({error})")
    if not isinstance(found, dict):
        return Line(number, None, None, 'is not an object like {"id": "1", "text": "…"}')
    return _given(number, found)


def _given(number: int, found: dict[str, Any]) -> Line:
    name = found.get("id")
    if wrong := _wrong_id(name):
        return Line(number, None, None, wrong)
    for part in ("text", "title", "lang"):
        if not isinstance(found.get(part, ""), str | None):
            return Line(number, name, None, f'"{part}" is not a string')
    if not isinstance(found.get("text"), str):
        return Line(number, name, None, 'has no "text"')
    text = Text(
        title=found.get("title") or "",
        body=found["text"],
        language=(found.get("lang") or "")[:2].lower(),
        extractor="given",
    )
    return Line(number, name, text)


def _wrong_id(name: Any) -> str:
    """What is wrong with an id; ``""`` for nothing."""
    if name is None:
        return 'has no "id"'
    if isinstance(name, bool) or not isinstance(name, str | int | float):
        return '"id" is neither a string nor a number'
    return "" if not isinstance(name, float) or math.isfinite(name) else '"id" is a number that JSON does not know'


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
        return _json({"id": line.id, "line": line.number, "error": verdict})
    return _json({
        "id": line.id,
        "score": round(verdict.score, 6),
        "decision": verdict.decision.value,
        "evidence": _spans(verdict.evidence),
        "classifier": verdict.classifier,
        "facets": {} if verdict.decision is Decision.OFF_TOPIC else _facets(verdict),
    })


def _json(plain: dict[str, Any]) -> str:
    """Readable where it is one line of UTF-8, else with escapes: half of a surrogate pair, a line separator."""
    found = json.dumps(plain, ensure_ascii=False)
    whole = len(found.splitlines()) == 1 and not any("\ud800" <= c <= "\udfff" for c in found)
    return found if whole else json.dumps(plain)


def _facets(verdict: Verdict) -> dict[str, list[dict[str, Any]]]:
    """Each value with the sentences it rests on; none where the classifier names none."""
    return {
        kind: [{"value": value, "evidence": _spans(verdict.grounds.get(f"{kind}/{value}", ()))} for value in values]
        for kind, values in verdict.facets.items()
    }


def _spans(spans: Iterable[Span]) -> list[dict[str, int]]:
    return [{"start": span.start, "end": span.end} for span in spans]
