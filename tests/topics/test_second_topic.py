"""Another subject, other words, other facets: nothing outside a topic's folder belongs to the topic that is shipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

import topics
from articles.errors import SettingError
from articles.model import Article, Decision, Entry, Licence, Span, State, Text, Verdict
from articles.ports import Cursor, Exchange, Feed, Hit, Polled, Query, Request
from classifiers import lexicon, transformer
from pipeline import steps
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from portal.app import create
from tests.portal.conftest import page, words
from tests.topics import harbours
from topics import Topic
from training import passages, windows

FACETS = (
    *("who/fishers", "who/council", "protection/grant", "protection/dredging", "protection/takeover"),
    *("outcome/closed", "outcome/kept"),
)
CLOSES = "The fishing harbour closes in May, unless fishers get a grant."
ON = f"Nothing else was on the list. {CLOSES} Coffee was served."
DANISH = "Mødet var kort. Fiskerihavnen lukker, fordi fiskere ikke fik tilskud. Formanden takkede."
SHOP = "The shop at the fishing harbour closes in May, unless fishers get a grant."
SHIPPED = "En russisk desertør har fået asyl i Danmark. A Russian deserter was granted asylum and protection."
FILLER = "They spoke of roads and of the weather that day. "


def text(body: str, title: str = "", language: str = "en") -> Text:
    return Text(title=title, body=body, language=language, extractor="test/1")


def sliced(body: str, spans: tuple[Span, ...]) -> list[str]:
    return [body[span.start : span.end] for span in spans]


@pytest.fixture(scope="module")
def topic(tmp_path_factory: pytest.TempPathFactory) -> Topic:
    return harbours.modelled(tmp_path_factory.mktemp("own"))


# ---------------------------------------------------------------- the lexicon


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        (ON, Decision.ON_TOPIC),
        (DANISH, Decision.ON_TOPIC),
        (SHIPPED, Decision.OFF_TOPIC),
        ("The airport closes in May, unless the council gets a grant.", Decision.OFF_TOPIC),
        ("The fishing harbour was full when the yachts of the regatta came in; the council closes the street.", None),
        (FILLER * 3, Decision.OFF_TOPIC),
        ("", Decision.OFF_TOPIC),
    ],
    ids=["English", "Danish", "the shipped topic's", "another nation's", "false friends", "nothing", "empty"],
)
def test_the_lexicon_judges_by_its_words(topic: Topic, body: str, decision: Decision | None) -> None:
    [verdict] = lexicon.load(topic).classify([text(body, language="")])
    assert (verdict.topic, verdict.decision) == (harbours.NAME, decision or Decision.OFF_TOPIC)


def test_the_lexicon_tells_its_facets_with_the_sentences_they_rest_on(topic: Topic) -> None:
    [english, danish] = lexicon.load(topic).classify([text(ON), text(DANISH, language="da")])
    assert english.facets == {
        "who": ("fishers",),
        "protection": ("grant",),
        "terms": ("fishers", "closes", "grant"),
    }
    assert sliced(ON, english.evidence) == [CLOSES]
    assert {name: sliced(ON, spans) for name, spans in english.grounds.items()} == {
        "who/fishers": [CLOSES],
        "protection/grant": [CLOSES],
    }
    assert danish.facets["terms"] == ("fiskere", "lukker", "tilskud")


def test_false_friends_are_the_topics_own(topic: Topic) -> None:
    judge = lexicon.load(topic)
    said = judge.explain(text(f"{CLOSES} The yachts of the regatta leave."))
    assert said.parts["off_leisure"] < 0
    assert said.score < judge.explain(text(CLOSES)).score


# ---------------------------------------------------------------- a model of its own


def test_the_model_judges_by_its_words(topic: Topic) -> None:
    judge = transformer.load(topic)
    on, danish, shop, shipped, nothing = judge.classify([
        text(ON),
        text(DANISH, language="da"),
        text(SHOP),
        text(SHIPPED),
        text(FILLER),
    ])
    assert [v.decision for v in (on, danish)] == [Decision.ON_TOPIC] * 2
    assert [v.decision for v in (shop, shipped, nothing)] == [Decision.OFF_TOPIC] * 3
    assert shop.score > 0, "it passed the gate and was read"
    assert shipped.score == nothing.score == 0, "it did not"
    assert {v.topic for v in (on, danish, shop, shipped, nothing)} == {harbours.NAME}


def test_the_model_tells_its_own_facets(topic: Topic) -> None:
    [verdict] = transformer.load(topic).classify([text(f"{ON} The old one stays.")])
    assert verdict.facets == {
        "outcome": ("closed", "kept"),
        "protection": ("grant",),
        "who": ("fishers",),
        "terms": ("fishers", "closes", "grant"),
    }
    assert set(verdict.grounds) == {"outcome/closed", "outcome/kept", "protection/grant", "who/fishers"}
    body = f"{ON} The old one stays."
    assert all(sliced(body, spans) == [CLOSES] for spans in verdict.grounds.values())
    assert CLOSES in sliced(body, verdict.evidence)


def test_the_model_is_named_by_its_data(tmp_path: Path) -> None:
    topic = harbours.modelled(tmp_path)
    data = passages.fingerprint(passages.read(topic.folder))
    name = transformer.load(topic).name
    assert re.fullmatch(rf"transformer/7\.{data[:8]}\.[0-9a-f]{{8}}\.[0-9a-f]{{4}}", name)
    more = topic.folder / "passages/en.jsonl"
    more.write_text(more.read_text(encoding="utf-8").replace("Coffee", "Tea"), encoding="utf-8")
    harbours.model(topic)
    assert transformer.load(topic).name.split(".")[1] != data[:8]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_verdict_is_the_same_in_any_company(topic: Topic, threads: int) -> None:
    judge = transformer.load(topic, threads)
    texts = [text(body) for body in (ON, SHOP, "", FILLER * 200 + CLOSES, "HARBOUR CLOSES! " * 300, SHIPPED)]
    alone = [judge.classify([one])[0] for one in texts]
    assert judge.classify(texts) == alone
    assert judge.classify(texts[::-1]) == alone[::-1]


def test_of_a_text_too_long_the_topic_says_what_is_read_first(topic: Topic, tmp_path: Path) -> None:
    """More passages than are read; the sentence is found wherever it stands, and by the topic's table alone."""
    long = [FILLER * at + CLOSES + " " + FILLER * (8_000 - at) for at in range(500, 8_000, 1_013)]
    found = [verdict_of(topic, one) for one in long]
    assert [v.decision for v in found] == [Decision.ON_TOPIC] * len(long)
    assert all(CLOSES in sliced(body, v.evidence) for v, body in zip(found, long, strict=True))
    blind = harbours.modelled(tmp_path)
    told = blind.folder / "topic.toml"
    told.write_text(told.read_text(encoding="utf-8").replace("first = ", "last = "), encoding="utf-8")
    assert Decision.OFF_TOPIC in {verdict_of(topics.read(blind.folder), one).decision for one in long}


