"""Asks a language model behind a chat endpoint as OpenAI's: within a day's budget, and no question twice.

Every answer is kept in ``var/answers.jsonl`` under a hash of model, instructions and text, and read from there the next
time: a second run costs nothing and says the same. Questions are asked one at a time over all processes, so that no two
of them ask the same and the budget holds. Where no answer can be had the log says why, nothing is raised, and the
endpoint is left in peace for a while.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from articles.errors import SettingError
from pipeline.settings import Settings

#: How long nothing is asked after the endpoint failed: a batch of fifty must not wait fifty times for a dead one.
REST_S = 300.0

#: An answer is a sentence or two; more than this is not one.
_BYTES = 1_000_000

#: What is wrong with one question only (too long, filtered); any other refusal is the same for all of them.
_ABOUT_ONE = frozenset({400, 413, 422})

#: Letters from which a key is a secret.
_KEY = 12

log = logging.getLogger(__name__)


class Asker:
    """``ask(system, user)`` is what the model wrote, or ``None`` where it cannot be asked now."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._address = f"{_base(settings)}/chat/completions"
        self.model = settings.adjudicator_model.strip()
        if not self.model:
            raise SettingError("is empty; name the model that is asked", subject="DEFECTORWATCH_ADJUDICATOR_MODEL")
        self._key = settings.adjudicator_key.get_secret_value().strip()
        self._now = now
        self._answers: dict[str, str] = {}
        self._read_to = 0
        self._rests_until = 0.0

    def __call__(self, system: str, user: str) -> str | None:
        key = hashlib.sha256(json.dumps([self.model, system, user]).encode()).hexdigest()
        try:
            with self._alone() as file:
                self._catch_up(file)
                if key not in self._answers and (said := self._asked(system, user)) is not None:
                    self._keep(file, key, said)
                return self._answers.get(key)
        except OSError as error:
            log.warning("%s cannot be used (%s); doubtful texts stay doubtful", self._settings.var, error.strerror)
            return None

    # ------------------------------------------------------------ what was said before

    @contextmanager
    def _alone(self) -> Iterator[BinaryIO]:
        """The file of answers, while no other process asks anything."""
        self._settings.var.mkdir(parents=True, exist_ok=True)
        path = self._settings.var / "answers.jsonl"
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _catch_up(self, file: BinaryIO) -> None:
        """Reads what was added since; a line that a crash cut short is no answer."""
        if file.seek(0, os.SEEK_END) < self._read_to:
            self._answers, self._read_to = {}, 0  # taken away, or begun anew
        file.seek(self._read_to)
        for line in file:
            try:
                told = json.loads(line)
                self._answers[str(told["key"])] = str(told["answer"])
            except (ValueError, KeyError, TypeError):
                continue
        self._read_to = file.tell()

    def _keep(self, file: BinaryIO, key: str, said: str) -> None:
        line = {"key": key, "model": self.model, "answered_at": self._now().isoformat(), "answer": said}
        self._answers[key] = said
        file.write(b"\n" * self._cut_short(file) + json.dumps(line).encode() + b"\n")
        file.flush()
        self._read_to = file.tell()

    def _cut_short(self, file: BinaryIO) -> bool:
        file.seek(max(0, self._read_to - 1))
        return file.read(1) not in {b"", b"\n"}

    # ------------------------------------------------------------ one question

    def _asked(self, system: str, user: str) -> str | None:
        import aiohttp

        if time.monotonic() < self._rests_until:
            return None
        why = ""
        for _ in range(2):
            if not self._within_budget():
                self._rest(f"the day's {self._settings.adjudicator_daily} requests are used up")
                return None
            try:
                status, body = asyncio.run(self._send(system, user))
            except (aiohttp.ClientError, OSError, ValueError) as error:
                why = _reason(error, self._settings.adjudicator_timeout_s)
                continue
            if status < 500:
                return self._read(status, body)
            why = f"answers {status}: broken on its side"
        self._rest(why)
        return None

    async def _send(self, system: str, user: str) -> tuple[int, bytes]:
        import aiohttp

        headers = {"User-Agent": self._settings.user_agent, "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        asked: dict[str, Any] = {
            "model": self.model,
            "temperature": 0,
            "response_format": {"type": "json_object"},
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        }
        timeout = aiohttp.ClientTimeout(total=self._settings.adjudicator_timeout_s)
        async with (
            aiohttp.ClientSession(headers=headers, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(self._address, json=asked, allow_redirects=False) as answer,  # the key is for this address
        ):
            body = b""
            async for part in answer.content.iter_chunked(65_536):
                body += part
                if len(body) > _BYTES:
                    raise ValueError("too long")
            return answer.status, body

    def _read(self, status: int, body: bytes) -> str | None:
        if status != 200:
            if status in _ABOUT_ONE:
                log.warning("%s answers %d to one question; its text stays doubtful", self._address, status)
            else:
                self._rest(f"answers {status}: {_WHY.get(status, 'it refuses; check address and model')}")
            return None
        try:
            said = json.loads(body)["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            said = None
        if not isinstance(said, str):
            log.warning("%s sends no chat answer; the text stays doubtful", self._address)
            return None
        # an endpoint that repeats the key gets it into no file; a local one's stand-in for a key may be a mere word
        return said.replace(self._key, "…") if len(self._key) >= _KEY else said

    def _rest(self, why: str) -> None:
        self._rests_until = time.monotonic() + REST_S
        log.warning(
            "%s: %s; nothing is asked for %d minutes, and doubtful texts stay doubtful", self._address, why, REST_S / 60
        )

    def _within_budget(self) -> bool:
        """Whether one more may be asked today; it is counted before it goes out, so a crash cannot pass the budget."""
        path = self._settings.var / "asked.json"
        day = self._now().astimezone(ZoneInfo(self._settings.timezone)).date().isoformat()
        try:
            told = json.loads(path.read_bytes())
            count = int(told["count"]) if told["day"] == day else 0
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            count = 0
        if count >= self._settings.adjudicator_daily:
            return False
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"day": day, "count": count + 1}), encoding="utf-8")
        fresh.replace(path)
        return True


_WHY = {
    401: "it wants a key; set DEFECTORWATCH_ADJUDICATOR_KEY",
    403: "it refuses us; check DEFECTORWATCH_ADJUDICATOR_KEY",
    404: "nothing is there; check DEFECTORWATCH_ADJUDICATOR_URL and …_MODEL",
    429: "we ask too often; lower DEFECTORWATCH_ADJUDICATOR_DAILY",
}


def _base(settings: Settings) -> str:
    name, base = "DEFECTORWATCH_ADJUDICATOR_URL", settings.adjudicator_url.strip().rstrip("/")
    parts = urlsplit(base)
    if parts.username or parts.password:
        raise SettingError("holds a password; put it in DEFECTORWATCH_ADJUDICATOR_KEY", subject=name)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingError("needs the address of a chat endpoint, like https://models.example.org/v1", subject=name)
    return base


def _reason(error: Exception, timeout_s: float) -> str:
    """Few words without what was sent: the client's own may hold it."""
    return f"no answer within {timeout_s:g} seconds" if isinstance(error, TimeoutError) else type(error).__name__
