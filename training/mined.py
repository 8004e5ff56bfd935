"""Passages of corpora that may be learnt from but not passed on: only their place is kept here, and their label.

``mined.jsonl`` names a file, the number of the record in it, and a stretch of its ``text``, with the checksum of the
words. Where the folder of corpora is not given they are left out of the training, and nothing else changes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import lru_cache
from pathlib import Path

from training.passages import TRAINING, Passage

FILE = "mined.jsonl"


def read(topic: Path, corpora: str) -> list[Passage]:
    """The passages; none without ``corpora``. ``SystemExit`` where a corpus is not the one that was labelled."""
    path = topic / FILE
    if not corpora or not path.exists():
        return []
    return [_passage(json.loads(line), Path(corpora)) for line in path.read_text(encoding="utf-8").splitlines()]


def _passage(line: dict[str, str | int], corpora: Path) -> Passage:
    record = _records(corpora / str(line["corpus"]))[int(line["record"])]
    text = str(record["text"])[int(line["start"]) : int(line["end"])]
    if hashlib.sha256(text.encode()).hexdigest()[:16] != line["sha256"]:
        raise SystemExit(
            f"{line['corpus']}, record {line['record']}: not the text that was labelled; get the same release"
        )
    return Passage(
        id=f"mined-{line['corpus']}-{line['record']}-{line['start']}",
        story=f"mined-{line['corpus']}-{line['record']}",
        part=TRAINING,
        language=str(line["language"]),
        register=str(line["register"]),
        label=int(line["label"]),
        difficulty="plain",
        why=str(line["why"]),
        text=text,
    )


@lru_cache(maxsize=8)
def _records(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
