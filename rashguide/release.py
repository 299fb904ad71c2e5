"""Whether patients may be served: what is for safety must be signed off, or somebody must say that it need not be."""

from __future__ import annotations

import logging
from typing import Any

from rashguide.content import sign_offs
from rashguide.settings import settings

logger = logging.getLogger(__name__)
NAMED = 5  # of what is not signed off, in a sentence


class NotSignedOff(Exception):
    """The guide is to serve patients with what no clinician has signed off."""


def state() -> dict[str, Any]:
    """How far what is for safety is signed off, in the country that is served, and what was decided about it."""
    chosen = settings()
    every, missing = sign_offs.safety_items(chosen.country), sign_offs.unsigned(chosen.country)
    return {
        "safety_items": len(every),
        "signed_off": len(every) - len(missing),
        "production": chosen.production,
        "unsigned_allowed": chosen.production and chosen.allow_unsigned and bool(missing),
        "switched_off": chosen.switched_off,
    }


def warning() -> str:
    """One sentence on what is not signed off; "" where all is."""
    chosen = settings()
    every, missing = sign_offs.safety_items(chosen.country), sign_offs.unsigned(chosen.country)
    if not missing:
        return ""
    some = ", ".join(missing[:NAMED]) + (" ..." if len(missing) > NAMED else "")
    return (
        f"{len(missing)} of {len(every)} replies and tables that are for safety are not signed off by a clinician "
        f"({some}): this guide is not for patients. `make review` shows them."
    )


def refuse() -> None:
    """Raises ``NotSignedOff`` where patients are to be served with what is not signed off, and nobody allowed that."""
    found = warning()
    if found and settings().production and not settings().allow_unsigned:
        raise NotSignedOff(f"{found} Have them signed off, or set ALLOW_UNSIGNED=True if somebody answers for that.")


def check() -> None:
    """As ``refuse``. Where it was allowed, or patients are not served, it is logged."""
    refuse()
    if warning():
        logger.warning("%s%s", "ALLOW_UNSIGNED is set. " if settings().production else "", warning())
