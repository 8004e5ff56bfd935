"""The newswire's queue beyond its cases: acknowledging, what never leaves the adapter, and bytes of any kind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

import feeds
from articles.errors import Challenged, Malformed, Refused, SourceError, SourceFault, Unreachable
from articles.model import Article, Status, to_json
from articles.ports import Cursor, Occasion, Polled, Response
from feeds import _ritzau_xml
from tests.feeds.conftest import CASES, NOW, SECRETS, THOROUGH, Script, poll, response, told_of

WIRE = feeds.load("ritzau_wire")
OCCASION = Occasion(now=NOW, secrets=SECRETS)
GUID = "5f0c7c1e-4e1b-4c0a-9d3f-2f6b1a7c9e01"
FLAG_FIELDS = ("Annuleret", "Korrektion", "NyVersion")


def queue(*items: dict[str, str]) -> bytes:
    """An envelope around items; texts are escaped by the XML writer."""
    root = etree.Element("XMLNewsQueuedResponse")
    etree.SubElement(root, "error").text = "0"
    listed = etree.SubElement(root, "ListOfRBNews")
    for fields in items:
        item = etree.SubElement(listed, "RBNews")
        for name, value in fields.items():
            etree.SubElement(item, name).text = value
    return etree.tostring(root, encoding="utf-8")


def read(*items: dict[str, str]) -> Polled:
    return poll("ritzau_wire", response(queue(*items)))


def acknowledged(script: Script, *receipts: str) -> None:
    assert WIRE.acknowledge is not None
    script.play(WIRE.acknowledge(receipts, OCCASION))


# ---------------------------------------------------------------- the queue


def test_it_asks_as_the_contract_says_and_keeps_the_login_apart() -> None:
    script = Script(response(queue()))
    script.play(WIRE.poll(Cursor(), OCCASION))
    [request] = script.asked
    assert request.url == "https://services.ritzau.dk/ritzaurest/Services.svc/xml/news/NewsQueue"
    assert request.params == {"maksAntal": "50", "waitAcknowledge": "true"}
    assert request.secret_params == SECRETS
    assert not request.conditional


@pytest.mark.parametrize(
    ("secrets", "named"),
    [
        ({}, "DEFECTORWATCH_RITZAU_WIRE_USER and DEFECTORWATCH_RITZAU_WIRE_PASSWORD"),
        ({"user": "", "password": ""}, "DEFECTORWATCH_RITZAU_WIRE_USER and DEFECTORWATCH_RITZAU_WIRE_PASSWORD"),
        ({"password": "x"}, "set DEFECTORWATCH_RITZAU_WIRE_USER$"),
    ],
)
def test_without_a_login_nothing_is_asked(secrets: dict[str, str], named: str) -> None:
    with pytest.raises(Refused, match=named):
        poll("ritzau_wire", secrets=secrets)
    assert WIRE.acknowledge is not None
    with pytest.raises(Refused, match=named):
        Script().play(WIRE.acknowledge(["1"], Occasion(now=NOW, secrets=secrets)))


def test_every_setting_that_it_needs_is_a_setting() -> None:
    from pipeline.settings import Settings

    assert set(Settings().secrets("ritzau_wire")) == set(WIRE.secrets) == set(SECRETS)


def test_the_same_receipt_is_given_back_once() -> None:
    script = Script(response(), response())
    acknowledged(script, "1", "2", "1")
    assert [request.params["servicequeueid"] for request in script.asked] == ["1", "2"]


def test_the_first_failure_is_raised_when_all_were_tried() -> None:
    fault = response("<r><error>3</error><errormsg>Database is away</errormsg></r>", "https://queue.example/ack")
    script = Script(response(), fault, response(), Unreachable("is away", subject="x"), response())
    with pytest.raises(SourceFault, match=r"2 of 5 items were not acknowledged and come again: .*Database is away"):
        acknowledged(script, "1", "2", "3", "4", "5")
    assert len(script.asked) == 5


def test_a_service_that_answers_nothing_is_not_waited_for_fifty_times() -> None:
    gone = Unreachable("gave no answer within 20 seconds; it is tried again", subject="https://queue.example")
    script = Script(gone, gone, gone)
    with pytest.raises(Unreachable, match=r"50 of 50 items were not acknowledged"):
        acknowledged(script, *map(str, range(50)))
    assert len(script.asked) == 3


def test_a_web_page_is_no_acknowledgement() -> None:
    with pytest.raises(Challenged):
        acknowledged(Script(response("<!doctype html><html><body>Log in</body></html>")), "1")


# ---------------------------------------------------------------- items


def test_the_same_item_twice_in_a_list_gives_both_receipts_back() -> None:
    item = {"NewsID": GUID, "headline": "To gange", "content": "<p>En tekst.</p>"}
    polled = read({**item, "ServiceQueueId": "1"}, {**item, "ServiceQueueId": "2"})
    assert [entry.receipt for entry in polled.entries] == ["1", "2"]


def test_a_field_that_is_missing_is_not_taken_from_the_neighbour() -> None:
    polled = read({"NewsID": GUID, "content": "<p>a</p>"}, {"NewsID": GUID[::-1], "headline": "Naboens"})
    assert [entry.title for entry in polled.entries] == ["", "Naboens"]


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        ({}, Status.NEW),
        ({"NyVersion": "true"}, Status.NEW),
        ({"Korrektion": "true"}, Status.CORRECTION),
        ({"Korrektion": "1", "NyVersion": "True"}, Status.CORRECTION),
        ({"Annuleret": "true", "Korrektion": "true"}, Status.WITHDRAWN),
        ({"Annuleret": "false", "Korrektion": "0"}, Status.NEW),
    ],
)
def test_flags_say_what_a_version_is(flags: dict[str, str], status: Status) -> None:
    [entry] = read({"NewsID": GUID, "content": "<p>En tekst.</p>", **flags}).entries
    assert entry.status is status


@pytest.mark.parametrize(
    "never", ["", "0", "false", "00000000-0000-0000-0000-000000000000", GUID, f"{{{GUID.upper()}}}"]
)
def test_what_names_no_other_item_replaces_none(never: str) -> None:
    [entry] = read({"NewsID": GUID, "content": "<p>En tekst.</p>", "replacedID": never, "Replaces": never}).entries
    assert entry.replaces == ""


def test_times_are_danish() -> None:
    summer, winter = (
        read({"NewsID": GUID, "content": "<p>a</p>", "PublishDate": raw}).entries[0].published_at
        for raw in ("2018-09-18T13:09:18.397", "2018-01-31T18:45:36.73")
    )
    assert summer == datetime(2018, 9, 18, 11, 9, 18, 397000, tzinfo=UTC)
    assert winter == datetime(2018, 1, 31, 17, 45, 36, 730000, tzinfo=UTC)


def test_danish_prose_is_not_mended() -> None:
    """Only paid releases were seen misspelt; a quotation about an Â in an article of the house stays as it is."""
    fields = {"NewsID": GUID, "content": "<p>Skiltet sagde Â£4.</p>"}
    house, paid = read({**fields, "origin": "/ritzau/"}, {**fields, "origin": "Via Ritzau"}).entries
    assert "Â£4" in house.body_html
    assert "Â" not in paid.body_html


def test_an_item_that_another_runs_into_is_left_to_come_again() -> None:
    whole = queue({"NewsID": GUID, "headline": "Hel", "ServiceQueueId": "2"})
    broken = whole.replace(b"<RBNews>", b"<RBNews><NewsID>x</NewsID><ServiceQueueId>1</ServiceQueueId><RBNews>")
    polled = poll("ritzau_wire", response(broken))
    assert [(entry.title, entry.receipt) for entry in polled.entries] == [("Hel", "2")]
    assert polled.rejected == ()
    assert len(polled.problems) == 1


def test_megabytes_of_beginnings_without_an_end_are_read_in_one_pass() -> None:
    """Once through is a moment, once for each beginning would be hours."""
    with pytest.raises(Malformed, match="broken XML"):
        poll("ritzau_wire", response(b"<XMLNewsQueuedResponse>" + b"<RBNews>" * 500_000))


def test_private_fields_are_gone_where_the_xml_is_read() -> None:
    found = _ritzau_xml.read(response(queue({"NewsID": GUID, **dict.fromkeys(PRIVATE, "HEMMELIGT")})))
    assert [dict(item.fields) for item in found.items] == [{"NewsID": GUID}]


# ---------------------------------------------------------------- anything at all

PRIVATE = ("TilRedaktionen", "byLine", "byLineEmail", "byLinePhone")
WHOLE = [path.read_bytes() for path in sorted(CASES.glob("ritzau_wire/*/*.xml"))]
LEGAL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=60)
FIELDS = st.sampled_from([
    "NewsID",
    "headline",
    "content",
    "PublishDate",
    "version",
    "replacedID",
    "Status",
    *FLAG_FIELDS,
])


def lines(answer: Response) -> str:
    """What came of it as text; a ``SourceError`` is an answer as well, anything else is not."""
    try:
        return "\n".join(told_of(poll("ritzau_wire", answer)))
    except SourceError as error:
        return f"{error.kind}: {error}"


@THOROUGH
@given(st.binary(max_size=400), st.sampled_from(["", "text/xml; charset=utf-16", "text/xml; charset=undefined"]))
@example(b"\xff\xfe<\x00", "")
@example(b"<?xml version='1.0' encoding='rot13'?><a>\xff</a>", "")
@example(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><error>&b;</error>", "")
def test_no_bytes_make_it_raise_anything_but_a_source_error(body: bytes, content_type: str) -> None:
    lines(response(body, content_type=content_type))


@THOROUGH
@given(st.sampled_from(WHOLE), st.data())
def test_no_damage_to_an_answer_does(whole: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 80)))
    lines(response(whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:]))


@THOROUGH
@given(st.data())
def test_no_damage_lets_out_what_is_private(data: st.DataObject) -> None:
    """Whatever single stretch of an answer is lost, what stood in a private field is nowhere in what is read."""
    secret = "HEMMELIGT"
    whole = queue({
        "NewsID": GUID,
        "headline": "Overskrift",
        **dict.fromkeys(PRIVATE[1:], f"{secret} 55 00 00 00"),
        "TilRedaktionen": f"<p>{secret}</p>",
        "ServiceQueueId": "1",
    })
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    kept = [whole[whole.find(f"<{name}>".encode()) : whole.find(f"</{name}>".encode())] for name in PRIVATE]
    damaged = whole[:start] + whole[end:]
    if all(part in damaged for part in kept):  # a field that has lost its own name cannot be known as private
        assert secret not in lines(response(damaged))


@THOROUGH
@given(st.lists(st.dictionaries(FIELDS, LEGAL, max_size=6), max_size=5))
def test_every_item_becomes_an_entry_or_is_rejected_with_its_receipt(items: list[dict[str, str]]) -> None:
    numbered = [{**fields, "ServiceQueueId": str(number)} for number, fields in enumerate(items)]
    polled = read(*numbered)
    came = [entry.receipt for entry in polled.entries] + [rejected.receipt for rejected in polled.rejected]
    assert sorted(came) == sorted(fields["ServiceQueueId"] for fields in numbered)
    for entry in polled.entries:
        assert entry.guid
        assert to_json(Article(entry=entry))
