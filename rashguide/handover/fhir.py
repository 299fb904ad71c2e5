"""Into a FHIR R4 server, as a Communication. It is created once: a second copy bears the same identifier."""

from __future__ import annotations

import json
from typing import Any

from rashguide.handover import http
from rashguide.handover.message import Message
from rashguide.settings import settings

SYSTEM = "urn:dupixent-rash-guide:handover"


def communication(message: Message) -> dict[str, Any]:
    """The resource: who sent it and to whom by name alone, as the guide knows no record's id."""
    return {
        "resourceType": "Communication",
        "identifier": [{"system": SYSTEM, "value": message.key}],
        "status": "completed",
        "category": [{"text": "Message from a patient"}],
        "priority": "routine",
        "sent": message.sent,
        "sender": {"display": message.name},
        "recipient": [{"display": settings().card().words()["clinic"]}],
        "payload": [{"contentString": message.text()}],
    }


async def deliver(message: Message) -> None:
    """Raises ``NotDelivered``."""
    headers = {
        "Content-Type": "application/fhir+json",
        "Accept": "application/fhir+json",
        "If-None-Exist": f"identifier={SYSTEM}|{message.key}",
    }
    if settings().handover_token:
        headers["Authorization"] = f"Bearer {settings().handover_token}"
    body = json.dumps(communication(message), ensure_ascii=False).encode()
    await http.post(f"{settings().handover_url}/Communication", body, headers)
