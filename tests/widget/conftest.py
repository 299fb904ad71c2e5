"""A real browser, a Rasa server that hosts may talk to, and pages of a pretend clinic on another origin."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page

from tests.harness import browser as browsers
from tests.harness.server import Server, free_port


class Clinic(ThreadingHTTPServer):
    """Pages of another origin: path to (HTML, Content-Security-Policy)."""

    pages: dict[str, tuple[str, str]] = {}

    def add(self, path: str, head: str = "", body: str = "", policy: str = "", attributes: str = 'lang="en"') -> str:
        icon = '<link rel="icon" href="data:,">'
        head = f"<head><title>Clinic</title>{icon}{head}</head>"
        self.pages[path] = (f"<!doctype html><html {attributes}>{head}<body>{body}</body></html>", policy)
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        html, policy = self.server.pages.get(self.path, ("", ""))
        self.send_response(200 if html else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(html.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="package")
def clinic():
    serving = Clinic(("127.0.0.1", free_port()), _Handler)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield serving
    serving.shutdown()


@pytest.fixture(scope="package")
def bot(tmp_path_factory, clinic):
    origin = f"http://127.0.0.1:{clinic.server_port}"
    running = Server(tmp_path_factory.mktemp("bot"), WIDGET_ORIGINS=origin, SECRET_KEY="the widget's").wait()
    running.origin = f"http://127.0.0.1:{running.port}"
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.fixture(scope="package", params=["chromium"])
def browser(request):
    """Chromium, or the engine that a test asks for."""
    with getattr(browsers, request.param)() as started:
        yield started


@pytest.fixture(scope="package")
def webkits():
    with browsers.webkit() as driver:
        yield driver


@pytest.fixture
def visit(browser, bot, request):
    """Opens an address (the demo page) in a browser of its own, and fails the test on errors and foreign requests.

    A test marked ``faulty`` makes requests fail, which the browser's console tells.
    """
    contexts, wrong = [], []
    ours = ("127.0.0.1:", "localhost:")

    def open_page(address: str = "/chat/demo", prepare=lambda page: None, **options) -> Page:
        needs = browsers.AS_IT_IS if browser.browser_type.name == "firefox" else {}
        context = browser.new_context(**{"viewport": {"width": 1180, "height": 800}, **needs, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        context.on(
            "request",
            lambda r: (
                wrong.append(r.url) if r.url.startswith("http") and not r.url.split("//")[1].startswith(ours) else None
            ),
        )
        prepare(page)
        page.goto(address if address.startswith("http") else bot.origin + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    if request.node.get_closest_marker("faulty"):
        wrong = [each for each in wrong if not each.startswith(("Failed to load resource", "rash guide: "))]
    assert not wrong, wrong
