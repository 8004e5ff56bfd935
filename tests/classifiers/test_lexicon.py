"""The lexicon: what it finds, what it leaves, and that it survives any text."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import topics
from articles.errors import ClassifierError, SettingError
from articles.model import Decision, Text, Verdict
from classifiers import _glossary, lexicon
from classifiers.lexicon import Lexicon
from replay.day import items
from tests.conftest import ROOT

CASES = ROOT / "tests/cases/classifiers/examples"
TOPIC = topics.load("russian_defector_asylum")


@cache
def loaded() -> Lexicon:
    return lexicon.load(TOPIC)


def text(body: str, language: str = "da", title: str = "") -> Text:
    return Text(title=title, body=body, language=language, extractor="given")


def judge(body: str, language: str = "da", title: str = "") -> Verdict:
    [verdict] = loaded().classify([text(body, language, title)])
    return verdict


def hit(verdict: Verdict) -> bool:
    return verdict.decision is not Decision.OFF_TOPIC


def evidence(given: Text, verdict: Verdict) -> list[str]:
    return [given.body[span.start : span.end] for span in verdict.evidence]


def examples() -> Iterator[dict[str, str]]:
    for path in sorted(CASES.glob("*.jsonl")):
        yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def example_text(example: dict[str, str]) -> Text:
    return text(example["text"], example["language"], example["title"])


# ---------------------------------------------------------------- what it finds


@pytest.mark.parametrize("language", _glossary.read(TOPIC.path("glossary.toml")).languages)
def test_every_language_is_told_apart(language: str) -> None:
    own = [example for example in examples() if example["language"] == language]
    wanted = [loaded().explain(example_text(example)).score for example in own if example["on_topic"]]
    others = [loaded().explain(example_text(example)).score for example in own if not example["on_topic"]]
    assert len(wanted) >= 3
    assert len(others) >= 3
    assert sorted(wanted)[-1] > max(others)
    cut = TOPIC.thresholds("lexicon")
    assert sum(cut.decide(score) is Decision.ON_TOPIC for score in wanted) >= 0.85 * len(wanted)
    assert not any(cut.decide(score) is Decision.ON_TOPIC for score in others)


def test_few_examples_are_missed_and_few_are_false() -> None:
    judged = [(bool(example["on_topic"]), hit(loaded().classify([example_text(example)])[0])) for example in examples()]
    wanted = sum(label for label, _ in judged)
    assert sum(label and not found for label, found in judged) <= 0.1 * wanted
    assert sum(found and not label for label, found in judged) <= 0.1 * sum(found for _, found in judged)


def test_passages_in_plain_words_are_found_and_few_are_false() -> None:
    """Those told in the topic's own words; what is told without them is the model's to find."""
    passages = [
        json.loads(line)
        for path in sorted(Path(TOPIC.path("passages")).glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    told = [one for one in passages if one["difficulty"] == "plain"]
    found = [hit(judge(one["text"], one["language"], one.get("title") or "")) for one in told]
    wanted = [is_found for one, is_found in zip(told, found, strict=True) if one["label"]]
    assert len(wanted) >= 400
    assert sum(wanted) >= 0.65 * len(wanted)
    assert sum(found) - sum(wanted) <= 0.1 * sum(found)


def test_the_recorded_day() -> None:
    judged = [
        (item.topic, hit(judge("\n\n".join(item.paragraphs), item.language, item.title)))
        for item in items()
        if item.paragraphs
    ]
    assert sum(label and not found for label, found in judged) <= 0.1 * sum(label for label, _ in judged)
    assert sum(found and not label for label, found in judged) <= 0.35 * sum(found for _, found in judged)


def test_speeches_on_everything_else_are_left(shared: Path) -> None:
    import gzip

    with gzip.open(shared / "corpora/folketinget_speeches_2023.jsonl.gz", "rt", encoding="utf-8") as lines:
        speeches = [text(json.loads(line)["text"]) for line in lines][::5]
    verdicts = loaded().classify(speeches)
    assert sum(hit(verdict) for verdict in verdicts) <= 0.003 * len(verdicts)
    assert sum(verdict.decision is Decision.ON_TOPIC for verdict in verdicts) <= 0.001 * len(verdicts)


@pytest.mark.parametrize("number", ["000", "004"])
def test_the_first_two_texts_are_hits_by_their_own_sentences(shared: Path, number: str) -> None:
    body = next((shared / "seeds").glob(f"{number}_*.txt")).read_text(encoding="utf-8").strip()
    given = text(body, "da" if number == "000" else "en")
    [verdict] = loaded().classify([given])
    assert verdict.decision is Decision.ON_TOPIC
    words = " ".join(evidence(given, verdict))
    assert ("soldater" if number == "000" else "Russian soldiers") in words or "defectors" in words
    assert "asyl" in words


def test_whether_protection_is_given_or_refused_makes_no_difference() -> None:
    given = judge("Danmark vil give asyl til russiske soldater, der deserterer.")
    refused = judge("Danmark vil ikke give asyl til russiske soldater, der deserterer.")
    assert given.score == refused.score
    assert given.decision is Decision.ON_TOPIC


def test_two_sentences_in_an_hour_of_debate_are_found_and_shown() -> None:
    rest = ["Kommunerne får flere penge til veje. Det er en god nyhed for landet."] * 400
    passage = "Om russere, der nægter at gå i krig, er svaret klart. De kan søge asyl, og hver sag bliver vurderet."
    given = text("\n\n".join([*rest, passage, *rest]))
    [verdict] = loaded().classify([given])
    assert hit(verdict)
    assert evidence(given, verdict)[0].startswith("Om russere")


def test_the_title_stands_beside_the_text() -> None:
    body = "De må søge asyl som alle andre, siger ministeren."
    assert not hit(judge(body, title="Ministeren svarer i Folketinget"))
    assert hit(judge(body, title="Ingen særlov for russiske desertører"))


def test_far_apart_is_not_together() -> None:
    near = "En russisk soldat deserterede. Han har søgt asyl i Norge."
    filler = "\n\n".join(["Regeringen fremlagde i dag sin plan for nye skoler og veje i hele landet."] * 30)
    far = near.replace(". ", f".\n\n{filler}\n\n", 1)
    assert judge(near).score > judge(far).score


def test_several_languages_in_one_text() -> None:
    french = "Le président ouvre la séance et donne la parole aux orateurs qui sont dans la salle pour le débat."
    german = (
        "Wir reden auch über die Menschen, die sich der Einberufung in die russische Armee entzogen haben und nicht "
        "kämpfen wollen. Sie brauchen Asyl."
    )
    assert hit(judge(f"{french}\n\n{german}", "fr"))
    assert hit(judge(f"{french}\n\n{german}", ""))
    assert hit(judge("Суд предоставил убежище россиянину, бежавшему от мобилизации.", "da"))


# ---------------------------------------------------------------- what it leaves

POSITIVE = {
    "da": "Nævnet har givet asyl til fire russiske soldater, der er deserteret.",
    "en": "Norway has granted asylum to four Russian soldiers who deserted.",
    "de": "Norwegen hat vier russischen Soldaten, die desertiert sind, Asyl gewährt.",
}
FLIPS = [
    ("da", "russiske", "ukrainske"),
    ("da", "russiske", "iranske"),
    ("da", "russiske", "cubanske"),
    ("en", "Russian", "Ukrainian"),
    ("en", "Russian", "Iranian"),
    ("en", "Russian", "Cuban"),
    ("de", "russischen", "ukrainischen"),
    ("de", "russischen", "iranischen"),
    ("de", "russischen", "kubanischen"),
]


@pytest.mark.parametrize(("language", "word", "other"), FLIPS, ids=lambda value: value)
def test_another_nation_is_another_matter(language: str, word: str, other: str) -> None:
    body = POSITIVE[language]
    beside = {"da": " Ruslands krig fortsætter.", "en": " Russia's war goes on.", "de": " Russlands Krieg geht weiter."}
    assert judge(body, language).decision is Decision.ON_TOPIC
    assert not hit(judge(body.replace(word, other), language))
    assert judge(body.replace(word, other) + beside[language], language).decision is not Decision.ON_TOPIC


@pytest.mark.parametrize(
    ("language", "body", "found"),
    [
        ("en", "Russian and Belarusian soldiers who desert may get asylum.", True),
        ("fr", "Les soldats ukrainiens et russes qui désertent demandent l'asile.", True),
        ("en", "Chechens who refused to fight for Russia in Ukraine face deportation from Poland.", True),
        ("en", "Ukrainian soldiers who fled Russia's attack have asked for asylum in Poland.", False),
        ("en", "Ukrainian refugees who fled the Russian invasion get residence permits.", False),
        ("da", "Ukrainske soldater på russisk jord har søgt asyl.", False),
        ("da", "Den hviderussiske oppositionspolitiker flygtede fra Moskva og fik asyl.", False),
        ("lv", "Ukraiņu bēgļi, kas bēg no Krievijas kara, saņems pagaidu aizsardzību.", False),
    ],
)
def test_a_deserter_belongs_to_the_nation_that_is_named_with_him(language: str, body: str, found: bool) -> None:
    assert hit(judge(body, language)) == found


@pytest.mark.parametrize(
    "body",
    [
        "{} vil give ophold til russiske officerer, der bryder med regimet.",
        "{}s ordfører siger nej til asyl til russere, der nægter at kæmpe.",
    ],
)
def test_which_party_says_it_makes_no_difference(body: str) -> None:
    parties = ["Venstre", "Enhedslisten", "Dansk Folkeparti", "De Konservative", "Moderaterne", "Radikale Venstre"]
    assert len({judge(body.format(party)).score for party in parties}) == 1
    assert judge(body.format("Venstre")).decision is Decision.ON_TOPIC


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("da", "Afhopperen fra partiet har søgt politisk asyl hos De Konservative."),
        ("da", "Den tidligere agent flygtede til Moskva og har fået asyl i Rusland."),
        ("da", "Tre russiske diplomater er udvist for spionage."),
        ("da", "En russisk soldat er dømt for at forlade fronten."),
        ("da", "Færre russiske turister får visum til deres ferie."),
        ("da", "Den sovjetiske matros hoppede af i 1968 og fik asyl, fortæller en ny roman."),
        ("de", "Das Tierasyl sucht Paten für einen russischen Windhund, der vor dem Feuerwerk geflohen ist."),
        ("fr", "La France insoumise refuse le texte sur le droit d'asile et critique la Russie."),
        ("en", "The whistle-blower has been granted asylum in Russia after he fled the agency."),
        ("en", "A defect in the valve voids the protection that Russian customers were promised."),
        ("en", "The Russian striker found refuge at his new club after he fled the league's bottom side."),
        ("en", "Eritrean deserters who crossed Russia have asked for asylum in Finland."),
    ],
)
def test_false_friends_are_not_on_topic(language: str, body: str) -> None:
    assert judge(body, language).decision is not Decision.ON_TOPIC


# ---------------------------------------------------------------- what a verdict holds


def test_facets_are_the_labelling_guides_words() -> None:
    facets = judge(
        "Et parti vil give opholdstilladelse til russiske officerer, der deserterer, og humanitære visa til "
        "russiske værnepligtige."
    ).facets
    assert set(facets["who"]) >= {"soldier", "draft_evader"}
    assert set(facets["protection"]) >= {"residence", "humanitarian_visa"}
    assert {"officerer", "deserterer", "humanitære visa"} <= set(facets["terms"])
    allowed = {
        "who": {"soldier", "draft_evader", "official", "dissident"},
        "protection": {
            *("asylum", "temporary_protection", "humanitarian_visa", "visa", "special_law", "residence"),
            *("border_policy", "safe_passage", "non_refoulement", "witness_protection", "police_protection"),
            "exclusion",
        },
    }
    for verdict in loaded().classify([example_text(example) for example in examples()]):
        assert set(verdict.facets) <= {*allowed, "terms"}
        assert all(set(verdict.facets.get(name, ())) <= values for name, values in allowed.items())


def test_evidence_is_whole_sentences_in_reading_order() -> None:
    for example in examples():
        given = example_text(example)
        [verdict] = loaded().classify([given])
        assert len(verdict.evidence) <= lexicon.EVIDENCE
        assert bool(verdict.evidence) == hit(verdict)
        assert list(verdict.evidence) == sorted(verdict.evidence, key=lambda span: span.start)
        for sentence in evidence(given, verdict):
            assert sentence == sentence.strip()
            assert sentence[-1] in ".!?«“”\"'"


def test_a_score_does_not_depend_on_the_batch() -> None:
    given = [example_text(example) for example in examples()]
    alone = [loaded().classify([one])[0] for one in given]
    order = list(range(len(given)))
    random.Random(7).shuffle(order)
    shuffled = lexicon.load(TOPIC).classify([given[place] for place in order])
    assert [alone[place] for place in order] == shuffled
    assert loaded().classify([]) == []


def test_an_explanation_adds_up() -> None:
    import math

    found = loaded().explain(text(POSITIVE["da"]))
    assert found.score == pytest.approx(1 / (1 + math.exp(-sum(found.parts.values()))), abs=1e-6)
    assert {"start", "russian", "actor", "protection", "together"} <= set(found.parts)


def test_the_name_follows_the_glossary() -> None:
    raw = Path(TOPIC.path("glossary.toml")).read_bytes()
    changed = _glossary.Glossary(raw + b"\n# one more line\n")
    assert loaded().name.startswith("lexicon/")
    assert len(loaded().name) == len("lexicon/") + 8
    assert lexicon.load(TOPIC).name == loaded().name
    assert Lexicon(TOPIC, changed).name != loaded().name


# ---------------------------------------------------------------- any text at all


@pytest.mark.parametrize(
    "body", ["", " ", "asyl", "russisk", "😀😀😀", "\ud800", "russisk\ud800by asyl", "\n\n\n", "*", "a" * 1000]
)
@pytest.mark.parametrize("language", ["", "da", "xx", "DA-dk"])
def test_odd_texts_are_judged(body: str, language: str) -> None:
    verdict = judge(body, language)
    assert 0 <= verdict.score <= 1
    assert not hit(verdict)


def test_a_headline_alone_is_judged() -> None:
    verdict = judge("", title="Russiske desertører skal have asyl i Danmark")
    assert hit(verdict)
    assert verdict.evidence == ()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "unit",
    [
        "Russiske soldater, der deserterer, søger asyl. ",
        "russisk soldat asyl desertør ukrainsk ",
        "Nyt fra byen i dag.\n\n",
        "русский ",
        '"» ',
    ],
)
def test_a_megabyte_is_judged(unit: str) -> None:
    given = text(unit * (1_000_000 // len(unit)))
    [verdict] = loaded().classify([given])
    assert len(verdict.evidence) <= lexicon.EVIDENCE
    assert all(len(sentence) <= 2_000 for sentence in evidence(given, verdict))


WORDS = st.sampled_from([
    *("russiske ", "Rusland ", "soldater ", "desertører ", "asyl ", "ophold ", "ukrainske ", "Russian ", "refugee "),
    *("солдат ", "убежище ", "i ", "og ", ". ", "\n\n", "- ", '"', "\ud800", "😀", "é", "e\u0301 ", "İ"),
])


@given(
    body=st.one_of(st.text(), st.lists(WORDS, max_size=60).map("".join)),
    title=st.one_of(st.just(""), st.lists(WORDS, max_size=8).map("".join)),
    language=st.sampled_from(["", "da", "en", "ru", "xx"]),
)
def test_any_text_gets_a_verdict_whose_evidence_slices_it(body: str, title: str, language: str) -> None:
    given_text = text(body, language, title)
    [verdict] = loaded().classify([given_text])
    assert 0 <= verdict.score <= 1
    assert all(0 <= span.start < span.end <= len(body) for span in verdict.evidence)
    if hit(verdict) and body.strip():
        assert verdict.evidence


# ---------------------------------------------------------------- a broken glossary


def topic_with(folder: Path, glossary: str | None) -> topics.Topic:
    folder.mkdir()
    (folder / "topic.toml").write_text(
        'title = "Bees"\nclassifier = "lexicon"\n[thresholds.lexicon]\ndoubtful = 0.2\non_topic = 0.5\n',
        encoding="utf-8",
    )
    if glossary is not None:
        (folder / "glossary.toml").write_text(glossary, encoding="utf-8")
    return topics.read(folder)


@pytest.mark.parametrize(
    ("glossary", "says"),
    [
        (None, "cannot be read"),
        ("languages = ", "cannot be used as a glossary"),
        ("[weights]\nstart = 1", "cannot be used as a glossary"),
        ("[weights]\nstart = 1\n[languages]", "needs exactly the weights"),
        ("[weights]\n[languages.da]\nmarks = []\ninto = []\npeople = ['x|strong']", "'x|strong' is not a term"),
        ("[weights]\n[languages.da]\nmarks = []\ninto = []\npeople = ['* x']", "is not a term"),
    ],
)
def test_a_broken_glossary_says_what_to_mend(tmp_path: Path, glossary: str | None, says: str) -> None:
    with pytest.raises(ClassifierError, match=f"glossary.toml.*{says}"):
        lexicon.load(topic_with(tmp_path / "bees", glossary))


def test_a_topic_without_thresholds_for_it_says_so(tmp_path: Path) -> None:
    topic = topic_with(tmp_path / "bees", Path(TOPIC.path("glossary.toml")).read_text(encoding="utf-8"))
    (tmp_path / "bees/topic.toml").write_text('title = "Bees"\nclassifier = "lexicon"\n', encoding="utf-8")
    with pytest.raises(SettingError, match="has no table for 'lexicon'"):
        lexicon.load(topics.read(topic.folder))
