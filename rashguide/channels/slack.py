"""Slack."""

from __future__ import annotations

import json
import time
from typing import Any, Mapping, Optional
from urllib.parse import parse_qs

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse
from slack_sdk.signature import SignatureVerifier

from rashguide import linear
from rashguide.channels.delivery import Refused, TryAgain, judge
from rashguide.channels.platform import Finding, Incoming, Platform, Rejected, Trial, json_object, words
from rashguide.channels.rendering import Limits, Part

PASSING = {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}
# A message's subtypes in which a person says something; all others are notices, or other bots.
SAID = {None, "file_share", "me_message", "thread_broadcast"}

_MENTION = linear.compile(r"<[@#!][^>]*>")
_LINK = linear.compile(r"<([^|>]*\|)?([^>]*)>")


def escape(text: str) -> str:
    """The text with Slack's three control characters escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """A person's words as they were typed: links as they read, without mentions, nothing escaped."""
    text = _LINK.sub(r"\2", _MENTION.sub("", text))
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _thread(message: Any) -> dict[str, Any]:
    """The thread that a message stands in, as a reply to it must name it."""
    return {"thread_ts": message["thread_ts"]} if "thread_ts" in message else {}


class SlackInput(Platform):
    """At ``/webhooks/slack/webhook``, for events and for interactivity. Choices are buttons."""

    limits = Limits(text=3000, buttons=5, title=75, text_with_buttons=3000, size=lambda text: len(escape(text)))

    def __init__(self) -> None:
        super().__init__()
        if self.is_on():
            self._verifier = SignatureVerifier(self.settings.slack_signing_secret)

    @classmethod
    def name(cls) -> str:
        """slack."""
        return "slack"

    @staticmethod
    def judge(status: int, headers: Mapping[str, str], body: Any) -> None:
        """See ``delivery.judge``: Slack reports failures in the body, with a status of 200."""
        judge(status, headers, body)
        if not isinstance(body, dict):
            raise TryAgain("no JSON")
        if not body.get("ok"):
            error = body.get("error")
            raise TryAgain(error) if error in PASSING else Refused(error)

    def verify(self, request: Request) -> None:
        """Checks the signature of the raw body and that it is at most five minutes old."""
        headers = {name: value for name, value in request.headers.items() if value.isascii()}
        if not self._verifier.is_valid_request(request.body.decode(), headers):
            raise Rejected(403, "The signature is wrong or old.")

    def acknowledgement(self, request: Request) -> HTTPResponse:
        """Nothing, or the challenge with which Slack checks the address."""
        if "json" in request.headers.get("content-type", ""):
            body = json_object(request)
            if body.get("type") == "url_verification":
                return response.text(str(body.get("challenge", "")))
        return response.text("")

    def events(self, request: Request) -> list[Any]:
        """The one event in a request: JSON for a message, a form for a pressed button."""
        if "json" in request.headers.get("content-type", ""):
            return [json_object(request)]
        return [json.loads(parse_qs(request.body.decode())["payload"][0])]

    def read(self, event: Any) -> Optional[Incoming]:
        """A direct message, an edit of one, a mention or a pressed button; None for the rest."""
        if event["type"] == "block_actions":
            return self._pressed(event)
        if event["type"] != "event_callback":
            return None
        message = event["event"]
        mentioned = message["type"] == "app_mention"
        if not mentioned and (message["type"] != "message" or message.get("channel_type") != "im"):
            return None  # in a channel, only those who mean the bot are answered
        edited = False
        if message.get("subtype") == "message_changed":
            before, after = message.get("previous_message", {}), message["message"]
            if before.get("text") == after.get("text"):
                return None  # Slack itself unfurled a link
            message, edited = {**after, "channel": message["channel"]}, True
        if message.get("bot_id") or message.get("subtype") not in SAID or "user" not in message:
            return None
        written = f"{message['channel']}:{message['ts']}"
        return Incoming(
            id=event["event_id"] if edited else written,
            edits=written if edited else "",
            person=f"{event['team_id']}.{message['user']}",
            chat=message["channel"],
            text=unescape(words(message.get("text"))),
            media=bool(message.get("files")),
            group=mentioned,
            sent=float(event["event_time"]) if "event_time" in event else None,
            extra=_thread(message),
        )

    def _pressed(self, event: Any) -> Incoming:
        action = event["actions"][0]
        return Incoming(
            id=f"{event['user']['id']}:{action['action_ts']}",
            person=f"{event['team']['id']}.{event['user']['id']}",
            chat=event["channel"]["id"],
            text=action["text"]["text"],
            payload=action["value"],
            sent=float(action["action_ts"]),
            extra=_thread(event.get("message", {})),
        )

    def _sign(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signature = self._verifier.generate_signature(timestamp=timestamp, body=body)
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature or ""}

    def trial(self) -> Trial:
        """A reaction to no message."""
        return Trial.of({"type": "event_callback", "event": {"type": "reaction_added"}}, self._sign)

    async def account(self, webhook: str) -> list[Finding]:
        """The bot and its workspace."""
        headers = {"Authorization": f"Bearer {self.settings.slack_bot_token}"}
        found = await self.api.once("POST", f"{self.settings.slack_api}/auth.test", headers=headers)
        return [
            Finding(True, f"the bot is {found['user']} in {found['team']}"),
            Finding(None, f"under Event Subscriptions and Interactivity the address must be {webhook}, and verified"),
        ]

    async def send(self, message: Incoming, part: Part) -> None:
        """One message, without markup, in the thread that was written in."""
        body: dict[str, Any] = {
            "channel": message.chat,
            "text": escape(part.text),
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
            **message.extra,
        }
        if part.buttons:
            buttons = [
                {
                    "type": "button",
                    "action_id": f"choice_{number}",
                    "text": {"type": "plain_text", "text": button.title, "emoji": False},
                    "value": button.payload,
                }
                for number, button in enumerate(part.buttons, start=1)
            ]
            body["blocks"] = [
                {"type": "section", "text": {"type": "plain_text", "text": part.text, "emoji": False}},
                {"type": "actions", "elements": buttons},
            ]
        await self.api.call(
            "POST",
            f"{self.settings.slack_api}/chat.postMessage",
            json=body,
            headers={"Authorization": f"Bearer {self.settings.slack_bot_token}"},
        )
