"""Recorded answers of the European Parliament, kept beside the checkout, through the adapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feeds import _epapi, _eprecords
from tests.feeds.conftest import poll, response


@pytest.fixture
def samples(shared: Path) -> Path:
    return shared / "sources" / "samples" / "europarl"


@pytest.fixture
def motion(samples: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((samples / "odp-document_rc-10-2025-0249.json").read_bytes())["data"][0]
    return found


def test_the_recorded_press_list(samples: Path) -> None:
    listed = response((samples / "press-releases_en.rss.excerpt.xml").read_bytes(), content_type="text/xml")
    polled = poll("europarl", listed, *[response(status=204)] * 3)
    (entry,) = polled.entries
    assert entry.guid == "20260715IPR46501"
    assert entry.url == "https://www.europarl.europa.eu/news/en/press-room/20260715IPR46501/"
    assert entry.published_at is not None
    assert entry.published_at.isoformat() == "2026-07-15T20:38:00+00:00"
    assert entry.language == "en"
    assert polled.problems == ()


def test_a_recorded_press_page_in_place_of_the_list_is_a_challenge(samples: Path) -> None:
    page = response((samples / "press-release_20250204IPR26689.html").read_bytes(), content_type="text/html")
    (problem,) = poll("europarl", page, *[response(status=204)] * 3).problems
    assert problem.kind == "challenged"


def test_a_recorded_document_gives_its_english_original(motion: dict[str, Any]) -> None:
    entry = _eprecords.document(motion)
    assert entry is not None
    assert entry.guid == "RC-10-2025-0249"
    assert entry.page_url == (
        "https://data.europarl.europa.eu/distribution/reds_iPlRc/RC-10-2025-0249/RC-10-2025-0249_en.pdf"
    )
    assert (entry.language, entry.form) == ("en", "resolution motion joint")
    assert entry.title.startswith("JOINT MOTION FOR A RESOLUTION on the return of Ukrainian children")
    assert entry.summary.startswith("JOINT MOTION FOR A RESOLUTION - pursuant to Rule")
    assert entry.published_at is not None
    assert entry.published_at.isoformat() == "2025-05-07T16:24:44+00:00"


@pytest.mark.parametrize(("original", "taken"), [("DAN", "da"), ("HUN", "en"), ("GLE", "en"), ("FIN", "fi")])
def test_the_language_of_a_recorded_document_follows_its_original(
    motion: dict[str, Any], original: str, taken: str
) -> None:
    authority = "http://publications.europa.eu/resource/authority/language/"
    entry = _eprecords.document(motion | {"originalLanguage": [authority + original]})
    assert entry is not None
    assert entry.language == taken
    assert entry.page_url.endswith(f"_{taken}.pdf")
    assert entry.title == _epapi.wording(motion["title_dcterms"], taken)


def test_a_recorded_answer_of_another_kind_is_read_without_harm(samples: Path) -> None:
    (procedure,) = json.loads((samples / "odp-procedure_2025-2691.json").read_bytes())["data"]
    assert _eprecords.document(procedure) is None
    assert _eprecords.speech(procedure) is None


def test_the_paths_and_parameters_are_those_of_the_owners_description(samples: Path) -> None:
    described = json.loads((samples / "ep-openapi-spec.json").read_bytes())
    assert described["servers"][0]["url"] == _epapi.API
    assert _known(described, "/parliamentary-questions") >= {"year", "format", "offset", "limit"}
    window = {"sitting-date", "sitting-date-end", "sort-by", "format", "offset", "limit"}
    assert _known(described, "/adopted-texts") >= window
    assert _known(described, "/speeches") >= {"activity-type", *window}
    assert _known(described, "/speeches/{speech-id}") >= {"include-output", "language", "format"}
    for path in ("/parliamentary-questions/{doc-id}", "/adopted-texts/{doc-id}"):
        (key,) = [p for p in _parameters(described, path) if p["name"] == "doc-id"]
        assert key["schema"]["type"] == "array", "several ids in one address"


def _parameters(described: dict[str, Any], path: str) -> list[dict[str, Any]]:
    named = described["components"]["parameters"]
    told = described["paths"][path]["get"]["parameters"]
    return [named[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in told]


def _known(described: dict[str, Any], path: str) -> set[str]:
    return {parameter["name"] for parameter in _parameters(described, path)}
