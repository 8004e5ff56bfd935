"""Pages and the texts they give. ``BLESS=1`` writes the expectations anew; a person looks at what was written."""

from __future__ import annotations

import json
import os
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

import extractors
from articles import adapters
from articles.errors import PageError
from articles.model import Text
from tests.conftest import ROOT
from tests.extractors.conftest import case_page

CASES = sorted(path for path in (ROOT / "tests/cases/extractors").iterdir() if path.is_dir())
SHOWN = ("title", "language", "byline", "published_at", "published_guessed", "canonical_url", "partial", "notes")


def found_in(folder: Path) -> tuple[str, dict[str, Any]]:
    """The body, and everything else that the extractor said; of a refusal its kind and sentence."""
    page, name = case_page(folder)
    try:
        text: Text = adapters.load(extractors, name).extract(page)
    except PageError as error:
        return "", {"kind": error.kind, "detail": error.detail}
    facts = {field: getattr(text, field) for field in SHOWN}
    return text.body, {field: str(v) if field == "published_at" else v for field, v in facts.items() if v}


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_the_text_is_the_one_that_was_looked_at(folder: Path) -> None:
    body, facts = found_in(folder)
    made = {"expected.txt": f"{body}\n", "expected.json": json.dumps(facts, ensure_ascii=False, indent=2) + "\n"}
    new = [name for name in made if not (folder / name).is_file()]
    for name in made if os.environ.get("BLESS") == "1" else new:
        (folder / name).write_text(made[name], encoding="utf-8")
    assert not new, f"{' and '.join(new)} written: look at it and run again"
    for name, content in made.items():
        kept = (folder / name).read_text(encoding="utf-8")
        assert content == kept, f"{folder.name}: another {name}; BLESS=1 if it is the better"


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_a_case_says_what_it_proves(folder: Path) -> None:
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    assert case["proves"].endswith(".")
    assert isinstance(case["synthetic"], bool)


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_a_body_is_paragraphs_and_one_blank_line_between(folder: Path) -> None:
    assert_well_formed(found_in(folder)[0])


def test_every_extractor_has_a_case() -> None:
    assert {case_page(folder)[1] for folder in CASES} == set(adapters.names(extractors))


def assert_well_formed(body: str) -> None:
    assert body == unicodedata.normalize("NFC", body)
    for paragraph in body.split("\n\n") if body else []:
        assert paragraph == " ".join(paragraph.split())
        assert paragraph
    assert not [sign for sign in body if unicodedata.category(sign) in {"Cc", "Cs"} and sign != "\n"]
