"""Two assistants, PostgreSQL, Redis and nginx are one guide to whoever writes to it."""

from __future__ import annotations

import concurrent.futures
import json
import re
import uuid

import httpx
import pytest

from rashguide.guard.advice import ADVICE
from tests.harness.server import advice_count
from tests.harness.topology import TEMPLATE


def me() -> str:
    return uuid.uuid4().hex


def test_a_conversation_goes_on_from_assistant_to_assistant(topology):
    sender = me()
    first, second = topology.assistants
    assert "Call 911 now" in first.ask("my throat is closing and I can't breathe", sender)[0]["text"]
    # What the other one says shows that it knows what was said before.
    assert second.ask("ok", sender)[0]["text"] != second.ask("ok", me())[0]["text"]
    assert topology.kept(sender) == ["my throat is closing and I can't breathe", "ok"]


def test_both_assistants_are_used(topology):
    for _ in range(12):
        topology.ask("hello", me())
    for assistant in topology.assistants:
        counted = re.search(
            r'guide_messages_total{channel="rest",outcome="answered"} (\d+)', assistant.client.get("/metrics").text
        )
        assert int(counted[1]) > 2


def test_a_button_of_one_assistant_works_at_the_other_and_deletes_for_good(topology):
    first, second = topology.assistants
    sender, other = me(), me()
    first.ask("why is my face red?", sender)
    first.ask("why is my face red?", other)
    (button, _) = first.ask("please delete this chat", sender)[0]["buttons"]
    assert "is deleted" not in second.ask(button["payload"], other)[0]["text"], "a button of somebody else's"
    assert len(topology.kept(other)) == 2
    assert "is deleted" in second.ask(button["payload"], sender)[0]["text"]
    assert topology.kept(sender) == []
    assert not topology.postgres.rows("select 1 from events where sender_id = :id", id=f"rest:{sender}")
    assert "deleted" not in first.ask("hello", sender)[0]["text"]


def test_a_conversation_is_deleted_by_saying_so_twice_or_yes(topology):
    for agreed in ("yes", "delete this chat"):
        sender = me()
        topology.ask("delete this chat", sender)
        assert "deleted" in topology.ask(agreed, sender)[0]["text"]
        assert topology.kept(sender) == []
    sender = me()
    topology.ask("delete this chat", sender)
    assert "kept" in topology.ask("no", sender)[0]["text"]
    assert len(topology.kept(sender)) == 2


def test_one_persons_messages_at_once_are_answered_one_by_one(topology):
    sender = me()
    topology.ask("hello", sender)
    messages = [f"What kind of medicine is dupixent? {number}" for number in range(10)]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        for reply in pool.map(lambda message: topology.ask(message, sender), messages):
            assert advice_count(reply) == 1
    assert sorted(topology.kept(sender)[1:]) == messages
    rows = topology.postgres.rows(
        "select type_name, action_name from events where sender_id = :id order by id", id=f"rest:{sender}"
    )
    order = "".join({"user": "u", "bot": "b"}.get(kind, "") for kind, _ in rows)
    assert re.fullmatch("(ub+){11}", order), "turns of two assistants are mixed"


