from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from articles.errors import SettingError
from pipeline.settings import Settings


def defectorwatch(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words],
        env={**os.environ, "COLUMNS": "200", **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"DEFECTORWATCH_TIMEOUT_S": "soon"}, "DEFECTORWATCH_TIMEOUT_S: "),
        ({"DEFECTORWATCH_PAUSE_S": "-1"}, "DEFECTORWATCH_PAUSE_S: "),
        ({"FEEDS": "recorded"}, "FEEDS: "),
        ({"INDEX": "solr"}, "INDEX: "),
        ({"DEFECTORWATCH_ONLY": "tass"}, "tass: is not a feed; DEFECTORWATCH_ONLY takes some of "),
        ({"DEFECTORWATCH_TOPIC": "weather"}, "weather: "),
        ({"DEFECTORWATCH_LEDGER_URL": "mongodb://x"}, ""),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_one_sentence(env: dict[str, str], sentence: str, tmp_path: Path) -> None:
    command = ["classify"] if "DEFECTORWATCH_TOPIC" not in env else ["classify", __file__, str(tmp_path / "out")]
    found = defectorwatch(
        *(["run"] if "DEFECTORWATCH_ONLY" in env else command), DEFECTORWATCH_VAR=str(tmp_path), **env
    )
    assert found.returncode == 2, found.stderr
    assert "Traceback" not in found.stderr
    assert found.stderr.startswith(f"error: {sentence}")
    assert found.stderr.count("\n") == 1


def test_an_unknown_feed_lists_the_known_ones(tmp_path: Path) -> None:
    found = defectorwatch("poll", "via_ritsau", DEFECTORWATCH_VAR=str(tmp_path))
    assert found.returncode == 2
    assert "via_ritsau" in found.stderr
    assert "via_ritzau" in found.stderr
    assert "Traceback" not in found.stderr


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    found = defectorwatch(
        "settings", DEFECTORWATCH_VAR=str(tmp_path), DEFECTORWATCH_RITZAU_WIRE_PASSWORD="hemmelig", NO_COLOR="1"
    )
    assert found.returncode == 0, found.stderr
    assert "hemmelig" not in found.stdout
    assert "DEFECTORWATCH_RITZAU_WIRE_PASSWORD" in found.stdout
    assert "hemmelig" not in repr(Settings(ritzau_wire_password="hemmelig"))


def test_the_secrets_of_a_feed_go_by_its_name() -> None:
    assert Settings(ritzau_wire_user="u", ritzau_wire_password="p").secrets("ritzau_wire") == {
        "user": "u",
        "password": "p",
    }
    assert Settings().secrets("dr_politik") == {}


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = defectorwatch("portal", "--port", str(port), DEFECTORWATCH_VAR=str(tmp_path))
    assert found.returncode == 2
    assert found.stderr == f"error: port {port} is in use; stop what listens there, or choose another port\n"


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    found = defectorwatch("classify", str(tmp_path / "none.jsonl"), str(tmp_path / "out.jsonl"))
    assert found.returncode == 2
    assert "is not a file; name one with a JSON object on each line" in found.stderr


def test_the_demonstrations_mails_never_leave_this_machine(tmp_path: Path) -> None:
    assert Settings().recipients_file.name == "recipients.toml"
    away = {"smtp_url": "smtp+starttls://user:hemmelig@mail.example.org"}
    assert Settings(**away, recipients=tmp_path / "ours.toml").recipients_file == tmp_path / "ours.toml"
    with pytest.raises(SettingError, match="DEFECTORWATCH_RECIPIENTS: is not set, and mail"):
        _ = Settings(**away).recipients_file


def test_live_sources_are_kept_apart_from_the_recorded_day() -> None:
    recorded, live = Settings(), Settings(feeds="live")
    assert (recorded.var, live.var) == (Path("var"), Path("var/live"))
    assert recorded.now is not None
    assert live.now is None
    assert recorded.secrets("ritzau_wire") == {"user": "replay", "password": "replay"}
    assert live.secrets("ritzau_wire") == {"user": "", "password": ""}
    assert (recorded.pause_s, live.pause_s) == (0, 1)
