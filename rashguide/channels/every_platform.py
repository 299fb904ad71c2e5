"""Every platform's class, in the order of docs/platforms/README.md."""

from __future__ import annotations

from rashguide.channels.messenger import MessengerInput
from rashguide.channels.platform import Platform
from rashguide.channels.rocketchat import RocketChatInput
from rashguide.channels.slack import SlackInput
from rashguide.channels.teams import TeamsInput
from rashguide.channels.telegram import TelegramInput
from rashguide.channels.twilio import SmsInput, TwilioWhatsAppInput
from rashguide.channels.webex import WebexInput
from rashguide.channels.whatsapp import WhatsAppInput

PLATFORMS: list[type[Platform]] = [
    WhatsAppInput,
    SmsInput,
    TwilioWhatsAppInput,
    TelegramInput,
    MessengerInput,
    SlackInput,
    RocketChatInput,
    WebexInput,
    TeamsInput,
]
