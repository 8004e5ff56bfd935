from __future__ import annotations

import json
from collections.abc import Sequence

from articles.errors import ClassifierError
from articles.model import Decision, Span, Text, Verdict
from pipeline import lines


class FakeClassifier:
    """Finds "asyl", and breaks on "!"."""

    name = "fake/1"

    def classify(self, texts: Sequence[Text]) -> list[Verdict]:
        if any("!" in text.body for text in texts):
            raise ClassifierError("gave no verdict")
        return [self._one(text) for text in texts]

    def _one(self, text: Text) -> Verdict:
        at = text.body.find("asyl")
        evidence = (Span(start=at, end=at + 4),) if at >= 0 else ()
        decision = Decision.ON_TOPIC if evidence else Decision.OFF_TOPIC
        return Verdict(topic="t", score=float(at >= 0), decision=decision, classifier=self.name, evidence=evidence)


def judged(*raw: str) -> list[dict[str, object]]:
    return [json.loads(lines.written(*pair)) for pair in lines.judge(lines.read(raw), FakeClassifier())]


def test_one_line_out_for_each_line_in_and_in_the_same_order() -> None:
    many = [json.dumps({"id": n, "text": f"{n} asyl" if n % 2 else ""}) for n in range(100)]
    out = judged(*many)
    assert [line["id"] for line in out] == list(range(100))
    assert [line["score"] for line in out] == [float(n % 2) for n in range(100)]
    assert out[1] == {
        "id": 1,
        "score": 1.0,
        "decision": "on_topic",
        "evidence": [{"start": 2, "end": 6}],
        "classifier": "fake/1",
    }


def test_a_bad_line_says_its_number_and_the_rest_goes_on() -> None:
    out = judged(
        '{"id": "a", "text": "asyl"}',
        "{oops",
        "[1]",
        '{"id": "b"}',
        '{"text": "x"}',
        '{"id": "c", "text": 3}',
        '{"id": "d", "text": "bang!"}',
        '{"id": "e", "text": "x", "title": null, "lang": null}',
    )
    assert [line.get("line") for line in out] == [None, 2, 3, 4, 5, 6, 7, None]
    assert [line["id"] for line in out] == ["a", None, None, "b", None, "c", "d", "e"]
    errors = [str(line["error"]) for line in out if "error" in line]
    assert errors[0].startswith("is not JSON (")
    assert errors[-1] == "gave no verdict"


def test_blank_lines_are_no_lines_but_count() -> None:
    assert judged("", '{"id": 1}', "  ")[0]["line"] == 2
