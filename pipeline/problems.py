"""From an error to the problem that the ledger keeps."""

from __future__ import annotations

from articles.errors import DefectorwatchError
from articles.model import Problem


def problem_of(error: DefectorwatchError, stage: str) -> Problem:
    """``stage`` is the verb that failed; the detail is the error's one sentence."""
    return Problem(stage=stage, kind=error.kind, detail=str(error))