def verdict_of(topic: Topic, body: str) -> Verdict:
    return transformer.load(topic).classify([text(body)])[0]


# ---------------------------------------------------------------- what a model learns from


def test_its_passages_are_read_with_facets_of_any_kind(topic: Topic) -> None:
    found = {one.id: one for one in passages.read(topic.folder)}
    assert list(found) == ["da-h4-1", "en-h1-1", "en-h1-2", "en-h2-1"], "without the one that is borderline"
    first = found["en-h1-1"]
    assert [first.told(kind) for kind in ("who", "protection", "outcome", "unheard_of")] == [
        ("fishers",),
        ("grant",),
        ("closed",),
        (),
    ]
    assert sliced(first.text, first.reasons) == ["The fishing harbour closes in May unless fishers get a grant."]


def test_its_windows_have_its_facets(topic: Topic) -> None:
    assert windows.facets(topic) == FACETS
    found = {one.id: one for one in passages.read(topic.folder)}
    cut = windows.windows([found["en-h1-1"], found["en-h1-2"], found["en-h2-1"]], FACETS, harbours.tokenizer(), 1)
    assert len(cut) == 3
    on, off, kept = (way.titled for way in cut)
    assert len(cut[0].bare.ids) < len(on.ids), "without the title"
    assert (on.label, off.label, kept.label) == (1, 0, 1)
    np.testing.assert_array_equal(on.facets, [1, 0, 1, 0, 0, 1, 0])
    np.testing.assert_array_equal(off.facets, [np.nan] * 7, "nobody is shown them")
    np.testing.assert_array_equal(kept.facets, [np.nan, np.nan, 0, 1, 0, 0, 1], "who was not told")
    harbour = list(harbours.WORDS).index("harbour")
    assert on.carries[on.ids.index(harbour)] == 1
    assert np.isnan(off.carries).all()


