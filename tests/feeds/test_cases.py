"""Every case of every feed. ``BLESS=1`` writes the expectations anew; a person looks at what was written."""

from __future__ import annotations

import os

import pytest

import feeds
from tests.feeds.conftest import Case, cases


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_list_is_read_as_it_was_when_someone_looked(case: Case) -> None:
    made, expected = case.play(), case.folder / "expected.jsonl"
    if os.environ.get("BLESS") == "1":
        expected.write_text(made, encoding="utf-8")
    elif not expected.exists():
        expected.write_text(made, encoding="utf-8")
        pytest.fail(f"{case.name}: a new case; look at expected.jsonl, which was written just now, and run again")
    assert made == expected.read_text(encoding="utf-8"), f"{case.name}: BLESS=1 if it is read better now"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_case_says_what_it_proves_and_all_its_files_are_played(case: Case) -> None:
    assert case.proves.endswith(".")
    assert len(case.proves.split()) >= 5
    played = {told["file"] for told in case.answers if "file" in told}
    assert {path.name for path in case.folder.iterdir()} == {"case.toml", "expected.jsonl", *played}


def test_cases_are_of_feeds_that_there_are() -> None:
    assert {case.feed for case in cases()} <= set(feeds.names())
