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


SIGNATURE = "X-Hub-Signature-256"


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

    def sign(self, body: bytes) -> dict[str, str]:
        """The header with which Meta proves a body: its SHA-256 signature."""
        return {SIGNATURE: f"sha256={hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()}"}

    def verify(self, request: Request) -> None:
        """Checks the signature of the raw body."""
        if not same(request.headers.get(SIGNATURE), self.sign(request.body)[SIGNATURE]):
            raise Rejected(403, "The signature is wrong.")

    @property
    def greeting(self) -> dict[str, str]:
        """Meta's handshake."""
        return {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": self.verify_token}

    def handshake(self, request: Request) -> HTTPResponse:
        """Repeats Meta's challenge where it knows the verify token."""
        asked = request.args
        if asked.get("hub.mode") == "subscribe" and same(asked.get("hub.verify_token"), self.verify_token):
            return response.text(asked.get("hub.challenge", ""))
        return response.text("The verify token is wrong.", status=403)

    def _proved(self) -> dict[str, Any]:
        """What each call to the Graph API bears: the token, and the proof that the app's secret is known."""
        proof = hmac.new(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        return {"params": {"appsecret_proof": proof}, "headers": {"Authorization": f"Bearer {self.token}"}}

    async def post(self, address: str, body: dict[str, Any]) -> None:
        """Posts to the Graph API."""
        await self.api.call("POST", address, json=body, **self._proved())

    async def get(self, address: str, *fields: str) -> Any:
        """Reads fields of the Graph API's, once."""
        proved = self._proved()
        proved["params"] |= {"fields": ",".join(fields)} if fields else {}
        return await self.api.once("GET", address, **proved)
