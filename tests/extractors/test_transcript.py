"""Speeches and debates."""

from __future__ import annotations

import pytest

from articles.errors import NotAnArticle, Unreadable
from extractors import transcript
from tests.extractors.conftest import page


def talk(first: str, last: str, *paragraphs: str, group: str = "", role: str = "medlem") -> str:
    said = "".join(f"<Exitus><Linea><Char>{text}</Char></Linea></Exitus>" for text in paragraphs)
    mark = f"<GroupNameShort>{group}</GroupNameShort>" if group else ""
    return (
        f"<Tale><Taler><MetaSpeakerMP><OratorFirstName>{first}</OratorFirstName><OratorLastName>{last}</OratorLastName>"
        f"{mark}<OratorRole>{role}</OratorRole></MetaSpeakerMP></Taler>"
        f"<TaleSegment><TekstGruppe>{said}</TekstGruppe></TaleSegment></Tale>"
    )


def speech(*paragraphs: str, speaker: str = "A Member (ECR)", lang: str = "en") -> str:
    said = "<p/>".join(f"<p>{text}</p>" for text in paragraphs)
    return f'<oralStatements><speech xml:lang="{lang}"><from>{speaker}</from>{said}</speech></oralStatements>'


def test_one_speaker_is_the_byline() -> None:
    text = transcript.extract(page(talk("Et", "Medlem", "Tak for ordet.", "Det var alt.", group="V"), url=""))
    assert text.byline == "Et Medlem (V)"
    assert text.body == "Tak for ordet.\n\nDet var alt."


def test_several_speakers_begin_their_speeches_by_name() -> None:
    both = talk("Et", "Medlem", "Et spørgsmål?", group="V") + talk("En", "Minister", "Et svar.", role="minister")
    text = transcript.extract(page(f"<Aktivitet>{both}</Aktivitet>", url=""))
    assert text.body == "Et Medlem (V): Et spørgsmål?\n\nEn Minister (minister): Et svar."


@pytest.mark.parametrize("name", ["MødeSlut", "Pause"])
def test_pseudo_speakers_say_nothing(name: str) -> None:
    spoken = talk("Et", "Medlem", "Jeg er færdig.", group="V") + talk("", name, "Mødet er hævet.", role="")
    assert transcript.extract(page(f"<Aktivitet>{spoken}</Aktivitet>", url="")).body == "Jeg er færdig."


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Tak for det.Jeg bliver her.", "Tak for det. Jeg bliver her."),
        ("Hvad så?Ja, hvad så.", "Hvad så? Ja, hvad så."),
        ("Det er fra 2022.Siden da er intet sket.", "Det er fra 2022. Siden da er intet sket."),
        ("Det siger S.U.F. og F.eks. andre.", "Det siger S.U.F. og F.eks. andre."),
        ("Vi mødtes kl. 13.30 i dag.", "Vi mødtes kl. 13.30 i dag."),
    ],
)
def test_sentences_that_stick_together_are_parted(written: str, read: str) -> None:
    assert transcript.extract(page(talk("Et", "Medlem", written), url="")).body == read


def test_remarks_of_the_record_are_left_out_and_asides_stay() -> None:
    text = transcript.extract(
        page(speech("(The President cut off the speaker)", "I agree (mostly).", "[Applause]"), url="")
    )
    assert text.body == "I agree (mostly)."
    assert text.byline == "A Member (ECR)"


def test_a_machine_translation_is_noted() -> None:
    text = transcript.extract(page(speech("The door must stay open for them.", lang="en-t-et"), url=""))
    assert text.notes == ("machine translation (en-t-et)",)


@pytest.mark.parametrize("end", ["", "</TekstGruppe>", "<Char>"])
def test_a_file_that_breaks_off_is_refused(end: str) -> None:
    whole = talk("Et", "Medlem", "Tak for ordet.", "Og så videre.", group="V")
    with pytest.raises(Unreadable, match="breaks off"):
        transcript.extract(page(whole[: whole.index("</TekstGruppe>")] + end, url=""))


def test_nothing_outside_the_file_is_read() -> None:
    doctype = '<!DOCTYPE Tale [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    text = transcript.extract(page(f'<?xml version="1.0"?>{doctype}{talk("Et", "Medlem", "Før &x; efter.")}', url=""))
    assert text.body in {"Før efter.", "Før &x; efter."}


def test_nobody_says_anything() -> None:
    with pytest.raises(NotAnArticle, match="no speech"):
        transcript.extract(page(speech("(Applause)"), url=""))


def test_plain_paragraphs_and_pages_are_read_too() -> None:
    assert transcript.extract(page("<p>Fru formand.</p><p>Tak.</p>", url="")).body == "Fru formand.\n\nTak."
    sentence = "Ordføreren ønskede en ordning for dem, der er hoppet af, og fik støtte fra tre partier i salen."
    whole = transcript.extract(page(f"<html><body><article><p>{sentence}</p></article></body></html>"))
    assert (whole.body, whole.extractor) == (sentence, f"transcript/{transcript.VERSION}")
