"""The gold set: what people say of verdicts. It is kept and handed out; nothing here learns from it.

A correction changes neither verdict, index nor digest. ``defectorwatch gold`` writes one JSON line per corrected
article, by the instant of its latest correction, which is the one that holds::

    {"id", "version", "label", "by", "at", "note", "title", "text", "language", "url", "licence", "score", "decision",
     "classifier"}

``label`` is 1 where it is on topic; score, decision and classifier are those that were corrected. ``make train`` reads
the file only where it is told to.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from articles.errors import SettingError
from articles.model import Article

if TYPE_CHECKING:
    from ledger.store import Correction
    from pipeline.runtime import Runtime

LONGEST_NAME = 60
LONGEST_NOTE = 500


def correct(
    at: Runtime, article_id: str, on_topic: bool, *, by: str, note: str = "", version: int | None = None
) -> Correction:
    """Files what a person says. ``SettingError`` where the name is none or the note too long."""
    by, note = tidy_name(by), tidy_note(note)
    if wrong := wrong_name(by):
        raise SettingError(wrong, subject="name")
    if wrong := wrong_note(note):
        raise SettingError(wrong, subject="note")
    return at.ledger.correct(article_id, on_topic, by=by, note=note, version=version, now=at.now())


def tidy_name(raw: str) -> str:
    """One space between words, of whatever kind they were."""
    return " ".join(raw.split())


def tidy_note(raw: str) -> str:
    """Its lines, without the unseen characters that come along with what is pasted."""
    lines = (" ".join(line.split()) for line in raw.splitlines())
    return "\n".join("".join(filter(str.isprintable, line)) for line in lines).strip()


def wrong_name(name: str) -> str:
    """What is wrong with a name, in a sentence's words; ``""`` for nothing."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return f"must have 1 to {LONGEST_NAME} printable characters; write who says it"
    return ""


def wrong_note(note: str) -> str:
    """As :func:`wrong_name`."""
    return f"must have at most {LONGEST_NOTE} characters; shorten it" if len(note) > LONGEST_NOTE else ""


def lines(at: Runtime) -> Iterator[str]:
    """The gold set, a line at a time."""
    from ledger.store import in_force

    for said in in_force(at.ledger.corrections()):
        article = at.ledger.get(said.article_id, said.version)
        if article is not None and article.text is not None:  # a verdict is of a text, and no row is ever deleted
            yield _line(said, article)


def _line(said: Correction, article: Article) -> str:
    text, entry = article.text, article.entry
    assert text is not None
    plain = {
        "id": said.article_id,
        "version": said.version,
        "label": int(said.on_topic),
        "by": said.by,
        "at": said.at.isoformat(),
        "note": said.note,
        "title": article.title,
        "text": text.body,
        "language": text.language or entry.language,
        "url": entry.url or article.canonical_url,
        "licence": entry.licence.value,
        "score": round(said.score, 6),
        "decision": said.decision.value,
        "classifier": said.classifier,
    }
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def write(target: Path, found: Iterable[str]) -> int:
    """The lines as a file, whole or not at all: texts under licence, so for this user's eyes only. How many."""
    try:
        handle, made = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    except OSError as error:
        raise SettingError(f"cannot be written ({error.strerror}); name another file", subject=str(target)) from None
    count = 0
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            for line in found:
                file.write(line + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(target)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    return count
