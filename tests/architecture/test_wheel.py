"""What is shipped: every package with its data, and nothing else; it runs from where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.test_layers import PACKAGES
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [built] = into.glob("*.whl")
    return built


def test_it_holds_our_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    for needed in (
        "feeds/syndicated.toml",
        "topics/russian_defector_asylum/topic.toml",
        "topics/russian_defector_asylum/glossary.toml",
        "topics/russian_defector_asylum/model/model.onnx",
        "topics/russian_defector_asylum/model/tokenizer.json",
        "ledger/migrations/versions/v0001_first_tables.py",
        "ledger/migrations/versions/v0002_corrections.py",
        "digests/templates/digest.html",
        "portal/templates/search.html",
        "portal/static/portal.css",
        "replay/recorded/ritzau_wire.toml",
        "replay/recipients.toml",
    ):
        assert needed in names
    assert wheel.stat().st_size < 60_000_000


def test_it_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    given, judged = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_text('{"id": 1, "text": "En russisk soldat, der deserterede, har fået asyl i Danmark."}\n')
    code = "import pipeline.cli, sys; sys.argv = ['defectorwatch', *sys.argv[1:]]; pipeline.cli.main()"
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "DEFECTORWATCH_VAR": str(tmp_path / "var")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "classify", str(given), str(judged)],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert '"decision": "on_topic"' in judged.read_text()
    told = subprocess.run(
        [sys.executable, "-P", "-c", "import pipeline; print(pipeline.__file__)"],
        env=env,
        capture_output=True,
        text=True,
    )
    assert str(tmp_path) in told.stdout
