"""SMS and WhatsApp through Twilio."""

from __future__ import annotations

from typing import Any, Mapping, Optional
from urllib.parse import parse_qs, urlencode, urlparse

from aiohttp import BasicAuth
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from twilio.request_validator import RequestValidator, add_port, remove_port

from rashguide.channels.delivery import PASSING, Refused, judge
from rashguide.channels.platform import READ_ERRORS, Finding, Incoming, Platform, Rejected, Trial, same
from rashguide.channels.rendering import Limits, Part
from rashguide.guard.intake import COMING, LEAVING

# Words that carriers take for themselves when one is a whole text message. From the first ones on Twilio refuses all
# that goes to that number (21610), until one of the others comes. An account may add words of its own, "no" and "yes"
# among them, so none is dropped here: it may be the answer to a question. "end" stays, as it may tell of despair.
CARRIERS = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "revoke", "optout"), LEAVING),
    **dict.fromkeys(("start", "unstop"), COMING),
    "info": "help",
}
FAILED = {"failed", "undelivered"}
WHATSAPP = "whatsapp:"
SIGNATURE = "X-Twilio-Signature"


class _Form(dict[str, list[str]]):
    """A form's fields with all their values, as Twilio's validator reads them."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


class TwilioPlatform(Platform):
    """What both have in common. Neither shows buttons that a bot could make up as it goes: choices are numbered."""

    limits = Limits(text=1600)
    prefix = ""
    from_number: str

    @staticmethod
    def judge(status: int, headers: Mapping[str, str], body: Any) -> None:
        """See ``delivery.judge``: Twilio's own code says more than the status."""
        if 400 <= status < 500 and status not in PASSING and isinstance(body, dict):
            raise Refused(body.get("code", status))
        judge(status, headers, body)

    def _form(self, request: Request) -> _Form:
        return _Form(parse_qs(request.body.decode(), keep_blank_values=True, strict_parsing=bool(request.body)))

    def verify(self, request: Request) -> None:
        """Checks Twilio's signature of the address and all fields, and that the account is ours."""
        address = f"{self.settings.twilio_public_url}{request.path}"
        if request.query_string:
            address += f"?{request.query_string}"
        given = request.headers.get(SIGNATURE)
        validator = RequestValidator(self.settings.twilio_auth_token)
        form = self._form(request)
        # Twilio sometimes signs the address with its port and sometimes without; its own validator tries both, too.
        addresses = [change(urlparse(address)) for change in (add_port, remove_port)]
        signatures = [validator.compute_signature(address, form) for address in addresses]
        if not any([same(given, signature) for signature in signatures]):
            raise Rejected(403, "The signature is wrong.")
        if form["AccountSid"] != [self.settings.twilio_account_sid]:
            raise Rejected(403, "This is another account.")

    def events(self, request: Request) -> list[dict[str, str]]:
        """The one message in a request."""
        # Twilio signs names and values run together, so that a field's end could be moved into the id beside it.
        signature = {SIGNATURE: request.headers[SIGNATURE]}
        return [{name: values[0] for name, values in self._form(request).items()} | signature]

    def read(self, event: Any) -> Optional[Incoming]:
        """A text, a file with or without words or a place; None for reactions."""
        if not event["From"].startswith(self.prefix or "+"):
            return None  # a sender that cannot be answered, or the other channel's
        if event.get("MessageType") == "reaction":
            return None
        text = event.get("Body", "")
        if not self.prefix:
            text = CARRIERS.get(text.strip().casefold(), text)
        return Incoming(
            id=event[SIGNATURE],
            person=event["From"].removeprefix(self.prefix),
            chat=event["From"],
            text=text,
            payload=event.get("ButtonPayload", ""),
            media=int(event.get("NumMedia", "0")) > 0 or "Latitude" in event,
        )

    def acknowledgement(self, request: Request) -> HTTPResponse:
        """An answer in TwiML that says nothing: the reply is sent through the API."""
        return response.text("<Response/>", content_type="text/xml")

    def routes(self, on_new_message: Any) -> Blueprint:
        """Besides the webhook, the address at which Twilio tells that a message could not be delivered after all."""
        webhook = super().routes(on_new_message)
        if not self.is_on():
            return webhook

        @webhook.post("/status")
        async def status(request: Request) -> HTTPResponse:
            try:
                self.verify(request)
                event = self.events(request)[0]
            except Rejected as rejected:
                return response.text(str(rejected), status=rejected.status)
            except READ_ERRORS:
                return response.text("This request is malformed.", status=400)
            if event.get("MessageStatus") in FAILED:
                self.lost([event.get("ErrorCode", "unknown")])
            return response.text("")

        return webhook

    @property
    def page(self) -> str:
        """One for both."""
        return "twilio"

    def public_address(self) -> str:
        """The one that Twilio signs."""
        return self.settings.twilio_public_url

    def _webhook(self) -> str:
        return f"{self.settings.twilio_public_url}/webhooks/{self.name()}/webhook"

    def trial(self) -> Trial:
        """A reaction to no message."""
        account = {"AccountSid": self.settings.twilio_account_sid}
        form = {**account, "From": f"{self.prefix}+10000000000", "MessageType": "reaction"}
        signature = RequestValidator(self.settings.twilio_auth_token).compute_signature(self._webhook(), form)
        return Trial(urlencode(form).encode(), {SIGNATURE: signature}, forged=urlencode(account).encode())

    async def account(self, webhook: str) -> list[Finding]:
        """The account, and where its number for text messages sends them."""
        api = f"{self.settings.twilio_api}/2010-04-01/Accounts/{self.settings.twilio_account_sid}"
        proved = {"auth": BasicAuth(self.settings.twilio_account_sid, self.settings.twilio_auth_token)}
        found = await self.api.once("GET", f"{api}.json", **proved)
        telling = [
            Finding(found["status"] == "active", f"the account {found['friendly_name']} is {found['status']}"),
            Finding(webhook == self._webhook(), f"Twilio signs {self._webhook()}"),
        ]
        if self.prefix or self.from_number.startswith("MG"):
            return [*telling, Finding(None, f"the sender's webhook must be POST {self._webhook()}")]
        numbers = await self.api.once(
            "GET", f"{api}/IncomingPhoneNumbers.json", params={"PhoneNumber": self.from_number}, **proved
        )
        own = next(
            iter(numbers["incoming_phone_numbers"]), {"sms_url": "nothing: it is not the account's", "sms_method": ""}
        )
        called = (own["sms_url"], own["sms_method"]) == (self._webhook(), "POST")
        return [*telling, Finding(called, f"{self.from_number} calls {own['sms_method']} {own['sms_url']}")]

    async def send(self, message: Incoming, part: Part) -> None:
        """One message."""
        account = self.settings.twilio_account_sid
        sender = "MessagingServiceSid" if self.from_number.startswith("MG") else "From"
        await self.api.call(
            "POST",
            f"{self.settings.twilio_api}/2010-04-01/Accounts/{account}/Messages.json",
            data={
                "To": message.chat,
                sender: self.prefix + self.from_number,
                "Body": part.text,
                "StatusCallback": f"{self.settings.twilio_public_url}/webhooks/{self.name()}/status",
            },
            auth=BasicAuth(account, self.settings.twilio_auth_token),
        )


class SmsInput(TwilioPlatform):
    """Text messages, at ``/webhooks/sms/webhook``."""

    def __init__(self) -> None:
        super().__init__()
        self.from_number = self.settings.twilio_sms_from

    @classmethod
    def name(cls) -> str:
        """sms."""
        return "sms"


class TwilioWhatsAppInput(TwilioPlatform):
    """WhatsApp through Twilio, at ``/webhooks/twilio_whatsapp/webhook``."""

    prefix = WHATSAPP

    def __init__(self) -> None:
        super().__init__()
        self.from_number = self.settings.twilio_whatsapp_from

    @classmethod
    def name(cls) -> str:
        """twilio_whatsapp."""
        return "twilio_whatsapp"
