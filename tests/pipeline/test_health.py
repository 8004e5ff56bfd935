from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import topics
from articles.model import Decision, Entry, Verdict
from articles.ports import Cursor, Exchange, Feed, Polled, Request, Silence
from pipeline import cli, steps
from pipeline.health import judging, late_for, silent_for
from pipeline.runtime import Runtime
from pipeline.settings import Settings

SILENCE = Silence(working_hours=timedelta(hours=6), weekend=timedelta(hours=72))


@pytest.mark.parametrize(
    ("last", "now", "silent"),
    [
        ("2026-11-19T08:00", "2026-11-19T13:59", False),  # a Thursday
        ("2026-11-19T08:00", "2026-11-19T14:01", True),
        ("2026-11-20T16:00", "2026-11-23T07:00", False),  # over a weekend
        ("2026-11-20T16:00", "2026-11-23T17:00", True),
        ("2026-11-21T10:00", "2026-11-21T22:00", False),  # a Saturday
    ],
)
def test_a_feed_is_silent_beyond_its_own_rhythm(last: str, now: str, silent: bool) -> None:
    then, at = (datetime.fromisoformat(stamp).replace(tzinfo=UTC) for stamp in (last, now))
    assert (silent_for(SILENCE, then, at) is not None) is silent


@pytest.mark.parametrize(
    ("polled", "late"),
    [
        ("2026-11-19T13:50", False),
        ("2026-11-19T13:31", False),  # two times were missed: a restart
        ("2026-11-19T13:20", True),
        ("2026-11-18T13:50", True),
    ],
)
def test_a_feed_is_late_when_it_was_not_read_several_times(polled: str, late: bool) -> None:
    at, now = (datetime.fromisoformat(stamp).replace(tzinfo=UTC) for stamp in (polled, "2026-11-19T13:52"))
    assert (late_for("*/10 * * * *", at, now, "Europe/Copenhagen") is not None) is late


def test_a_daily_feed_is_not_late_after_an_hour() -> None:
    now = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)  # the day on which the clock goes forward
    assert late_for("0 7 * * *", now - timedelta(hours=30), now, "Europe/Copenhagen") is None
    assert late_for("0 7 * * *", now - timedelta(hours=80), now, "Europe/Copenhagen") is not None


# ---------------------------------------------------------------- who judged


class FakeClassifier:
    """Everything is on topic, by whoever it says it is."""

    def __init__(self, name: str, gives: str = "") -> None:
        self.name = name
        self.gives = gives or name

    def classify(self, texts: Any) -> list[Verdict]:
        return [Verdict(topic="t", score=0.9, decision=Decision.ON_TOPIC, classifier=self.gives) for _ in texts]


class Desk:
    """A runtime over one feed that sends its texts along, and whatever classifier a test puts there."""

    def __init__(self, var: Path) -> None:
        self.at = Runtime(Settings(var=var, now=datetime(2026, 11, 19, 12, 0, tzinfo=UTC)))
        self.feed = Feed(name="f", title="F", poll=self._poll, schedule="*/10 * * * *")
        self.at.__dict__.update(feed=lambda _: self.feed, feed_names=["f"])
        self.listed: tuple[Entry, ...] = ()

    def _poll(self, *_: object) -> Exchange[Polled]:
        return Polled(entries=self.listed, cursor=Cursor())
        yield Request(url="https://f.example/")  # makes it an exchange

    def judges(self, classifier: FakeClassifier, *guids: str) -> None:
        """From now on by this one, and these texts at once."""
        self.at.__dict__["classifier"] = classifier
        self.listed = tuple(
            Entry(feed="f", guid=g, url=f"https://f.example/{g}", title=g, body_html=f"<p>Et asyl til {g}.</p>")
            for g in guids
        )
        for step in (steps.poll, steps.extract, steps.classify, steps.index):
            step("f", runtime=self.at)

    def told(self) -> str:
        found = judging(self.at)
        return found.detail if found else ""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "var")
    yield made
    made.at.close()


def test_verdicts_of_another_model_are_told_until_they_are_judged_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "open_runtime", lambda: desk.at)
    monkeypatch.setattr(steps, "open_runtime", lambda: desk.at)
    run = CliRunner()
    desk.judges(FakeClassifier("model/1"), "a", "b")
    assert "another classifier" not in run.invoke(cli.app, ["status"]).output
    desk.judges(FakeClassifier("model/2"), "c")
    line = "2 articles were judged by another classifier (model/1) than model/2; run `defectorwatch reclassify`"
    assert desk.told() == line
    shown = run.invoke(cli.app, ["status"], env={"COLUMNS": "200"})
    assert line in " ".join(shown.output.split())
    assert steps.gate("f", runtime=desk.at)["indexed"] == 3, "it is no failure of the feed"
    assert run.invoke(cli.app, ["reclassify"]).exit_code == 0
    assert desk.told() == ""
    assert {hit.classifier for hit in map(desk.at.index.get, _ids(desk)) if hit} == {"model/2"}


def _ids(desk: Desk) -> list[str]:
    return [article.id for article in desk.at.ledger.hits()]


def test_of_many_others_the_most_frequent_are_named(desk: Desk) -> None:
    for number in range(1, 6):
        desk.judges(FakeClassifier(f"model/{number}"), *(f"{number}{n}" for n in range(number)))
    assert desk.told().startswith(
        "10 articles were judged by another classifier (model/4, model/3, model/2 and 1 more) than model/5;"
    )


@pytest.mark.parametrize("gives", ["second/1+first/2", "first/2"])
def test_either_judge_of_two_is_the_one_that_judges_now(desk: Desk, gives: str) -> None:
    desk.judges(FakeClassifier("second/1+first/2", gives), "a")
    assert desk.told() == ""
    desk.judges(FakeClassifier("second/1+first/3", gives="first/3"))
    assert f"({gives})" in desk.told()


def test_a_model_that_does_not_load_is_told_and_the_rest_is_shown(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "open_runtime", lambda: desk.at)
    (tmp_path / "bees").mkdir()
    words = 'title = "Bees"\nclassifier = "lexicon"\n[thresholds.lexicon]\ndoubtful = 0.2\non_topic = 0.5\n'
    (tmp_path / "bees/topic.toml").write_text(words, encoding="utf-8")
    desk.judges(FakeClassifier("model/1"), "a")
    del desk.at.classifier
    desk.at.__dict__["topic"] = topics.read(tmp_path / "bees")
    shown = CliRunner().invoke(cli.app, ["status"])
    assert shown.exit_code == 0
    said = " ".join(shown.output.split())
    assert "waiting: 0 to fetch" in said
    assert "the classifier cannot be loaded: glossary.toml: cannot be read" in said
