"""Each platform as the guide meets it: its webhook payloads, signed as the platform signs them.

Payloads follow the platforms' references; signatures come from their own SDKs where these sign (slack_sdk, twilio).
A person is a number; each driver makes an id of it that looks like the platform's.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.parse import urlencode

import jwt
from slack_sdk.signature import SignatureVerifier
from twilio.request_validator import RequestValidator

from tests.harness.platforms import accounts

_numbers = itertools.count(int(time.time()) * 1000)


def fresh() -> int:
    return next(_numbers)


@dataclass
class Request:
    """A webhook request, ready to be posted."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Driver:
    name: str
    native_buttons = False
    numbered_buttons = False  # the "Did you mean" choices, too long for a button, as buttons with numbers
    signs_body = True
    timed = True  # messages say when they were written
    signature: str  # the header that carries the signature or secret

    @property
    def path(self) -> str:
        return f"/webhooks/{self.name}/webhook"

    def sign(self, body: bytes) -> dict[str, str]:
        raise NotImplementedError

    def request(self, body: Any) -> Request:
        """A signed request around a body: an object for JSON, a string for what is a form."""
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
        return Request(self.path, raw, {"Content-Type": kind, **self.sign(raw)})

    def chat(self, person: int) -> str:
        """Where the replies to this person go."""
        raise NotImplementedError

    def text(self, person: int, text: str, id: Optional[int] = None, at: Optional[float] = None) -> Request:
        raise NotImplementedError

    def press(self, person: int, title: str, payload: str) -> Request:
        raise NotImplementedError

    def media(self, person: int, kind: str, caption: str = "") -> Request:
        """A message with a picture, recording and so on; ``kind`` is one of ``kinds``."""
        raise NotImplementedError

    kinds: tuple[str, ...] = ()
    captions = True

    def group(self, person: int, text: str) -> Optional[Request]:
        """A message to the bot that others read along; None where the platform has no such thing."""
        return None

    def edit(self, person: int, before: str, after: str, id: Optional[int] = None) -> Optional[Request]:
        """An edit of a message that had been sent, with that id; None where the platform doesn't tell."""
        return None

    def silent(self, person: int) -> dict[str, Request]:
        """What must be acknowledged and not answered: reactions, deletions, echoes, receipts."""
        return {}

    def malformed(self) -> list[Request]:
        """Signed requests that make no sense."""
        return [
            Request(self.path, raw, self.sign(raw))
            for raw in (b"", b"{", b"[]", b"5", b"null", b"\xff\xfe", b"[" * 9000)
        ]


