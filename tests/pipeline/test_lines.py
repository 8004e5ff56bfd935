from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import classifiers.lexicon
import topics
from articles.errors import ClassifierError, SettingError
from articles.model import Decision, Span, Text, Verdict
from pipeline import cli, lines
from pipeline.runtime import Runtime
from pipeline.settings import Settings

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


def judged(*raw: str | bytes) -> list[dict[str, Any]]:
    given = [line.encode() if isinstance(line, str) else line for line in raw]
    return [json.loads(lines.written(*pair)) for pair in lines.judge(lines.read(given), FakeClassifier())]


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


# ---------------------------------------------------------------- what a line may be


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"id": "a", "text": "\xff"}', "is not UTF-8 (at byte 22)"),
        (b'{"id": "a", "text": "\xed\xa0\x80"}', "is not UTF-8"),
        ("asyl", "is not JSON ("),
        ('{"id": "a", "text": "\x00"}', "is not JSON (Invalid control character"),
        ('{"id": 1, "text": "a"} {"id": 2, "text": "b"}', "is not JSON (Extra data"),
        ('[{"id": "a", "text": "asyl"}]', "is not an object"),
        ('"asyl"', "is not an object"),
        ("null", "is not an object"),
        ('{"id": ' + "9" * 5000 + ', "text": "asyl"}', "is not JSON that can be read"),
        ("[" * 100_000, "is not JSON that can be read"),
        ('{"text": "asyl"}', 'has no "id"'),
        ('{"id": null, "text": "asyl"}', 'has no "id"'),
        ('{"id": ["a"], "text": "asyl"}', '"id" is neither a string nor a number'),
        ('{"id": true, "text": "asyl"}', '"id" is neither a string nor a number'),
        ('{"id": NaN, "text": "asyl"}', '"id" is a number that JSON does not know'),
        ('{"id": 1e999, "text": "asyl"}', '"id" is a number that JSON does not know'),
    ],
    ids=range(16),
)
def test_a_line_that_is_none_says_so_between_others(line: str | bytes, says: str) -> None:
    good = '{"id": "g", "text": "asyl"}'
    first, bad, last = judged(good, line, good)
    assert (first["decision"], last["decision"]) == ("on_topic", "on_topic")
    assert (bad["id"], bad["line"]) == (None, 2)
    assert bad["error"].startswith(says)


@pytest.mark.parametrize("name", ["a", "", "7", 7, -1, 1.5, 2**70, "\x00", "\ud83e", "\u2028", "🪖", "a\nb"], ids=repr)
def test_an_id_comes_back_as_it_was(name: str | float) -> None:
    """Also on the line of an error, and in one line of UTF-8 whatever it holds."""
    for text in ("asyl", 3):
        (found,) = lines.judge(lines.read([json.dumps({"id": name, "text": text}).encode()]), FakeClassifier())
        written = lines.written(*found)
        assert len(written.splitlines()) == 1
        back = json.loads(written.encode("utf-8"))
        assert (back["id"], type(back["id"])) == (name, type(name))


def test_ids_need_not_be_unique() -> None:
    out = judged(
        '{"id": "a", "text": "asyl"}', '{"id": "a", "text": "x"}', '{"id": "a"}', '{"id": "a", "text": "asyl"}'
    )
    assert [line["id"] for line in out] == ["a"] * 4
    assert [line.get("score") for line in out] == [1.0, 0.0, None, 1.0]


LONG = "Nævnet drøftede vejen over fjorden. " * 14_000

TEXTS = {
    "empty": "",
    "blank": " \r\n\t\u00a0\u3000",
    "one word": "asyl",
    "a megabyte": LONG + "En russisk desertør får asyl i Danmark. " + LONG,
    "one word of a megabyte": "a" * 1_000_000,
    "emoji": "🪖🇷🇺🏳️👨‍👩‍👧" * 500,
    "languages": "En russisk desertør får asyl. Российский дезертир получил убежище. A deserter. 俄罗斯逃兵获得庇护。",
    "nul": "En russisk\x00 desertør får\x00 asyl.",
    "half a pair": "En russisk desertør \ud83e får asyl \udc00.",
    "mark of order": "\ufeffEn russisk desertør får asyl.",
    "line ends": "En russisk\r\ndesertør\rfår\u2028asyl.\x85",
    "unseen": "\u202e\u200b\u2066En russisk desertør får asyl.\ufeff",
    "markup": '<b>En "russisk" desertør</b> får asyl &amp; {"id": 1}',
}


@pytest.fixture(scope="module")
def lexicon() -> Any:
    return classifiers.lexicon.load(topics.load("russian_defector_asylum"))


def test_any_text_in_any_language_is_judged_and_its_evidence_slices_it(lexicon: Any) -> None:
    codes = ["da", "", None, "xx", "zz-Latn-ZZ", "DANSK", "\x00", "🪖", "d"]
    given = [
        {"id": f"{name} {code!r}", "text": text, "lang": code}
        for (name, text), code in itertools.product(TEXTS.items(), codes)
        if len(text) < 100_000 or code == "da"
    ]
    raw = [json.dumps(line).encode() for line in given]
    out = [json.loads(lines.written(*pair)) for pair in lines.judge(lines.read(raw), lexicon)]
    assert [line["id"] for line in out] == [line["id"] for line in given]
    for line, one in zip(out, given, strict=True):
        assert 0 <= line["score"] <= 1
        spans = [*line["evidence"], *(s for told in line["facets"].values() for v in told for s in v["evidence"])]
        assert all(str(one["text"])[span["start"] : span["end"]].strip() for span in spans)
    found = {name for name in TEXTS if any(line["score"] > 0.5 for line in out if str(line["id"]).startswith(name))}
    assert found >= {"a megabyte", "languages", "half a pair", "mark of order", "line ends", "unseen", "markup"}
    assert not found & {"empty", "blank", "one word", "emoji", "one word of a megabyte"}


