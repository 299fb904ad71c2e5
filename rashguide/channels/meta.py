"""What WhatsApp's Cloud API and Messenger share: Meta's signature, its handshake and its error codes."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Mapping

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from rashguide.channels.delivery import Refused, TryAgain, judge, seconds
from rashguide.channels.platform import Platform, Rejected, same

# Codes of passing trouble that come with a status of 400: temporary failures and rate limits, of the app, the account,
# the number and the pair of numbers.
PASSING = {1, 2, 4, 17, 32, 341, 368, 613, 80007, 130429, 131000, 131016, 131048, 131056, 133004}


class MetaPlatform(Platform):
    """A platform of Meta's. Its own file gives ``app_secret``, ``verify_token`` and ``token``."""

    app_secret: str
    verify_token: str
    token: str

    @staticmethod
    def judge(status: int, headers: Mapping[str, str], body: Any) -> None:
        """See ``delivery.judge``: Meta says in the body whether trouble passes."""
        error = body.get("error") if isinstance(body, dict) else None
        if isinstance(error, dict) and (error.get("is_transient") or error.get("code") in PASSING):
            raise TryAgain(error.get("code"), seconds(headers.get("Retry-After")))
        if isinstance(error, dict) and status < 500 and status != 429:
            raise Refused(error.get("code", status))
        judge(status, headers, body)

    def verify(self, request: Request) -> None:
        """Checks the SHA-256 signature of the raw body."""
        digest = hmac.new(self.app_secret.encode(), request.body, hashlib.sha256).hexdigest()
        if not same(request.headers.get("X-Hub-Signature-256"), f"sha256={digest}"):
            raise Rejected(403, "The signature is wrong.")

    def handshake(self, request: Request) -> HTTPResponse:
        """Repeats Meta's challenge where it knows the verify token."""
        asked = request.args
        if asked.get("hub.mode") == "subscribe" and same(asked.get("hub.verify_token"), self.verify_token):
            return response.text(asked.get("hub.challenge", ""))
        return response.text("The verify token is wrong.", status=403)

    async def post(self, address: str, body: dict[str, Any]) -> None:
        """Posts to the Graph API, with the proof that the app's secret is known."""
        proof = hmac.new(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        await self.api.call(
            "POST",
            address,
            json=body,
            params={"appsecret_proof": proof},
            headers={"Authorization": f"Bearer {self.token}"},
        )