class WhatsApp(Driver):
    name = "whatsapp"
    native_buttons = numbered_buttons = True
    signature = "X-Hub-Signature-256"
    secret = accounts.WHATSAPP["whatsapp_app_secret"]
    kinds = ("image", "audio", "video", "document", "sticker", "location", "contacts", "unsupported", "something_new")

    def sign(self, body: bytes) -> dict[str, str]:
        return {self.signature: "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()}

    def chat(self, person: int) -> str:
        return f"1555{person % 10**7:07d}"

    def value(self, number: str = accounts.WHATSAPP["whatsapp_phone_number_id"], **content: Any) -> Request:
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": number},
            **content,
        }
        entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
        return self.request({"object": "whatsapp_business_account", "entry": [entry]})

    def message(self, person: int, id: Optional[int] = None, at: Optional[float] = None, **content: Any) -> dict:
        return {
            "from": self.chat(person),
            "id": f"wamid.{id or fresh()}",
            "timestamp": str(int(at or time.time())),
            **content,
        }

    def one(self, person: int, id: Optional[int] = None, at: Optional[float] = None, **content: Any) -> Request:
        contact = {"profile": {"name": "Sheena Nelson"}, "wa_id": self.chat(person)}
        return self.value(contacts=[contact], messages=[self.message(person, id, at, **content)])

    def text(self, person, text, id=None, at=None):
        return self.one(person, id, at, type="text", text={"body": text})

    def press(self, person, title, payload):
        reply = {"type": "button_reply", "button_reply": {"id": payload, "title": title}}
        return self.one(person, type="interactive", interactive=reply)

    def media(self, person, kind, caption=""):
        content: Any = {"id": "1003383421387256", "mime_type": "image/jpeg", "sha256": "SfInY0gGKTsJlUWbwxC1k="}
        if caption:
            content["caption"] = caption
        if kind == "location":
            content = {"latitude": 37.48, "longitude": -122.14, "name": "here", "address": "1 Way"}
        if kind == "contacts":
            content = [{"name": {"formatted_name": "Dr A"}, "phones": [{"phone": "+1555"}]}]
        if kind == "unsupported":
            return self.one(person, type="unsupported", errors=[{"code": 131051, "title": "Message type unknown"}])
        return self.one(person, type=kind, **{kind: content})

    def silent(self, person):
        reaction = {"message_id": "wamid.1", "emoji": "\U0001f44d"}
        system = {"body": "changed", "wa_id": "15551234", "type": "user_changed_number"}
        status = {"id": "wamid.1", "status": "delivered", "timestamp": "1", "recipient_id": self.chat(person)}
        return {
            "reaction": self.one(person, type="reaction", reaction=reaction),
            "system": self.one(person, type="system", system=system),
            "receipt": self.value(statuses=[status]),
            "another number": self.value(
                number="999", messages=[self.message(person, type="text", text={"body": "hello"})]
            ),
        }

    def group(self, person, text):
        return self.one(person, type="text", text={"body": text}, group_id="120363")


class Messenger(Driver):
    name = "messenger"
    native_buttons = numbered_buttons = True
    signature = "X-Hub-Signature-256"
    secret = accounts.MESSENGER["messenger_app_secret"]
    page = accounts.MESSENGER["messenger_page_id"]
    kinds = ("image", "audio", "video", "file", "location", "fallback", "sticker", "post")

    sign = WhatsApp.sign

    def chat(self, person: int) -> str:
        return f"2473{person % 10**12:012d}"

    def event(self, person: int, at: Optional[float] = None, page: str = page, **content: Any) -> Request:
        milliseconds = int((at or time.time()) * 1000)
        event = {
            "sender": {"id": self.chat(person)},
            "recipient": {"id": page},
            "timestamp": milliseconds,
            **content,
        }
        return self.request({"object": "page", "entry": [{"id": page, "time": milliseconds, "messaging": [event]}]})

    def text(self, person, text, id=None, at=None):
        return self.event(person, at, message={"mid": f"m_{id or fresh()}", "text": text})

    def press(self, person, title, payload):
        return self.event(person, postback={"mid": f"m_{fresh()}", "title": title, "payload": payload})

    def media(self, person, kind, caption=""):
        attachment: dict[str, Any] = {"type": kind, "payload": {"url": "https://scontent.example.org/1"}}
        if kind == "sticker":
            attachment = {"type": "image", "payload": {"url": "https://x.example.org", "sticker_id": 369239263222822}}
        message = {"mid": f"m_{fresh()}", "attachments": [attachment]}
        if caption:
            message["text"] = caption
        return self.event(person, message=message)

    def edit(self, person, before, after, id=None):
        return self.event(person, message_edit={"mid": f"m_{id or fresh()}", "text": after, "num_edit": fresh()})

    def silent(self, person):
        mid = f"m_{fresh()}"
        entry = {
            "id": self.page,
            "time": 1,
            "standby": [{"sender": {"id": self.chat(person)}, "message": {"mid": mid}}],
        }
        return {
            "echo": self.event(person, message={"mid": mid, "text": "hello", "is_echo": True, "app_id": 1}),
            "deletion": self.event(person, message={"mid": mid, "is_deleted": True}),
            "reaction": self.event(person, reaction={"reaction": "love", "action": "react", "mid": mid}),
            "read": self.event(person, read={"watermark": 1458668856253}),
            "delivery": self.event(person, delivery={"mids": [mid], "watermark": 1458668856253}),
            "standby": self.request({"object": "page", "entry": [entry]}),
            "another page": self.event(person, page="999", message={"mid": mid, "text": "hello"}),
        }


