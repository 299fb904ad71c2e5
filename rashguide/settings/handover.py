"""Handing a person's message over to the clinic's team: whether, which way, and to whom."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseSettings, Field, root_validator, validator

from rashguide import ROOT

# What each way needs to be on.
WAYS = {
    "email": ("handover_to", "handover_from", "smtp_host"),
    "webhook": ("handover_url", "handover_secret"),
    "fhir": ("handover_url",),
}
SHORTEST_SECRET = 16
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_HOST = re.compile(r"[A-Za-z0-9.-]+")
_URL = re.compile(r"https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s?#]*)?")


class HandoverSettings(BaseSettings):
    """Off, unless ``HANDOVER`` names a way; then all that the way needs must be set."""

    class Config:
        env_file = ROOT / ".env"

    handover: str = Field(
        "", description="Which way messages go to the clinic: email, webhook or fhir. Empty: none does."
    )
    handover_to: str = Field("", description="The team's e-mail address.")
    handover_from: str = Field("", description="The address that e-mails come from.")
    smtp_host: str = Field("", description="The mail server.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: str = Field(
        "starttls", regex="^(starttls|tls)$", description="How it is encrypted: starttls, or tls from the first byte."
    )
    smtp_user: str = Field("", description="The name to log in with; empty: without.")
    smtp_password: str = Field("", description="Its password.")
    handover_url: str = Field("", description="The webhook, or the base of the FHIR R4 server.")
    handover_secret: str = Field("", description="Signs what goes to the webhook.")
    handover_token: str = Field("", description="Bearer token for the FHIR server.")
    handover_ca: str = Field("", description="File of certificates to trust, where the receiver's is not a public one.")
    handover_hours: float = Field(72.0, gt=0, le=720, description="Hours for which a delivery is tried again.")
    handover_person_limit: int = Field(3, ge=1, description="Messages a day from one person.")
    handover_address_limit: int = Field(20, ge=1, description="Messages a day from one network address.")

    @validator("handover")
    def _a_known_way(cls, value: str) -> str:
        value = value.strip().lower()
        if value and value not in WAYS:
            raise ValueError(f"HANDOVER must be one of {', '.join(WAYS)}, or empty, not {value!r}")
        return value

    @validator("handover_to", "handover_from")
    def _an_address(cls, value: str, field: Any) -> str:
        value = value.strip()
        if value and not _ADDRESS.fullmatch(value):
            raise ValueError(f"{field.name.upper()} must be one e-mail address")
        return value

    @validator("smtp_host")
    def _a_host(cls, value: str) -> str:
        value = value.strip()
        if value and not _HOST.fullmatch(value):
            raise ValueError("SMTP_HOST must be a host's name, as in mail.example.org")
        return value

    @validator("handover_url")
    def _encrypted(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        if value and not _URL.fullmatch(value):
            raise ValueError("HANDOVER_URL must be an address that begins with https://")
        return value

    @validator("handover_secret")
    def _no_guess(cls, value: str) -> str:
        if value and len(value.strip()) < SHORTEST_SECRET:
            raise ValueError(f"HANDOVER_SECRET must have at least {SHORTEST_SECRET} characters")
        return value.strip()

    @root_validator(skip_on_failure=True)
    def _whole(cls, values: dict[str, Any]) -> dict[str, Any]:
        lacking = [name.upper() for name in WAYS.get(values["handover"], ()) if not values[name]]
        if lacking:
            raise ValueError(f"HANDOVER={values['handover']} needs {', '.join(lacking)}")
        return values
