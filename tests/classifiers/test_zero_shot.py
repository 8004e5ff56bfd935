"""Any NLI model judges: here small ones that are made on the spot, one whose every number is known and one by torch."""

from __future__ import annotations

import importlib.util
import json
import math
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

import topics
from articles.errors import ClassifierError, SettingError
from articles.model import Decision, Text
from classifiers import zero_shot
from classifiers.zero_shot import ZeroShot
from topics import Topic

#: What a word says: contradiction, neutral, entailment. Other words say nothing.
WORDS = {
    "asyl": (0.0, 0.0, 4.0),
    "soldat": (0.0, 0.0, 1.0),
    "færge": (2.0, 9.0, 0.0),
    "streng": (3.0, 0.0, 0.0),
    "overløber": (0.0, 0.0, 90.0),
    **dict.fromkeys(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "det", "handler", "om"), (0.0, 0.0, 0.0)),
}
LABELS = {"CONTRADICTION": 0, "Neutral": 1, "Entailment": 2}
TABLE = {"model": "nli", "hypotheses": ["Det handler om asyl"]}


def tokenizer(folder: Path) -> None:
    made = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace()])
    ids = [("[CLS]", made.token_to_id("[CLS]")), ("[SEP]", made.token_to_id("[SEP]"))]
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids
    )
    made.save(str(folder / "tokenizer.json"))
    told = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": 512,
        "unk_token": "[UNK]",
        "pad_token": "[PAD]",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(told))


def graph(path: Path, says: Mapping[str, Sequence[float]] = WORDS, ids: str = "input_ids") -> None:
    """The sum over a pair's words of what they say."""
    table = numpy_helper.from_array(np.array(list(says.values()), dtype=np.float32), "table")
    axes = numpy_helper.from_array(np.array([1], dtype=np.int64), "axes")
    nodes = [
        helper.make_node("Gather", ["table", ids], ["each"]),
        helper.make_node("ReduceSum", ["each", "axes"], ["logits"], keepdims=0),
    ]
    given = helper.make_tensor_value_info(ids, TensorProto.INT64, ["batch", "tokens"])
    made = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(next(iter(says.values())))])
    drawn = helper.make_graph(nodes, "nli", [given], [made], [table, axes])
    path.parent.mkdir(exist_ok=True)
    model = helper.make_model(drawn, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, str(path))


def folder(path: Path, labels: Mapping[str, int] = LABELS, where: str = "model.onnx") -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps({"model_type": "bert", "label2id": labels}))
    tokenizer(path)
    graph(path / where)
    return path


def topic(at: Path, table: Mapping[str, Any] | None = TABLE) -> Topic:
    at.mkdir(exist_ok=True)
    lines = ['title = "Asyl"\nclassifier = "zero_shot"\n[thresholds.zero_shot]\ndoubtful = 0.5\non_topic = 0.95\n']
    if table is not None:
        lines += ["[zero_shot]\n", *(f"{name} = {json.dumps(value)}\n" for name, value in table.items())]
    (at / "topic.toml").write_text("".join(lines), encoding="utf-8")
    return topics.read(at)


@pytest.fixture
def bees(tmp_path: Path) -> Topic:
    folder(tmp_path / "bees/nli")
    return topic(tmp_path / "bees")


def text(body: str, title: str = "") -> Text:
    return Text(title=title, body=body, language="da", extractor="test/1")


def logistic(x: float) -> float:
    return round(1 / (1 + math.exp(-x)), 6)


def test_a_score_is_entailment_against_contradiction(bees: Topic) -> None:
    """By hand: the hypothesis says 4 for entailment; the ferry's words 2 for contradiction, and its 9 are neutral."""
    judge = zero_shot.load(bees)
    told = judge.classify([text("En soldat ."), text("En færge ."), text("En ø .")])
    assert [verdict.score for verdict in told] == [logistic(5), logistic(2), logistic(4)]
    assert [verdict.decision for verdict in told] == [Decision.ON_TOPIC, Decision.DOUBTFUL, Decision.ON_TOPIC]
    assert {verdict.classifier for verdict in told} == {judge.name}


def test_the_best_hypothesis_counts_and_the_title_is_read_beside(tmp_path: Path) -> None:
    folder(tmp_path / "bees/nli")
    judge = zero_shot.load(topic(tmp_path / "bees", {**TABLE, "hypotheses": ["streng streng", "om asyl", "streng"]}))
    [plain, titled] = judge.classify([text("En ø ."), text("En ø .", "Om en soldat")])
    assert plain.score == logistic(4)
    assert titled.score == logistic(5)


