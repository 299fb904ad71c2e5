"""By e-mail: plain text, TLS always, no attachment, nothing that a person wrote in a header."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from typing import Union

from rashguide.handover.message import Message, NotDelivered
from rashguide.settings import settings

SUBJECT = "Message from a patient, sent with the rash guide"
PATIENCE = 15.0  # seconds for each step of the talk with the mail server


def composed(message: Message) -> EmailMessage:
    """The e-mail. Its ``Message-ID`` is the message's own, so that mail systems know a second copy for one."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = SUBJECT
    mail["From"] = settings().handover_from
    mail["To"] = settings().handover_to
    mail["Message-ID"] = f"<{message.key}@{settings().handover_from.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text(), charset="utf-8", cte="quoted-printable")
    return mail


def _send(mail: EmailMessage) -> None:
    chosen = settings()
    trust = ssl.create_default_context(cafile=chosen.handover_ca or None)
    server: Union[smtplib.SMTP, smtplib.SMTP_SSL]
    if chosen.smtp_security == "tls":
        server = smtplib.SMTP_SSL(chosen.smtp_host, chosen.smtp_port, timeout=PATIENCE, context=trust)
    else:
        server = smtplib.SMTP(chosen.smtp_host, chosen.smtp_port, timeout=PATIENCE)
    with server:
        if chosen.smtp_security == "starttls":
            server.starttls(context=trust)
        if chosen.smtp_user:
            server.login(chosen.smtp_user, chosen.smtp_password)
        server.send_message(mail)


async def deliver(message: Message) -> None:
    """Raises ``NotDelivered``."""
    try:
        await asyncio.to_thread(_send, composed(message))
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(error.smtp_code) from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotDelivered(type(error).__name__) from None
