"""The house's own rules, kept by machines."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_imports_go_downwards_only() -> None:
    found = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout


def test_every_layer_is_under_the_contract() -> None:
    assert sorted(PYPROJECT["tool"]["importlinter"]["root_packages"]) == sorted(PACKAGES)
    assert all((ROOT / package / "__init__.py").is_file() for package in PACKAGES)


def test_no_other_distribution_claims_one_of_our_names() -> None:
    ours = set(PACKAGES)
    claimed = {
        (dist.name, path.parts[0])
        for dist in importlib.metadata.distributions()
        if dist.name != "defectorwatch"
        for path in dist.files or ()
        if len(path.parts) > 1 and path.parts[0] in ours
    }
    assert claimed == set()


HEAVY = (
    "trafilatura",
    "transformers",
    "onnxruntime",
    "tantivy",
    "elasticsearch",
    "sqlalchemy",
    "airflow",
    "torch",
    "lxml",
)


@pytest.mark.parametrize("module", ["articles.ports", "pipeline.steps", "pipeline.settings", "feeds", "topics"])
def test_what_is_imported_when_dags_are_parsed_is_light(module: str) -> None:
    code = f"import sys, {module}; print(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


SOURCES = [
    path for package in (*PACKAGES, "dags", "bench", "training") for path in sorted((ROOT / package).rglob("*.py"))
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_says_what_it_is_and_stays_readable(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    if path.name != "__init__.py" or source.strip():
        assert ast.get_docstring(tree), "a module without a docstring"
    assert source.count("\n") <= 400, "split it along the way data flows"
    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno > 60
    ]
    assert long == [], "functions too long to read at once"
