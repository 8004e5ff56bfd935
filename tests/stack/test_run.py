"""`make run` for real: the DAGs over the recorded day in a process of its own, killed at many moments, run again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from articles.model import State
from pipeline.runtime import Runtime
from pipeline.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("airflow")]


def environment(var: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return {**kept, "DEFECTORWATCH_VAR": str(var), "DEFECTORWATCH_TIMEOUT_S": "1", "COLUMNS": "220", **more}


def run(var: Path, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stack.run"]
    return subprocess.run(command, env=environment(var, **more), capture_output=True, text=True, timeout=300)


def start(var: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "stack.run"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=environment(var), stdout=quiet, stderr=quiet, start_new_session=True)


def mails(var: Path) -> list[Path]:
    return sorted((var / "mail").glob("*.eml"))


def items(var: Path) -> dict[str, dict[State, int]]:
    at = Runtime(Settings(var=var))
    try:
        return at.ledger.states()
    finally:
        at.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run that nobody disturbed."""
    var = tmp_path_factory.mktemp("whole")
    return var, run(var)


def test_a_newcomer_sees_a_whole_day(whole: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    var, done = whole
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("What was read", "read = new + known + quarantined", "on topic", "Where to go next", "“"):
        assert words in done.stdout
    [mail] = mails(var)
    assert str(mail) in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_again_brings_nothing_new_and_no_second_mail(whole: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    var, _ = whole
    before, mail = items(var), mails(var)[0].stat().st_mtime_ns
    done = run(var)
    assert done.returncode == 0, done.stdout + done.stderr
    assert items(var) == before
    assert [path.stat().st_mtime_ns for path in mails(var)] == [mail]


def test_killed_at_several_moments_it_ends_like_one_that_was_not(
    whole: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    chance = random.Random(20261119)
    for most in (4, 9, 14, 19):
        victim = start(tmp_path)
        time.sleep(chance.uniform(most - 4, most))
        os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert items(tmp_path) == items(whole[0])
    assert len(mails(tmp_path)) == 1
    assert mails(tmp_path)[0].name == mails(whole[0])[0].name


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"DEFECTORWATCH_ONLY": "tass"}, "tass: is not a feed; DEFECTORWATCH_ONLY takes some of"),
        ({"FEEDS": "both"}, "FEEDS: "),
        ({"DEFECTORWATCH_TIMEOUT_S": "soon"}, "DEFECTORWATCH_TIMEOUT_S: "),
    ],
    ids=["unknown feed", "unknown source", "no number"],
)
def test_a_wrong_setting_is_one_sentence(setting: dict[str, str], sentence: str, tmp_path: Path) -> None:
    done = run(tmp_path, **setting)
    assert done.returncode == 2
    assert done.stdout.startswith(f"error: {sentence}")
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_what_was_indexed_elsewhere_is_indexed_here(whole: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    import shutil

    var, _ = whole
    shutil.rmtree(var / "hits")
    assert run(var).returncode == 0
    at = Runtime(Settings(var=var))
    from pipeline import steps

    assert steps.mend(runtime=at) == {"read": 0, "written": 0, "skipped": 0, "quarantined": 0}
    at.close()
