"""RSS and Atom as they are: encodings, dates, links, breaks, and answers that are no feed at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.errors import Challenged, Malformed, SourceError
from feeds import _rss
from feeds._time import COPENHAGEN
from tests.feeds.conftest import response

URL = "https://avis.example/rss/alt.xml"


def feed(*items: str, head: str = "", declaration: str = '<?xml version="1.0" encoding="UTF-8"?>\n') -> str:
    shown = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'{declaration}<rss version="2.0"><channel><title>Avis</title><link>https://avis.example/</link>'
        f"<description>Alt</description>{head}{shown}</channel></rss>"
    )


def item(title: str = "Asyl til afhoppere", link: str = "https://avis.example/1", **more: str) -> str:
    fields = {"title": title, "link": link, "guid": "1", "description": "Kort.", **more}
    return "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value)


def read(body: bytes | str, **headers: str) -> _rss.Listing:
    answer = response(body, URL)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _rss.read(replace(answer, headers=named), COPENHAGEN)


# ---------------------------------------------------------------- bytes


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (feed(item("Særlov på vej")).encode(), {}),
        (b"\xef\xbb\xbf" + feed(item("Særlov på vej")).encode(), {}),
        (b"\r\n \n" + feed(item("Særlov på vej")).encode(), {}),
        (feed(item("Særlov på vej"), declaration='<?xml version="1.0" encoding="ISO-8859-1"?>').encode("latin-1"), {}),
        (feed(item("Særlov på vej"), declaration="").encode("cp1252"), {"content_type": "text/xml; charset=cp1252"}),
        (feed(item("Særlov på vej")).encode("latin-1"), {}),  # a declaration that lies
        (feed(item("Særlov på vej"), declaration='<?xml version="1.0" encoding="klingon"?>').encode(), {}),
        (feed(item("Særlov på vej"), declaration='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"), {}),
        (feed(item("Særlov\x07 på\x00 vej")).encode(), {}),
    ],
    ids=["utf-8", "mark", "white space", "latin-1", "header", "lie", "unknown", "utf-16", "controls"],
)
def test_the_words_come_through_whatever_the_encoding(body: bytes, headers: dict[str, str]) -> None:
    assert [found.title for found in read(body, **headers).items] == ["Særlov på vej"]


def test_an_html_entity_that_xml_does_not_know_is_read_and_told() -> None:
    listing = read(feed(item("Caf&eacute; lukker")))
    assert len(listing.items) == 1
    assert [problem.kind for problem in listing.problems] == ["malformed"]


def test_entities_from_outside_are_not_fetched() -> None:
    declaration = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    try:
        titles = [found.title for found in read(feed(item("Her: &x;"), declaration=declaration)).items]
    except SourceError:
        return
    assert titles == ["Her:"] or titles == ["Her: &x;"]


@pytest.mark.timeout(20)
def test_entities_that_multiply_do_not() -> None:
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    declaration = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">{lines}]>'
    try:
        listing = read(feed(item("&a9;"), declaration=declaration))
    except SourceError:
        return
    assert all(len(found.title) < 100_000 for found in listing.items)


# ---------------------------------------------------------------- what is no feed


@pytest.mark.parametrize(
    "body",
    ["<!DOCTYPE html><html><head></head></html>", "<html><body>404</body></html>", "\n<!-- x --><HTML>", "<head>"],
)
def test_a_web_page_is_a_challenge_and_not_an_empty_feed(body: str) -> None:
    with pytest.raises(Challenged, match="web page where a feed was due"):
        read(body)


def test_a_challenge_is_named_by_its_header() -> None:
    with pytest.raises(Challenged, match="challenge page"):
        read(feed(item()), x_amzn_waf_action="challenge")


@pytest.mark.parametrize("body", ["", "  \n", "ikke xml", "<svar><fejl/></svar>", "{}", "<rss", "\x00\x01\x02"])
def test_anything_else_is_malformed(body: str) -> None:
    with pytest.raises(Malformed):
        read(body)


def test_an_empty_channel_is_a_quiet_day() -> None:
    assert read(feed()) == _rss.Listing()


# ---------------------------------------------------------------- items


def test_a_list_that_breaks_off_gives_its_whole_items() -> None:
    whole = feed(
        item("Et"), item("To", "https://avis.example/2", guid="2"), item("Tre", "https://avis.example/3", guid="3")
    )
    listing = read(whole[: whole.index("Tre") + 2])
    assert [found.title for found in listing.items] == ["Et", "To"]
    assert "2 whole items" in listing.problems[0].detail
    with pytest.raises(Malformed, match="no item could be read"):
        read(whole[: whole.index("Et") + 1])


def test_an_item_that_occurs_twice_is_taken_once() -> None:
    assert len(read(feed(item(), item(), item("Ny", guid="2"))).items) == 2


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/nyt/asyl", "https://avis.example/nyt/asyl"),
        ("//data.example/asyl", "https://data.example/asyl"),
        ("https://avis.example/a?x=1&amp;y=2", "https://avis.example/a?x=1&y=2"),
        (" https://avis.example/a\n", "https://avis.example/a"),
    ],
)
def test_links_are_made_whole(link: str, expected: str) -> None:
    assert read(feed(item(link=link))).items[0].link == expected


def test_a_guid_that_is_an_address_stands_in_for_the_link() -> None:
    (found,) = read(feed(item(link="", guid="https://avis.example/7"))).items
    assert (found.link, found.guid) == ("https://avis.example/7", "https://avis.example/7")


def test_an_item_without_a_guid_goes_by_its_link() -> None:
    (found,) = read(feed(item(guid=""))).items
    assert found.guid == found.link == "https://avis.example/1"


def test_an_item_without_an_address_is_rejected_with_its_words() -> None:
    listing = read(feed(item(link="javascript:alert(1)", guid="9"), item("God")))
    assert [found.title for found in listing.items] == ["God"]
    (rejected,) = listing.rejected
    assert rejected.guid == "9"
    assert "Asyl til afhoppere" in rejected.raw
    assert rejected.problem.kind == "malformed"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Thu, 19 Nov 2026 12:05:00 +0100", datetime(2026, 11, 19, 11, 5, tzinfo=UTC)),
        ("2026-11-19T12:05:00+01:00", datetime(2026, 11, 19, 11, 5, tzinfo=UTC)),
        ("2026-11-19T12:05:00", datetime(2026, 11, 19, 11, 5, tzinfo=UTC)),
        ("Thu, 19 Nov 2026 12:05:00 GMT\n", datetime(2026, 11, 19, 12, 5, tzinfo=UTC)),
        ("i går", None),
        ("", None),
    ],
)
def test_dates_are_the_sources_own_and_never_now(date: str, expected: datetime | None) -> None:
    (found,) = read(feed(item(pubDate=date))).items
    assert found.published_at == expected
    assert found.published_raw == date.strip()


def test_each_item_has_its_own_date_however_many_have_none() -> None:
    listing = read(feed(item(guid="1"), item(guid="2", pubDate="2026-11-19T12:05:00Z"), item(guid="3")))
    assert [found.published_raw for found in listing.items] == ["", "2026-11-19T12:05:00Z", ""]


@pytest.mark.parametrize("guid", ["20261119", "2026-11-19", "1", "19. november 2026"])
def test_a_guid_is_never_taken_for_a_date(guid: str) -> None:
    (found,) = read(feed(item(guid=guid))).items
    assert (found.published_at, found.published_raw) == (None, "")


def test_dates_are_found_by_name_where_the_parser_sees_other_items() -> None:
    body = feed(item(guid="1", pubDate="2026-11-17T12:05:00Z"), item(guid="2", pubDate="2026-11-18T12:05:00Z"))
    listing = read(body.replace("</channel>", "<x><item><pubDate>2026-11-19T12:05:00Z</pubDate></item></x></channel>"))
    dates = {found.guid: found.published_raw for found in listing.items}
    assert dates.items() >= {"1": "2026-11-17T12:05:00Z", "2": "2026-11-18T12:05:00Z"}.items()


def test_summary_keywords_and_language() -> None:
    body = feed(
        item(description="&lt;p&gt;Et &lt;b&gt;kort&lt;/b&gt; resumé&lt;/p&gt;")
        + "<category>asyl</category><category>asyl</category><category> Rusland </category>",
        head="<language>DA-dk</language>",
    )
    (found,) = read(body).items
    assert (found.summary, found.keywords, found.language) == ("Et kort resumé", ("asyl", "Rusland"), "da")


def test_atom() -> None:
    body = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv"><title>Riksdagen</title>
    <link rel="self" href="https://data.example/atom"/><link href="https://data.example/"/>
    <entry><id>urn:1</id><title>Asyl</title><link rel="alternate" href="/dok/1"/><link rel="enclosure" href="/fil"/>
    <summary>Kort.</summary><updated>2026-11-19T12:05:00Z</updated><published>2026-11-18T12:05:00Z</published></entry>
    </feed>"""
    (found,) = read(body).items
    assert (found.guid, found.link) == ("urn:1", "https://data.example/dok/1")
    assert (found.published_raw, found.language) == ("2026-11-18T12:05:00Z", "sv")


# ---------------------------------------------------------------- anything

PIECES = st.lists(
    st.sampled_from([
        "<rss>",
        "</rss>",
        "<channel>",
        "</channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<link>",
    ])
    | st.sampled_from([
        "</link>",
        "<guid>",
        "</guid>",
        "<pubDate>",
        "</pubDate>",
        "https://avis.example/1",
        "<![CDATA[",
    ])
    | st.sampled_from([
        "]]>",
        "<?xml version='1.0' encoding='utf-16'?>",
        "<!DOCTYPE x>",
        "&",
        "&#0;",
        "<feed>",
        "<entry>",
    ])
    | st.text(max_size=5),
    max_size=25,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(body=st.binary(max_size=300) | PIECES.map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_raise_anything_but_a_source_error(body: bytes) -> None:
    try:
        listing = read(body)
    except SourceError:
        return
    for found in listing.items:
        assert found.guid
        assert found.link.startswith("http")
