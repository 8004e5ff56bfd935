"""The shipped model: whole, bounded, the same in any company, and with evidence for each hit."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from queue import Queue

import numpy as np
import pytest

import topics
from articles.errors import ClassifierError
from articles.model import Decision, Text
from classifiers import lexicon, transformer
from classifiers._grounds import EVIDENCE
from classifiers._model import Reading
from classifiers._passages import MOST
from classifiers.transformer import Transformer, pooled
from topics import Topic
from training import card, figures, passages

TOPIC = topics.load("russian_defector_asylum")
FOLDER = Path(TOPIC.path(transformer.FOLDER))


def text(body: str, title: str = "", language: str = "da") -> Text:
    return Text(title=title, body=body, language=language, extractor="test/1")


@pytest.fixture(scope="module")
def model() -> Transformer:
    return transformer.load(TOPIC, threads=1)


@pytest.fixture
def copy(tmp_path: Path) -> Topic:
    """The topic in a folder of its own, to be damaged."""
    shutil.copytree(TOPIC.folder, tmp_path / TOPIC.name, ignore=shutil.ignore_patterns("passages"))
    return topics.read(tmp_path / TOPIC.name)


OFFICER = text(
    "En russisk officer, der deserterede fra sin enhed ved Kherson, har fået asyl i Danmark. Det oplyser nævnet. "
    "Han risikerer fængsel, hvis han bliver sendt tilbage til Rusland.",
    "Desertør må blive i Danmark",
)
WEATHER = text("Lørdag bliver mild med op til 14 grader. Søndag kommer der regn fra vest.", "Vejret i weekenden")
BRIDGE = text("Broen over sundet lukker i to uger, mens asfalten skiftes. Færgen sejler hvert kvarter.", "Broen lukker")


def test_it_names_itself_by_its_files(model: Transformer) -> None:
    """Recipe, data, files and glossary: whichever changes, the name does."""
    assert re.fullmatch(r"transformer/\d+\.[0-9a-f]{8}\.[0-9a-f]{8}\.[0-9a-f]{4}", model.name)
    assert transformer.load(TOPIC).name == model.name


def test_the_shipped_folder_is_small_and_says_what_it_is() -> None:
    told = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 60_000_000
    assert told["licence"] == "MIT"
    assert told["base"]["licence"] == "MIT"
    assert told["int8"]["away_mean"] < 0.3


def test_it_learnt_from_the_passages_that_are_there_now() -> None:
    told = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    measured = json.loads((TOPIC.folder / card.MEASURED).read_text(encoding="utf-8"))
    assert measured["model"] == transformer.load(TOPIC).name, "the model has changed: run `make evaluate`"
    assert measured["data"] == passages.fingerprint(passages.read(TOPIC.folder))
    assert told["data"]["fingerprint"] == measured["data"], "the passages have changed: run `make train`"


def test_the_model_card_says_what_was_measured() -> None:
    assert (TOPIC.folder / card.PAGE).read_text(encoding="utf-8") == card.page(TOPIC), "run `make evaluate`"


def test_it_was_fitted_beside_the_glossary_that_is_there_now() -> None:
    card = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    assert card["combined"]["with"] == lexicon.load(TOPIC).name, "the glossary has changed: run `make train`"


def test_the_cuts_follow_from_what_a_miss_costs() -> None:
    """Scores are probabilities: at ten false hits a miss, one chance in eleven is worth a look."""
    cut = TOPIC.thresholds(transformer.NAME)
    assert cut.doubtful == pytest.approx(1 / (1 + figures.MISS_COST), abs=0.001)
    assert cut.on_topic == 0.5


def test_a_hit_has_evidence_that_slices_the_text(model: Transformer) -> None:
    [verdict] = model.classify([OFFICER])
    assert verdict.decision is not Decision.OFF_TOPIC
    assert verdict.classifier == model.name
    sliced = [OFFICER.body[span.start : span.end] for span in verdict.evidence]
    assert 1 <= len(sliced) <= EVIDENCE
    assert any("russisk officer" in sentence for sentence in sliced)
    assert list(verdict.evidence) == sorted(verdict.evidence, key=lambda span: span.start)
    assert "soldier" in verdict.facets["who"]
    assert "asylum" in verdict.facets["protection"]


def test_what_is_off_topic_has_no_evidence(model: Transformer) -> None:
    [verdict] = model.classify([BRIDGE])
    assert verdict.decision is Decision.OFF_TOPIC
    assert verdict.evidence == ()
    assert verdict.facets == {}


def test_a_score_is_the_same_in_any_company(model: Transformer) -> None:
    """An int8 graph that ran both at once would scale the one by the other's largest value."""
    shouting = text("RUSSISK SOLDAT FÅR ASYL!!! " * 40, "ASYL")
    company = [BRIDGE, OFFICER, shouting, text("")]
    alone = [model.classify([one])[0] for one in company]
    assert model.classify(company) == alone
    assert model.classify(company[::-1]) == alone[::-1]
    assert model.classify([OFFICER] * 3) == [alone[1]] * 3


