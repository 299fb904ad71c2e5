"""What the webhook and the FHIR server share: one POST, no redirects, the certificate checked."""

from __future__ import annotations

import asyncio
import ssl

import aiohttp

from rashguide.handover.message import NotDelivered
from rashguide.settings import settings

PATIENCE = 20.0  # seconds for the whole


async def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """Raises ``NotDelivered`` unless it is answered with a status from 200 to 299."""
    trust = ssl.create_default_context(cafile=settings().handover_ca or None)
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
            # What is confidential goes to the address that was set and to no other.
            request = session.post(url, data=body, headers=headers, ssl=trust, allow_redirects=False)
            async with request as answer:
                if not 200 <= answer.status < 300:
                    raise NotDelivered(answer.status)
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        raise NotDelivered(type(error).__name__) from None
