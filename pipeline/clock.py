"""What time it is: the recorded day's instant while it is played, else the real one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from articles.errors import SettingError
from pipeline.settings import Settings


def now(settings: Settings) -> datetime:
    """Aware UTC."""
    return settings.now.astimezone(UTC) if settings.now else datetime.now(UTC)


def today(settings: Settings) -> date:
    """The date in the zone in which days begin."""
    return now(settings).astimezone(ZoneInfo(settings.timezone)).date()


def day_of(*candidates: str | None, settings: Settings) -> date:
    """The first that is given, as ``2026-11-20``; today where none is."""
    given = next((candidate for candidate in candidates if candidate), None)
    if given is None:
        return today(settings)
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise SettingError("is not a day; write it like 2026-11-20", subject=given) from None
