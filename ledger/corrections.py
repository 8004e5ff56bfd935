"""What people say of verdicts: appended, never changed. A correction changes no verdict and is nobody's work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import insert, select

from articles.errors import LedgerError
from articles.model import Decision, verdict_from
from ledger.database import Database
from ledger.schema import articles, aware, corrections, storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A person's word on one version of an article, and the verdict that stood then."""

    article_id: str
    version: int
    on_topic: bool
    by: str
    at: datetime
    note: str
    score: float
    decision: Decision
    classifier: str

    @property
    def disagrees(self) -> bool:
        """A doubtful verdict asks; it cannot be disagreed with."""
        return self.decision is (Decision.OFF_TOPIC if self.on_topic else Decision.ON_TOPIC)


def in_force(said: Iterable[Correction]) -> list[Correction]:
    """The latest on each article, of what is given in the order in which it was said."""
    latest: dict[str, Correction] = {}
    for correction in said:
        latest.pop(correction.article_id, None)
        latest[correction.article_id] = correction
    return list(latest.values())


class Corrections(Database):
    """What the portal and the command line write, and the gold set is made of."""

    def correct(
        self, article_id: str, on_topic: bool, *, by: str, now: datetime, note: str = "", version: int | None = None
    ) -> Correction:
        """Appends it, with the verdict of that version, or of the latest. ``LedgerError`` where there is none."""
        at = aware(now)
        which = articles.c.latest if version is None else articles.c.version == version
        chosen = select(articles.c.version, articles.c.verdicts).where(articles.c.article_id == article_id, which)
        with self._writing() as connection:
            row = connection.execute(chosen).first()
            if row is None:
                raise LedgerError("is not on file; `defectorwatch why ADDRESS` shows the id", subject=article_id)
            if not row.verdicts:
                raise LedgerError("has no verdict to correct; wait until it is judged", subject=article_id)
            verdict = verdict_from(row.verdicts[-1])
            made = Correction(
                article_id=article_id,
                version=row.version,
                on_topic=on_topic,
                by=storable(by),
                at=at,
                note=storable(note),
                score=verdict.score,
                decision=verdict.decision,
                classifier=verdict.classifier,
            )
            connection.execute(insert(corrections).values(_columns(made)))
        return made

    def corrections(self, *, since: datetime | None = None, article_id: str | None = None) -> list[Correction]:
        """All that was said, or what was said at or after ``since``, or of one article; in that order."""
        chosen = select(corrections).order_by(corrections.c.at, corrections.c.id)
        if since is not None:
            chosen = chosen.where(corrections.c.at >= aware(since))
        if article_id is not None:
            chosen = chosen.where(corrections.c.article_id == article_id)
        with self._reading() as connection:
            return [_correction_of(row) for row in connection.execute(chosen)]


def _columns(made: Correction) -> dict[str, Any]:
    return {
        "article_id": made.article_id,
        "version": made.version,
        "label": int(made.on_topic),
        "by": made.by,
        "at": made.at,
        "note": made.note,
        "score": made.score,
        "decision": made.decision.value,
        "classifier": made.classifier,
    }


def _correction_of(row: SqlRow[Any]) -> Correction:
    return Correction(
        article_id=row.article_id,
        version=row.version,
        on_topic=bool(row.label),
        by=row.by,
        at=row.at,
        note=row.note,
        score=row.score,
        decision=Decision(row.decision),
        classifier=row.classifier,
    )