def test_two_sentences_in_a_long_debate_are_found(model: Transformer) -> None:
    speech = "Vi har i dag drøftet vejene, skolerne og de små erhvervshavne, og jeg takker for en god debat. "
    needle = "Vi vil give russiske soldater, der nægter at kæmpe i Ukraine, asyl i Danmark. Det kræver en særlov. "
    [with_it, without] = model.classify([text(speech * 60 + needle + speech * 60), text(speech * 120)])
    assert without.decision is Decision.OFF_TOPIC
    assert with_it.decision is not Decision.OFF_TOPIC
    assert needle.startswith(text(speech * 60 + needle).body[with_it.evidence[0].start :][:20])


@pytest.mark.parametrize(
    "body",
    ["", " ", "\n\n", "Asyl", "🪖🇷🇺🏳️" * 50, "\ud800\udc00", "\x00", "a" * 20_000, "?!.,;" * 500, "\u202e\u200b\ufeff"],
    ids=["empty", "space", "lines", "a word", "signs", "surrogates", "nul", "no space", "points", "invisible"],
)
def test_nothing_makes_it_fall_over(model: Transformer, body: str) -> None:
    [verdict] = model.classify([text(body, language="")])
    assert 0 <= verdict.score <= 1
    assert all(body[span.start : span.end] for span in verdict.evidence)
    assert verdict.evidence or verdict.decision is Decision.OFF_TOPIC


def test_a_body_without_a_word_is_off_topic_whatever_the_title_says(model: Transformer) -> None:
    [verdict] = model.classify([text("", "Russisk desertør får asyl i Danmark")])
    assert verdict.decision is Decision.OFF_TOPIC
    assert verdict.score == 0


def test_what_a_text_costs_is_bounded(model: Transformer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def count(prompt: str) -> None:
        asked.append(prompt)

    monkeypatch.setattr(model._model, "_passed", count)
    model.classify([text("Rusland er nævnt i denne sætning om ingenting. " * 22_000)])
    assert len(asked) <= MOST
    assert max(map(len, asked)) < 4_000


def test_pooling_is_a_softened_maximum() -> None:
    assert pooled([1.5], 1) == pytest.approx(1.5)
    assert pooled([1.5, -9], 2) < 1.5
    assert pooled([1.5], 2) == pytest.approx(pooled([1.5, -99], 2)), "what the gate stopped adds nothing"
    assert pooled([1.5, 1.5], 2) > pooled([1.5, -9], 2)
    assert pooled([1.5, *[-9] * 99], 100) > 0
    assert pooled([-3] * 100, 100) < -1


def _judge(model: Transformer, answers: Queue[float]) -> None:
    answers.put(model.classify([OFFICER])[0].score)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_worker_opens_its_own_graph(model: Transformer) -> None:
    """Airflow's workers are forked: a session that came along would wait for threads that did not."""
    here = model.classify([OFFICER])[0].score
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_judge, args=(model, answers))
    child.start()
    assert answers.get(timeout=60) == here
    child.join(60)
    assert child.exitcode == 0


