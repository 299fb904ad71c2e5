"""The web widget's channel at ``/chat``: its files, its own page, the demo page, and the talk itself.

Talk is JSON over POST, from this origin and those in WIDGET_ORIGINS. ``/chat/message`` takes ``{"session", "message"}``
or ``{"session", "choice"}`` (a subject's id), with an ``"id"`` of the message's own, and returns ``{"session",
"messages"}``. A message whose id is known is not answered again: its first answer is repeated.

A session begins with a seed, 32 hexadecimal digits that the page draws, so that also what was said before the first
answer arrived can be named. From then on it is this server's own: the conversation's id and the time of its last
message, signed. It goes with each request instead of a cookie, so there is nothing for another site to ride on, and it
works where third-party cookies are blocked. ``/chat/keep`` renews it. ``/chat/forget`` deletes ``{"sessions"}``, also
those that have ended or were signed with another key: an id of 128 random bits is known to nobody but its writer.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from contextlib import suppress
from typing import Any, Awaitable, Callable, Optional, Union

from rasa.core.channels.channel import OutputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from rashguide import clinic, content, linear
from rashguide.channels import assets
from rashguide.channels.every_request import Channel, identifier, surely
from rashguide.content import sign_offs
from rashguide.content.names import Response
from rashguide.guard.advice import ADVICE
from rashguide.guard.buttons import sign
from rashguide.guard.intake import conversation
from rashguide.settings import settings
from rashguide.stores import conversations, sessions
from rashguide.stores.conversations import StoreUnavailable

NAME = linear.compile(r"[0-9a-f]{32}")  # a seed, a conversation's id, a message's
MOST_FORGOTTEN = 100  # conversations that one request may delete


def _signature(session: str) -> str:
    return hmac.new(settings().secret_key.encode(), f"session\n{session}".encode(), hashlib.sha256).hexdigest()


def mint(identifier: str) -> str:
    """A conversation's signed session, good for ``conversations.SESSION`` seconds."""
    session = f"{identifier}.{int(time.time())}"
    return f"{session}.{_signature(session)}"


def begun(seed: str) -> str:
    """The id of the conversation that a seed begins. Who knows the id does not know the seed."""
    return hashlib.sha256(f"conversation\n{seed}".encode()).hexdigest()[:32]


def is_name(text: Any) -> bool:
    """True for 32 hexadecimal digits."""
    return isinstance(text, str) and text.isascii() and bool(NAME.fullmatch(text))


def identify(session: Any) -> Optional[str]:
    """The conversation's id, of a seed or a signed session; None where that is forged, damaged or too old."""
    if is_name(session):
        return begun(session)
    session, _, signature = session.rpartition(".") if isinstance(session, str) and session.isascii() else ("", "", "")
    if not hmac.compare_digest(_signature(session), signature):
        return None
    identifier, _, issued = session.partition(".")
    return identifier if abs(time.time() - int(issued)) <= conversations.SESSION else None


def named(session: Any) -> Optional[str]:
    """The conversation that a session names, however old and whoever signed it; None where it names none."""
    if is_name(session):
        return begun(session)
    identifier = session.partition(".")[0] if isinstance(session, str) else ""
    return identifier if is_name(identifier) else None


def clinic_calls(text: str) -> list[dict[str, str]]:
    """The numbers of the clinic's card that a reply names, to tap on."""
    card = settings().card()
    return [assets.to_tap(number) for number in (card.phone, card.after_hours) if number and number in text]


class Collected(OutputChannel):
    """A turn's messages as the widget gets them, each with what the content says about it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """The channel's."""
        return "web"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keeps text and buttons; adds the alert, source section, review state and date of the wording, the clinic's
        numbers in it to tap on, and the file that a reminder is."""
        told = {key: message[key] for key in ("text", "buttons") if message.get(key)}
        about = message.get("metadata") or {}
        subject = content.subject_of(message.get("utter_action") or "")
        known = subject.metadata if subject else {}
        # Of a note that is the person's own there is nothing to review.
        for key in ("takeaway",) if known.get("takeaway") else ("alert", "checked"):
            if about.get(key) or known.get(key):
                told[key] = about.get(key) or known[key]
        if subject and not known.get("takeaway"):
            told["reviewed"] = sign_offs.review_state(subject.id)
        if subject and subject.source_told:
            told["source"] = subject.source_told
        if subject and subject.language != "en":
            told["lang"] = subject.language
        calls = clinic_calls(told.get("text", "")) if not about.get("alert") and not known.get("alert") else []
        if calls:
            told["calls"] = calls
        if message.get("utter_action") == Response.REMIND and clinic.calendar():
            told["calendar"] = clinic.calendar()
        self.messages.append(told)


def allowed(request: Request) -> bool:
    """True for requests from the channel's own pages, from configured origins and from no browser."""
    origin = request.headers.get("origin")
    return not origin or origin.partition("://")[2] == request.host or origin in settings().origins()


