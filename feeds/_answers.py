"""What an answer is, before it is read: a challenge, an empty answer, JSON. Shared by all adapters."""

from __future__ import annotations

import json
import re
from typing import Any

from articles.errors import Challenged, Malformed, SourceError, SourceFault
from articles.model import Problem
from articles.ports import Response

_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_MARKS = (b"\xef\xbb\xbf",)


def refuse_challenge(answer: Response, due: str) -> None:
    """Raises ``Challenged`` where a challenge or a web page stands in place of ``due`` ("a feed", "JSON")."""
    if answer.headers.get("x-amzn-waf-action") or answer.headers.get("cf-mitigated") == "challenge":
        raise Challenged("answers with a challenge page; ask the source for access", subject=answer.url)
    if _HTML.match(answer.body[:4096].removeprefix(_MARKS[0])):
        raise Challenged(
            f"answers with a web page where {due} was due; open it by hand, and ask the source for access",
            subject=answer.url,
        )


def read_json(answer: Response) -> Any:
    """The parsed body. ``Challenged``, ``Malformed``, or ``SourceFault`` where the body only reports an error."""
    refuse_challenge(answer, "JSON")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Malformed("answers with something that is not JSON; look at it by hand", subject=answer.url) from None
    if isinstance(found, dict):
        wrong = found.get("error") or found.get("odata.error") or found.get("errors")
        if wrong:
            said = " ".join(str(wrong).split())[:200]
            raise SourceFault(f"answers 200 with an error inside ({said}); it is tried again", subject=answer.url)
    return found


def problem(error: SourceError) -> Problem:
    """A part of a source that failed, as a value."""
    return Problem(stage="poll", kind=error.kind, detail=str(error))