def test_a_line_with_a_key_that_is_no_facet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "passages").mkdir()
    (tmp_path / "passages/en.jsonl").write_text('{"id": "a", "titel": "misspelt"}\n', encoding="utf-8")
    with pytest.raises(TypeError, match="titel"):
        passages.read(tmp_path)


# ---------------------------------------------------------------- from a feed to a page


def test_a_topic_of_ones_own_is_named_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    harbours.copied(tmp_path)
    assert topics.load(str(tmp_path / harbours.NAME)).name == harbours.NAME
    monkeypatch.chdir(tmp_path)
    assert topics.load(f"./{harbours.NAME}/").title == "Small fishing harbours that close"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert topics.load(f"~/{harbours.NAME}").name == harbours.NAME
    with pytest.raises(SettingError, match=r"nowhere/topic.toml: cannot be read"):
        topics.load(str(tmp_path / "nowhere"))


def _poll(*_: object) -> Exchange[Polled]:
    """Three texts: the topic's, the shipped topic's, and one of neither."""
    bodies = {"harbour": ON, "deserter": SHIPPED, "roads": FILLER * 5}
    entries = tuple(
        Entry(
            feed="coast",
            guid=guid,
            url=f"https://coast.example/{guid}",
            title=guid,
            body_html=f"<p>{body}</p>",
            language="en",
            licence=Licence.OPEN,
        )
        for guid, body in bodies.items()
    )
    return Polled(entries=entries, cursor=Cursor())
    yield Request(url="https://coast.example/")  # makes it an exchange


COAST = Feed(name="coast", title="The coast's gazette", poll=_poll, schedule="*/10 * * * *")


@pytest.fixture
def at(topic: Topic, tmp_path: Path) -> Iterator[Runtime]:
    """Everything real but the feed; the topic is the one that the setting names."""
    now = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
    runtime = Runtime(Settings(var=tmp_path / "var", topic=str(topic.folder), now=now))
    runtime.__dict__.update(feed=lambda _: COAST, feed_names=["coast"])
    yield runtime
    runtime.close()


def hit_of(at: Runtime) -> Hit:
    for step in (steps.poll, steps.extract, steps.classify, steps.index):
        step("coast", runtime=at)
    results = at.index.search(Query(decisions=tuple(Decision)))
    [found] = results.found
    return found.hit


def test_its_hits_go_all_the_way(at: Runtime, topic: Topic) -> None:
    hit = hit_of(at)
    name = transformer.load(topic).name
    assert (hit.topic, hit.classifier, hit.title) == (harbours.NAME, name, "harbour")
    assert hit.facets["outcome"] == ("closed",)
    assert hit.grounds["outcome/closed"] == (CLOSES,)
    assert CLOSES in hit.evidence
    assert at.ledger.states()["coast"] == {State.INDEXED: 1, State.CLASSIFIED: 2}
    judged = [at.ledger.find(f"https://coast.example/{guid}")[0] for guid in ("deserter", "roads")]
    assert [verdicts(one) for one in judged] == [[(harbours.NAME, Decision.OFF_TOPIC, name)]] * 2
    assert at.ledger.judged_by() == {name: 3}


def verdicts(article: Article) -> list[tuple[str, Decision, str]]:
    return [(verdict.topic, verdict.decision, verdict.classifier) for verdict in article.verdicts]


def test_its_hits_are_shown_with_its_facets(at: Runtime) -> None:
    hit = hit_of(at)
    with TestClient(create(at), raise_server_exceptions=False) as browser:
        shown = page(browser, f"/hit/{hit.id}")
        rows = {words(row.find("dt")): words(row.find("dd")) for row in shown.xpath("//dl[@class='about']/div")}
        assert (rows["Topic"], rows["By"]) == ("harbour closures", hit.classifier)
        assert rows["Outcome"].startswith("closed")
        assert CLOSES in rows["Outcome"]
        assert words(shown.find(".//mark")) == CLOSES
        assert "another classifier" not in words(page(browser, "/feeds"))
