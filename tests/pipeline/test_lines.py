from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from articles.errors import ClassifierError
from articles.model import Decision, Span, Text, Verdict
from pipeline import lines

TERMS = [{"value": "asyl", "evidence": []}]


class FakeClassifier:
    """Finds "asyl", and breaks on "!"; has facets of what is off topic as well."""

    name = "fake/1"

    def classify(self, texts: Sequence[Text]) -> list[Verdict]:
        if any("!" in text.body for text in texts):
            raise ClassifierError("gave no verdict")
        return [self._one(text) for text in texts]

    def _one(self, text: Text) -> Verdict:
        at = text.body.find("asyl")
        evidence = (Span(start=at, end=at + 4),) if at >= 0 else ()
        return Verdict(
            topic="t",
            score=float(at >= 0),
            decision=Decision.ON_TOPIC if evidence else Decision.OFF_TOPIC,
            classifier=self.name,
            evidence=evidence,
            facets={"protection": ("asylum",), "terms": ("asyl",)},
            grounds={"protection/asylum": evidence},
        )


def judged(*raw: str) -> list[dict[str, Any]]:
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
        "facets": {"protection": [{"value": "asylum", "evidence": [{"start": 2, "end": 6}]}], "terms": TERMS},
    }
    assert out[0]["facets"] == {}


def test_the_sentences_of_a_facet_slice_the_text_as_it_was_given() -> None:
    text = "  En soldat\r\n\u00a0søger asyl 👨‍👩‍👧. "
    (out,) = judged(json.dumps({"id": 1, "text": text}))
    (span,) = out["facets"]["protection"][0]["evidence"]
    assert text[span["start"] : span["end"]] == "asyl"


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
