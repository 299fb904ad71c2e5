"""The settings with which the tests switch every platform on. None of them is anybody's."""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

WHATSAPP = {
    "whatsapp_token": "EAAJtesttokenofnobody0000",
    "whatsapp_phone_number_id": "106540352242922",
    "whatsapp_app_secret": "0123456789abcdef0123456789abcdef",
    "whatsapp_verify_token": "whatsapp-verify",
}
MESSENGER = {
    "messenger_page_token": "EAAGtesttokenofnobody0000",
    "messenger_page_id": "682498171943165",
    "messenger_app_secret": "fedcba9876543210fedcba9876543210",
    "messenger_verify_token": "messenger-verify",
}
TWILIO = {
    "twilio_account_sid": "AC" + "1" * 32,
    "twilio_auth_token": "2" * 32,
    "twilio_public_url": "https://guide.example.org",
    "twilio_sms_from": "+15550001111",
    "twilio_whatsapp_from": "+15550002222",
}
TELEGRAM = {"telegram_token": "123456789:" + "A" * 35, "telegram_secret": "telegram-secret-of-the-tests"}
SLACK = {"slack_bot_token": "xoxb-1234567890-abcdefghij", "slack_signing_secret": "8f742231b10e8888abcd99eeefff85a5"}

ROCKETCHAT = {
    "rocketchat_user_id": "rbAXPnMktTFbNpwtJ",
    "rocketchat_token": "rocketchat-token-of-nobody",
    "rocketchat_webhook_token": "rocketchat-webhook-token",
}
WEBEX = {"webex_bot_token": "webex-bot-token-of-nobody", "webex_webhook_secret": "webex-webhook-secret"}
TEAMS = {
    "teams_app_id": "11111111-1111-1111-1111-111111111111",
    "teams_app_password": "teams-password-of-nobody",
    "teams_tenant_id": "22222222-2222-2222-2222-222222222222",
}

ALL = {**WHATSAPP, **MESSENGER, **TWILIO, **TELEGRAM, **SLACK, **ROCKETCHAT, **WEBEX, **TEAMS}

# For tests of what goes wrong with a platform. Elsewhere it is as it ships: on a busy machine the fake may answer late,
# and what is sent again then arrives twice.
IMPATIENT = {"PLATFORM_TIMEOUT": "1.5", "DELIVERY_DEADLINE": "12"}


def proof(settings: dict[str, str], token: str) -> str:
    secret = settings[token.split("_")[0] + "_app_secret"]
    return hmac.new(secret.encode(), settings[token].encode(), hashlib.sha256).hexdigest()


def environment(fake: str) -> dict[str, str]:
    """The settings as environment variables, with every API at the fake's address."""
    return {
        **{name.upper(): value for name, value in ALL.items()},
        "WHATSAPP_API": f"{fake}/graph",
        "MESSENGER_API": f"{fake}/graph",
        "TWILIO_API": fake,
        "TELEGRAM_API": fake,
        "SLACK_API": f"{fake}/slack",
        "ROCKETCHAT_URL": f"{fake}/rocketchat",
        "WEBEX_API": f"{fake}/webex",
        "TEAMS_LOGIN": f"{fake}/login",
        "TEAMS_KEYS": f"{fake}/keys",
        "TEAMS_SERVICE": f"{fake}/teams",
    }


@lru_cache(maxsize=2)
def teams_key(name: str) -> rsa.RSAPrivateKey:
    """A key that signs as Microsoft does; only the one named "microsoft" is among the keys that the fake publishes."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def teams_public_keys() -> list[dict]:
    public = json.loads(RSAAlgorithm.to_jwk(teams_key("microsoft").public_key()))
    return [
        {**public, "kid": "microsoft", "use": "sig", "endorsements": ["msteams"]},
        {**public, "kid": "skype", "use": "sig", "endorsements": ["skype"]},
    ]