def serve(asset: assets.Asset, request: Request) -> HTTPResponse:
    """One of the widget's files, compressed where that is understood; nothing where the browser has it."""
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = asset.headers(packed)
    if asset.kind == ".html":
        ancestors = " ".join(["'self'", *settings().origins()]) if asset is assets.find("") else "'none'"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Content-Security-Policy"] = assets.PAGE_POLICY + ancestors
    else:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        headers["Access-Control-Allow-Origin"] = "*"
    if asset.tag in request.headers.get("if-none-match", ""):
        return response.empty(304, headers={key: value for key, value in headers.items() if key != "Content-Encoding"})
    kind = f"{assets.TYPES[asset.kind]}; charset=utf-8"
    return response.raw(asset.packed if packed else asset.body, content_type=kind, headers=headers)


class WebInput(Channel):
    """The widget and its pages."""

    @classmethod
    def name(cls) -> str:
        """The first part of its conversations' ids."""
        return "web"

    def url_prefix(self) -> str:
        """An absolute address, so that Rasa puts no ``/webhooks/`` before it (core/channels/channel.py:91)."""
        return "/chat"

    def routes(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes."""
        web = Blueprint("web")
        assets.built()  # a widget that cannot be made stops the start

        @web.get("/<name:path>")
        async def asset(request: Request, name: str) -> HTTPResponse:
            found = assets.find(name)
            return serve(found, request) if found else response.text("There is nothing at this address.", status=404)

        @web.middleware("response")  # type: ignore[untyped-decorator]
        async def cross_origin(request: Request, reply: HTTPResponse) -> None:
            origin = request.headers.get("origin")
            if request.method != "GET" and origin in settings().origins():
                reply.headers["Access-Control-Allow-Origin"] = origin
                reply.headers["Access-Control-Allow-Headers"] = "content-type"
                reply.headers["Vary"] = "Origin"

        @web.options("/message", name="ask_message")  # type: ignore[arg-type]  # it is what the line below hands on
        @web.options("/keep", name="ask_keep")  # type: ignore[arg-type]
        @web.options("/forget", name="ask_forget")
        async def preflight(_: Request) -> HTTPResponse:
            return response.empty()

        def read(request: Request) -> Union[dict[str, Any], HTTPResponse]:
            """The request's object, or what to answer instead."""
            if not allowed(request):
                return refused("This page may not talk to the guide.", 403)
            try:
                body = json.loads(request.body)
            except (ValueError, RecursionError):
                body = None
            return body if isinstance(body, dict) else refused("Send a JSON object.", 400)

        async def under_way(request: Request, session: Any) -> Optional[str]:
            """The conversation that a session is in; None where it has ended, or its person has ended it."""
            sender = identify(session)
            with suppress(StoreUnavailable):  # who cannot be looked up is told by the guard that nothing can be kept
                return None if sender and await sessions.ended(store(request), sender) else sender
            return sender

        def store(request: Request) -> conversations.ConversationStore:
            return conversations.store_of(request.app.ctx.agent)

        def refused(reason: str, status: int) -> HTTPResponse:
            return response.json({"messages": [{"text": f"{reason}\n{ADVICE}"}]}, status=status)

        def ended() -> HTTPResponse:
            return refused("This chat has ended. Start a new one.", 401)

        @web.post("/message")
        async def message(request: Request) -> HTTPResponse:
            body = read(request)
            if isinstance(body, HTTPResponse):
                return body
            given = body.get("session")
            sender = await under_way(request, given) if given else secrets.token_hex(16)
            text, choice, name = body.get("message", ""), body.get("choice"), body.get("id")
            if not sender:
                return ended()
            if not isinstance(text, str) or not isinstance(choice, (str, type(None))):
                return refused("The message must be text.", 400)
            if name is not None and not is_name(name):
                return refused("A message's id must be 32 hexadecimal digits.", 400)
            if choice in assets.topics():
                text = sign(conversation(self.name(), sender), choice)
            output = Collected()
            told = UserMessage(text, output, sender, input_channel=self.name(), message_id=name or identifier(request))
            await surely(on_new_message, told)
            return response.json({"session": mint(sender), "messages": output.messages})

        @web.post("/keep")
        async def keep(request: Request) -> HTTPResponse:
            body = read(request)
            if isinstance(body, HTTPResponse):
                return body
            sender = await under_way(request, body.get("session"))
            if not sender:
                return ended()
            await conversations.keep_alive(request.app.ctx.agent, conversation(self.name(), sender))
            return response.json({"session": mint(sender)})

        @web.post("/forget")
        async def forget(request: Request) -> HTTPResponse:
            body = read(request)
            if isinstance(body, HTTPResponse):
                return body
            given = body.get("sessions")
            found = [named(session) for session in given] if isinstance(given, list) else []
            if not found or None in found or len(found) > MOST_FORGOTTEN:
                return refused("Name the sessions to forget in a list.", 400)
            for sender in filter(None, found):
                await sessions.end(store(request), sender)
                await conversations.forget(request.app.ctx.agent, conversation(self.name(), sender))
            return response.json({"forgotten": len(found)})

        return web