class Sms(Driver):
    name = "sms"
    timed = False
    signature = "X-Twilio-Signature"
    kinds = ("photo", "vcard")
    prefix = ""
    to = accounts.TWILIO["twilio_sms_from"]

    def sign(self, body: bytes) -> dict[str, str]:
        from urllib.parse import parse_qsl

        try:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        except UnicodeDecodeError:
            fields = {}
        url = accounts.TWILIO["twilio_public_url"] + self.path
        return {
            self.signature: RequestValidator(accounts.TWILIO["twilio_auth_token"]).compute_signature(url, fields),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": "x",
        }

    def chat(self, person: int) -> str:
        return f"{self.prefix}+1555{person % 10**7:07d}"

    def form(self, person: int, id: Optional[int] = None, **fields: str) -> Request:
        sid = f"SM{id or fresh():032x}"
        return self.request(
            urlencode(
                {
                    "ToCountry": "US",
                    "SmsMessageSid": sid,
                    "NumMedia": "0",
                    "SmsSid": sid,
                    "SmsStatus": "received",
                    "Body": "",
                    "FromCountry": "US",
                    "To": self.prefix + self.to,
                    "NumSegments": "1",
                    "MessageSid": sid,
                    "AccountSid": accounts.TWILIO["twilio_account_sid"],
                    "From": self.chat(person),
                    "ApiVersion": "2010-04-01",
                    **fields,
                }
            )
        )

    def text(self, person, text, id=None, at=None):
        return self.form(person, id, Body=text)

    def media(self, person, kind, caption=""):
        if kind == "location":
            return self.form(person, Latitude="37.4", Longitude="-122.1", MessageType="location")
        kinds = {"photo": "image/jpeg", "vcard": "text/vcard", "voice": "audio/ogg"}
        url = "https://api.twilio.com/media/ME1"
        return self.form(person, Body=caption, NumMedia="1", MediaUrl0=url, MediaContentType0=kinds[kind])

    def silent(self, person):
        return {
            "short code": self.form(person, From="VERIZON", Body="hello"),
        }

    def malformed(self):
        raws = [b"x", b"%%%", b"\xff\xfe", b"AccountSid=" + accounts.TWILIO["twilio_account_sid"].encode()]
        return [Request(self.path, raw, self.sign(raw)) for raw in raws]


class TwilioWhatsApp(Sms):
    name = "twilio_whatsapp"
    kinds = ("photo", "voice", "location")
    prefix = "whatsapp:"
    to = accounts.TWILIO["twilio_whatsapp_from"]

    def silent(self, person):
        return {"reaction": self.form(person, MessageType="reaction", Body="\U0001f44d")}


