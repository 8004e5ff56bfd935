"""Every adapter honours its port: the folder is the registry."""

from __future__ import annotations

import pytest

import classifiers
import extractors
import feeds
import hits
import topics
from articles import adapters
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


@pytest.mark.parametrize("name", adapters.names(classifiers))
def test_a_classifier_loads_for_every_topic(name: str) -> None:
    module = adapters.load(classifiers, name)
    for topic in topics.names():
        loaded = module.load(topics.load(topic))
        assert loaded.name.startswith(f"{name}/")


@pytest.mark.parametrize("topic", topics.names())
def test_a_topic_names_a_classifier_that_is_there(topic: str) -> None:
    found = topics.load(topic)
    assert found.classifier in adapters.names(classifiers)
    cut = found.thresholds(found.classifier)
    assert 0 < cut.doubtful <= cut.on_topic <= 1


def test_both_engines_are_there() -> None:
    assert adapters.names(hits) == ["elasticsearch", "embedded"]
