"""What time it is: the recorded day's instant while it is played, else the real one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pipeline.settings import Settings


def now(settings: Settings) -> datetime:
    """Aware UTC."""
    return settings.now.astimezone(UTC) if settings.now else datetime.now(UTC)


def today(settings: Settings) -> date:
    """The date in the zone in which days begin."""
    return now(settings).astimezone(ZoneInfo(settings.timezone)).date()
