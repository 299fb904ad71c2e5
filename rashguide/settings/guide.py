"""Every setting of the guide, read once from the environment and from ``.env``, and checked at start."""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from typing import Any

from pydantic import Field, root_validator, validator

from rashguide import ROOT
from rashguide.settings import numbers
from rashguide.settings.clinic import ClinicSettings
from rashguide.settings.handover import HandoverSettings
from rashguide.settings.platforms import WholePlatforms

SHORTEST_KEY = 12


def _unmistakable(part: str, address: str) -> str:
    """The address, where it can be read in one way alone. A password's own signs must not look like the address's."""
    secret = address.partition("://")[2].rpartition("@")[0]
    if re.search(r"[@/?#]|%(?![0-9A-Fa-f]{2})", secret):
        raise ValueError(
            f"{part}_URL cannot be read: in its password write % as %25, @ as %40, / as %2F, ? as %3F and # as %23, "
            f"or put the password into {part}_PASSWORD as it is"
        )
    return address


class Settings(WholePlatforms, ClinicSettings, HandoverSettings):
    """All settings. A wrong one stops the start with a sentence that names it."""

    port: int = Field(5005, ge=1, le=65535, description="TCP port of the server.")
    actions_port: int = Field(
        0, ge=0, le=65535, description="Port of an action server that runs here already; 0: the guide starts its own."
    )
    interface: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all of the machine's.")
    production: bool = Field(
        False, description="Whether patients use it: then COUNTRY must be set, and what is for safety signed off."
    )
    allow_unsigned: bool = Field(
        False, description="Whether it starts for patients although what is for safety is not signed off."
    )
    switched_off: bool = Field(
        False, description="Whether nothing is answered: each message gets whom to call, an emergency its own reply."
    )
    country: str = Field(numbers.NOWHERE, description="Whose numbers replies name: " + ", ".join(numbers.countries()))
    emergency_number: str = Field("", description="Overrides the country's emergency number.")
    health_line: str = Field("", description="Overrides its line for what is urgent and no emergency.")
    poison_line: str = Field("", description="Overrides its poison line.")
    crisis_line: str = Field("", description="Overrides its crisis line.")
    crisis_text: str = Field("", description='Overrides its crisis line without speaking, as in "text 988".')
    emergency_text: str = Field("", description='Overrides its emergency line without speaking, as in "text 911".')
    report_to: str = Field("", description="Overrides where side effects are reported.")
    secret_key: str = Field(
        "", description="Signs buttons and widget sessions. Needed when several servers share conversations."
    )
    reply_deadline: float = Field(
        15.0, gt=0, le=25, description="Seconds until a person is told that no answer could be made."
    )
    workers: int = Field(0, ge=0, le=64, description="Processes that understand messages; 0: one a core, at least two.")
    message_limit: int = Field(2000, ge=200, le=10000, description="Characters of one message that the guide reads.")
    body_limit: int = Field(65536, ge=4096, description="Bytes of one HTTP request that the server takes.")
    database_url: str = Field(
        "", description="PostgreSQL that keeps conversations, as postgresql://user:password@host/db."
    )
    database_password: str = Field("", description="Its password as it is, where DATABASE_URL has none.")
    redis_url: str = Field("", description="Redis that keeps several servers off one conversation, as redis://host.")
    redis_password: str = Field("", description="Its password as it is, where REDIS_URL has none.")
    retention_days: int = Field(30, ge=0, description="Days that conversations are kept; 0: until deleted.")
    keep_visit_notes: bool = Field(
        False,
        description="Whether visit notes are kept as long as the rest, not only until the session ends.",
    )
    person_limit: int = Field(1200, ge=0, description="Messages a minute from one person; 0: any number.")
    address_limit: int = Field(6000, ge=0, description="Requests a minute from one address; 0: any number.")
    proxies: int = Field(0, ge=0, description="Proxies in front whose X-Forwarded-For is to be believed.")
    log_format: str = Field("text", regex="^(text|json)$", description="How logs are written: text or json.")
    widget_origins: str = Field("", description="Origins (scheme and host) of pages that carry the widget, by commas.")

    @validator("widget_origins")
    def _plain_origins(cls, value: str) -> str:
        for origin in filter(None, map(str.strip, value.split(","))):
            if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", origin):
                raise ValueError(f"{origin!r} is no origin: write scheme and host, without a path")
        return value

    def origins(self) -> list[str]:
        """``widget_origins`` as a list."""
        return [origin.strip() for origin in self.widget_origins.split(",") if origin.strip()]

    @validator("secret_key")
    def _no_guess(cls, value: str) -> str:
        if value and len(value.strip()) < SHORTEST_KEY:
            raise ValueError(
                f"SECRET_KEY must have at least {SHORTEST_KEY} characters, as `openssl rand -hex 32` makes it"
            )
        return value

    @validator("country")
    def _known_country(cls, value: str) -> str:
        value = value.upper()
        if value not in numbers.countries():
            raise ValueError(f"COUNTRY must be one of {', '.join(numbers.countries())}, not {value!r}")
        return value

    @root_validator(skip_on_failure=True)
    def _a_country_in_production(cls, values: dict[str, Any]) -> dict[str, Any]:
        if values["production"] and values["country"] == numbers.NOWHERE:
            raise ValueError(
                "COUNTRY must be set where PRODUCTION is on, as in COUNTRY=US: its telephone numbers stand in replies"
            )
        return values

    @validator("database_url")
    def _known_database(cls, value: str) -> str:
        value = re.sub(r"^(postgres|postgresql\+psycopg2)://", "postgresql://", value)  # as other programs write it
        if value and not value.startswith(("postgresql://", "sqlite:///")):
            raise ValueError("DATABASE_URL must start with postgresql:// (or sqlite:///)")
        return _unmistakable("DATABASE", value)

    @validator("redis_url")
    def _known_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("REDIS_URL must start with redis://, rediss:// or unix://")
        return _unmistakable("REDIS", value)

    def lines(self) -> dict[str, numbers.Number]:
        """The telephone numbers of this guide by kind: the country's, or what overrides them."""
        own = {kind: getattr(self, kind).strip() for kind in numbers.KINDS}
        return numbers.of(self.country) | {kind: numbers.Number.of(said) for kind, said in own.items() if said}

    def numbers(self) -> dict[str, str]:
        """What settings decide in replies: telephone numbers, two as digits alone, the clinic as it is at this hour,
        and how long chats are kept."""
        lines = self.lines()
        emergency = " / ".join(lines["emergency_number"].call) or lines["emergency_number"].say
        return {kind: line.say for kind, line in lines.items()} | {
            "emergency_digits": emergency,
            "crisis_digits": " / ".join(lines["crisis_line"].call) or emergency,
            **self.card().words(),
            "kept": f"for {self.retention_days} days" if self.retention_days else "until they delete it",
        }

    class Config:
        env_file = ROOT / ".env"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Raises ``pydantic.ValidationError`` where one is wrong."""
    found = Settings()  # type: ignore[call-arg]  # pydantic 1 keeps its defaults from mypy
    if not found.secret_key:
        found.secret_key = secrets.token_hex(32)
    return found