class Telegram(Driver):
    name = "telegram"
    native_buttons = True
    numbered_buttons = True
    signs_body = False
    signature = "X-Telegram-Bot-Api-Secret-Token"
    kinds = (
        "photo",
        "voice",
        "sticker",
        "location",
        "document",
        "video",
        "video_note",
        "contact",
        "poll",
        "something_new",
    )

    def sign(self, body: bytes) -> dict[str, str]:
        return {self.signature: accounts.TELEGRAM["telegram_secret"]}

    def chat(self, person: int) -> str:
        return str(1111111 + person % 10**9)

    def update(self, id: Optional[int] = None, **content: Any) -> Request:
        return self.request({"update_id": id or fresh(), **content})

    def message(self, person: int, at: Optional[float] = None, group: bool = False, **content: Any) -> dict:
        chat: dict[str, Any] = {"id": int(self.chat(person)), "first_name": "Test", "type": "private"}
        if group:
            chat = {"id": -1001234567, "title": "A group", "type": "supergroup"}
        return {
            "date": int(at or time.time()),
            "chat": chat,
            "message_id": fresh() % 10**6,
            "from": {"id": int(self.chat(person)), "is_bot": False, "first_name": "Test", "language_code": "en"},
            **content,
        }

    def text(self, person, text, id=None, at=None):
        id = id or fresh()
        return self.update(id, message=self.message(person, at, text=text, message_id=id % 10**6))

    def press(self, person, title, payload):
        keyboard = {"inline_keyboard": [[{"text": title, "callback_data": payload}]]}
        sender = {"id": int(self.chat(person)), "is_bot": False, "first_name": "Test"}
        message = self.message(person, text="...", reply_markup=keyboard)
        message["from"] = {"id": 123456789, "is_bot": True}
        query = {"id": str(fresh()), "from": sender, "message": message, "chat_instance": "1", "data": payload}
        return self.update(callback_query=query)

    def media(self, person, kind, caption=""):
        content: Any = {"file_id": "AwADBAADbXXX", "file_unique_id": "x", "duration": 5, "mime_type": "audio/ogg"}
        if kind == "photo":
            content = [{"file_id": "AgAD", "file_unique_id": "x", "width": 90, "height": 67, "file_size": 1000}]
        extra = {"caption": caption} if caption else {}
        return self.update(message=self.message(person, **{kind: content}, **extra))

    def group(self, person, text):
        return self.update(message=self.message(person, group=True, text=f"@rash_guide_bot {text}"))

    def edit(self, person, before, after, id=None):
        known = {"message_id": (id or fresh()) % 10**6, "edit_date": int(time.time())}
        return self.update(edited_message=self.message(person, at=time.time() - 60, text=after, **known))

    def silent(self, person):
        bot = {**self.message(person, text="hello"), "from": {"id": 5, "is_bot": True, "first_name": "Bot"}}
        change = {"chat": {"id": 1, "type": "private"}, "date": 1, "new_reaction": [{"type": "emoji", "emoji": "x"}]}
        return {
            "another bot": self.update(message=bot),
            "reaction": self.update(message_reaction=change),
            "blocked": self.update(my_chat_member={"chat": {"id": 1, "type": "private"}, "date": 1}),
            "joined": self.update(message=self.message(person, group=True, new_chat_members=[{"id": 5}])),
            "channel post": self.update(channel_post={"message_id": 1, "chat": {"id": -1, "type": "channel"}}),
            "group talk": self.update(message=self.message(person, group=True, text="hello all")),
            "pinned": self.update(message=self.message(person, pinned_message={"message_id": 1})),
        }

    def malformed(self):
        return [*super().malformed(), self.request({}), self.request({"update_id": "x"}), self.update(message={})]