def test_the_widget_is_served_and_talks_through_nginx(topology):
    page = topology.client.get("/chat/demo")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    loader = topology.client.get("/chat/widget.js")
    script = re.search(r"guide-en\.[0-9a-f]{16}\.js", loader.text)[0]
    guide = topology.client.get(f"/chat/{script}")
    assert (guide.status_code, guide.headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in guide.headers["cache-control"]
    session = ""
    for asked in ("why is my face red?", "is that permanent?", "why?", "what is dupixent?"):  # by either assistant
        told = topology.client.post("/chat/message", json={"session": session, "message": asked}).json()
        assert advice_count(told["messages"]) == 1
        assert not session or told["session"].partition(".")[0] == session.partition(".")[0]
        session = told["session"]
    assert topology.client.post("/chat/forget", json={"sessions": [session]}).json() == {"forgotten": 1}
    own = {"Origin": topology.nginx.url}  # with its port, as a browser sends it
    assert topology.client.post("/chat/message", json={"message": "hi"}, headers=own).status_code == 200


def test_the_guides_own_page_is_let_in_at_any_port(topology):
    """A browser names the port of its page wherever that is not 443."""
    assert topology.nginx.port != 443
    asked = {"session": "", "message": "hello"}
    own = topology.client.post("/chat/message", json=asked, headers={"Origin": topology.nginx.url})
    assert own.status_code == 200
    assert advice_count(own.json()["messages"]) == 1
    foreign = topology.client.post("/chat/message", json=asked, headers={"Origin": "https://127.0.0.1:1"})
    assert foreign.status_code == 403


def test_what_nginx_adds_and_hides(topology):
    response = topology.client.post("/webhooks/rest/webhook", content=b'{"sender": "me", "message": "hi"}')
    assert "max-age" in response.headers["strict-transport-security"]
    assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["server"] == "nginx"
    assert topology.client.get("/health/live").json() == {"live": True}
    for hidden in ("/metrics", "/health/ready", "/health/model", "/health/"):
        response = topology.client.get(hidden)
        assert response.status_code == 404
        assert advice_count(response.json()) == 1
    plain = httpx.get(f"http://127.0.0.1:{topology.nginx.plain}/x", follow_redirects=False)
    assert plain.status_code == 308
    assert plain.headers["location"].startswith("https://")


@pytest.mark.parametrize("body", [b"x" * 70_000, b"{", b""])
def test_what_nginx_and_the_assistants_refuse_carries_the_advice(topology, body):
    response = topology.client.post("/webhooks/rest/webhook", content=body)
    assert response.status_code in (400, 413)
    assert advice_count(response.json()) == 1


def test_the_words_of_nginx_end_with_the_guards_advice():
    bodies = re.findall(r"return \d+ '(\[.*\])';", TEMPLATE.read_text())
    assert len(bodies) == 5
    for body in bodies:
        (message,) = json.loads(body.replace("\\\\n", "\\n").replace("\\'", "'"))
        assert message["text"].endswith(f"\n{ADVICE}")
        assert advice_count([message]) == 1


def test_addresses_from_clients_are_not_believed(topology):
    """Else one client could use up, or go round, another's limit."""
    with topology.nginx.client("127.0.0.9") as client, concurrent.futures.ThreadPoolExecutor(16) as pool:

        def ask(number: int) -> httpx.Response:
            return client.get("/webhooks/rest/", headers={"X-Forwarded-For": f"10.0.0.{number % 250}"})

        refused = [response for response in pool.map(ask, range(600)) if response.status_code == 429]
    assert refused
    assert all(advice_count(response.json()) == 1 for response in refused)
    topology.ask("hello", me())


def test_health_and_metrics(topology):
    assistant = topology.assistants[0]
    everything = {"model": True, "conversations": True, "locks": True, "actions": True}
    assert assistant.client.get("/health/ready").json() == everything
    assert assistant.client.get("/health/model").json() == {"model": True}
    assistant.ask("what is dupixent?", me())
    assistant.ask("I can't breathe and my throat is closing", me())
    assistant.ask("who won the football", me())
    told = assistant.client.get("/metrics").text
    for measure in (
        'guide_messages_total{channel="rest",outcome="alarmed"}',
        'guide_messages_total{channel="rest",outcome="unanswered"}',
        'guide_topics_total{topic="what_is_dupixent"}',
        'guide_alarms_total{tier="emergency"}',
        'guide_reply_seconds_bucket{channel="rest",le="0.1"}',
        "guide_failures_total",
        "guide_undelivered_total",
        "process_resident_memory_bytes",
    ):
        assert measure in told, measure


def test_logs_hold_no_words_and_no_ids(topology):
    """Even at Rasa's debug level, which these assistants log at."""
    sender, word = f"patient-{me()}", f"quixotic{me()[:8]}"
    for _ in range(3):
        topology.ask(f"what is dupixent? {word}", sender)
    logged = ""
    for assistant in topology.assistants:
        logged += assistant.log.read_text()
    assert '"event": "answered"' in logged
    assert "rasa.core" in logged
    assert word not in logged
    assert sender not in logged
    access = topology.nginx.log.read_text()
    assert '"path":"/webhooks/rest/webhook"' in access
    assert '"network":"127.0.0.0"' in access
    assert sender not in access
    assert '"127.0.0.1"' not in access
