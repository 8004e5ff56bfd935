"""From a digest to the message on the wire: headers that nobody can write into, text and HTML side by side. Pure."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from articles.errors import MailError
from articles.ports import Digest

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def message(digest: Digest, sender: str) -> EmailMessage:
    """The same bytes for the same digest, however often it is sent: its date is the end of its window.

    ``MailError`` where sender or recipient is no address.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = _address(digest.subject.split(" ", 1)[0], sender)
    made["To"] = _address(digest.recipient.name, digest.recipient.address)
    made["Subject"] = _line(digest.subject)
    made["Date"] = format_datetime(digest.until)
    made["Message-ID"] = _line(digest.message_id)
    made["List-Id"] = f"defectorwatch digest <digest.defectorwatch.{_domain(sender)}>"
    made["List-Unsubscribe"] = f"<mailto:{_address('', sender).addr_spec}?subject=unsubscribe>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made["Content-Language"] = digest.recipient.language
    made.set_content(digest.text, cte="quoted-printable")
    made.add_alternative(digest.html, subtype="html", cte="quoted-printable")
    # Python draws the boundary by chance; one made from the Message-ID keeps the bytes the same from run to run.
    made.set_boundary("=_" + re.sub(r"[^A-Za-z0-9.]", "", digest.message_id)[:60])
    return made


def _address(name: str, address: str) -> Address:
    try:
        return Address(display_name=_line(name), addr_spec=address)
    except (ValueError, IndexError, AttributeError, TypeError):  # what the standard library raises for a wrong address
        raise MailError("is no e-mail address; mend the recipients file or the sender", subject=repr(address)) from None


def _line(text: str) -> str:
    """One line: a line break in a header would begin another header."""
    return _CONTROL.sub(" ", text).strip()


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2] or "localhost"