class Slack(Driver):
    name = "slack"
    native_buttons = True
    signature = "X-Slack-Signature"
    kinds = ("files",)

    def sign(self, body: bytes, at: Optional[float] = None) -> dict[str, str]:
        verifier = SignatureVerifier(accounts.SLACK["slack_signing_secret"])
        timestamp = str(int(at or time.time()))
        try:
            signature = verifier.generate_signature(timestamp=timestamp, body=body)
        except UnicodeDecodeError:
            signature = "v0=0"
        return {
            "X-Slack-Request-Timestamp": timestamp,
            self.signature: signature,
            "Content-Type": "application/json",
        }

    def request(self, body):
        made = super().request(body)
        if isinstance(body, str):
            made.headers["Content-Type"] = "application/x-www-form-urlencoded"
        return made

    def chat(self, person: int) -> str:
        return f"D{person % 10**9:09d}"

    @staticmethod
    def stamp(id: int) -> str:
        """The time by which Slack knows a message in its channel."""
        return f"1700000000.{id % 10**6:06d}"

    def user(self, person: int) -> str:
        return f"U{person % 10**9:09d}"

    def event(self, person: int, id: Optional[int] = None, at: Optional[float] = None, **content: Any) -> Request:
        now, id = at or time.time(), id or fresh()
        event = {
            "type": "message",
            "channel": self.chat(person),
            "user": self.user(person),
            "ts": self.stamp(id),
            "event_ts": f"{now:.6f}",
            "team": "T061EG9R6",
            "channel_type": "im",
            **content,
        }
        return self.request(
            {
                "token": "one-long-verification-token",
                "team_id": "T061EG9R6",
                "api_app_id": "A0PNCHHK2",
                "event": {name: value for name, value in event.items() if value is not None},
                "type": "event_callback",
                "event_id": f"Ev{id}",
                "event_time": int(now),
                "authorizations": [{"team_id": "T061EG9R6", "user_id": "U0BOT", "is_bot": True}],
            }
        )

    def text(self, person, text, id=None, at=None):
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return self.event(person, id, at, text=escaped)

    def press(self, person, title, payload, **message):
        now = f"{fresh() / 1000:.6f}"
        action = {
            "action_id": "choice_1",
            "block_id": "x",
            "text": {"type": "plain_text", "text": title, "emoji": False},
            "value": payload,
            "type": "button",
            "action_ts": f"{time.time():.6f}",
        }
        pressed = {
            "type": "block_actions",
            "user": {"id": self.user(person), "username": "anna", "team_id": "T061EG9R6"},
            "api_app_id": "A0PNCHHK2",
            "container": {"type": "message", "message_ts": now, "channel_id": self.chat(person)},
            "trigger_id": "1.1.x",
            "team": {"id": "T061EG9R6", "domain": "clinic"},
            "channel": {"id": self.chat(person), "name": "directmessage"},
            "message": {"type": "message", "user": "U0BOT", "bot_id": "B0", "ts": now, "text": "...", **message},
            "actions": [action],
        }
        return self.request(urlencode({"payload": json.dumps(pressed)}))

    def media(self, person, kind, caption=""):
        files = [{"id": "F1", "mimetype": "image/jpeg", "url_private": "https://files.slack.example.org/1"}]
        return self.event(person, subtype="file_share", text=caption, files=files)

    def group(self, person, text):
        mention = f"<@U0BOT> {text}"
        return self.event(person, type="app_mention", channel="C0LAN2Q65", channel_type=None, text=mention)

    def edit(self, person, before, after, id=None):
        known = {"type": "message", "user": self.user(person), "ts": self.stamp(id or fresh())}
        old, new = ({**known, "text": text} for text in (before, after))
        return self.event(person, subtype="message_changed", user=None, message=new, previous_message=old)

    def silent(self, person):
        same = {"type": "message", "user": self.user(person), "text": "hello", "ts": "1.1"}
        return {
            "echo": self.event(person, bot_id="B1", text="hello"),
            "deletion": self.event(person, subtype="message_deleted", user=None, previous_message=same),
            "unfurled": self.event(person, subtype="message_changed", user=None, message=same, previous_message=same),
            "echo edited": self.event(
                person,
                subtype="message_changed",
                user=None,
                message={**same, "bot_id": "B1", "text": "x"},
                previous_message=same,
            ),
            "reaction": self.event(person, type="reaction_added", reaction="+1", channel_type=None),
            "channel talk": self.event(person, channel="C0LAN2Q65", channel_type="channel", text="hello"),
            "joined": self.event(person, subtype="channel_join", text="joined"),
        }


