"""The mailer over SMTP: ``smtp://``, ``smtps://`` (TLS at once) and ``smtp+starttls://`` (TLS before anything else).

Certificates are always verified; the server's own authority can be named by the environment variable SSL_CERT_FILE.
A password goes over TLS only, or to loopback.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from articles.errors import MailError, SettingError
from articles.ports import Digest, Receipt
from digests._message import message

#: Seconds that the server may take for one answer.
TIMEOUT_S = 30.0

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_SETTING = "DEFECTORWATCH_SMTP_URL"

#: A mail catcher that files what it takes may say where: "250 OK filed as /path/one.eml".
_FILED = re.compile(r"\bfiled as (\S.*?\.eml)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mail is handed over. ``str()`` never shows the password."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


class SmtpMailer:
    """Hands over one digest per connection: nothing is shared, so nothing goes stale between two days."""

    def __init__(self, server: Server, sender: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._server = server
        self._sender = sender
        self._timeout_s = timeout_s

    def send(self, digest: Digest) -> Receipt:
        """Returns once the server has taken the mail. ``MailError`` says what it said, and whether to try again."""
        made = message(digest, self._sender)
        with _explained(self._server), self._connected() as smtp:
            answer = _hand_over(smtp, self._sender, digest.recipient.address, made.as_bytes())
        filed = _FILED.search(answer)
        return Receipt(message_id=digest.message_id, answer=answer, filed=filed[1] if filed else "")

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        at, timeout = self._server, self._timeout_s
        if at.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(at.host, at.port, timeout=timeout, context=_tls())
        else:
            smtp = smtplib.SMTP(at.host, at.port, timeout=timeout)
        try:
            if at.scheme == "smtp+starttls":
                smtp.starttls(context=_tls())
            if at.user:
                smtp.login(at.user, at.password)
            yield smtp
            _take_leave(smtp)
        finally:
            smtp.close()


def open_mailer(smtp_url: str, sender: str) -> SmtpMailer:
    """A mailer for this address; nothing is dialled before the first mail. ``SettingError`` on a wrong address."""
    return SmtpMailer(server_of(smtp_url), sender)


def server_of(smtp_url: str) -> Server:
    """The parts of the address. User and password are percent-decoded."""
    try:
        parts = urlsplit(smtp_url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise SettingError("has a port that is not a number from 1 to 65535", subject=_SETTING) from None
    if parts.scheme not in _PORTS or not host:
        raise SettingError("must be smtp://host:port, smtps://… or smtp+starttls://…", subject=_SETTING)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and parts.scheme == "smtp" and not _is_loopback(host):
        raise SettingError(
            f"would send the password to {host} in the clear; use smtp+starttls:// or smtps://", subject=_SETTING
        )
    return Server(scheme=parts.scheme, host=host, port=port or _PORTS[parts.scheme], user=user, password=password)


def _hand_over(smtp: smtplib.SMTP, sender: str, address: str, octets: bytes) -> str:
    """MAIL, RCPT, DATA by hand: ``sendmail`` keeps the server's last word to itself."""
    smtp.ehlo_or_helo_if_needed()
    code, words = smtp.mail(sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, words, sender)
    code, words = smtp.rcpt(address)
    if code not in {250, 251}:
        raise smtplib.SMTPRecipientsRefused({address: (code, words)})
    code, words = smtp.data(octets)
    if code != 250:
        raise smtplib.SMTPDataError(code, words)
    return f"{code} {words.decode('utf-8', 'replace')}"


def _take_leave(smtp: smtplib.SMTP) -> None:
    """The mail is taken: what goes wrong while parting no longer matters."""
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):
        return


@contextmanager
def _explained(server: Server) -> Iterator[None]:
    """Turns what smtplib raises into one sentence without the password."""
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        sentence = _sentence(error)
        raise MailError(
            sentence.replace(server.password, "***") if server.password else sentence, subject=str(server)
        ) from None


def _sentence(error: Exception) -> str:
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            address, (code, words) = next(iter(refused.items()))
            return f"{_refusal(code, words)} for {address}{_advice(code, 'mend the address in the recipients file')}"
        case smtplib.SMTPAuthenticationError(smtp_code=code, smtp_error=words):
            return f"{_refusal(code, words)}{_advice(code, f'check user and password in {_SETTING}')}"
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=words):
            return f"{_refusal(code, words)}{_advice(code, 'ask the mail server about it')}"
        case smtplib.SMTPNotSupportedError():
            return f"does not offer what {_SETTING} asks for ({error}); check its scheme and user"
    return _failure(error)


def _failure(error: Exception) -> str:
    """Nothing that the server said: what happened to the connection."""
    match error:
        case smtplib.SMTPServerDisconnected():
            return "closed the connection; the mail stays filed and goes with the next run, under the same Message-ID"
        case ssl.SSLCertVerificationError():
            return (
                f"shows a certificate not to be trusted ({error.verify_message}); name its authority in SSL_CERT_FILE"
            )
        case ssl.SSLError():
            return f"does not speak TLS here ({error.reason}); check scheme and port in {_SETTING}"
        case TimeoutError():
            return "gave no answer in time; the mail stays filed and goes with the next run"
        case smtplib.SMTPException():
            return f"failed ({error}); the mail stays filed and goes with the next run"
        case OSError():
            return f"cannot be reached ({error.strerror or error}); the mail stays filed and goes with the next run"
    return str(error)


def _refusal(code: int, words: bytes | str) -> str:
    """4xx is a refusal for now, 5xx one for good (RFC 5321, 4.2.1)."""
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"refuses the mail {'for now' if code < 500 else 'for good'} ({code} {' '.join(said.split())[:200]})"


def _advice(code: int, cure: str) -> str:
    return "; the next run tries again" if code < 500 else f"; {cure}"


def _tls() -> ssl.SSLContext:
    """Verifies certificate and host name, TLS 1.2 at least."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
