"""The hit that the tests of index, digest and portal begin with."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from articles.model import Decision, Licence, Status
from articles.ports import Hit


def sample(at: datetime, **changes: Any) -> Hit:
    """A press release of one sentence that matters, published and seen at one instant; with these changes."""
    made = Hit(
        id="a" * 32,
        topic="russian_defector_asylum",
        title="Desertør får asyl",
        url="https://news.example.org/1",
        feed="via_ritzau",
        publisher="Udlændingeministeriet",
        form="Net",
        language="da",
        status=Status.NEW,
        licence=Licence.PRESS_RELEASE,
        published_at=at,
        first_seen_at=at,
        decision=Decision.ON_TOPIC,
        score=0.97,
        classifier="lexicon/1a2b3c4d",
        evidence=("En russisk soldat, der flygtede fra fronten, har fået asyl.",),
        body="Nævnet har truffet en afgørelse.\n\nEn russisk soldat, der flygtede fra fronten, har fået asyl.",
        thread="a" * 32,
    )
    return dataclasses.replace(made, **changes)