class RocketChat(Driver):
    name = "rocketchat"
    signs_body = False
    signature = "token"  # in the body, see request_with
    kinds = ("file",)
    captions = False

    def sign(self, body: bytes) -> dict[str, str]:
        return {}

    def chat(self, person: int) -> str:
        return f"user{person:013d}{accounts.ROCKETCHAT['rocketchat_user_id']}"

    def event(self, person: int, id: Optional[int] = None, at: Optional[float] = None, **content: Any) -> Request:
        event = {
            "token": accounts.ROCKETCHAT["rocketchat_webhook_token"],
            "bot": False,
            "channel_id": self.chat(person),
            "channel_name": None,
            "message_id": f"m{id or fresh()}",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at)),
            "user_id": f"user{person:013d}",
            "user_name": "anna",
            "text": "",
            "siteUrl": "http://localhost:3000",
            **content,
        }
        return self.request(event)

    def text(self, person, text, id=None, at=None):
        return self.event(person, id, at, text=text)

    def media(self, person, kind, caption=""):
        return self.event(person, text="", message={"file": {"name": "rash.jpg"}})

    def group(self, person, text):
        return self.event(person, text=f"@rash.guide {text}", channel_id="GENERAL", channel_name="general")

    def edit(self, person, before, after, id=None):
        return self.event(person, id, text=after, isEdited=True)

    def silent(self, person):
        return {
            "echo": self.event(person, user_id=accounts.ROCKETCHAT["rocketchat_user_id"], text="hello"),
            "another bot": self.event(person, bot={"i": "x"}, text="hello"),
            "between others": self.event(person, channel_id="user1user2", text="hello"),
            "room talk": self.event(person, text="hello", channel_id="GENERAL", channel_name="general"),
        }

    def malformed(self):
        token = accounts.ROCKETCHAT["rocketchat_webhook_token"]
        return [*super().malformed(), self.request({"token": token}), self.request({"token": token, "user_id": 5})]


class Webex(Driver):
    name = "webex"
    signature = "X-Spark-Signature"
    kinds = ("files",)

    def __init__(self) -> None:
        self.fake: Any = None  # holds the messages, which a webhook only names

    def sign(self, body: bytes) -> dict[str, str]:
        return {
            self.signature: hmac.new(accounts.WEBEX["webex_webhook_secret"].encode(), body, hashlib.sha1).hexdigest()
        }

    def chat(self, person: int) -> str:
        return f"Y2lzcm9vbS{person:012d}"

    def event(
        self, person: int, text: str, id: Optional[int] = None, at: Optional[float] = None, **content: Any
    ) -> Request:
        data = {
            "id": f"Y2lzbWVzc2FnZS{id or fresh()}",
            "roomId": self.chat(person),
            "roomType": "direct",
            "personId": f"Y2lzcGVyc29u{person:012d}",
            "personEmail": "anna@example.org",
            "created": time.strftime("%Y-%m-%dT%H:%M:%S.123Z", time.gmtime(at)),
            **content.pop("data", {}),
        }
        self.fake.webex_messages[data["id"]] = {**data, "text": text, **content.pop("message", {})}
        event = {
            "id": "Y2lzd2ViaG9vaw",
            "name": "The guide",
            "resource": "messages",
            "event": "created",
            "orgId": "OTZh",
            "appId": "Y2lzYXBw",
            "ownedBy": "creator",
            "status": "active",
            "actorId": data["personId"],
            "data": data,
            **content,
        }
        return self.request(event)

    def text(self, person, text, id=None, at=None):
        return self.event(person, text, id, at)

    def media(self, person, kind, caption=""):
        return self.event(person, caption, message={"files": ["https://webexapis.com/v1/contents/1"]})

    def group(self, person, text):
        return self.event(person, text, data={"roomType": "group"})

    def edit(self, person, before, after, id=None):
        now = time.strftime(f"%Y-%m-%dT%H:%M:%S.{fresh() % 1000:03d}Z", time.gmtime())
        return self.event(person, after, id, event="updated", data={"updated": now})

    def silent(self, person):
        return {
            "echo": self.event(person, "hello", data={"personId": "Y2lzYm90"}),
            "deletion": self.event(person, "hello", event="deleted"),
            "joined": self.event(person, "hello", resource="memberships"),
        }

    def malformed(self):
        return [*super().malformed(), self.request({}), self.request({"resource": "messages", "event": "created"})]


