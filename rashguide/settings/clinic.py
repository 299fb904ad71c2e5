"""The clinic's card: who people are sent to, and by the hour the number that answers there. All of it is optional."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from typing import Any, Optional
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, UnknownCountryError, validate  # type: ignore[attr-defined] # not in its stubs
from pydantic import BaseSettings, Field, root_validator, validator

from rashguide import ROOT

LONGEST_NAME = 60
A_YEAR = 366  # days within which the next opening is looked for
_NAME = re.compile(r"[^\W_][\w .,&'’()/-]*", re.UNICODE)
_PHONE = re.compile(r"\+?[\d() .-]{3,24}")
_URL = re.compile(r"https://[^\s{}<>\"]+")
# What replies say where nobody has set it.
YOUR_CLINIC, THEM = "your clinic", "them"


def _told(moment: datetime) -> str:
    """The time of day as "8 am" or "5:30 pm"."""
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {'am' if moment.hour < 12 else 'pm'}"


def spoken(moment: datetime, now: datetime) -> str:
    """When that is, as one says it on that day: "at 5 pm", "tomorrow at 8 am", "on Monday at 8 am"."""
    days = (moment.date() - now.date()).days
    if days == 0:
        return f"at {_told(moment)}"
    if days == 1:
        return f"tomorrow at {_told(moment)}"
    date = "" if days < 7 else f", {moment:%B} {moment.day}"
    return f"on {moment:%A}{date} at {_told(moment)}"


@dataclass(frozen=True)
class Card:
    """What is known of the clinic. ``hours`` knows its time zone and its country's public holidays."""

    name: str = ""
    phone: str = ""
    url: str = ""
    after_hours: str = ""
    hours: Optional[OpeningHours] = None
    zone: tzinfo = timezone.utc

    def __bool__(self) -> bool:
        """True where anything of it is set."""
        return bool(self.name or self.phone or self.url or self.after_hours or self.hours)

    def here(self, now: Optional[datetime] = None) -> datetime:
        """The time at the clinic."""
        return (now or datetime.now(timezone.utc)).astimezone(self.zone)

    def is_open(self, now: Optional[datetime] = None) -> Optional[bool]:
        """Whether somebody is there by the opening hours; None where they are not known, or not for sure."""
        if self.hours is None or self.hours.is_unknown(self.here(now)):
            return None
        return self.hours.is_open(self.here(now))

    def closes(self, now: Optional[datetime] = None) -> Optional[datetime]:
        """When it closes next, where it is open; None where it is not, or never closes."""
        return self.hours.next_change(self.here(now)) if self.hours and self.is_open(now) else None

    def opens(self, now: Optional[datetime] = None) -> Optional[datetime]:
        """When it opens next after now, also where it is open; None where that is not known."""
        if self.hours is None:
            return None
        moment: Optional[datetime] = self.closes(now) or self.here(now)
        if self.is_open(now) and self.closes(now) is None:
            return None
        while moment is not None:
            moment = self.hours.next_change(moment)
            if moment is not None and self.hours.is_open(moment):
                return moment
        return None

    def words(self, now: Optional[datetime] = None) -> dict[str, str]:
        """What replies say of it, by placeholder; words that are right anywhere for what is not set."""
        here, closes, opens = self.here(now), self.closes(now), self.opens(now)
        return {
            "clinic": self.name or YOUR_CLINIC,
            "clinic_phone": self.phone or THEM,
            "clinic_url": self.url,
            "after_hours_phone": self.after_hours,
            "clinic_closes": spoken(closes, here) if closes else "",
            "clinic_opens": spoken(opens, here) if opens else "",
        }


class ClinicSettings(BaseSettings):
    """What the operator says of the clinic."""

    class Config:
        env_file = ROOT / ".env"

    clinic_name: str = Field("", description="The clinic's name, as replies say it.")
    clinic_phone: str = Field("", description="Its number when it is open.")
    clinic_hours: str = Field(
        "", description="When it is open, as OpenStreetMap writes it: Mo-Fr 08:00-17:00; PH off. PH: public holidays."
    )
    clinic_timezone: str = Field("", description="Where it is, as in America/New_York. Needed with CLINIC_HOURS.")
    clinic_url: str = Field("", description="Its page.")
    after_hours_phone: str = Field("", description="Its number when it is closed.")

    @validator("clinic_name")
    def _a_name(cls, value: str) -> str:
        value = " ".join(value.split())
        if value and not (len(value) <= LONGEST_NAME and _NAME.fullmatch(value)):
            raise ValueError(f"CLINIC_NAME must be a name of at most {LONGEST_NAME} characters")
        return value

    @validator("clinic_phone", "after_hours_phone")
    def _a_number(cls, value: str, field: Any) -> str:
        value = value.strip()
        if value and not (_PHONE.fullmatch(value) and sum(map(str.isdigit, value)) >= 3):
            raise ValueError(f"{field.name.upper()} must be one telephone number, as in 555-0100")
        return value

    @validator("clinic_url")
    def _a_page(cls, value: str) -> str:
        value = value.strip()
        if value and not _URL.fullmatch(value):
            raise ValueError("CLINIC_URL must be an address that begins with https://")
        return value

    @validator("clinic_timezone")
    def _a_zone(cls, value: str) -> str:
        value = value.strip()
        try:
            return ZoneInfo(value).key if value else ""
        except (KeyError, ValueError, OSError):
            raise ValueError(f"CLINIC_TIMEZONE must be a time zone, as in America/New_York, not {value!r}") from None

    @validator("clinic_hours")
    def _readable_hours(cls, value: str) -> str:
        value = value.strip()
        if value and not validate(value):
            raise ValueError(f"CLINIC_HOURS cannot be read: {value!r}. Write it as in Mo-Fr 08:00-17:00; PH off")
        return value

    @root_validator(skip_on_failure=True)
    def _hours_somewhere(cls, values: dict[str, Any]) -> dict[str, Any]:
        hours = values["clinic_hours"]
        if hours and not values["clinic_timezone"]:
            raise ValueError("CLINIC_TIMEZONE must be set with CLINIC_HOURS, as in CLINIC_TIMEZONE=America/New_York")
        if re.search(r"\b[PS]H\b", hours) and not _holidays(values.get("country", "")):
            raise ValueError(
                "CLINIC_HOURS names public holidays (PH), but those of this COUNTRY are not known: "
                "write them as dates, as in Dec 25 off"
            )
        return values

    def card(self) -> Card:
        """The card, with the public holidays of ``COUNTRY`` where they are known."""
        hours, zone = None, ZoneInfo(self.clinic_timezone) if self.clinic_timezone else None
        if self.clinic_hours:
            country = _holidays(getattr(self, "country", ""))
            hours = OpeningHours(self.clinic_hours, timezone=zone, country=country, max_interval_days=A_YEAR)
        told = (self.clinic_name, self.clinic_phone, self.clinic_url, self.after_hours_phone)
        return Card(*told, hours, zone or timezone.utc)


def _holidays(country: str) -> Optional[str]:
    """The country's code, as in ISO 3166, where its public holidays are known."""
    try:
        OpeningHours("24/7", country=country[:2])
    except UnknownCountryError:
        return None
    return country[:2]
