"""The messaging platforms' settings. A platform is on when everything that it needs is set, off when nothing is."""

from __future__ import annotations

import re
from typing import Any, Mapping

from pydantic import BaseSettings, Field, root_validator, validator

from rashguide import ROOT

# What each platform needs to be on, by its name, which is also its address: /webhooks/<name>/webhook.
NEEDS = {
    "whatsapp": ("whatsapp_token", "whatsapp_phone_number_id", "whatsapp_app_secret", "whatsapp_verify_token"),
    "sms": ("twilio_account_sid", "twilio_auth_token", "twilio_public_url", "twilio_sms_from"),
    "twilio_whatsapp": ("twilio_account_sid", "twilio_auth_token", "twilio_public_url", "twilio_whatsapp_from"),
    "telegram": ("telegram_token", "telegram_secret"),
    "messenger": ("messenger_page_token", "messenger_page_id", "messenger_app_secret", "messenger_verify_token"),
    "slack": ("slack_bot_token", "slack_signing_secret"),
    "rocketchat": ("rocketchat_url", "rocketchat_user_id", "rocketchat_token", "rocketchat_webhook_token"),
    "webex": ("webex_bot_token", "webex_webhook_secret"),
    "teams": ("teams_app_id", "teams_app_password", "teams_tenant_id"),
}

# What the tokens of Microsoft's Bot Framework name, one way and the other.
TEAMS_ISSUER = "https://api.botframework.com"
TEAMS_SCOPE = "https://api.botframework.com/.default"

_SECRET = (r"[!-~]{8,}", "at least 8 characters without blanks")
_TOKEN = (r"[!-~]{20,}", "at least 20 characters without blanks; did you copy all of it?")
_NUMBER = (r"\+[1-9]\d{6,14}", "a telephone number like +15551234567")
_URL = (r"https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s?#]*)?", "an address that begins with https://")
_GUID = (r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "an id like 11111111-2222-3333-4444-555555555555")
FORMATS = {
    "whatsapp_token": _TOKEN,
    "whatsapp_phone_number_id": (r"\d{5,20}", "digits only: the phone number's id, not the phone number"),
    "whatsapp_app_secret": (r"[0-9a-f]{32}", "32 of the characters 0-9 and a-f"),
    "whatsapp_verify_token": _SECRET,
    "whatsapp_api": _URL,
    "twilio_account_sid": (r"AC[0-9a-fA-F]{32}", "AC and 32 of the characters 0-9 and a-f"),
    "twilio_auth_token": (r"[0-9a-fA-F]{32}", "32 of the characters 0-9 and a-f"),
    "twilio_public_url": _URL,
    "twilio_sms_from": (_NUMBER[0] + r"|MG[0-9a-fA-F]{32}", _NUMBER[1] + " or a messaging service (MG...)"),
    "twilio_whatsapp_from": _NUMBER,
    "twilio_api": _URL,
    "telegram_token": (r"\d{6,}:[A-Za-z0-9_-]{30,}", "digits, a colon and 30 or more letters and digits"),
    "telegram_secret": (r"[A-Za-z0-9_-]{16,256}", "16 to 256 letters, digits, _ or -"),
    "telegram_api": _URL,
    "messenger_page_token": _TOKEN,
    "messenger_page_id": (r"\d{5,20}", "digits only"),
    "messenger_app_secret": (r"[0-9a-f]{32}", "32 of the characters 0-9 and a-f"),
    "messenger_verify_token": _SECRET,
    "messenger_api": _URL,
    "slack_bot_token": (r"xoxb-[A-Za-z0-9-]{10,}", "a bot token: it begins with xoxb-"),
    "slack_signing_secret": (r"[0-9a-f]{32}", "32 of the characters 0-9 and a-f"),
    "slack_api": _URL,
    "rocketchat_url": _URL,
    "rocketchat_user_id": (r"[A-Za-z0-9]{10,40}", "10 to 40 letters and digits: the bot's user id, not its name"),
    "rocketchat_token": _TOKEN,
    "rocketchat_webhook_token": (r"[!-~]{16,}", "at least 16 characters without blanks"),
    "webex_bot_token": _TOKEN,
    "webex_webhook_secret": (r"[!-~]{16,}", "at least 16 characters without blanks"),
    "webex_api": _URL,
    "teams_app_id": _GUID,
    "teams_app_password": (r"[!-~]{16,}", "at least 16 characters without blanks: the secret's value, not its id"),
    "teams_tenant_id": _GUID,
    "teams_login": _URL,
    "teams_keys": _URL,
    "teams_service": _URL,
}


