"""Telegram."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Mapping, Optional

from sanic.request import Request

from rashguide import linear
from rashguide.channels.delivery import Refused, TryAgain, judge, seconds
from rashguide.channels.platform import Incoming, Platform, Rejected, same
from rashguide.channels.rendering import Limits, Part, utf16

MEDIA = {
    *("animation", "audio", "contact", "dice", "document", "game", "location", "paid_media", "photo", "poll"),
    *("sticker", "story", "venue", "video", "video_note", "voice"),
}
_BOT = linear.compile(r"@\w+bot\b", linear.I)
COMMANDS = {"/start": "hello", "/help": "what can you do?"}


class TelegramInput(Platform):
    """At ``/webhooks/telegram/webhook``. Choices are an inline keyboard."""

    # A title may be longer, but a telephone shows about this much of it.
    limits = Limits(text=4096, buttons=8, title=40, text_with_buttons=4096, size=utf16)

    @classmethod
    def name(cls) -> str:
        """telegram."""
        return "telegram"

    @staticmethod
    def judge(status: int, headers: Mapping[str, str], body: Any) -> None:
        """See ``delivery.judge``: Telegram says in the body how long to wait."""
        if isinstance(body, dict) and status == 429:
            raise TryAgain(status, seconds((body.get("parameters") or {}).get("retry_after")))
        judge(status, headers, body)

    def verify(self, request: Request) -> None:
        """Checks the secret that was given to Telegram with the address."""
        if not same(request.headers.get("X-Telegram-Bot-Api-Secret-Token"), self.settings.telegram_secret):
            raise Rejected(403, "The secret token is wrong.")

    def read(self, event: Any) -> Optional[Incoming]:
        """A text, an edited one, a pressed button or a file; None for other bots, channels, joins and reactions."""
        identifier = str(int(event["update_id"]))
        if "callback_query" in event:
            return self._pressed(identifier, event["callback_query"])
        message = event.get("message", event.get("edited_message"))
        if message is None:
            return None
        sender, chat = message.get("from", {}), message["chat"]
        text = message.get("text", message.get("caption", ""))
        media = bool(MEDIA & message.keys())
        group = chat["type"] != "private"
        if sender.get("is_bot") or not (text or media) or (group and not self._meant(message, text)):
            return None
        return Incoming(
            id=identifier,
            person=str(chat["id"]) if chat["type"] == "private" else f"{chat['id']}:{sender.get('id')}",
            chat=str(chat["id"]),
            text=COMMANDS.get(text.split("@")[0].split(" ")[0], text),
            media=media,
            group=group,
            sent=float(message.get("edit_date", message["date"])),
        )

    def _meant(self, message: Any, text: str) -> bool:
        """Whether a message in a group is for a bot: a command, a mention (all bots' names end so) or a reply."""
        replied_to = message.get("reply_to_message", {}).get("from", {}).get("id")
        ours = str(replied_to) == self.settings.telegram_token.split(":")[0]
        return ours or text.startswith("/") or bool(_BOT.search(text))

    def _pressed(self, identifier: str, query: Any) -> Optional[Incoming]:
        message = query.get("message")
        if message is None or "data" not in query:
            return None
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        titles = {button.get("callback_data"): button["text"] for row in rows for button in row}
        chat = message["chat"]
        return Incoming(
            id=identifier,
            person=str(chat["id"]),
            chat=str(chat["id"]),
            text=titles.get(query["data"], ""),
            payload=query["data"],
            group=chat["type"] != "private",
            extra={"callback_query_id": query["id"]},
        )

    def _method(self, name: str) -> str:
        return f"{self.settings.telegram_api}/bot{self.settings.telegram_token}/{name}"

    async def complete(self, message: Incoming) -> Incoming:
        """Tells Telegram that a pressed button has been noticed, once: all it does is to stop the button's spinning."""
        if message.extra:
            with suppress(Refused, TryAgain):
                await self.api.once("POST", self._method("answerCallbackQuery"), json=message.extra)
        return message

    async def send(self, message: Incoming, part: Part) -> None:
        """One message, as plain text, with an inline keyboard where there are choices."""
        body: dict[str, Any] = {
            "chat_id": int(message.chat),
            "text": part.text,
            "link_preview_options": {"is_disabled": True},
        }
        if part.buttons:
            rows = [[{"text": button.title, "callback_data": button.payload}] for button in part.buttons]
            if all(button.title.isdigit() for button in part.buttons):
                rows = [[button for row in rows for button in row]]
            body["reply_markup"] = {"inline_keyboard": rows}
        await self.api.call("POST", self._method("sendMessage"), json=body)
