from __future__ import annotations

import smtplib
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from stack import mailcatcher


def mail(identity: str = "<digest.20261120.0a1b@example.org>", subject: str = "2 sager") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Message-ID"], made["Subject"] = (
        "d@example.org",
        "vagt@example.org",
        identity,
        subject,
    )
    made.set_content("ord")
    made.add_alternative("<p>ord</p><script>alert(1)</script>", subtype="html")
    return made


def hand_over(caught: mailcatcher.Catcher, *mails: EmailMessage) -> str:
    with smtplib.SMTP("127.0.0.1", caught.port) as smtp:
        for one in mails:
            smtp.ehlo()
            smtp.mail("d@example.org")
            smtp.rcpt("vagt@example.org")
            answer = smtp.data(one.as_bytes())[1].decode()
    return answer


def test_a_mail_handed_over_twice_is_there_once(tmp_path: Path) -> None:
    with mailcatcher.catching(tmp_path) as caught:
        answer = hand_over(caught, mail(), mail(), mail("<other@example.org>"))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert names[0].startswith("2026-11-20-vagt-")
    assert names[1].startswith("mail-vagt-")
    assert answer == f"OK filed as {tmp_path / names[1]}"


def test_it_has_stopped_when_the_block_is_left(tmp_path: Path) -> None:
    with mailcatcher.catching(tmp_path) as caught:
        port = caught.port
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", port)


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    (tmp_path / "one.eml").write_bytes(mail(subject="<b>2 sager</b>").as_bytes())
    transport = httpx.ASGITransport(app=mailcatcher.page(tmp_path))
    return httpx.AsyncClient(transport=transport, base_url="http://mail")


def get(client: httpx.AsyncClient, path: str) -> httpx.Response:
    import asyncio

    return asyncio.run(client.get(path))


def test_the_page_lists_what_was_caught(client: httpx.AsyncClient) -> None:
    listed = get(client, "/")
    assert "&lt;b&gt;2 sager&lt;/b&gt;" in listed.text
    assert "script" not in listed.text


def test_a_mail_is_shown_without_what_it_could_run(client: httpx.AsyncClient) -> None:
    shown = get(client, "/one")
    assert "<p>ord</p>" in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert "sandbox" in shown.headers["content-security-policy"]
    assert get(client, "/one?form=text").text.strip() == "ord"


@pytest.mark.parametrize("name", ["two", "..%2Fone", "%2e%2e", "one.eml"])
def test_nothing_else_is_shown(client: httpx.AsyncClient, name: str) -> None:
    assert get(client, f"/{name}").status_code == 404