class PlatformSettings(BaseSettings):
    """Each platform's settings and the form that each must have. That a platform is wholly set is not checked here."""

    class Config:
        env_file = ROOT / ".env"

    whatsapp_token: str = Field("", description="Access token of the WhatsApp app's system user.")
    whatsapp_phone_number_id: str = Field("", description="Id of the phone number that people write to.")
    whatsapp_app_secret: str = Field("", description="The app's secret, with which Meta signs its requests.")
    whatsapp_verify_token: str = Field("", description="A word of your own, given to Meta with the address.")
    whatsapp_api: str = Field("https://graph.facebook.com/v21.0", description="Where WhatsApp's API is.")
    twilio_account_sid: str = Field("", description="The Twilio account.")
    twilio_auth_token: str = Field("", description="Its auth token, with which Twilio signs its requests.")
    twilio_public_url: str = Field("", description="The address at which Twilio reaches this server.")
    twilio_sms_from: str = Field("", description="Number or messaging service that text messages come from.")
    twilio_whatsapp_from: str = Field("", description="Number that WhatsApp messages through Twilio come from.")
    twilio_api: str = Field("https://api.twilio.com", description="Where Twilio's API is.")
    telegram_token: str = Field("", description="The bot's token from BotFather.")
    telegram_secret: str = Field("", description="A secret of your own, given to Telegram with the address.")
    telegram_api: str = Field("https://api.telegram.org", description="Where Telegram's API is.")
    messenger_page_token: str = Field("", description="Access token of the Facebook page.")
    messenger_page_id: str = Field("", description="Id of the page that people write to.")
    messenger_app_secret: str = Field("", description="The app's secret, with which Meta signs its requests.")
    messenger_verify_token: str = Field("", description="A word of your own, given to Meta with the address.")
    messenger_api: str = Field("https://graph.facebook.com/v21.0", description="Where Messenger's API is.")
    slack_bot_token: str = Field("", description="The Slack app's bot token.")
    slack_signing_secret: str = Field("", description="The secret with which Slack signs its requests.")
    slack_api: str = Field("https://slack.com/api", description="Where Slack's API is.")
    rocketchat_url: str = Field("", description="The Rocket.Chat server.")
    rocketchat_user_id: str = Field("", description="The bot's user id there.")
    rocketchat_token: str = Field("", description="A personal access token of the bot.")
    rocketchat_webhook_token: str = Field("", description="The outgoing integration's token.")
    webex_bot_token: str = Field("", description="The Webex bot's access token.")
    webex_webhook_secret: str = Field("", description="A secret of your own, with which Webex signs its requests.")
    webex_api: str = Field("https://webexapis.com/v1", description="Where Webex's API is.")
    teams_app_id: str = Field("", description="Application (client) id of the bot's registration in Microsoft Entra.")
    teams_app_password: str = Field("", description="A client secret of that registration.")
    teams_tenant_id: str = Field("", description="Directory (tenant) id of that registration.")
    teams_login: str = Field("https://login.microsoftonline.com", description="Where the bot gets its access token.")
    teams_keys: str = Field(
        "https://login.botframework.com/v1/.well-known/keys",
        description="Keys with which Microsoft signs.",
    )
    teams_service: str = Field("https://smba.trafficmanager.net", description="The only server that replies go to.")
    platform_timeout: float = Field(10.0, gt=0, le=60, description="Seconds until a platform's silence is a failure.")
    delivery_deadline: float = Field(
        300.0, gt=0, le=3600, description="Seconds for which the delivery of a message is tried again."
    )

    @validator(*FORMATS)
    def _well_formed(cls, value: str, field: Any) -> str:
        # What was set is never repeated: it may be a secret.
        form, described = FORMATS[field.name]
        value = value.strip()
        if value and not re.fullmatch(form, value):
            raise ValueError(f"{field.name.upper()} must be {described}")
        return value.rstrip("/")


def missing(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each platform still needs, in capitals; an empty list where it is on."""
    return {name: [field.upper() for field in needs if not values.get(field)] for name, needs in NEEDS.items()}


class WholePlatforms(PlatformSettings):
    """The platforms' settings, each platform set wholly or not at all."""

    @root_validator(skip_on_failure=True)
    def _whole(cls, values: dict[str, Any]) -> dict[str, Any]:
        lacking = missing(values)
        for field in {field: None for needs in NEEDS.values() for field in needs}:
            users = [name for name, needs in NEEDS.items() if field in needs]
            if values.get(field) and all(lacking[name] for name in users):
                wanted = " or ".join(f"{' and '.join(lacking[name])} for {name}" for name in users)
                raise ValueError(f"{field.upper()} is set, but not {wanted}; set all of them or none")
        return values

    def is_on(self, platform: str) -> bool:
        """Whether the platform has all its settings."""
        return not missing(self.dict())[platform]
