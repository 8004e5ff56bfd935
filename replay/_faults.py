"""What sources answer instead of what is due: challenges, silence, nothing, far too much."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from functools import cache

from replay._answers import RSS, Answer, Routes, always, place, redirect

ENDLESS_BYTES = 50_000_000
BOMB_BYTES = 210_000_000

_AWS = b"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title></title>
<script>window.awsWafCookieDomainList = [];
window.gokuProps = {"key": "replay", "iv": "replay", "context": "replay"};</script>
<script src="https://challenge.token.awswaf.example/challenge.js"></script></head>
<body><div id="challenge-container"></div><noscript><h1>JavaScript is disabled</h1>
In order to continue, we need to verify that you're not a robot. This requires JavaScript.</noscript></body></html>
"""
_CLOUDFLARE = b"""<!DOCTYPE html>
<html lang="en-US"><head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow"></head>
<body><div class="main-wrapper" role="main"><div class="main-content"><noscript>
Enable JavaScript and cookies to continue</noscript></div></div></body></html>
"""
_EMPTY = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Press releases</title>
<link>https://www.consilium.europa.eu/en/press/press-releases/</link>
<description>Press releases</description><language>en</language></channel></rss>
"""


def routes() -> Routes:
    """The feeds that are out of order on this day."""
    return {
        # status 202 is from memory, the header is recorded
        place("https://www.europarl.europa.eu/rss/committee/libe/en.xml"): always(aws_waf()),
        place("https://feeds.jp.dk/jp/seneste"): always(Answer(silent=True)),
        place("https://www.consilium.europa.eu/en/rss/pressreleases.ashx"): always(
            Answer(body=_EMPTY, media_type=RSS, gzip=True)
        ),
        place("https://politiken.dk/rss/senestenyt.rss"): always(
            redirect("https://www.politiken.dk/rss/senestenyt.rss")
        ),
    }


def aws_waf() -> Answer:
    """The challenge of www.europarl.europa.eu."""
    return Answer(status=202, body=_AWS, headers={"x-amzn-waf-action": "challenge", "Cache-Control": "no-store"})


def cloudflare() -> Answer:
    """The challenge of www.ft.dk and of many outlets; the status is from memory."""
    return Answer(status=403, body=_CLOUDFLARE, headers={"cf-mitigated": "challenge", "Server": "cloudflare"})


def missing() -> Answer:
    """A page that was there when the list was written."""
    page = "<!doctype html><html><head><title>404</title></head><body><h1>Siden findes ikke</h1></body></html>"
    return Answer(status=404, body=page.encode())


def endless() -> Answer:
    """A page of 50 MB, made while it is sent."""
    return Answer(chunks=_much)


def _much() -> Iterator[bytes]:
    block = ("<p>Liveblog: Opdateringen indlæses, siden følger begivenhederne minut for minut.</p>\n" * 800).encode()
    yield b"<!doctype html><html><head><title>Liveblog</title></head><body>\n"
    for _ in range(ENDLESS_BYTES // len(block) + 1):
        yield block
    yield b"</body></html>\n"


def bomb() -> Answer:
    """A page of about 200 kB that unpacks to more than 200 MB."""
    return Answer(body=_bomb(), headers={"Content-Encoding": "gzip"})


@cache
def _bomb() -> bytes:
    """One packed block, many times over: after a full flush nothing refers back, so it need not be packed again."""
    block = b"<p>" + b" " * 999_993 + b"</p>"
    times = BOMB_BYTES // len(block) + 1
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    once = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(times):
        check = zlib.crc32(block, check)
    end = struct.pack("<II", check, times * len(block))
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + once * times + packer.flush() + end


def packed(body: bytes) -> bytes:
    """The same bytes, gzipped, and the same each time."""
    return gzip.compress(body, compresslevel=6, mtime=0)
