"""What must and what must not change a decision: the shipped model, asked with one thing changed at a time."""

from __future__ import annotations

import pytest

import topics
from articles.model import Decision, Text
from classifiers import transformer
from classifiers.transformer import Transformer

TOPIC = topics.load("russian_defector_asylum")

#: A text for each of several languages, the words that name the people and their country, and other nations' words.
PEOPLES = {
    "da": (
        "{Soldiers} soldater, der nægter at adlyde ordrer og flygter fra {Country}, skal kunne få asyl i "
        "Danmark, mener "
        "ordføreren. De risikerer fængsel i {Country}, siger han.",
        [("Russiske", "Rusland"), ("Ukrainske", "Ukraine"), ("Iranske", "Iran"), ("Cubanske", "Cuba")],
    ),
    "en": (
        "{Soldiers} soldiers who refuse orders and flee {Country} should be granted asylum, the committee "
        "said. They face "
        "prison if they are returned to {Country}.",
        [("Russian", "Russia"), ("Ukrainian", "Ukraine"), ("Iranian", "Iran"), ("Cuban", "Cuba")],
    ),
    "de": (
        "{Soldiers} Soldaten, die den Dienst verweigern und aus {Country} fliehen, sollen in Deutschland "
        "Asyl erhalten, "
        "fordert die Fraktion. In {Country} droht ihnen Haft.",
        [("Russische", "Russland"), ("Ukrainische", "der Ukraine"), ("Iranische", "dem Iran"), ("Kubanische", "Kuba")],
    ),
    "sv": (
        "{Soldiers} soldater som vägrar order och flyr från {Country} ska kunna få asyl i Sverige, anser partiet. De "
        "riskerar fängelse om de skickas tillbaka till {Country}.",
        [("Ryska", "Ryssland"), ("Ukrainska", "Ukraina"), ("Iranska", "Iran"), ("Kubanska", "Kuba")],
    ),
    "fr": (
        "Les soldats {Soldiers} qui refusent d’obéir et fuient {Country} doivent pouvoir obtenir l’asile en "
        "France, estime "
        "la commission. Ils risquent la prison s’ils y sont renvoyés.",
        [("russes", "la Russie"), ("ukrainiens", "l’Ukraine"), ("iraniens", "l’Iran"), ("cubains", "Cuba")],
    ),
}

#: A text on topic, and names in it that do not matter.
NAMES = [
    (
        "{} vil give asyl til russiske værnepligtige, der flygter fra mobiliseringen. Forslaget bliver førstebehandlet "
        "på torsdag, og udlændingeministeren har ikke taget stilling.",
        ["Enhedslisten", "Liberal Alliance", "Venstre", "Dansk Folkeparti", "SF", "Moderaterne"],
    ),
    (
        "{} will let a Russian officer who deserted in March stay for two years, its migration agency said. "
        "He had feared "
        "being sent back to his unit near Luhansk.",
        ["Norway", "Portugal", "Austria", "Ireland", "Lithuania", "Canada"],
    ),
    (
        "Nævnet i {} har givet en mand fra Pskov lov til at blive. Han forlod landet, da indkaldelsen kom, "
        "og ville ikke i krig "
        "mod Ukraine.",
        ["København", "Oslo", "Helsinki", "Wien", "Haag"],
    ),
]

OPPOSED = [
    "»Vi skal ikke åbne døren for russiske desertører,« siger udlændingeordføreren. »De har selv meldt "
    "sig til krigen.« "
    "Partiet stemmer nej til forslaget om asyl.",
    "“No special scheme and no asylum for Russian draft dodgers,” the interior minister told parliament. "
    "“They can go home "
    "and protest.”",
    "„Russische Deserteure haben bei uns nichts verloren“, sagte der Abgeordnete. Asyl für sie lehne die Fraktion ab.",
    "« Pas d’asile pour les déserteurs russes », a lancé la sénatrice, qui juge le risque d’espionnage trop grand.",
]


@pytest.fixture(scope="module")
def model() -> Transformer:
    return transformer.load(TOPIC)


def decisions(model: Transformer, bodies: list[str], language: str = "") -> list[Decision]:
    texts = [Text(title="", body=body, language=language, extractor="test/1") for body in bodies]
    return [verdict.decision for verdict in model.classify(texts)]


@pytest.mark.parametrize("language", PEOPLES)
def test_whose_soldiers_they_are_decides(model: Transformer, language: str) -> None:
    told, peoples = PEOPLES[language]
    bodies = [told.format(Soldiers=people, Country=country) for people, country in peoples]
    russian, *others = decisions(model, bodies, language)
    assert russian is Decision.ON_TOPIC
    assert Decision.ON_TOPIC not in others


@pytest.mark.parametrize(("told", "names"), NAMES, ids=["party", "country", "city"])
def test_names_that_do_not_matter_change_nothing(model: Transformer, told: str, names: list[str]) -> None:
    assert set(decisions(model, [told.format(name) for name in names])) == {Decision.ON_TOPIC}


@pytest.mark.parametrize("body", OPPOSED, ids=["da", "en", "de", "fr"])
def test_who_is_against_it_speaks_of_it(model: Transformer, body: str) -> None:
    assert decisions(model, [body]) == [Decision.ON_TOPIC]
