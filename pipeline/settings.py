"""Every setting, in one place. Each is an environment variable; ``docs/SETTINGS.md`` is made from this file."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from articles.errors import SettingError
from replay.day import DAY

#: What is otherwise so while the recorded day is played: the clock stands, and nobody has to be spared.
_PLAYED: dict[str, Any] = {
    "now": DAY.played_at,
    "pause_s": 0.0,
    "timeout_s": 2.0,
    "ritzau_wire_user": "replay",
    "ritzau_wire_password": "replay",
}
_LIVE: dict[str, Any] = {"var": Path("var/live")}  # invented texts never lie among real ones


class Settings(BaseSettings):
    """Read from the environment; a wrong value is one clear sentence (``SettingError``)."""

    model_config = SettingsConfigDict(env_prefix="DEFECTORWATCH_", populate_by_name=True, extra="ignore", frozen=True)

    # what is read
    feeds: Literal["replay", "live"] = Field(
        "replay", validation_alias="FEEDS", description="`replay` plays the recorded day, `live` asks the real sources."
    )
    only: str = Field("", description="Feeds to run, separated by commas; empty runs all.")
    replay_url: str = Field("http://127.0.0.1:8085", description="Where the replay server answers.")
    topic: str = Field(
        "russian_defector_asylum",
        description="What is watched for: a folder in `topics/` by its name, or one of your own by its absolute path.",
    )
    classifier: str = Field(
        "", description="The module in `classifiers/` that judges; empty is the one the topic names."
    )
    ritzau_wire_user: SecretStr = Field(SecretStr(""), description="User of the newswire's contract.")
    ritzau_wire_password: SecretStr = Field(SecretStr(""), description="Its password.")

    # who is asked about doubtful texts, where the classifier is `adjudicator`
    adjudicator_url: str = Field(
        "", description="Base address of a chat endpoint as OpenAI's, e.g. `https://models.example.org/v1`."
    )
    adjudicator_key: SecretStr = Field(SecretStr(""), description="Its key, sent as bearer; empty sends none.")
    adjudicator_model: str = Field("", description="The model's name there.")
    adjudicator_daily: int = Field(200, ge=0, description="Requests to it a day at most, over all processes.")
    adjudicator_timeout_s: float = Field(30.0, gt=0, description="Seconds that it may take for one answer.")

    # where things are kept
    var: Path = Field(
        Path("var"),
        description="Folder of everything that is kept: ledger, archive, index, mail. With live sources `var/live`.",
    )
    ledger_url: str = Field("", description="SQLAlchemy URL of the ledger; empty is SQLite in the folder above.")
    index: Literal["embedded", "elasticsearch"] = Field(
        "embedded", validation_alias="INDEX", description="The search engine that holds the hits."
    )
    elasticsearch_url: SecretStr = Field(
        SecretStr("http://127.0.0.1:9200"),
        validation_alias="ELASTICSEARCH_URL",
        description="Address of Elasticsearch 9, with user and password in it where it asks for them.",
    )
    elasticsearch_alias: str = Field("defectorwatch", description="Alias of the index in Elasticsearch.")

    # how sources are asked
    user_agent: str = Field(
        "defectorwatch/0.1 (+https://github.com/defectorwatch)", description="How we introduce ourselves to sources."
    )
    timeout_s: float = Field(
        20.0, gt=0, description="Seconds that a source may take for one answer; 2 while a recorded day is played."
    )
    max_bytes: int = Field(10_000_000, gt=0, description="Largest answer that is read, after decompression.")
    pause_s: float = Field(
        1.0, ge=0, description="Seconds between two requests to the same host; 0 while a recorded day is played."
    )
    concurrency: int = Field(16, gt=0, description="Requests under way at once, over all hosts.")
    attempts: int = Field(4, gt=0, description="Times that a page is tried before it is quarantined.")
    quarantine_share: float = Field(
        0.5, gt=0, le=1, description="A step that quarantines more than this share of ten or more articles fails."
    )

    # who is told
    recipients: Path = Field(Path(), description="TOML file of digest recipients; empty is the demonstration's.")
    smtp_url: SecretStr = Field(
        SecretStr("smtp://127.0.0.1:1025"),
        description="`smtp://`, `smtps://` or `smtp+starttls://`, with user:password@ if needed.",
    )
    mail_from: str = Field("defectorwatch@example.org", description="Sender of the digest.")
    portal_url: str = Field("http://127.0.0.1:8086", description="Address of the search page, used in mails.")
    airflow_url: str = Field("http://127.0.0.1:8080", description="Where `make up` serves Airflow's page.")
    mail_url: str = Field("http://127.0.0.1:8087", description="Where `make up` shows the mails that were caught.")
    timezone: str = Field("Europe/Copenhagen", description="The zone in which days begin and digests are sent.")
    now: datetime | None = Field(
        None, description="The instant taken for now, aware ISO 8601; the recorded day's while it is played."
    )

    @model_validator(mode="before")
    @classmethod
    def _by_source(cls, given: dict[str, Any]) -> dict[str, Any]:
        live = given.get("feeds", given.get("FEEDS", "replay")) == "live"
        return {**(_LIVE if live else _PLAYED), **given}

    @property
    def ledger(self) -> str:
        """The ledger's SQLAlchemy URL."""
        return self.ledger_url or f"sqlite:///{(self.var / 'ledger.sqlite').absolute()}"

    @property
    def recipients_file(self) -> Path:
        """Who gets a digest: the file that is set, else the demonstration's, whose mails stay on this machine."""
        if self.recipients != Path():
            return self.recipients
        if urlsplit(self.smtp_url.get_secret_value()).hostname not in {"127.0.0.1", "::1", "localhost"}:
            raise SettingError(
                "is not set, and mail goes to a real server; name the file of those who get a digest",
                subject="DEFECTORWATCH_RECIPIENTS",
            )
        return Path(__file__).parents[1] / "replay" / "recipients.toml"

    def secrets(self, feed: str) -> dict[str, str]:
        """The secrets of one feed by their short names, e.g. ``{"user": …, "password": …}``."""
        prefix = f"{feed}_"
        names = (name for name in type(self).model_fields if name.startswith(prefix))
        return {name.removeprefix(prefix): getattr(self, name).get_secret_value() for name in names}


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. ``SettingError`` names the variable and what is wrong with it."""
    try:
        return Settings()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        field = str(first["loc"][0])
        name = field if field.isupper() else f"DEFECTORWATCH_{field.upper()}"
        raise SettingError(f"{first['msg']}; it is now {first['input']!r}", subject=name) from None