# ---------------------------------------------------------------- files


def test_only_a_batch_of_lines_is_held() -> None:
    """However long the file: what is read runs ahead of what is written by a batch at most."""
    taken = 0

    def given() -> Iterator[bytes]:
        nonlocal taken
        for taken in range(1, 10_001):
            yield json.dumps({"id": taken, "text": "asyl" if taken % 3 else "x"}).encode() if taken % 7 else b"{"

    count = 0
    for count, (line, verdict) in enumerate(lines.judge(lines.read(given()), FakeClassifier()), start=1):
        assert taken - count < lines.BATCH
        assert (line.number, isinstance(verdict, str)) == (count, count % 7 == 0)
    assert count == 10_000


def never(line: lines.Line, wrong: str) -> None:
    raise AssertionError(f"line {line.number} {wrong}")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"id": 1, "text": "asyl"}\n{"id": 2, "text": "x"}\n',
        b'{"id": 1, "text": "asyl"}\n{"id": 2, "text": "x"}',
        b'\xef\xbb\xbf{"id": 1, "text": "asyl"}\r\n{"id": 2, "text": "x"}\r\n',
        b'\xef\xbb\xbf\r\n{"id": 1, "text": "asyl"}\r\n\r\n{"id": 2, "text": "x"}\r\n\x0c\n',
    ],
    ids=["plain", "no end", "as Windows writes it", "blank lines"],
)
def test_a_file_may_end_and_begin_as_it_likes(tmp_path: Path, raw: bytes) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(raw)
    target.write_text("what was there before\n" * 9, encoding="utf-8")
    assert lines.judge_file(source, target, FakeClassifier, never) == 0
    written = target.read_bytes()
    assert [json.loads(line)["id"] for line in written.split(b"\n")[:-1]] == [1, 2]
    assert written.endswith(b"}\n")
    assert b"\r" not in written


def test_an_empty_file_gives_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "in").touch()
    assert lines.judge_file(tmp_path / "in", tmp_path / "out", FakeClassifier, never) == 0
    assert (tmp_path / "out").read_bytes() == b""


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": 1, "text": "asyl"}\n' * 3, encoding="utf-8")
    return path


@pytest.mark.parametrize("how", ["itself", "link", "hard link", "roundabout"])
def test_the_input_is_never_written_over(given: Path, how: str) -> None:
    before, target = given.read_bytes(), given
    if how == "link":
        (target := given.with_name("link")).symlink_to(given)
    elif how == "hard link":
        (target := given.with_name("link")).hardlink_to(given)
    elif how == "roundabout":
        target = given.parent / ".." / given.parent.name / given.name
    with pytest.raises(SettingError, match="would be overwritten while it is read; name another file"):
        lines.judge_file(given, target, FakeClassifier, never)
    assert given.read_bytes() == before


@pytest.mark.parametrize(
    ("target", "says"), [("no/such/out", "No such file"), (".", "Is a directory"), ("/dev/full", "No space left")]
)
def test_an_output_that_cannot_be_written_is_one_sentence(given: Path, target: str, says: str) -> None:
    with pytest.raises(SettingError, match=rf"cannot be written \({says}.*\); name another file"):
        lines.judge_file(given, given.parent / target, FakeClassifier, never)


@pytest.mark.parametrize("source", ["nowhere", "."])
def test_an_input_that_is_no_file_costs_no_model_and_no_output(tmp_path: Path, source: str) -> None:
    def load() -> FakeClassifier:
        raise AssertionError("nothing is to be judged")

    with pytest.raises(SettingError, match="is not a file"):
        lines.judge_file(tmp_path / source, tmp_path / "out", load, never)
    assert not (tmp_path / "out").exists()


def test_a_model_that_does_not_load_leaves_the_output_as_it_was(given: Path) -> None:
    def load() -> FakeClassifier:
        raise ClassifierError("holds no complete model")

    target = given.with_name("out")
    target.write_text("kept", encoding="utf-8")
    with pytest.raises(ClassifierError):
        lines.judge_file(given, target, load, never)
    assert target.read_text(encoding="utf-8") == "kept"


def test_by_hand_each_bad_line_is_told_with_its_number(
    given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Runtime(Settings(var=tmp_path / "var"))
    at.__dict__["classifier"] = FakeClassifier()
    monkeypatch.setattr(cli, "open_runtime", lambda: at)
    given.write_text('{"id": 1, "text": "asyl"}\n\n[red]\n{"id": "d", "text": "bang!"}\n', encoding="utf-8")
    target = tmp_path / "out.jsonl"
    done = CliRunner().invoke(cli.app, ["classify", str(given), str(target)])
    assert done.exit_code == 1
    assert f"{given}: line 3 is not JSON (Expecting value at column 2)\n" in done.stderr
    assert f"{given}: line 4 gave no verdict\n" in done.stderr
    assert len(target.read_text(encoding="utf-8").splitlines()) == 3
    given.write_text('{"id": 1, "text": "asyl"}\n', encoding="utf-8")
    assert CliRunner().invoke(cli.app, ["classify", str(given), str(target)]).exit_code == 0
