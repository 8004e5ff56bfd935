"""Pages to extract from."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

from articles.model import Page

FETCHED_AT = datetime(2026, 11, 20, 5, 45, tzinfo=UTC)


def page(
    body: str | bytes, *, url: str = "https://www.avisen.example/a", media_type: str = "text/html", charset: str = ""
) -> Page:
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return Page(url=url, media_type=media_type, body=raw, charset=charset, fetched_at=FETCHED_AT)


def case_page(folder: Path) -> tuple[Page, str]:
    """The page of a case, and the extractor that reads it."""
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    body = next(folder.glob("page.*")).read_bytes()
    found = page(body, url=case["url"], media_type=case["media_type"], charset=case["charset"])
    return found, case["extractor"]
