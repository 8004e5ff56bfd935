"""PDFs, and lines to paragraphs."""

from __future__ import annotations

import random
import threading

import pytest

from articles.errors import NotAnArticle, Unreadable
from articles.model import Page
from extractors import pdf
from extractors._layout import Line, paragraphs
from replay._pdf import pdf as written
from tests.extractors.conftest import page

PARAGRAPHS = [
    "Question for written answer E-004712/2026 to the Council",
    "Subject: Residence for Russian officers who refuse orders",
    "Member States treat Russian officers who refuse orders in different ways. Some grant them refugee status, others "
    "ask for proof that cannot be had, and a few send them back to the country that they came through first.",
    "Will the Council take the matter up at its next meeting?",
]


def file(body: bytes) -> Page:
    return page(body, media_type="application/pdf", url="https://data.europarl.europa.eu/x.pdf")


def encrypted() -> bytes:
    """A file whose standard security handler no password opens: its keys are noise."""
    keys = b"/O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b">"
    handler = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 " + keys + b" >> /ID [<00><00>] "
    return written(PARAGRAPHS).replace(b"/Root 1 0 R", handler + b"/Root 1 0 R")


def test_each_paragraph_is_one_and_the_subject_is_the_title() -> None:
    text = pdf.extract(file(written(PARAGRAPHS)))
    assert text.body.split("\n\n") == PARAGRAPHS
    assert text.title == "Residence for Russian officers who refuse orders"
    assert text.language == "en"
    assert not text.partial


def test_a_paragraph_goes_on_over_the_page() -> None:
    dice = random.Random(3)
    long = " ".join("".join(dice.choices("abdefgiklmnorstuvø", k=dice.randint(2, 11))) for _ in range(900))
    assert pdf.extract(file(written([long]))).body == long


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"", NotAnArticle, "is empty"),
        (b"%PDF-1.4\nnothing", Unreadable, "is no PDF"),
        (b"<html>Just a moment</html>", Unreadable, "is no PDF"),
        (written([]), Unreadable, "without text"),
        (written(["1", "2"]), Unreadable, "without text"),
        (encrypted(), Unreadable, "wants a password"),
    ],
    ids=["empty", "broken", "html", "scan", "numbers", "encrypted"],
)
def test_what_cannot_be_read_says_why(body: bytes, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        pdf.extract(file(body))


def test_the_number_of_pages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_MOST_PAGES", 2)
    text = pdf.extract(file(written([f"Afsnit {n} om ordningen for afhoppere." for n in range(90)])))
    assert text.partial
    assert text.notes == ("the first 2 of 4 pages",)


def test_threads_take_turns() -> None:
    found: list[str] = []
    body = written(PARAGRAPHS * 20)
    workers = [threading.Thread(target=lambda: found.append(pdf.extract(file(body)).body)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    assert len(set(found)) == 1


# ---------------------------------------------------------------- lines to paragraphs


def sheet(*texts: str, number: int = 0, apart: float = 14.0) -> list[Line]:
    """A page with these lines; an empty one is a paragraph's space."""
    return [Line(text=text, page=number, at=780.0 - apart * n) for n, text in enumerate(texts) if text]


def test_words_divided_at_a_line_end_are_joined() -> None:
    lines = sheet("Han er embeds-", "mand, og ind-", "og udrejse er lovlig, siger EU-", "Kommissionen nu.")
    assert paragraphs(lines) == ["Han er embedsmand, og ind- og udrejse er lovlig, siger EU-Kommissionen nu."]


def test_pdfium_marks_a_hyphen_at_a_line_end() -> None:
    assert paragraphs(sheet("Der søges om op\x02", "hold i Danmark.")) == ["Der søges om ophold i Danmark."]


def test_running_heads_and_page_numbers_go() -> None:
    pages = [
        line
        for n in range(3)
        for line in sheet(
            "EN", f"PE 784.{n}12v01-00", f"Indhold på side {'abc'[n]} står her alene.", f"{n + 1}/3", number=n
        )
    ]
    assert paragraphs(pages) == [f"Indhold på side {letter} står her alene." for letter in "abc"]


def test_what_is_on_one_page_only_is_no_running_head() -> None:
    assert paragraphs(sheet("Overskrift", "", "Første linje i teksten", "slutter her.")) == [
        "Overskrift",
        "Første linje i teksten slutter her.",
    ]


def test_lists_are_paragraphs() -> None:
    lines = sheet("Rådet bedes svare på:", "1. Hvor mange har søgt?", "2. Hvor mange fik ja?", "• Og hvorfor?")
    assert len(paragraphs(lines)) == 4


def test_without_places_sentences_decide() -> None:
    lines = [Line(text=text, page=0) for text in ("Første linje", "fortsætter her.", "Ny sætning.")]
    assert paragraphs(lines) == ["Første linje fortsætter her.", "Ny sætning."]


def test_no_lines_no_paragraphs() -> None:
    assert paragraphs([]) == []
