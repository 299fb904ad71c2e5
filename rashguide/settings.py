"""Every setting of the guide, read once from the environment and from ``.env``, and checked at start."""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from pathlib import Path

from pydantic import Field, validator

from rashguide.platforms import WholePlatforms

ROOT = Path(__file__).resolve().parent.parent

# Emergency number and crisis line as they are read out to a patient. "INT" names no single country.
ANYWHERE = "your local emergency number (911, 999 or 112)"
NUMBERS = {
    "INT": (ANYWHERE, "a suicide crisis line (988 in the US)"),
    "US": ("911", "988, the Suicide and Crisis Lifeline"),
    "CA": ("911", "988, the Suicide Crisis Helpline"),
    "GB": ("999", "Samaritans on 116 123"),
    "IE": ("112 or 999", "Samaritans on 116 123"),
    "AU": ("000", "Lifeline on 13 11 14"),
    "NZ": ("111", "1737"),
    "EU": ("112", "a suicide crisis line, or 112"),
    "IN": ("112", "Tele-MANAS on 14416"),
    "ZA": ("112 or 10177", "the SADAG suicide line on 0800 567 567"),
}


class Settings(WholePlatforms):
    """All settings. A wrong one stops the start with a sentence that names it."""

    port: int = Field(5005, ge=1, le=65535, description="TCP port of the server.")
    interface: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all of the machine's.")
    country: str = Field(
        "INT", description="Whose emergency number and crisis line replies name: " + ", ".join(NUMBERS)
    )
    emergency_number: str = Field("", description="Overrides the country's emergency number.")
    crisis_line: str = Field("", description="Overrides the country's crisis line.")
    secret_key: str = Field(
        "", description="Signs buttons and widget sessions. Needed when several servers share conversations."
    )
    reply_deadline: float = Field(
        15.0, gt=0, le=25, description="Seconds until a person is told that no answer could be made."
    )
    message_limit: int = Field(2000, ge=200, le=10000, description="Characters of one message that the guide reads.")
    body_limit: int = Field(65536, ge=4096, description="Bytes of one HTTP request that the server takes.")
    database_url: str = Field(
        "", description="PostgreSQL that keeps conversations, as postgresql://user:password@host/db."
    )
    redis_url: str = Field("", description="Redis that keeps several servers off one conversation, as redis://host.")
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

    @validator("country")
    def _known_country(cls, value: str) -> str:
        value = value.upper()
        if value not in NUMBERS:
            raise ValueError(f"COUNTRY must be one of {', '.join(NUMBERS)}, not {value!r}")
        return value

    @validator("database_url")
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "sqlite:///")):
            raise ValueError("DATABASE_URL must start with postgresql:// (or sqlite:///)")
        return value

    @validator("redis_url")
    def _known_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("REDIS_URL must start with redis://, rediss:// or unix://")
        return value

    def numbers(self) -> dict[str, str]:
        """What replies name that settings decide, by placeholder: telephone numbers, and how long chats are kept."""
        emergency, crisis = NUMBERS[self.country]
        return {
            "emergency_number": self.emergency_number or emergency,
            "emergency_digits": (self.emergency_number or emergency)
            .replace(ANYWHERE, "911 / 999 / 112")
            .replace(" or ", " / "),
            "crisis_line": self.crisis_line or crisis,
            "kept": f"for {self.retention_days} days" if self.retention_days else "until they delete it",
        }

    class Config:
        env_file = ROOT / ".env"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Raises ``pydantic.ValidationError`` where one is wrong."""
    found = Settings()
    if not found.secret_key:
        found.secret_key = secrets.token_hex(32)
    return found
