"""To a webhook: JSON, signed, with a key by which the receiver knows a second copy for one."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import asdict

from rashguide.handover import http
from rashguide.handover.message import Message
from rashguide.settings import settings


def signature(secret: str, moment: int, body: bytes) -> str:
    """HMAC-SHA256, in hexadecimal, of the time in seconds since 1970, a dot and the body."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


async def deliver(message: Message) -> None:
    """Raises ``NotDelivered``."""
    fields = asdict(message) | {"asked": message.sent, "text": message.text()}
    body, moment = json.dumps(fields, ensure_ascii=False).encode(), int(time.time())
    signed = f"t={moment},v1={signature(settings().handover_secret, moment, body)}"
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message.key,
        "X-Rash-Guide-Signature": signed,
    }
    await http.post(settings().handover_url, body, headers)
