"""The gold set: what people say of verdicts, by hand and handed out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from articles.errors import DefectorwatchError, LedgerError, SettingError
from articles.model import Article, Decision, Entry, Licence, Page, Stage, State, Text, Verdict
from articles.ports import Polled
from ledger.store import Move
from pipeline import cli, gold, summary
from pipeline.runtime import Runtime
from pipeline.settings import Settings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class Clocked(Runtime):
    """A real ledger, and a clock that a test moves."""

    time = NOW

    def now(self) -> datetime:
        return self.time

    def wait(self, **span: float) -> None:
        self.time += timedelta(**span)

    def judged(self, guid: str, score: float, body: str = "En soldat søger asyl.") -> str:
        """A text with its verdict; its id."""
        entry = Entry(
            feed="wire", guid=guid, url=f"https://example.org/{guid}", title=f"Titel {guid}", licence=Licence.SUBSCRIBER
        )
        self.ledger.record_poll("wire", Polled(entries=(entry,)), {}, now=self.now())
        page = Page(url=entry.url, media_type="text/html", body=b"", fetched_at=self.now())
        text = Text(title=f"Titel {guid}", body=body, language="da", extractor="web/1")
        decision = Decision.ON_TOPIC if score > 0.5 else Decision.OFF_TOPIC
        verdict = Verdict(topic="t", score=score, decision=decision, classifier="lexicon/1")
        for stage, state, due, sections in (
            (Stage.FETCH, State.FETCHED, Stage.EXTRACT, {"page": page}),
            (Stage.EXTRACT, State.EXTRACTED, Stage.CLASSIFY, {"text": text}),
            (Stage.CLASSIFY, State.CLASSIFIED, None, {"verdicts": (verdict,)}),
        ):
            claimed = self.ledger.claim(stage, worker="anna", now=self.now())
            moves = [Move(article=one.with_(**sections), state=state, due=due) for one in claimed]
            assert self.ledger.advance_all(moves, worker="anna", now=self.now()) == 1
        return entry.id


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Clocked]:
    runtime = Clocked(Settings(var=tmp_path / "var"))
    yield runtime
    runtime.close()


def lines(at: Runtime) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gold.lines(at)]


# ---------------------------------------------------------------- correcting


def test_a_line_holds_the_text_the_label_and_what_was_corrected(at: Clocked) -> None:
    hit = at.judged("a", 0.9)
    gold.correct(at, hit, False, by=" Ane\u00a0 B. ", note="Kun ukrai\u00adnere.\r\nSe \u202e2.\tafsnit.\n")
    assert lines(at) == [
        {
            "id": hit,
            "version": 1,
            "label": 0,
            "by": "Ane B.",
            "at": "2026-11-24T09:30:00+00:00",
            "note": "Kun ukrainere.\nSe 2. afsnit.",
            "title": "Titel a",
            "text": "En soldat søger asyl.",
            "language": "da",
            "url": "https://example.org/a",
            "licence": "subscriber",
            "score": 0.9,
            "decision": "on_topic",
            "classifier": "lexicon/1",
        }
    ]


def test_the_latest_word_on_each_holds_and_comes_by_its_instant(at: Clocked) -> None:
    first, second = at.judged("a", 0.9), at.judged("b", 0.1)
    for hit, on_topic in ((first, False), (second, True), (first, True)):
        at.wait(minutes=1)
        gold.correct(at, hit, on_topic, by="Ane")
    assert [(line["id"], line["label"]) for line in lines(at)] == [(second, 1), (first, 1)]


def test_an_older_version_keeps_the_text_that_was_read(at: Clocked) -> None:
    hit = at.judged("a", 0.9, body="Før.")
    gold.correct(at, hit, False, by="Ane", version=1)
    entry = Entry(feed="wire", guid="a", url="", title="Ny", version=2, body_html="<p>Efter.</p>")
    at.ledger.record_poll("wire", Polled(entries=(entry,)), {}, now=at.now())
    assert [(line["version"], line["text"]) for line in lines(at)] == [(1, "Før.")]


@pytest.mark.parametrize("name", ["", " \u00a0 ", "a" * 61, "A\x1b[31m", "A\u202eB"])
def test_a_name_that_nobody_bears_is_refused(name: str, at: Clocked) -> None:
    hit = at.judged("a", 0.9)
    with pytest.raises(SettingError, match="1 to 60 printable characters"):
        gold.correct(at, hit, True, by=name)
    assert lines(at) == []


def test_a_note_that_is_too_long_is_refused(at: Clocked) -> None:
    hit = at.judged("a", 0.9)
    gold.correct(at, hit, True, by="Ane", note="æ" * 500)
    with pytest.raises(SettingError, match="at most 500"):
        gold.correct(at, hit, True, by="Ane", note="æ" * 501)


def test_training_reads_what_is_written(at: Clocked, tmp_path: Path) -> None:
    reader = pytest.importorskip("training.gold")
    hit = at.judged("a", 0.9)
    gold.correct(at, hit, False, by="Ane")
    gold.write(tmp_path / "gold.jsonl", gold.lines(at))
    (passage,) = reader.read(str(tmp_path / "gold.jsonl"))
    assert (passage.label, passage.text, passage.language) == (0, "En soldat søger asyl.", "da")


# ---------------------------------------------------------------- the file


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "gold.jsonl"
    assert gold.write(target, ["{}", "[]"]) == 2

    def cut_short() -> Iterator[str]:
        yield "1"
        raise LedgerError("went away")

    with pytest.raises(LedgerError):
        gold.write(target, cut_short())
    assert target.read_text() == "{}\n[]\n"
    assert [path.name for path in tmp_path.iterdir()] == ["gold.jsonl"]
    with pytest.raises(SettingError, match="cannot be written"):
        gold.write(tmp_path / "nowhere" / "gold.jsonl", [])


# ---------------------------------------------------------------- the command line


class Terminal:
    """``defectorwatch`` as a person runs it."""

    def __init__(self) -> None:
        self.runner = CliRunner()

    def says(self, *words: str) -> str:
        done = self.runner.invoke(cli.app, list(words))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return " ".join(done.stdout.split())


@pytest.fixture
def terminal(at: Clocked, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setattr(cli, "open_runtime", lambda: at)
    return Terminal()


def test_by_hand(at: Clocked, terminal: Terminal, tmp_path: Path) -> None:
    hit = at.judged("a", 0.9)
    said = terminal.says("correct", hit, "no", "--by", "Ane", "--note", "Kun ukrainere")
    assert said == "Ane said on 24 Nov 10:30: off topic (lexicon/1 said on_topic, 90%, of version 1)"
    (line,) = lines(at)
    assert (line["label"], line["by"], line["note"]) == (0, "Ane", "Kun ukrainere")
    target = tmp_path / "gold.jsonl"
    assert terminal.says("gold", str(target)).startswith("1 corrected article in ")
    assert json.loads(target.read_text(encoding="utf-8")) == line
    assert json.loads(terminal.says("gold")) == line


def test_an_id_that_is_not_on_file_is_told(terminal: Terminal) -> None:
    with pytest.raises(DefectorwatchError, match="is not on file; `defectorwatch why ADDRESS` shows the id"):
        terminal.says("correct", "f" * 32, "yes", "--by", "Ane")


def test_the_status_counts_them(at: Clocked) -> None:
    assert str(summary.corrections(at)) == "0 corrections (0 disagree with the verdict)"
    first, second = at.judged("a", 0.9), at.judged("b", 0.9)
    gold.correct(at, first, False, by="Ane")
    assert str(summary.corrections(at)) == "1 correction (1 disagrees with the verdict)"
    gold.correct(at, second, True, by="Ane")
    gold.correct(at, second, True, by="Bo")
    assert str(summary.corrections(at)) == "2 corrections (1 disagrees with the verdict)"


def test_it_is_left_where_it_was(at: Clocked) -> None:
    hit = at.judged("a", 0.9)
    before: Article | None = at.ledger.get(hit)
    gold.correct(at, hit, False, by="Ane")
    assert at.ledger.get(hit) == before
