"""People's corrections as passages: learnt from only where ``make train`` is told to.

The file is what ``defectorwatch gold`` writes: a text, the label that a person gave it, who and when.
"""

from __future__ import annotations

import json
from pathlib import Path

from training.passages import TRAINING, Passage


def read(path: str) -> list[Passage]:
    """The corrections in that file; of several of one text the latest."""
    lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    latest = {line["id"]: line for line in sorted(lines, key=lambda line: line["at"])}
    return [
        Passage(
            id=f"gold-{line['id']}",
            story=f"gold-{line['id']}",
            part=TRAINING,
            language=line["language"],
            register="news",
            label=int(line["label"]),
            difficulty="hard",
            why=f"corrected by {line['by']} on {line['at'][:10]}",
            text=line["text"],
            title=line["title"],
        )
        for line in latest.values()
    ]
