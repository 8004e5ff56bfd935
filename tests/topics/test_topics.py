from __future__ import annotations

from pathlib import Path

import pytest

import topics
from articles.errors import SettingError, UnknownName
from articles.model import Decision

GOOD = (
    'title = "Bees"\nclassifier = "lexicon"\nlanguages = ["da"]\n[thresholds.lexicon]\ndoubtful = 0.2\non_topic = 0.5\n'
)


def written(folder: Path, toml: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "topic.toml").write_text(toml, encoding="utf-8")
    return folder


def test_a_folder_with_a_topic_file_is_a_topic(tmp_path: Path) -> None:
    topic = topics.read(written(tmp_path / "bees", GOOD))
    assert (topic.name, topic.title, topic.classifier, topic.languages) == ("bees", "Bees", "lexicon", ("da",))
    cut = topic.thresholds("lexicon/1a2b3c4d")
    assert [cut.decide(score) for score in (0.1, 0.2, 0.5)] == list(reversed(Decision))


@pytest.mark.parametrize("name", topics.names())
def test_the_topics_that_are_shipped_load(name: str) -> None:
    topic = topics.load(name)
    assert topic.name == name
    assert topic.description
    assert Path(topic.path("topic.toml")).is_file()


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"no_such: is not a topic; choose one of .*russian_defector_asylum"):
        topics.load("no_such")


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("title = ", "is not TOML"),
        ('classifier = "lexicon"', "needs a title"),
        ('title = "Bees"', "needs a classifier"),
        ('title = "Bees"\nclassifier = "lexicon"\nlanguages = "da"', "languages as a list"),
        ('title = "Bees"\nclassifier = "lexicon"\nthresholds = 1', "thresholds as tables"),
        (GOOD.replace("0.2", "0.9"), r"\[thresholds.lexicon\] needs two numbers"),
        (GOOD.replace("0.2", '"low"'), r"\[thresholds.lexicon\] needs two numbers"),
        (GOOD.replace("0.2", "true"), r"\[thresholds.lexicon\] needs two numbers"),
    ],
)
def test_a_broken_file_is_a_setting_to_mend(tmp_path: Path, toml: str, says: str) -> None:
    with pytest.raises(SettingError, match=f"bees/topic.toml: .*{says}"):
        topics.read(written(tmp_path / "bees", toml))


def test_a_classifier_is_told_what_stands_in_its_table(tmp_path: Path) -> None:
    topic = topics.read(written(tmp_path / "bees", GOOD + '[zero_shot]\nmodel = "nli"\nhypotheses = ["It hums."]\n'))
    assert topic.options("zero_shot") == {"model": "nli", "hypotheses": ["It hums."]}
    assert topic.options("lexicon") == {}
    assert topic.options("thresholds") == {}
    assert topic.options("title") == {}


def test_a_missing_file_is_a_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"topic.toml: cannot be read"):
        topics.read(tmp_path)


def test_a_classifier_without_thresholds_is_a_setting_to_mend(tmp_path: Path) -> None:
    topic = topics.read(written(tmp_path / "bees", GOOD))
    with pytest.raises(SettingError, match=r"bees: .*has no table for 'oracle'"):
        topic.thresholds("oracle")


@pytest.mark.parametrize("name", ["../other", "/etc/hosts", "model/../../x"])
def test_a_path_stays_inside_the_folder(tmp_path: Path, name: str) -> None:
    topic = topics.read(written(tmp_path / "bees", GOOD))
    assert topic.path("model") == str((tmp_path / "bees/model").resolve())
    with pytest.raises(SettingError, match="lies outside of the topic bees"):
        topic.path(name)
