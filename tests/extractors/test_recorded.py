"""Recorded pages of the European Parliament, which are not part of the project."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from articles.model import Text
from extractors import web
from tests.extractors.conftest import page
from tests.extractors.test_cases import assert_well_formed

CLUTTER = ("Share this page", "Press Releases", "cookies", "Facebook", "Contacts", "Press Officer", "Related")


def read(shared: Path, name: str) -> Text:
    body = (shared / "sources/samples/europarl" / name).read_bytes()
    text = web.extract(page(body, url="https://www.europarl.europa.eu/news/en/press-room/1", charset="utf-8"))
    assert_well_formed(text.body)
    assert text.language == "en"
    assert [word for word in CLUTTER if word in text.body.split("\n\n")] == []
    return text


def test_a_press_release_of_2025(shared: Path) -> None:
    text = read(shared, "press-release_20250204IPR26689.html")
    assert text.title.endswith("have no legitimacy")
    assert text.published_at == datetime(2025, 2, 13, 11, 47, tzinfo=UTC)
    assert text.body.startswith("Parliament recognises")
    assert "400 votes in favour" in text.body
    assert text.canonical_url.startswith("https://www.europarl.europa.eu/news/en/press-room/20250204IPR26689/")


def test_a_press_release_of_2019(shared: Path) -> None:
    text = read(shared, "press-release_20190712IPR56948.html")
    assert text.title == "Venezuela: European Parliament calls for additional sanctions"
    assert text.published_at == datetime(2019, 7, 18, 9, 37, tzinfo=UTC)
    assert "455 votes to 85" in text.body
    assert text.body.split("\n\n")[-1].startswith("More than 7 million people")


def test_a_joint_motion(shared: Path) -> None:
    text = read(shared, "document_rc-10-2025-0249-en.html")
    assert "return of Ukrainian children" in text.title
    assert text.published_at == datetime(2025, 5, 6, 22, tzinfo=UTC)
    assert "1. " in text.body
    assert "Instructs its President to forward this resolution" in text.body
    assert len(text.body) > 4000
