"""A real Elasticsearch that is started and stopped by us, and what is said where it cannot be."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from elasticsearch import AuthenticationException, Elasticsearch

from articles.errors import SettingError
from stack import _elasticsearch, _java, _unprivileged, elasticsearch
from tests.conftest import ROOT

needs_server = [pytest.mark.xdist_group("elasticsearch"), pytest.mark.integration, pytest.mark.slow]


class ByHand:
    """`python -m stack.elasticsearch` in a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "stack.elasticsearch", *arguments]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def url(self) -> str:
        """The first line that it prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self._process.pid).children(recursive=True)

    def end(self, number: int) -> tuple[int, str]:
        """Its exit code and what it said last."""
        self._process.send_signal(number)
        _, said = self._process.communicate(timeout=120)
        return self._process.returncode, said


@pytest.fixture
def _startable() -> None:
    if (lacking := elasticsearch.lacking()) and not os.environ.get("CI"):
        pytest.skip(f"no Elasticsearch can be started here: {lacking}")


def _until_there_are_children(started: ByHand) -> None:
    while not any("elasticsearch" in " ".join(child.cmdline()) for child in started.family()):
        time.sleep(0.05)


@pytest.mark.parametrize("number", [pytest.param(signal.SIGTERM, marks=needs_server)])
@pytest.mark.usefixtures("_startable")
def test_it_answers_on_loopback_and_leaves_nothing(number: int) -> None:
    started = ByHand()
    url = started.url()
    at = urlsplit(url)
    assert at.hostname == "127.0.0.1"
    with Elasticsearch(url) as client:
        assert client.cluster.health()["status"] in {"green", "yellow"}
    with Elasticsearch(f"http://elastic:guess@127.0.0.1:{at.port}") as client, pytest.raises(AuthenticationException):
        client.cluster.health()
    family = started.family()
    assert len(family) >= 2, "the launcher and the server"
    assert all(child.uids().effective != 0 for child in family)
    listening = [one for child in family for one in child.net_connections("inet") if one.status == psutil.CONN_LISTEN]
    assert {one.laddr.ip.removeprefix("::ffff:") for one in listening} == {"127.0.0.1"}
    assert at.password
    assert not any(at.password in " ".join(child.cmdline()) for child in family)
    folders = {child.environ()["ES_PATH_CONF"] for child in family if "ES_PATH_CONF" in child.environ()}
    code, said = started.end(number)
    assert (code, "Traceback" in said) == (0, False)
    assert not any(child.is_running() for child in family)
    assert folders
    assert not any(Path(folder).parent.exists() for folder in folders)


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=needs_server)])
@pytest.mark.usefixtures("_startable")
def test_it_leaves_nothing_when_it_is_stopped_while_it_starts(number: int) -> None:
    started = ByHand()
    _until_there_are_children(started)
    family = started.family()
    code, said = started.end(number)
    assert (code, "Traceback" in said) == (0, False)
    assert not any(child.is_running() for child in family)


@pytest.mark.parametrize("number", [pytest.param(signal.SIGKILL, marks=needs_server)])
@pytest.mark.usefixtures("_startable")
def test_the_server_ends_when_who_started_it_is_killed(number: int) -> None:
    started = ByHand()
    assert started.url()
    family = started.family()
    left = {child.environ().get("ES_PATH_CONF", "") for child in family} - {""}
    started.end(number)
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []
    with elasticsearch.serve():
        assert left
        assert not any(Path(folder).exists() for folder in left), "the next one tidies up"


def test_a_port_that_is_in_use_is_told_before_anything_is_started() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=f"port {port} is in use; "), elasticsearch.serve(port):
            pass
        started = ByHand("--port", str(port))
        code, said = started.end(0)
    assert (code, said.count("\n")) == (2, 1)
    assert said.startswith("error: port")


# ---------------------------------------------------------------- what is missing


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setattr(_java, "_INSTALLED", ())
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return monkeypatch


def java(folder: Path, version: str, modules: str = "") -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "java").write_text("")
    (folder / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n' + modules)
    return folder


def test_without_java_it_says_how_to_get_one(no_java: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match=r"Java: no Java 21 or later was found; install one"), elasticsearch.serve():
        pass
    assert "openjdk-21" in elasticsearch.lacking()


def test_without_maven_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "jdk", "21.0.1")))
    with pytest.raises(SettingError, match=r"Maven: .* is missing; install it"), elasticsearch.serve(base=tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jdk"], "a part is left"


def test_what_maven_says_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho '[INFO] hello'; echo '[ERROR] no route to host'; exit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SettingError, match=r"Maven: could not fetch the server \(\[ERROR\] no route to host\); "):
        _elasticsearch.fetched(tmp_path / "kept", tmp_path)
    assert list((tmp_path / "kept").iterdir()) == []


def test_what_one_has_fetched_another_uses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    maven = tmp_path / "mvn"
    maven.write_text(
        '#!/bin/sh\nfor word; do case "$word" in -Dinto=*) '
        f"mkdir -p ${{word#-Dinto=}}/elasticsearch-{_elasticsearch.VERSION}/bin;; esac; done\n"
    )
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    first = _elasticsearch.fetched(tmp_path / "kept", tmp_path)
    maven.unlink()
    assert _elasticsearch.fetched(tmp_path / "kept", tmp_path) == first
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [first.parent.name]


def test_the_java_is_one_that_is_new_enough(no_java: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = java(tmp_path / "jvm" / "a-17", "17.0.15")
    new = java(tmp_path / "jvm" / "b-21", "21.0.1+12")
    no_java.setattr(_java, "_INSTALLED", (tmp_path / "jvm", tmp_path / "nowhere"))
    no_java.setenv("JAVA_HOME", str(old))
    assert _java.home(21) == new
    assert [_java.version(folder) for folder in (old, new, tmp_path)] == [17, 21, 0]
    assert _java.version(java(tmp_path / "jvm" / "c-8", "1.8.0_402")) == 8


def test_a_module_that_the_java_lacks_is_known(tmp_path: Path) -> None:
    some = java(tmp_path / "some", "25.0.2", 'MODULES="java.base java.se"\n')
    assert _java.has(some, "java.se")
    assert not _java.has(some, "jdk.incubator.vector")
    assert _java.has(java(tmp_path / "silent", "25"), "jdk.incubator.vector")


def test_a_folder_out_of_reach_is_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    tmp_path.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert _unprivileged.within_reach(closed / ".elasticsearch") == closed / ".elasticsearch"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert _unprivileged.within_reach(closed / ".elasticsearch").name.startswith("defectorwatch-elasticsearch-")


def test_whom_it_runs_as(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert _unprivileged.account("It", "nobody") is None
    assert _unprivileged.demoted(None) == {}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SettingError, match="It: refuses to run as root"):
        _unprivileged.account("It", "no-such-user")
