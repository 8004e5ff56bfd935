"""Times as sources write them, to aware UTC. What cannot be read is ``None``, never now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
BRUSSELS = ZoneInfo("Europe/Brussels")

#: Nothing that is watched was published earlier; a smaller year is a source's way of saying "not set".
_FIRST_YEAR, _LAST_YEAR = 1990, 2199


def instant(raw: str, zone: ZoneInfo | None = None) -> datetime | None:
    """ISO 8601 or RFC 2822, with any white space around it. A time without a zone is taken in ``zone``.

    Without ``zone`` such a time is ``None``. In the night of October when 02:30 comes twice, the first one (summer
    time) is taken: the source does not say which, and an entry an hour early is found by every search window that
    an entry an hour late would miss. In March's missing hour 02:30 is read as 03:30.
    """
    found = _parsed(" ".join(raw.split()))
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return None
    if found.tzinfo is None:
        if zone is None:
            return None
        found = found.replace(tzinfo=zone, fold=0)
    return found.astimezone(UTC)


def _parsed(raw: str) -> datetime | None:
    if raw[:4].isdigit():
        try:
            return datetime.fromisoformat(raw)
        except ValueError:
            return None
    try:
        found = parsedate_to_datetime(raw)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    # RFC 2822 section 3.3: -0000 is UTC of an unknown place; the library gives it without a zone
    return found.replace(tzinfo=UTC) if found.tzinfo is None and raw.endswith("-0000") else found


def twice(local: datetime) -> bool:
    """Whether this Danish wall-clock time (naive) comes twice: in the hour that is set back in October."""
    first, second = (local.replace(tzinfo=COPENHAGEN, fold=fold).utcoffset() for fold in (0, 1))
    assert first is not None
    assert second is not None
    return first - second == timedelta(hours=1)
