"""A clinic's card as tests set it, and hours at that clinic."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

CARD = {
    "CLINIC_NAME": "Hill Skin Clinic",
    "CLINIC_PHONE": "555-0100",
    "CLINIC_HOURS": "Mo-Fr 08:00-17:00; PH off",
    "CLINIC_TIMEZONE": "America/New_York",
    "CLINIC_URL": "https://clinic.example/skin",
    "AFTER_HOURS_PHONE": "555-0199",
}


def at(hour: str) -> datetime:
    """An hour at the clinic, as in 2026-11-30 09:00."""
    return datetime.fromisoformat(hour).replace(tzinfo=ZoneInfo(CARD["CLINIC_TIMEZONE"])).astimezone(timezone.utc)


# A handover that is switched on and, as nothing is sent in such tests, goes nowhere.
TO_A_WEBHOOK = {
    "HANDOVER": "webhook",
    "HANDOVER_URL": "http://127.0.0.1:9/hook",
    "HANDOVER_SECRET": "a secret of the test's",
}
