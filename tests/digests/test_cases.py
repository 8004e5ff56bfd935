"""Golden mails. ``BLESS=1`` writes the expectations anew; a person looks at what was written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.digests.conftest import case_digest

CASES = sorted(path for path in (ROOT / "tests/cases/digests").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_the_mail_is_the_one_that_was_looked_at(folder: Path) -> None:
    digest = case_digest(folder)
    made = {"txt": f"{digest.subject}\n\n{digest.text}", "html": digest.html}
    for kind, body in made.items():
        expected = folder / f"expected.{kind}"
        if os.environ.get("BLESS") == "1":
            expected.write_text(body, encoding="utf-8")
        assert expected.is_file(), f"no {expected.name} yet: run with BLESS=1 and look at what is written"
        assert body == expected.read_text(encoding="utf-8"), f"{folder.name}: another mail; BLESS=1 if it is the better"


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_the_text_keeps_to_72_columns(folder: Path) -> None:
    long = [line for line in case_digest(folder).text.splitlines() if len(line) > 72 and "://" not in line]
    assert long == []
