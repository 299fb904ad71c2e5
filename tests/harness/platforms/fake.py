"""The platforms' APIs on loopback, in one server: each checks what it gets as the real one does, and keeps it.

It refuses what the platform would refuse: a wrong token, a text that is too long, too many or too long buttons, a
payload that is too big, more messages to one chat in a second than it allows. What it refuses for such a reason is also
kept in ``broken``, so that a test can say that there was nothing of the kind.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
import uuid
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Callable

from aiohttp import web

from tests.harness.platforms import accounts

BURST = 10  # messages to one chat in a second


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
        self.threads: dict[str, str | None] = {}  # Slack: the last message's thread, by channel
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
            sent = Sent("whatsapp", body["to"], text, buttons)

            def check() -> None:
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
                lambda: web.json_response(
                    {
                        "messaging_product": "whatsapp",
                        "contacts": [{"input": sent.chat, "wa_id": sent.chat}],
                        "messages": [{"id": f"wamid.{uuid.uuid4().hex}"}],
                    }
                ),
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
            must(1 <= len(text) <= (640 if template else 2000), "length")
            must(len(buttons) <= 3 and bool(buttons) == bool(template), "buttons")
            must(all(1 <= len(t) <= 20 and 1 <= len(p) <= 1000 for t, p in buttons), "button")

        return await self._take(
            sent,
            check_messenger,
            refuse,
            lambda: web.json_response({"recipient_id": sent.chat, "message_id": f"m_{uuid.uuid4().hex}"}),
        )

    # --- Twilio -----------------------------------------------------------------------------------------

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
            must(1 <= len(form["Body"]) <= 1600, "length")
            must(form["StatusCallback"].startswith(accounts.TWILIO["twilio_public_url"]), "callback")

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
        body = await request.json()
        method = request.match_info["method"]

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
            return web.json_response({"ok": True, "result": True})
        must(method == "sendMessage", "method")
        rows = body.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [(b["text"], b["callback_data"]) for row in rows for b in row]

        def check() -> None:
            must(isinstance(body["chat_id"], int), "chat_id")
            must(1 <= len(body["text"].encode("utf-16-le")) // 2 <= 4096, "length")
            must(all(1 <= len(p.encode()) <= 64 and t for t, p in buttons), "button")
            must(len(buttons) <= 100 and all(len(row) <= 8 for row in rows), "buttons")
            must("parse_mode" not in body, "markup")

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

    # --- Rocket.Chat ------------------------------------------------------------------------------------

    async def rocketchat(self, request: web.Request) -> web.Response:
        body = await request.json()

        def check() -> None:
            must(request.headers["X-Auth-Token"] == accounts.ROCKETCHAT["rocketchat_token"], "token")
            must(request.headers["X-User-Id"] == accounts.ROCKETCHAT["rocketchat_user_id"], "token")
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
            must("markdown" not in body, "markup")

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
            must(len(json.dumps(body).encode()) <= 28 * 1024, "length")
            must(len(buttons) <= 6 and all(t and len(t) <= 60 for t, _ in buttons), "buttons")

        return await self._take(
            Sent("teams", chat, body["text"], buttons),
            check,
            refuse,
            lambda: web.json_response({"id": "1"}, status=201),
        )
