"""Where messages to the clinic arrive in tests: a mail server with TLS, and a web server that fails in every way."""

from __future__ import annotations

import json
import ssl
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Protocol
from aiosmtpd.smtp import AuthResult

from tests.harness.server import free_port
from tests.harness.topology import certificate


class Mailbox:
    """A real mail server on the loopback interface that takes mail over TLS alone. ``refuse``: its next answers.

    Mail systems drop a second copy by its ``Message-ID``; ``mails`` has what is left, ``copies`` all that came.
    """

    def __init__(self, folder: Path, user: str = "", password: str = "", tls: bool = False) -> None:
        self.copies: list[EmailMessage] = []
        self.refuse: list[str] = []
        self.ca, key = certificate(folder)
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(self.ca, key)

        def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            return AuthResult(success=(data.login, data.password) == (user.encode(), password.encode()))

        options: dict[str, Any] = {"authenticator": known, "auth_required": True} if user else {}
        started = {} if tls else {"tls_context": trust, "require_starttls": True}

        class Server(Controller):
            def factory(self) -> Protocol:
                return Protocol(self.handler, **options, **started, **({"auth_require_tls": not tls} if user else {}))

        self.port = free_port()
        trusted = {"ssl_context": trust} if tls else {}
        self.controller = Server(self, hostname="127.0.0.1", port=self.port, ready_timeout=60, **trusted)
        self.controller.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse.pop(0)
        self.copies.append(message_from_bytes(envelope.content, policy=policy.SMTP))
        return "250 taken"

    @property
    def mails(self) -> dict[str, EmailMessage]:
        return {mail["Message-ID"]: mail for mail in self.copies}

    def stop(self) -> None:
        self.controller.stop()


Answer = Callable[[BaseHTTPRequestHandler], None]


def status(code: int) -> Answer:
    """Answers with a status."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        if 300 <= code < 400:
            handler.send_header("Location", "http://127.0.0.1:1/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Closes the connection in place of an answer."""
    handler.close_connection = True
    handler.connection.close()


def garbage(handler: BaseHTTPRequestHandler) -> None:
    """Answers with what is no HTTP."""
    handler.wfile.write(b"\x00\xff nonsense\r\n\r\n")
    handler.close_connection = True


class Hook:
    """A web server. ``fail``: what it does with the next requests before it takes one.

    As its sender asks, it files what has a known key once; ``filed`` has that, ``requests`` all that came.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.filed: dict[str, dict[str, Any]] = {}
        self.fail: list[Answer] = []
        self.pause = 0.0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                hook.requests.append((self.path, headers, body))
                time.sleep(hook.pause)
                if hook.fail:
                    hook.fail.pop(0)(self)
                    return
                key = headers.get("idempotency-key") or headers.get("if-none-exist") or ""
                hook.filed.setdefault(key, json.loads(body))
                status(200)(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # a sender that was killed in the middle is no fault here
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
