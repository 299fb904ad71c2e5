"""Telegram."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Mapping, Optional

from sanic.request import Request

from rashguide import linear
from rashguide.channels.delivery import Refused, TryAgain, judge, seconds
from rashguide.channels.platform import Finding, Incoming, Platform, Rejected, Trial, same
from rashguide.channels.rendering import Limits, Part, utf16

# What a message without words consists of besides its content, and the notices among them, which nobody wrote
# (core.telegram.org/bots/api#message). Anything else is content, also of a kind that Telegram has yet to invent.
ENVELOPE = {
    *("message_id", "message_thread_id", "from", "sender_chat", "sender_boost_count", "sender_business_bot", "date"),
    *("business_connection_id", "chat", "forward_origin", "is_topic_message", "is_automatic_forward", "edit_date"),
    *("reply_to_message", "external_reply", "quote", "reply_to_story", "via_bot", "has_protected_content", "text"),
    *("is_from_offline", "media_group_id", "author_signature", "paid_star_count", "entities", "link_preview_options"),
    *("effect_id", "caption", "caption_entities", "show_caption_above_media", "has_media_spoiler", "reply_markup"),
    *("direct_messages_topic", "reply_to_checklist_task_id", "suggested_post_info", "is_paid_post"),
}
NOTICES = {
    *("new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo"),
    *("group_chat_created", "supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed"),
    *("migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "invoice", "successful_payment"),
    *("refunded_payment", "users_shared", "chat_shared", "connected_website", "write_access_allowed", "gift"),
    *("passport_data", "proximity_alert_triggered", "boost_added", "chat_background_set", "forum_topic_created"),
    *("forum_topic_edited", "forum_topic_closed", "forum_topic_reopened", "general_forum_topic_hidden"),
    *("general_forum_topic_unhidden", "giveaway_created", "giveaway", "giveaway_winners", "giveaway_completed"),
    *("video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited"),
    *("web_app_data", "unique_gift", "gift_upgrade_sent", "paid_message_price_changed", "checklist_tasks_done"),
    *("checklist_tasks_added", "direct_message_price_changed", "chat_owner_left", "chat_owner_changed"),
    *("suggested_post_approved", "suggested_post_approval_failed", "suggested_post_declined"),
    *("suggested_post_paid", "suggested_post_refunded"),
}
SECRET = "X-Telegram-Bot-Api-Secret-Token"
WANTED = {"message", "edited_message", "callback_query"}  # kinds of updates
_BOT = linear.compile(r"@\w+bot\b", linear.I)


class TelegramInput(Platform):
    """At ``/webhooks/telegram/webhook``. Choices are an inline keyboard."""

    ports = (443, 80, 88, 8443)
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
        if not same(request.headers.get(SECRET), self.settings.telegram_secret):
            raise Rejected(403, "The secret token is wrong.")

    def read(self, event: Any) -> Optional[Incoming]:
        """A text, an edited one, a pressed button or a file; None for other bots, channels, joins and reactions.

        A place that moves is edited all the time: of that nobody needs a word.
        """
        identifier = str(int(event["update_id"]))
        if "callback_query" in event:
            return self._pressed(identifier, event["callback_query"])
        message = event.get("message", event.get("edited_message"))
        if message is None:
            return None
        sender, chat = message.get("from", {}), message["chat"]
        text = message.get("text", message.get("caption", ""))
        media = bool(message.keys() - ENVELOPE) and not message.keys() & NOTICES
        group = chat["type"] != "private"
        if "edited_message" in event and not text:
            return None
        if sender.get("is_bot") or not (text or media) or (group and not self._meant(message, text)):
            return None
        written = f"{chat['id']}:{message['message_id']}"
        edited = "edited_message" in event
        return Incoming(
            id=identifier if edited else written,
            edits=written if edited else "",
            person=str(chat["id"]) if chat["type"] == "private" else f"{chat['id']}:{sender.get('id')}",
            chat=str(chat["id"]),
            text=text,
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

    def trial(self) -> Trial:
        """That somebody blocked the bot, or let it in again."""
        return Trial.of({"update_id": 0, "my_chat_member": {}}, lambda _: {SECRET: self.settings.telegram_secret})

    async def account(self, webhook: str) -> list[Finding]:
        """The bot, and what Telegram knows of the address."""
        bot = (await self.api.once("POST", self._method("getMe")))["result"]
        known = (await self.api.once("POST", self._method("getWebhookInfo")))["result"]
        told = set(known.get("allowed_updates") or WANTED)
        findings = [
            Finding(True, f"the bot is @{bot['username']}"),
            Finding(known["url"] == webhook, f"Telegram calls {known['url'] or 'no address: use setWebhook'}"),
            Finding(told >= WANTED, f"it is told of {', '.join(sorted(told))}"),
        ]
        if bot.get("can_join_groups"):
            findings.append(Finding(None, "the bot can be put into groups: /setjoingroups at BotFather forbids it"))
        if known.get("last_error_message"):
            findings.append(Finding(None, f"the last error that Telegram met: {known['last_error_message']}"))
        if known.get("pending_update_count"):
            findings.append(Finding(None, f"{known['pending_update_count']} updates wait at Telegram"))
        return findings

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
            if all(button.title == button.label for button in part.buttons):
                rows = [[button for row in rows for button in row]]
            body["reply_markup"] = {"inline_keyboard": rows}
        await self.api.call("POST", self._method("sendMessage"), json=body)
