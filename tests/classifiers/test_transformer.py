"""The shipped model: whole, bounded, the same in any company, and with evidence for each hit."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from queue import Queue

import pytest

import topics
from articles.errors import ClassifierError
from articles.model import Decision, Text
from classifiers import lexicon, transformer
from classifiers._passages import MOST
from classifiers.transformer import Transformer, pooled
from topics import Topic
from training import passages

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
BRIDGE = text("Broen over sundet lukker i to uger, mens asfalten skiftes. Færgen sejler hvert kvarter.", "Broen lukker")


def test_it_names_itself_by_its_files(model: Transformer) -> None:
    assert model.name.startswith("transformer/")
    assert len(model.name) == len("transformer/") + 8
    assert transformer.load(TOPIC).name == model.name


def test_the_shipped_folder_is_small_and_says_what_it_is() -> None:
    card = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 60_000_000
    assert card["licence"] == "MIT"
    assert card["base"]["licence"] == "MIT"
    assert card["data"]["fingerprint"] == passages.fingerprint(passages.read(TOPIC.folder))
    assert card["out_of_fold"]["all"]["n"] == card["data"]["passages"]
    assert card["int8"]["cosine_mean"] > 0.99


def test_it_was_fitted_beside_the_glossary_that_is_there_now() -> None:
    card = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    assert card["combined"]["with"] == lexicon.load(TOPIC).name, "the glossary has changed: run `make train`"


def test_the_cuts_are_those_that_were_measured() -> None:
    card = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    told = tomllib.loads((TOPIC.folder / "topic.toml").read_text(encoding="utf-8"))
    assert told["thresholds"]["transformer"] == card["cuts"]


def test_a_hit_has_evidence_that_slices_the_text(model: Transformer) -> None:
    [verdict] = model.classify([OFFICER])
    assert verdict.decision is not Decision.OFF_TOPIC
    assert verdict.classifier == model.name
    sliced = [OFFICER.body[span.start : span.end] for span in verdict.evidence]
    assert 1 <= len(sliced) <= transformer.EVIDENCE
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
    read: list[str] = []

    def count(words: str) -> float:
        read.append(words)
        return 5.0

    monkeypatch.setattr(model._model, "logit", count)
    model.classify([text("Rusland er nævnt i denne sætning om ingenting. " * 22_000)])
    assert len(read) <= MOST + transformer.CANDIDATES
    assert max(map(len, read)) < 4_000


def test_pooling_is_a_softened_maximum() -> None:
    assert pooled([1.5]) == pytest.approx(1.5)
    assert pooled([1.5, -9]) < 1.5
    assert pooled([1.5, 1.5]) > pooled([1.5, -9])
    assert pooled([1.5, *[-9] * 99]) > 0
    assert pooled([-3] * 100) < -1


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


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
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
        "transformer.load(topics.load('russian_defector_asylum'));"
        "print('transformers' in sys.modules, 'torch' in sys.modules)"
    )
    closed = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HTTPS_PROXY": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", code], env=closed, capture_output=True, text=True, timeout=120)
    assert done.stdout == "True False\n"
    assert done.stderr == ""


def test_a_text_about_something_else_is_not_read(model: Transformer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_prompt: str) -> float:
        raise AssertionError("the encoder was asked")

    monkeypatch.setattr(model._model, "logit", broken)
    assert [verdict.score for verdict in model.classify([BRIDGE])] == [0.0]


def test_nearly_nothing_on_topic_is_left_unread() -> None:
    words = lexicon.load(TOPIC)
    wanted = [text(p.text, p.title, p.language) for p in passages.read(TOPIC.folder) if p.label]
    left = [one.body[:80] for one in wanted if not transformer.worth_reading(one, words.explain(one))]
    assert len(wanted) > 150
    assert len(left) <= 0.01 * len(wanted), left


def test_where_the_lexicon_knows_no_word_the_encoder_gives_the_evidence(
    model: Transformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model._model, "logit", lambda words: 9.0 if "bliver her" in words else -9.0)
    body = "Det regner i dag. Manden fra Pskov bliver her i landet, siger nævnet. Toget er forsinket. " * 3
    [verdict] = model.classify([text(body)])
    assert verdict.decision is Decision.ON_TOPIC
    assert {body[span.start : span.end] for span in verdict.evidence} == {
        "Manden fra Pskov bliver her i landet, siger nævnet."
    }
    assert len(verdict.evidence) == transformer.EVIDENCE