class Teams(Driver):
    name = "teams"
    native_buttons = True
    signs_body = False
    signature = "Authorization"
    kinds = ("image", "file")

    def __init__(self) -> None:
        self.fake: Any = None

    def token(self, key: str = "microsoft", kid: str = "microsoft", algorithm: str = "RS256", **claims: Any) -> str:
        now = int(time.time())
        whole = {
            "iss": "https://api.botframework.com",
            "aud": accounts.TEAMS["teams_app_id"],
            "nbf": now - 10,
            "exp": now + 3600,
            "serviceurl": f"{self.fake.url}/teams/emea/",
            **claims,
        }
        secret = accounts.teams_key(key) if algorithm == "RS256" else "x" * 40
        return jwt.encode(whole, secret, algorithm=algorithm, headers={"kid": kid})

    def sign(self, body: bytes) -> dict[str, str]:
        return {self.signature: f"Bearer {self.token()}"}

    def chat(self, person: int) -> str:
        return f"a:1xyz{person:012d}"

    def activity(self, person: int, id: Optional[int] = None, at: Optional[float] = None, **content: Any) -> Request:
        return self.request(
            {
                "type": "message",
                "id": str(id or fresh()),
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.1234567Z", time.gmtime(at)),
                "serviceUrl": f"{self.fake.url}/teams/emea/",
                "channelId": "msteams",
                "from": {"id": f"29:1abc{person:012d}", "name": "Anna", "aadObjectId": "x"},
                "conversation": {"conversationType": "personal", "id": self.chat(person), "tenantId": "x"},
                "recipient": {"id": f"28:{accounts.TEAMS['teams_app_id']}", "name": "Rash guide"},
                "textFormat": "plain",
                "locale": "en-US",
                "channelData": {"tenant": {"id": accounts.TEAMS["teams_tenant_id"]}},
                **content,
            }
        )

    def text(self, person, text, id=None, at=None):
        html = [{"contentType": "text/html", "content": "<p>...</p>"}]
        return self.activity(person, id, at, text=text, attachments=html)

    def press(self, person, title, payload):
        return self.activity(person, text=title, value={"payload": payload})

    def media(self, person, kind, caption=""):
        kinds = {"image": "image/*", "file": "application/vnd.microsoft.teams.file.download.info"}
        file = {"contentType": kinds[kind], "contentUrl": "https://x.example.org/1", "name": "rash.jpg"}
        return self.activity(person, text=caption, attachments=[file])

    def group(self, person, text):
        conversation = {"conversationType": "channel", "id": "19:abc@thread.tacv2", "isGroup": True}
        return self.activity(person, text=f"<at>Rash guide</at> {text}", conversation=conversation)

    def edit(self, person, before, after, id=None):
        edited = {"type": "messageUpdate", "text": after, "channelData": {"eventType": "editMessage"}}
        made = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())}.{fresh() % 10**7:07d}Z"
        return self.activity(person, id, timestamp=made, **edited)

    def silent(self, person):
        bot = {"id": f"28:{accounts.TEAMS['teams_app_id']}", "name": "Rash guide"}
        return {
            "echo": self.activity(person, text="hello", **{"from": bot}),
            "deletion": self.activity(person, type="messageDelete"),
            "reaction": self.activity(person, type="messageReaction", reactionsAdded=[{"type": "like"}]),
            "typing": self.activity(person, type="typing"),
            "joined": self.activity(person, type="conversationUpdate", membersAdded=[{"id": "29:1"}]),
            "installed": self.activity(person, type="installationUpdate", action="add"),
        }

    def malformed(self):
        return [*super().malformed(), self.request({}), self.request({"type": "message"}), self.activity(1, text=5)]


DRIVERS: dict[str, Driver] = {
    driver.name: driver
    for driver in (
        WhatsApp(),
        Sms(),
        TwilioWhatsApp(),
        Telegram(),
        Messenger(),
        Slack(),
        RocketChat(),
        Webex(),
        Teams(),
    )
}
