"""The platforms' APIs on loopback, in one server: each checks what it gets as the real one does, and keeps it.

It refuses what the platform would refuse: a wrong token, a text that is too long, too many or too long buttons, a
payload that is too big, more messages to one chat in a second than it allows. Fields that the platform would drop
without a word are refused here, too. What it refuses for such a reason is also kept in ``broken``, so that a test can
say that there was nothing of the kind. ``RULES`` names the documents that the rules were taken from.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import threading
import time
import uuid
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from aiohttp import web

from tests.harness.platforms import accounts

BURST = 10  # messages to one chat in a second

# Where each platform says what it takes, and how it signs what it sends (the drivers follow the same pages).
RULES = {
    "whatsapp": [
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/text-messages",
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages",
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids",
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages",
        "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    ],
    "sms": [
        "https://www.twilio.com/docs/messaging/api/message-resource",
        "https://www.twilio.com/docs/messaging/guides/webhook-request",
        "https://www.twilio.com/docs/usage/security",
        "https://www.twilio.com/docs/api/errors/21610",
        "https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out",
    ],
    "twilio_whatsapp": ["https://www.twilio.com/docs/whatsapp/api"],
    "telegram": ["https://core.telegram.org/bots/api"],
    "messenger": [
        "https://developers.facebook.com/docs/messenger-platform/reference/send-api",
        "https://developers.facebook.com/docs/messenger-platform/reference/templates/button",
        "https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages",
        "https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-edits",
    ],
    "slack": [
        "https://docs.slack.dev/reference/methods/chat.postMessage",
        "https://docs.slack.dev/reference/block-kit/blocks",
        "https://docs.slack.dev/reference/interaction-payloads/block_actions-payload",
        "https://docs.slack.dev/reference/events/message",
        "https://docs.slack.dev/authentication/verifying-requests-from-slack",
    ],
    "rocketchat": [
        "https://developer.rocket.chat/apidocs/post-message",
        "https://docs.rocket.chat/docs/integrations",
    ],
    "webex": [
        "https://developer.webex.com/docs/api/v1/messages/create-a-message",
        "https://developer.webex.com/docs/api/guides/webhooks",
    ],
    "teams": [
        "https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference",
        "https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication",
        "https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages",
    ],
}
STOPPING = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
STARTING = {"start", "yes", "unstop"}
NUMBER = re.compile(r"\d{6,15}")
USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")  # WhatsApp's, good for one business


@dataclass
class Sent:
    platform: str
    chat: str
    text: str
    buttons: list[tuple[str, str]] = field(default_factory=list)
    at: float = field(default_factory=time.monotonic)


class Wrong(Exception):
    """The request breaks one of the platform's rules."""


class Dropped(Exception):
    """The connection ends without an answer."""