def test_a_topic_without_a_model_is_one_sentence(copy: Topic) -> None:
    shutil.rmtree(copy.path("model"))
    with pytest.raises(ClassifierError, match=r"holds no complete model .* run python -m training"):
        transformer.load(copy)


@pytest.mark.parametrize("name", ["gate.onnx", "model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_named(copy: Topic, name: str) -> None:
    path = Path(copy.path("model")) / name
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ClassifierError, match=f"{name} is not what model.json describes"):
        transformer.load(copy)


@pytest.mark.parametrize("card", ["", "[]", "{}", '{"sha256": 3}'])
def test_a_broken_card_is_an_error_of_ours(copy: Topic, card: str) -> None:
    (Path(copy.path("model")) / "model.json").write_text(card)
    with pytest.raises(ClassifierError):
        transformer.load(copy)


def test_the_tokenizer_is_read_without_torch_and_without_a_hub() -> None:
    code = (
        "import sys, topics; from classifiers import transformer;"
        "judge = transformer.load(topics.load('russian_defector_asylum'));"
        "assert 'transformers' not in sys.modules, 'a name is cheap to ask for';"
        "judge._model.lengths(['asyl']);"
        "print('transformers' in sys.modules, 'torch' in sys.modules)"
    )
    closed = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HTTPS_PROXY": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", code], env=closed, capture_output=True, text=True, timeout=120)
    assert done.stdout == "True False\n"
    assert done.stderr == ""


def test_what_is_hopeless_is_read_no_further(model: Transformer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Reading:
        raise AssertionError("the second graph was asked")

    monkeypatch.setattr(model._model, "_read", broken)
    assert [verdict.score for verdict in model.classify([WEATHER])] == [0.0]


def test_nearly_nothing_on_topic_is_stopped_by_the_gate() -> None:
    measured = json.loads((TOPIC.folder / card.MEASURED).read_text(encoding="utf-8"))
    assert measured["gate"]["on_topic"] > 600
    assert measured["gate"]["recall"] >= 0.995


def test_the_sentence_that_carries_it_is_the_evidence(model: Transformer, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(prompt: str) -> Reading:
        _, offsets = model._model.coded(prompt)
        at = prompt.find("Manden fra Pskov")
        end = prompt.find("nævnet.") + 7
        carries = [4.0 if at <= start < end else -4.0 for start, _ in offsets]
        facets = {name: 3.0 if name == "who/soldier" else -3.0 for name in model._model.card.facets}
        return Reading(9.0, facets, np.array(carries, dtype=np.float32), tuple(offsets))

    monkeypatch.setattr(model._model, "_passed", read)
    body = "Det regner i dag. Manden fra Pskov bliver her i landet, siger nævnet. Toget er forsinket."
    [verdict] = model.classify([text(body)])
    assert verdict.decision is Decision.ON_TOPIC
    sentence = "Manden fra Pskov bliver her i landet, siger nævnet."
    assert [body[span.start : span.end] for span in verdict.evidence] == [sentence]
    assert verdict.facets["who"] == ("soldier",)
    assert [body[span.start : span.end] for span in verdict.grounds["who/soldier"]] == [sentence]


def test_every_facet_has_its_ground(model: Transformer) -> None:
    [verdict] = model.classify([OFFICER])
    told = {f"{kind}/{value}" for kind, values in verdict.facets.items() if kind != "terms" for value in values}
    assert told == set(verdict.grounds)
    assert all(
        OFFICER.body[span.start : span.end].endswith(".") for spans in verdict.grounds.values() for span in spans
    )
