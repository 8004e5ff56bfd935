"""Every adapter honours its port: the folder is the registry."""

from __future__ import annotations

import inspect

import pytest

import classifiers
import extractors
import feeds
import hits
import topics
from articles import adapters
from articles.errors import SettingError
from tests.conftest import ROOT


@pytest.mark.parametrize("name", feeds.names())
def test_a_feed_has_a_dossier_and_a_case(name: str) -> None:
    feed = feeds.load(name)
    assert feed.name == name
    assert len(feed.dossier) > 80
    assert feed.title
    assert feed.homepage.startswith("https://")
    if name in adapters.names(feeds):
        assert any((ROOT / "tests/cases/feeds" / name).iterdir())


@pytest.mark.parametrize("name", adapters.names(extractors))
def test_an_extractor_names_itself(name: str) -> None:
    module = adapters.load(extractors, name)
    assert name == module.NAME
    assert module.VERSION
    assert callable(module.extract)
    assert module.__doc__


def test_every_extractor_that_a_feed_names_is_there() -> None:
    assert {"web", "wire", "transcript", "pdf"} <= set(adapters.names(extractors))


class Silent:
    """A language model that never answers."""

    model = "silent"

    def __call__(self, system: str, user: str) -> str | None:
        return None


@pytest.mark.parametrize("name", adapters.names(classifiers))
def test_a_classifier_loads_for_every_topic_or_says_which_table_the_topic_lacks(name: str) -> None:
    module = adapters.load(classifiers, name)
    asked = [Silent()] if "ask" in inspect.signature(module.load).parameters else []
    for topic in map(topics.load, topics.names()):
        try:
            assert module.load(topic, *asked).name.startswith(f"{name}/")
        except SettingError as lacking:
            if topic.classifier == name or lacking.subject != f"{topic.name}: [{name}]":
                raise


@pytest.mark.parametrize("topic", topics.names())
def test_a_topic_names_a_classifier_that_is_there(topic: str) -> None:
    found = topics.load(topic)
    assert found.classifier in adapters.names(classifiers)
    cut = found.thresholds(found.classifier)
    assert 0 < cut.doubtful <= cut.on_topic <= 1


def test_both_engines_are_there() -> None:
    assert adapters.names(hits) == ["elasticsearch", "embedded"]