def test_a_model_that_knows_no_contradiction_sets_entailment_against_the_rest(tmp_path: Path) -> None:
    folder(tmp_path / "bees/nli", {"not_entailment": 0, "other": 1, "entailment": 2})
    [verdict] = zero_shot.load(topic(tmp_path / "bees")).classify([text("En færge .")])
    assert verdict.score == round(math.exp(4) / (math.exp(4) + math.exp(2) + math.exp(9)), 6)


@pytest.mark.parametrize(
    "told", [{"id2label": {"0": "entailment", "1": "not_entailment"}}, {"label2id": {"ENTAIL": 0}}]
)
def test_labels_are_found_however_they_are_told(tmp_path: Path, told: dict[str, Any]) -> None:
    path = folder(tmp_path / "bees/nli")
    (path / "config.json").write_text(json.dumps(told))
    if "id2label" in told:
        assert zero_shot.load(topic(tmp_path / "bees")).name
    else:  # one label says nothing
        with pytest.raises(ClassifierError, match="without an entailment label"):
            zero_shot.load(topic(tmp_path / "bees"))


def test_one_passage_in_a_long_text_is_found_with_its_sentence(bees: Topic) -> None:
    filler = "Vi har i dag set på en streng lov og på en streng tilsynsmand. " * 40
    needle = "En overløber bliver her."
    body = filler + needle + " " + filler
    [verdict] = zero_shot.load(bees).classify([text(body)])
    assert verdict.decision is Decision.ON_TOPIC
    assert [body[span.start : span.end] for span in verdict.evidence] == [needle]


def test_evidence_is_three_sentences_at_most_in_reading_order(bees: Topic) -> None:
    body = "En asyl asyl. En ø her. En soldat asyl. Ingen ting. En asyl her."
    [verdict] = zero_shot.load(bees).classify([text(body)])
    assert [body[s.start : s.end] for s in verdict.evidence] == ["En asyl asyl.", "En soldat asyl.", "En asyl her."]


def test_what_is_off_topic_has_no_evidence_and_nothing_is_off_topic(bees: Topic) -> None:
    verdicts = zero_shot.load(bees).classify([text("En færge , en færge , en færge ."), text(""), text("", "asyl")])
    assert [verdict.decision for verdict in verdicts] == [Decision.OFF_TOPIC] * 3
    assert [verdict.evidence for verdict in verdicts] == [()] * 3
    assert [verdict.score for verdict in verdicts[1:]] == [0.0, 0.0]


def test_a_score_is_the_same_in_any_company(bees: Topic) -> None:
    company = [text("En færge ."), text("asyl " * 500), text(""), text("\ud800 soldat \x00", "🪖")]
    judge = zero_shot.load(bees)
    alone = [judge.classify([one])[0] for one in company]
    assert judge.classify(company) == alone
    assert judge.classify(company[::-1]) == alone[::-1]


def _judge(judge: ZeroShot, answers: Queue[float]) -> None:
    answers.put(judge.classify([text("En soldat .")])[0].score)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_worker_opens_its_own_graph(bees: Topic) -> None:
    """A session that came along would wait for threads that did not."""
    judge = zero_shot.load(bees)
    here = judge.classify([text("En soldat .")])[0].score
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_judge, args=(judge, answers))
    child.start()
    assert answers.get(timeout=60) == here
    child.join(60)
    assert child.exitcode == 0


def test_its_name_changes_with_what_a_score_depends_on(tmp_path: Path) -> None:
    path = folder(tmp_path / "bees/nli")
    first = zero_shot.load(topic(tmp_path / "bees")).name
    assert first.startswith("zero_shot/")
    assert len(first) == len("zero_shot/") + 8
    assert zero_shot.load(topic(tmp_path / "bees")).name == first
    names = {first, zero_shot.load(topic(tmp_path / "bees", {**TABLE, "hypotheses": ["Om asyl"]})).name}
    graph(path / "model.onnx", {**WORDS, "asyl": (0.0, 0.0, 5.0)})
    names.add(zero_shot.load(topic(tmp_path / "bees")).name)
    (path / "config.json").write_text(json.dumps({"label2id": {**LABELS, "Entailment": 1, "Neutral": 2}}))
    names.add(zero_shot.load(topic(tmp_path / "bees")).name)
    assert len(names) == 4


def test_a_graph_where_exporters_put_it_and_a_folder_anywhere(tmp_path: Path) -> None:
    path = folder(tmp_path / "elsewhere/nli", where="onnx/model.onnx")
    [verdict] = zero_shot.load(topic(tmp_path / "bees", {**TABLE, "model": str(path)})).classify([text("En soldat .")])
    assert verdict.score == logistic(5)


