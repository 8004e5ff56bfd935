"""What must not stand in the project."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.conftest import ROOT

FILES = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
TEXTS = [
    name
    for name in FILES
    if name.endswith((".py", ".md", ".toml", ".html", ".yaml", ".yml", ".xml", "Makefile", ".css"))
]


@pytest.mark.skipif(not FILES, reason="not a git checkout: nothing to list")
@pytest.mark.parametrize(
    "pattern",
    [
        r"(pypi\.org|pythonhosted\.org|registry\.npmjs|repo1?\.maven)",
        r"(^|[\s\"'(=])/(work|root|home)/",
        r"\b(TODO|FIXME|XXX)\b",
    ],
    ids=["registry hosts", "paths of a machine", "unfinished work"],
)
def test_no_line_holds(pattern: str) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name in TEXTS
        if name != "tests/architecture/test_tidiness.py" and (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert found == []


def test_the_lock_names_no_address_and_hashes_everything() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pins = re.findall(r"^\S+==\S+.*$", lock, re.MULTILINE)
    assert len(pins) > 100
    assert all(pin.endswith("\\") for pin in pins), "a pin without a hash"


def test_generated_pages_are_up_to_date() -> None:
    from pipeline import docs

    for name, page in docs.PAGES.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page(), f"docs/{name}: run `make docs`"