@web.middleware
async def dropping(request: web.Request, handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Dropped:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


def must(rule: bool, name: str) -> None:
    if not rule:
        raise Wrong(name)


def only(body: Mapping[str, Any], *fields: str) -> None:
    """The object has no field but these: the platform would ignore others, and what they were to do."""
    must(not body.keys() - {*fields}, f"ignored: {', '.join(sorted(body.keys() - {*fields}))}")


class Fake:
    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.broken: list[str] = []
        self.calls: list[str] = []  # other methods that were called, by platform and name
        self.faults: dict[str, deque[str]] = defaultdict(deque)  # what goes wrong next, by platform or platform:chat
        self.faulted: list[str] = []
        self._recent: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self.webex_messages: dict[str, dict] = {}
        self.teams_granted: set[str] = set()
        self.threads: dict[str, str | None] = {}  # Slack, Rocket.Chat: the last message's thread, by chat
        self.registered: dict[str, str] = {}  # the address that each platform was told to call
        self.opted_out: set[str] = set()  # SMS: numbers that sent a word which ends it
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(started,), daemon=True)
        self._thread.start()
        started.wait(10)

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        app = web.Application(middlewares=[dropping])
        app.add_routes(
            [
                web.get("/graph/{id}", self.graph_read),
                web.get("/graph/{id}/{edge}", self.graph_read),
                web.get("/2010-04-01/Accounts/{account}", self.twilio_account),
                web.get("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json", self.twilio_numbers),
                web.post("/slack/auth.test", self.slack_me),
                web.get("/rocketchat/api/v1/me", self.rocketchat_me),
                web.get("/webex/webhooks", self.webex_webhooks),
                web.post("/graph/{number}/messages", self.graph),
                web.post("/2010-04-01/Accounts/{account}/Messages.json", self.twilio),
                web.post("/bot{token}/{method}", self.telegram),
                web.post("/slack/chat.postMessage", self.slack),
                web.post("/rocketchat/api/v1/chat.postMessage", self.rocketchat),
                web.get("/webex/people/me", self.webex_me),
                web.get("/webex/messages/{id}", self.webex_message),
                web.post("/webex/messages", self.webex),
                web.post("/login/{tenant}/oauth2/v2.0/token", self.teams_token),
                web.get("/keys", self.teams_keys),
                web.post("/teams/emea/v3/conversations/{chat}/activities", self.teams),
            ]
        )
        runner = web.AppRunner(app)
        self.loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self.loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        started.set()
        self.loop.run_forever()
        self.loop.run_until_complete(runner.cleanup())

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(15)

    def to(self, platform: str, chat: str) -> list[Sent]:
        return [sent for sent in list(self.sent) if (sent.platform, sent.chat) == (platform, chat)]

    async def _take(
        self,
        sent: Sent,
        check: Callable[[], None],
        refuse: Callable[[int, str, dict], web.Response],
        accept: Callable[[], web.Response],
    ) -> web.Response:
        """What every platform does with a message: trouble first, then its rules, then its rate limit."""
        for queue in (self.faults[f"{sent.platform}:{sent.chat}"], self.faults[sent.platform]):
            if queue:
                fault = queue.popleft()
                self.faulted.append(f"{sent.platform} {fault}")
                if fault == "hang":
                    await asyncio.sleep(10)
                if fault in ("hang", "drop"):
                    raise Dropped
                return refuse(int(fault), "injected", {"Retry-After": "1"} if fault == "429" else {})
        try:
            check()
        except Wrong as wrong:
            self.broken.append(f"{sent.platform}: {wrong}")
            return refuse(401 if str(wrong) == "token" else 400, str(wrong), {})
        recent = self._recent[sent.platform, sent.chat]
        now = time.monotonic()
        while recent and recent[0] < now - 1:
            recent.popleft()
        if len(recent) >= BURST:
            return refuse(429, "rate", {"Retry-After": "1"})
        recent.append(now)
        self.sent.append(sent)
        return accept()

    # --- Meta: WhatsApp's Cloud API and Messenger -------------------------------------------------------

    async def graph(self, request: web.Request) -> web.Response:
        body = await request.json()
        whatsapp = body.get("messaging_product") == "whatsapp"

        def refuse(status: int, why: str, headers: dict) -> web.Response:
            # Meta's rate limits come as a status of 400 (WhatsApp) with a code of their own.
            code, status = {429: (131056 if whatsapp else 613, 400), 401: (190, 401), 500: (131000, 500)}.get(
                status, (100, status)
            )
            error = {"message": why, "code": code, "error_subcode": 1, "fbtrace_id": "x", "type": "OAuthException"}
            return web.json_response({"error": error}, status=status, headers=headers)

        if whatsapp:
            interactive = body.get("interactive", {})
            buttons = [
                (b["reply"]["title"], b["reply"]["id"]) for b in interactive.get("action", {}).get("buttons", [])
            ]
            text = interactive["body"]["text"] if interactive else body["text"]["body"]
            sent = Sent("whatsapp", body.get("to") or body["recipient"], text, buttons)

            def taken() -> web.Response:
                told = (
                    {"input": sent.chat, "wa_id": sent.chat} if "to" in body else {"input": sent.chat, "user_id": "x"}
                )
                message = {"id": f"wamid.{uuid.uuid4().hex}"}
                return web.json_response({"messaging_product": "whatsapp", "contacts": [told], "messages": [message]})

            if not NUMBER.fullmatch(body.get("to", "000000")):  # taken with 200, and nothing ever arrives
                self.broken.append("whatsapp: no number in 'to'")
                return taken()

            def check() -> None:
                only(body, "messaging_product", "recipient_type", "to", "recipient", "type", "text", "interactive")
                only(body.get("text", {}), "body", "preview_url")
                only(interactive, "type", "header", "body", "footer", "action")
                must(body.get("recipient_type", "individual") == "individual", "recipient_type")
                must("to" in body or bool(USER_ID.fullmatch(body["recipient"])), "recipient")
                must(request.headers["Authorization"] == f"Bearer {accounts.WHATSAPP['whatsapp_token']}", "token")
                must(request.match_info["number"] == accounts.WHATSAPP["whatsapp_phone_number_id"], "number")
                must(request.query["appsecret_proof"] == accounts.proof(accounts.WHATSAPP, "whatsapp_token"), "proof")
                must(body["type"] == ("interactive" if interactive else "text"), "type")
                must(1 <= len(text) <= (1024 if interactive else 4096), "length")
                must(len(buttons) <= 3 and bool(buttons) == bool(interactive), "buttons")
                must(all(1 <= len(t) <= 20 and 1 <= len(i) <= 256 for t, i in buttons), "button")
                must(len({t for t, _ in buttons}) == len({i for _, i in buttons}) == len(buttons), "same buttons")

            return await self._take(
                sent,
                check,
                refuse,
                taken,
            )
        message = body["message"]
        template = message.get("attachment", {}).get("payload", {})
        buttons = [(b["title"], b["payload"]) for b in template.get("buttons", [])]
        text = template.get("text") or message.get("text", "")
        sent = Sent("messenger", body["recipient"]["id"], text, buttons)

        def check_messenger() -> None:
            must(request.headers["Authorization"] == f"Bearer {accounts.MESSENGER['messenger_page_token']}", "token")
            must(request.match_info["number"] == accounts.MESSENGER["messenger_page_id"], "page")
            must(
                request.query["appsecret_proof"] == accounts.proof(accounts.MESSENGER, "messenger_page_token"), "proof"
            )
            must(body["messaging_type"] == "RESPONSE", "messaging_type")
            only(body, "recipient", "messaging_type", "message")
            only(body["recipient"], "id")
            only(message, *(["attachment"] if template else ["text"]))
            only(template, "template_type", "text", "buttons")
            must(not template or template["template_type"] == "button", "template")
            for button in template.get("buttons", []):
                only(button, "type", "title", "payload")
            must(1 <= len(text) <= (640 if template else 2000), "length")
            must(len(buttons) <= 3 and bool(buttons) == bool(template), "buttons")
            must(all(1 <= len(t) <= 20 and 1 <= len(p) <= 1000 for t, p in buttons), "button")

        return await self._take(
            sent,
            check_messenger,
            refuse,
            lambda: web.json_response({"recipient_id": sent.chat, "message_id": f"m_{uuid.uuid4().hex}"}),
        )

    async def graph_read(self, request: web.Request) -> web.Response:
        """Fields of a number or a page, only with the token and the proof of the one or the other."""
        whatsapp = request.match_info["id"] == accounts.WHATSAPP["whatsapp_phone_number_id"]
        known, name = (
            (accounts.WHATSAPP, "whatsapp_token") if whatsapp else (accounts.MESSENGER, "messenger_page_token")
        )
        proved = request.query.get("appsecret_proof") == accounts.proof(known, name)
        if request.headers.get("Authorization") != f"Bearer {known[name]}" or not proved:
            return web.json_response({"error": {"code": 190, "type": "OAuthException", "message": "x"}}, status=400)
        fields = {*request.query.get("fields", "").split(",")}
        if whatsapp:
            number = {"display_phone_number": "+1 555-078-3881", "verified_name": "Rash guide"}
            number |= {"webhook_configuration": {"application": self.registered.get("whatsapp", "")}}
            return web.json_response({"id": "x", **{key: number[key] for key in number.keys() & fields}})
        if request.match_info.get("edge") == "subscribed_apps":
            subscribed = ["messages", "messaging_postbacks", "message_edits"]
            return web.json_response({"data": [{"name": "x", "subscribed_fields": subscribed}]})
        page = {"id": accounts.MESSENGER["messenger_page_id"], "name": "A page"}
        return web.json_response({key: page[key] for key in page.keys() & fields})

    # --- Twilio -----------------------------------------------------------------------------------------

    def carrier(self, form: Mapping[str, str]) -> None:
        """What Twilio does with a text message before anybody else sees it: some words end what goes to a number."""
        word = form.get("Body", "").strip().casefold()
        kind = form.get("OptOutType") or ("STOP" if word in STOPPING else "START" if word in STARTING else "")
        if kind == "STOP":
            self.opted_out.add(form["From"])
        elif kind == "START":
            self.opted_out.discard(form.get("From", ""))

    @staticmethod
    def _twilio_token(request: web.Request) -> bool:
        account, token = accounts.TWILIO["twilio_account_sid"], accounts.TWILIO["twilio_auth_token"]
        basic = base64.b64encode(f"{account}:{token}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {basic}"

    async def twilio_account(self, request: web.Request) -> web.Response:
        if not self._twilio_token(request):
            return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
        return web.json_response({"friendly_name": "The clinic", "status": "active", "type": "Full"})

    async def twilio_numbers(self, request: web.Request) -> web.Response:
        if not self._twilio_token(request):
            return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
        own = {"sms_url": self.registered.get("sms", ""), "sms_method": "POST"}
        known = request.query["PhoneNumber"] == accounts.TWILIO["twilio_sms_from"]
        return web.json_response({"incoming_phone_numbers": [own] if known else []})

    async def twilio(self, request: web.Request) -> web.Response:
        form = await request.post()
        whatsapp = form["To"].startswith("whatsapp:")
        platform = "twilio_whatsapp" if whatsapp else "sms"
        account, token = accounts.TWILIO["twilio_account_sid"], accounts.TWILIO["twilio_auth_token"]

        def check() -> None:
            basic = base64.b64encode(f"{account}:{token}".encode()).decode()
            must(request.headers.get("Authorization") == f"Basic {basic}", "token")
            must(request.match_info["account"] == account, "account")
            expected = (
                "whatsapp:" + accounts.TWILIO["twilio_whatsapp_from"]
                if whatsapp
                else accounts.TWILIO["twilio_sms_from"]
            )
            must(form["From"] == expected, "from")
            only(form, "To", "From", "Body", "StatusCallback")
            must(bool(re.fullmatch(r"(whatsapp:)?\+[1-9]\d{6,14}|whatsapp:[A-Z]{2}\..+", form["To"])), "to")
            must(1 <= len(form["Body"]) <= 1600, "length")
            must(form["StatusCallback"].startswith(accounts.TWILIO["twilio_public_url"]), "callback")

        if not whatsapp and form["To"] in self.opted_out:
            told = {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}
            return web.json_response(told, status=400)

        def refuse(status: int, why: str, headers: dict) -> web.Response:
            return web.json_response(
                {"code": 20000 + status, "message": why, "status": status}, status=status, headers=headers
            )

        return await self._take(
            Sent(platform, form["To"], form["Body"]),
            check,
            refuse,
            lambda: web.json_response({"sid": f"SM{uuid.uuid4().hex}", "status": "queued"}, status=201),
        )

    # --- Telegram ---------------------------------------------------------------------------------------

    async def telegram(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = await request.json() if request.can_read_body else {}

        def refuse(status: int, why: str, headers: dict) -> web.Response:
            told = {"ok": False, "error_code": status, "description": why}
            if status == 429:
                told["parameters"] = {"retry_after": 1}
            return web.json_response(told, status=status)

        if request.match_info["token"] != accounts.TELEGRAM["telegram_token"]:
            self.broken.append("telegram: token")
            return refuse(401, "Unauthorized", {})
        if method == "answerCallbackQuery":
            self.calls.append(f"telegram {method}")
            if not isinstance(body.get("callback_query_id"), str) or len(body) != 1:
                self.broken.append("telegram: callback_query_id")
            return web.json_response({"ok": True, "result": True})
        if method == "getMe":
            bot = {"id": 123456789, "is_bot": True, "username": "rash_guide_bot", "can_join_groups": True}
            return web.json_response({"ok": True, "result": bot})
        if method == "getWebhookInfo":
            told = {"url": self.registered.get("telegram", ""), "pending_update_count": 0}
            told["allowed_updates"] = ["message", "edited_message", "callback_query"]
            return web.json_response({"ok": True, "result": told})
        must(method == "sendMessage", "method")
        rows = body.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [(b["text"], b["callback_data"]) for row in rows for b in row]

        def check() -> None:
            must(isinstance(body["chat_id"], int), "chat_id")
            must(1 <= len(body["text"].encode("utf-16-le")) // 2 <= 4096, "length")
            must(all(1 <= len(p.encode()) <= 64 and t for t, p in buttons), "button")
            must(len(buttons) <= 100 and all(len(row) <= 8 for row in rows), "buttons")
            must("parse_mode" not in body, "markup")
            only(body, "chat_id", "text", "link_preview_options", "reply_markup")
            only(body["link_preview_options"], "is_disabled")
            only(body.get("reply_markup", {}), "inline_keyboard")
            for button in (button for row in rows for button in row):
                only(button, "text", "callback_data")

        return await self._take(
            Sent("telegram", str(body["chat_id"]), body["text"], buttons),
            check,
            refuse,
            lambda: web.json_response({"ok": True, "result": {"message_id": 1}}),
        )

    # --- Slack ------------------------------------------------------------------------------------------

    async def slack(self, request: web.Request) -> web.Response:
        body = await request.json()
        blocks = body.get("blocks", [])
        elements = [e for block in blocks if block["type"] == "actions" for e in block["elements"]]
        buttons = [(e["text"]["text"], e["value"]) for e in elements]
        self.threads[body["channel"]] = body.get("thread_ts")
        text = body["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

        def check() -> None:
            must(request.headers["Authorization"] == f"Bearer {accounts.SLACK['slack_bot_token']}", "token")
            must("<" not in body["text"] and ">" not in body["text"], "escaping")
            only(body, "channel", "text", "mrkdwn", "unfurl_links", "unfurl_media", "thread_ts", "blocks")
            must(bool(re.fullmatch(r"\d+\.\d{6}", body.get("thread_ts", "1.000000"))), "thread_ts")
            must(len(blocks) <= 50, "blocks")
            must(1 <= len(body["text"]) <= 4000 and len(json.dumps(blocks)) < 50_000, "length")
            for block in blocks:
                must(block["type"] != "section" or 1 <= len(block["text"]["text"]) <= 3000, "section")
            must(len(elements) <= 25 and len({e["action_id"] for e in elements}) == len(elements), "buttons")
            must(all(1 <= len(t) <= 75 and 1 <= len(p) <= 2000 for t, p in buttons), "button")

        def refuse(status: int, why: str, headers: dict) -> web.Response:
            if status in (400, 401):  # Slack says so in the body, with a status of 200
                return web.json_response({"ok": False, "error": "invalid_blocks" if status == 400 else "invalid_auth"})
            return web.json_response({"ok": False, "error": why}, status=status, headers=headers)

        return await self._take(
            Sent("slack", body["channel"], text, buttons),
            check,
            refuse,
            lambda: web.json_response({"ok": True, "channel": body["channel"], "ts": f"{time.time():.6f}"}),
        )

    async def slack_me(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {accounts.SLACK['slack_bot_token']}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        return web.json_response({"ok": True, "team": "The clinic", "user": "rash-guide", "bot_id": "B0"})

    # --- Rocket.Chat ------------------------------------------------------------------------------------

    async def rocketchat_me(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Auth-Token") != accounts.ROCKETCHAT["rocketchat_token"]:
            return web.json_response({"status": "error", "message": "You must be logged in"}, status=401)
        user = {"_id": accounts.ROCKETCHAT["rocketchat_user_id"], "username": "rash.guide", "roles": ["bot"]}
        return web.json_response({"success": True, **user})

    async def rocketchat(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.threads[body["roomId"]] = body.get("tmid")

        def check() -> None:
            must(request.headers["X-Auth-Token"] == accounts.ROCKETCHAT["rocketchat_token"], "token")
            must(request.headers["X-User-Id"] == accounts.ROCKETCHAT["rocketchat_user_id"], "token")
            only(body, "roomId", "text", "parseUrls", "tmid")
            must(1 <= len(body["text"]) <= 5000, "length")

        def refuse(status: int, why: str, headers: dict) -> web.Response:
            return web.json_response({"success": False, "error": why}, status=status, headers=headers)

        return await self._take(
            Sent("rocketchat", body["roomId"], body["text"]),
            check,
            refuse,
            lambda: web.json_response({"success": True, "message": {"_id": uuid.uuid4().hex}}),
        )

    # --- Webex ------------------------------------------------------------------------------------------

    @staticmethod
    def _webex_token(request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {accounts.WEBEX['webex_bot_token']}"

    async def webex_me(self, request: web.Request) -> web.Response:
        if not self._webex_token(request):
            return web.json_response({"message": "token"}, status=401)
        return web.json_response({"id": "Y2lzYm90", "type": "bot", "displayName": "Rash guide"})

    async def webex_webhooks(self, request: web.Request) -> web.Response:
        if not self._webex_token(request):
            return web.json_response({"message": "token"}, status=401)
        known = {"resource": "messages", "status": "active", "targetUrl": self.registered.get("webex", "")}
        return web.json_response({"items": [{**known, "event": event} for event in ("created", "updated")]})

    async def webex_message(self, request: web.Request) -> web.Response:
        found = self.webex_messages.get(request.match_info["id"])
        if not self._webex_token(request) or found is None:
            return web.json_response({"message": "not found"}, status=404)
        return web.json_response(found)

    async def webex(self, request: web.Request) -> web.Response:
        body = await request.json()

        def check() -> None:
            must(self._webex_token(request), "token")
            must(1 <= len(body["text"].encode()) <= 7439, "length")
            only(body, "roomId", "text")

        def refuse(status: int, why: str, headers: dict) -> web.Response:
            return web.json_response({"message": why, "trackingId": "x"}, status=status, headers=headers)

        return await self._take(
            Sent("webex", body["roomId"], body["text"]), check, refuse, lambda: web.json_response({"id": "x"})
        )

    # --- Microsoft Teams --------------------------------------------------------------------------------

    async def teams_keys(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": accounts.teams_public_keys()})

    async def teams_token(self, request: web.Request) -> web.Response:
        form = await request.post()
        right = (
            request.match_info["tenant"] == accounts.TEAMS["teams_tenant_id"]
            and form["client_id"] == accounts.TEAMS["teams_app_id"]
            and form["client_secret"] == accounts.TEAMS["teams_app_password"]
            and form["grant_type"] == "client_credentials"
            and form["scope"] == "https://api.botframework.com/.default"
        )
        if not right:
            self.broken.append("teams: token request")
            return web.json_response({"error": "invalid_client"}, status=401)
        self.calls.append("teams token")
        token = uuid.uuid4().hex
        self.teams_granted.add(token)
        return web.json_response({"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    async def teams(self, request: web.Request) -> web.Response:
        body = await request.json()
        cards = body.get("attachments", [])
        buttons = [(b["title"], b["value"]["payload"]) for card in cards for b in card["content"]["buttons"]]
        chat = request.match_info["chat"]

        def refuse(status: int, why: str, headers: dict) -> web.Response:
            return web.json_response({"error": {"code": why, "message": why}}, status=status, headers=headers)

        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.teams_granted:
            return refuse(401, "Unauthorized", {})

        def check() -> None:
            must(body["type"] == "message" and body["textFormat"] == "plain", "type")
            must(body["conversation"]["id"] == chat and str(body["from"]["id"]).startswith("28:"), "conversation")
            only(body, "type", "from", "recipient", "conversation", "text", "textFormat", "attachments")
            for card in cards:
                must(card["contentType"] == "application/vnd.microsoft.card.hero", "card")
                for button in card["content"]["buttons"]:
                    only(button, "type", "title", "displayText", "text", "value")
                    must(button["type"] == "messageBack", "button")
            must(len(json.dumps(body).encode()) <= 28 * 1024, "length")
            must(len(buttons) <= 6 and all(t and len(t) <= 60 for t, _ in buttons), "buttons")

        return await self._take(
            Sent("teams", chat, body["text"], buttons),
            check,
            refuse,
            lambda: web.json_response({"id": "1"}, status=201),
        )