def test_a_name_on_the_hub_is_read_from_this_machine_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    wanted = topic(tmp_path / "bees", {**TABLE, "model": "someone/small-nli"})
    with pytest.raises(ClassifierError, match=r"someone/small-nli: .*not on this machine.*offline = false"):
        zero_shot.load(wanted)
    at = tmp_path / "hub/models--someone--small-nli"
    folder(at / "snapshots" / ("0" * 40))
    (at / "refs").mkdir()
    (at / "refs/main").write_text("0" * 40)
    assert zero_shot.load(wanted).classify([text("En soldat .")])[0].score == logistic(5)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (None, r"bees: \[zero_shot\]: is missing in topic.toml"),
        ({"hypotheses": ["x"]}, "needs a model"),
        ({"model": "nli"}, "needs hypotheses"),
        ({"model": "nli", "hypotheses": [""]}, "needs hypotheses"),
        ({"model": "nli", "hypotheses": "x"}, "needs hypotheses as list, not 'x'"),
        ({**TABLE, "offline": 1}, "needs offline as bool"),
        ({**TABLE, "length": True}, "needs length as int"),
        ({**TABLE, "lenght": 9}, "has no option 'lenght'; it takes model"),
        ({**TABLE, "hypotheses": ["om " * 300]}, "leaves no room for a text"),
        ({**TABLE, "length": 20}, "leaves no room for a text"),
        ({**TABLE, "model": "../nli"}, "lies outside"),
    ],
)
def test_a_wrong_table_is_a_setting_to_mend(tmp_path: Path, table: dict[str, Any] | None, says: str) -> None:
    folder(tmp_path / "bees/nli")
    with pytest.raises(SettingError, match=says):
        zero_shot.load(topic(tmp_path / "bees", table))


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match=r"gone: is not a folder"):
        zero_shot.load(topic(tmp_path / "bees", {**TABLE, "model": str(tmp_path / "gone")}))


def test_a_model_for_something_else_is_named(tmp_path: Path) -> None:
    folder(tmp_path / "bees/nli", {"positive": 0, "negative": 1})
    with pytest.raises(ClassifierError, match=r"without an entailment label \(its labels: positive, negative\)"):
        zero_shot.load(topic(tmp_path / "bees"))


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["", "[]", "{"])
def test_a_damaged_file_is_an_error_of_ours(bees: Topic, name: str, damage: str) -> None:
    (Path(bees.path("nli")) / name).write_text(damage)
    with pytest.raises(ClassifierError, match=r"nli: holds no"):
        zero_shot.load(bees)


def test_a_broken_graph_is_one_sentence(bees: Topic) -> None:
    path = Path(bees.path("nli/model.onnx"))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ClassifierError, match=r"nli: failed \(.*export or install the model again"):
        zero_shot.load(bees).classify([text("En soldat .")])


def test_a_graph_that_wants_something_else_is_named(bees: Topic) -> None:
    graph(Path(bees.path("nli/model.onnx")), ids="pixels")
    with pytest.raises(ClassifierError, match="the graph wants pixels"):
        zero_shot.load(bees).classify([text("En soldat .")])


def test_a_graph_with_fewer_labels_than_told_is_an_error_of_ours(bees: Topic) -> None:
    graph(Path(bees.path("nli/model.onnx")), {word: says[:2] for word, says in WORDS.items()})
    with pytest.raises(ClassifierError, match="nli: failed"):
        zero_shot.load(bees).classify([text("En soldat .")])


def test_a_folder_without_weights_is_one_sentence(bees: Topic) -> None:
    Path(bees.path("nli/model.onnx")).unlink()
    with pytest.raises(ClassifierError, match=r"holds neither model.onnx nor .* nor weights"):
        zero_shot.load(bees)


def test_weights_without_torch_say_what_to_install(bees: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(bees.path("nli/model.onnx")).rename(bees.path("nli/model.safetensors"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ClassifierError, match="its weights need torch; install torch, or export"):
        zero_shot.load(bees)


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="torch is not installed: the graph path is tested"
)
def test_weights_are_run_by_torch_as_the_library_itself_does(tmp_path: Path) -> None:
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, pipeline

    path = folder(tmp_path / "bees/nli")
    (path / "model.onnx").unlink()
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        initializer_range=0.9, label2id=LABELS, id2label={n: label for label, n in LABELS.items()},
    )  # fmt: skip
    model = BertForSequenceClassification(config).eval()
    model.save_pretrained(path)
    asked = pipeline("zero-shot-classification", model=model, tokenizer=AutoTokenizer.from_pretrained(path))
    bodies = ["En soldat om asyl", "færge færge det", "streng"]
    judge = zero_shot.load(topic(tmp_path / "bees"))
    for body, verdict in zip(bodies, judge.classify([text(body) for body in bodies]), strict=True):
        theirs = asked(body, ["asyl"], hypothesis_template="Det handler om {}", multi_label=True)["scores"][0]
        assert verdict.score == pytest.approx(theirs, abs=1e-4)
    assert len({verdict.score for verdict in judge.classify([text(body) for body in bodies])}) == 3
