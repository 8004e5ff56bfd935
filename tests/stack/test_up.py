"""`make up` and `make down` for real: Airflow's scheduler on PostgreSQL, every page, and nothing left afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from stack import children
from stack.postgres import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.xdist_group("airflow")]


@dataclass(frozen=True)
class Up:
    process: subprocess.Popen[str]
    env: dict[str, str]
    words: str
    var: Path


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    var = tmp_path_factory.mktemp("up")
    names = ("AIRFLOW_URL", "PORTAL_URL", "REPLAY_URL", "MAIL_URL")
    env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    env |= {f"DEFECTORWATCH_{name}": f"http://127.0.0.1:{free_port()}" for name in names}
    env |= {"DEFECTORWATCH_VAR": str(var)}
    process = subprocess.Popen(
        [sys.executable, "-m", "stack.up"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    words = ""
    for line in process.stdout:
        words += line
        if "Ctrl-C" in line:
            break
    assert process.poll() is None, words
    yield Up(process, env, words, var)
    down(env)
    process.wait(60)
    process.stdout.close()


def down(env: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-m", "stack.up", "--down"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_address_is_printed_and_answers(up: Up) -> None:
    addresses = re.findall(r"http://127\.0\.0\.1:\d+", up.words)
    assert len(set(addresses)) == 4
    for address in addresses:
        path = "/__replay__/day" if address == up.env["DEFECTORWATCH_REPLAY_URL"] else "/"
        assert httpx.get(address + path, follow_redirects=True, timeout=20).status_code == 200, address


def test_the_scheduler_runs_a_feed_to_its_end(up: Up) -> None:
    found = re.search(r"log in as admin / (\S+),", up.words)
    assert found
    with httpx.Client(base_url=up.env["DEFECTORWATCH_AIRFLOW_URL"], timeout=20) as client:
        given = client.post("/auth/token", json={"username": "admin", "password": found[1]}).raise_for_status()
        client.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
        dag = "/api/v2/dags/ingest_dr_politik/dagRuns"
        last = time.monotonic() + 330  # twenty feeds are due at once, and each run reads the model anew
        while client.get(dag).status_code != 200 and time.monotonic() < last:
            time.sleep(0.5)
        run = client.post(dag, json={"logical_date": None}).raise_for_status().json()["dag_run_id"]
        state = ""
        while state not in {"success", "failed"} and time.monotonic() < last:
            time.sleep(0.5)
            state = client.get(f"{dag}/{run.replace('+', '%2B')}").json()["state"]
    assert state == "success"


def test_another_one_over_the_same_folder_is_one_sentence(up: Up) -> None:
    done = subprocess.run([sys.executable, "-m", "stack.up"], env=up.env, capture_output=True, text=True)
    assert done.returncode == 2
    assert "stop it with `make down`" in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_is_left_even_where_it_was_killed(up: Up) -> None:
    folder = up.var.absolute() / "stack"
    assert len(children.marked(folder)) > 10
    up.process.kill()
    up.process.wait(60)
    assert down(up.env) == "stopped"
    assert children.marked(folder) == []
    assert not list(up.var.glob("postgres/data/postmaster.pid"))
    assert down(up.env) == "nothing was running"
