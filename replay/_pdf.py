"""A minimal PDF writer: text in lines, WinAnsi, one standard font, as many A4 pages as it takes (ISO 32000-1)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

_LINES = 46  # on a page of 842 points, from 780 down in steps of 16
_COLUMNS = 84  # of Helvetica 10.5 on 595 points, at its average width


def pdf(paragraphs: Sequence[str]) -> bytes:
    """A document with these paragraphs. Raises ``UnicodeEncodeError`` on what Windows-1252 cannot spell."""
    lines = [line for paragraph in paragraphs for line in [*textwrap.wrap(paragraph, _COLUMNS), ""]]
    pages = [lines[start : start + _LINES] for start in range(0, len(lines), _LINES)] or [[]]
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        font,
    ]
    for n, page in enumerate(pages):
        stream = _drawn(page)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * n} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _file(objects)


def _drawn(lines: Sequence[str]) -> bytes:
    """The content stream of one page."""
    drawn = [b"(" + _quoted(line) + b") Tj T*" for line in lines]
    return b"\n".join([b"BT /F1 10.5 Tf 16 TL 56 780 Td", *drawn, b"ET"])


def _quoted(line: str) -> bytes:
    raw = line.encode("cp1252")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: Sequence[bytes]) -> bytes:
    """Header, numbered objects, cross-reference table, trailer."""
    out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for n, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % at for at in places)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, trailer)
