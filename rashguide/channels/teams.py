"""Microsoft Teams, through the Bot Framework's REST API, for a bot that is registered in one tenant."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime
from typing import Any, Mapping, Optional
from urllib.parse import quote

import jwt
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from rashguide import linear
from rashguide.channels.delivery import Refused, TryAgain, judge, seconds
from rashguide.channels.platform import Finding, Incoming, Platform, Rejected, Trial, json_object, words
from rashguide.channels.rendering import Limits, Part
from rashguide.settings.platforms import TEAMS_ISSUER, TEAMS_SCOPE

logger = logging.getLogger(__name__)

KEYS_KEPT = 24 * 3600.0  # seconds; Microsoft asks for a day
KEYS_AT_MOST_EVERY = 60.0  # seconds between fetches for keys that are not known
KEYS_AGAIN = 5.0  # seconds after a fetch that failed
CLOCKS_APART = 300  # seconds, as Microsoft allows
EARLY = 300.0  # seconds before its end that an access token is renewed

NO_FILES = {"text/html", "messageReference"}  # each formatted text once more as HTML, and what a message quotes

_MENTION = linear.compile(r"<at>.*?</at>", linear.S)


class TeamsInput(Platform):
    """At ``/webhooks/teams/webhook``. Choices are a card's buttons."""

    limits = Limits(text=4000, buttons=6, title=60, text_with_buttons=4000)

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[str, Any] = {}
        self._keys_from = self._keys_tried = float("-inf")
        self._fetching = asyncio.Lock()
        self._token = ""
        self._token_until = float("-inf")

    @classmethod
    def name(cls) -> str:
        """teams."""
        return "teams"

    @staticmethod
    def judge(status: int, headers: Mapping[str, str], body: Any) -> None:
        """See ``delivery.judge``: here 412 passes, too."""
        if status == 412:
            raise TryAgain(status, seconds(headers.get("Retry-After")))
        judge(status, headers, body)

    async def _key(self, identifier: str) -> Any:
        """Microsoft's public key of that name, with what it is endorsed for. Raises ``Rejected`` for no such key."""
        async with self._fetching:
            now = time.monotonic()
            age = now - self._keys_from
            due = age > KEYS_KEPT or (identifier not in self._keys and age > KEYS_AT_MOST_EVERY)
            if due and now - self._keys_tried > KEYS_AGAIN:
                self._keys_tried = now
                try:
                    found = await self.api.once("GET", self.settings.teams_keys)
                    self._keys = {key["kid"]: key for key in found["keys"]}
                    self._keys_from = now
                except (Refused, TryAgain, LookupError, TypeError):
                    logger.error("Microsoft's keys could not be fetched")
        if identifier in self._keys:
            return self._keys[identifier]
        if self._keys_from < self._keys_tried:
            raise Rejected(503, "The keys could not be fetched.")
        raise Rejected(403, "The token's key is not known.")

    async def verify(self, request: Request) -> None:
        """Checks Microsoft's token: signature, issuer, audience, time, and that it is for this server of theirs."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            key = await self._key(jwt.get_unverified_header(token)["kid"])
            claims = jwt.decode(
                token,
                jwt.PyJWK(key).key,
                algorithms=["RS256"],
                audience=self.settings.teams_app_id,
                issuer=TEAMS_ISSUER,
                leeway=CLOCKS_APART,
                options={"require": ["exp", "nbf", "iss", "aud"]},
            )
        except (jwt.PyJWTError, LookupError, TypeError, ValueError):
            raise Rejected(403, "The token is wrong or old.") from None
        activity = json_object(request)
        service = activity["serviceUrl"].rstrip("/")
        if scheme != "Bearer" or str(claims.get("serviceurl")).rstrip("/") != service:
            raise Rejected(403, "The token is for another server.")
        if activity["channelId"] != "msteams" or "msteams" not in key.get("endorsements", []):
            raise Rejected(403, "This is not Teams.")
        if not f"{service}/".startswith(f"{self.settings.teams_service}/") or "/.." in service:
            raise Rejected(403, "Replies do not go to that server.")

    def read(self, event: Any) -> Optional[Incoming]:
        """A text, an edited one, a pressed button or a file; None for the rest."""
        kind = event["type"]
        if kind not in ("message", "messageUpdate"):
            return None
        sender, conversation = event["from"], event["conversation"]
        if sender.get("role") == "bot" or sender["id"] == event["recipient"]["id"]:
            return None
        if kind == "messageUpdate" and event.get("channelData", {}).get("eventType") != "editMessage":
            return None
        value = event.get("value")
        files = [file for file in event.get("attachments", []) if file.get("contentType") not in NO_FILES]
        return Incoming(
            id=f"{event['id']}:{event['timestamp']}" if kind == "messageUpdate" else event["id"],
            edits=event["id"] if kind == "messageUpdate" else "",
            person=sender["id"],
            chat=conversation["id"],
            text=_MENTION.sub("", words(event.get("text"))).strip(),
            payload=str(value.get("payload", "")) if isinstance(value, dict) else "",
            media=bool(files),
            group=conversation.get("conversationType", "personal") != "personal",
            sent=datetime.fromisoformat(event["timestamp"][:19] + "+00:00").timestamp(),
            extra={"service": event["serviceUrl"].rstrip("/"), "from": event["recipient"], "recipient": sender},
        )

    def acknowledgement(self, request: Request) -> HTTPResponse:
        """An empty object."""
        return response.json({})

    def trial(self) -> Optional[Trial]:
        """None: what signs is Microsoft's key alone."""
        return None

    async def account(self, webhook: str) -> list[Finding]:
        """Whether Microsoft gives the bot an access token, and its keys."""
        await self.api.once(*self._asked(), data=self._asking())
        keys = (await self.api.once("GET", self.settings.teams_keys))["keys"]
        good = sum("msteams" in key.get("endorsements", []) for key in keys)
        return [
            Finding(True, "Microsoft gives the bot an access token"),
            Finding(good > 0, f"{good} of Microsoft's {len(keys)} keys are good for Teams"),
            Finding(None, f"under Configuration the messaging endpoint must be {webhook}"),
        ]

    def _asked(self) -> tuple[str, str]:
        return "POST", f"{self.settings.teams_login}/{self.settings.teams_tenant_id}/oauth2/v2.0/token"

    def _asking(self) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.settings.teams_app_id,
            "client_secret": self.settings.teams_app_password,
            "scope": TEAMS_SCOPE,
        }

    async def _access(self) -> str:
        """The bot's access token, renewed in time."""
        if time.monotonic() > self._token_until - EARLY:
            granted = await self.api.call(*self._asked(), data=self._asking())
            self._token = granted["access_token"]
            self._token_until = time.monotonic() + float(granted["expires_in"])
        return self._token

    async def send(self, message: Incoming, part: Part) -> None:
        """One message, as plain text, with a card's buttons where there are choices."""
        body: dict[str, Any] = {
            "type": "message",
            "from": message.extra["from"],
            "recipient": message.extra["recipient"],
            "conversation": {"id": message.chat},
            "text": part.text,
            "textFormat": "plain",
        }
        if part.buttons:
            buttons = [
                {
                    "type": "messageBack",
                    "title": button.title,
                    "displayText": button.title,
                    "text": button.title,
                    "value": {"payload": button.payload},
                }
                for button in part.buttons
            ]
            card = {"contentType": "application/vnd.microsoft.card.hero", "content": {"buttons": buttons}}
            body["attachments"] = [card]
        address = f"{message.extra['service']}/v3/conversations/{quote(message.chat, safe='')}/activities"
        try:
            await self._post(address, body)
        except Refused as refused:
            if refused.args[0] != 401:
                raise
            self._token_until = float("-inf")  # the token was revoked before its time
            await self._post(address, body)

    async def _post(self, address: str, body: dict[str, Any]) -> None:
        await self.api.call("POST", address, json=body, headers={"Authorization": f"Bearer {await self._access()}"})
