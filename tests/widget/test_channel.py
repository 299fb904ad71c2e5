"""The widget's server side: sessions that nobody can forge, origins, bad input, forgetting."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3

import pytest

from rashguide.channels import assets, web
from rashguide.settings import Settings
from tests.harness.server import ADVICE, Server


def post(bot, path="message", origin=None, **body):
    headers = {"Origin": origin} if origin else {}
    return bot.client.post(f"/chat/{path}", content=json.dumps(body), headers=headers)


def kept(bot, word: str) -> int:
    with sqlite3.connect(bot.database) as store:
        return store.execute("select count(*) from events where data like ?", (f"%{word}%",)).fetchone()[0]


def rows(bot, identifier: str, kind: str = "%") -> int:
    """How many events are kept of a conversation."""
    with sqlite3.connect(bot.database) as store:
        counted = "select count(*) from events where sender_id = ? and type_name like ?"
        return store.execute(counted, (f"web:{identifier}", kind)).fetchone()[0]


def age(bot, identifier: str, seconds: float) -> None:
    """Makes what is kept of a conversation so much older."""
    with sqlite3.connect(bot.database, timeout=10) as store:
        told = "select id, data from events where sender_id = ?"
        for number, data in store.execute(told, (f"web:{identifier}",)).fetchall():
            event = json.loads(data)
            event["timestamp"] -= seconds
            changed = (json.dumps(event), event["timestamp"], number)
            store.execute("update events set data = ?, timestamp = ? where id = ?", changed)


def test_sessions_are_random_and_signed(bot):
    first, second = (post(bot, message="hi").json()["session"] for _ in range(2))
    assert first.split(".")[0] != second.split(".")[0]
    assert len(first.split(".")[0]) == 32
    assert web.identify(first) is None  # signed with the server's key, not with this process's


def test_a_session_goes_on_and_is_renewed(bot):
    first = post(bot, message="my tongue is swelling up").json()
    assert first["messages"][0]["alert"] == "emergency"
    second = post(bot, session=first["session"], message="no").json()
    assert second["session"].split(".")[0] == first["session"].split(".")[0]
    assert "What stops you?" in second["messages"][0]["text"]


@pytest.mark.parametrize("change", ["identifier", "time", "signature", "short", "type", "foreign"])
def test_a_forged_session_is_refused(bot, change):
    identifier, issued, signature = post(bot, message="hi").json()["session"].split(".")
    token = {
        "identifier": f"{'0' * 32}.{issued}.{signature}",
        "time": f"{identifier}.{int(issued) + 9}.{signature}",
        "signature": f"{identifier}.{issued}.{'0' * 64}",
        "short": f"{identifier}.{issued}",
        "type": [identifier],
        "foreign": f"{identifier}.{issued}.é",
    }[change]
    for path in ("message", "keep"):
        assert post(bot, path, session=token, message="hi").status_code == 401


def test_a_session_ends_after_half_an_hour(monkeypatch):
    token = web.mint("0" * 32)
    assert web.identify(token)
    now = web.time.time()
    for seconds in (web.conversations.SESSION + 2, -web.conversations.SESSION - 2):
        monkeypatch.setattr(web.time, "time", lambda seconds=seconds: now + seconds)
        assert web.identify(token) is None


def test_the_rest_channel_cannot_reach_a_widgets_conversation(bot):
    token = post(bot, message="my tongue is swelling up").json()["session"]
    identifier = token.split(".")[0]
    for sender in (identifier, f"web:{identifier}"):
        assert "What stops you?" not in bot.ask("no", sender)[0]["text"]


def test_only_named_origins_may_talk_and_be_told(bot, clinic):
    allowed = f"http://127.0.0.1:{clinic.server_port}"
    told = post(bot, message="hi", origin=allowed)
    assert told.status_code == 200
    assert told.headers["access-control-allow-origin"] == allowed
    assert "access-control-allow-credentials" not in told.headers
    preflight = bot.client.options("/chat/message", headers={"Origin": allowed})
    assert preflight.headers["access-control-allow-origin"] == allowed
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    for stranger in ("https://elsewhere.example", "null", f"{allowed}.elsewhere.example"):
        refused = post(bot, message="hi", origin=stranger)
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
        preflight = bot.client.options("/chat/message", headers={"Origin": stranger})
        assert "access-control-allow-origin" not in preflight.headers


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"message": 5}', b'{"choice": []}', b'{"choice": {}, "message": "hi"}']
)
def test_malformed_requests_are_told(bot, body):
    reply = bot.client.post("/chat/message", content=body)
    assert reply.status_code == 400
    assert ADVICE in reply.text


def test_a_choice_is_one_of_the_suggested_subjects(bot):
    answer = post(bot, choice="facial_redness").json()["messages"][0]
    assert "red face" in answer["text"]
    assert answer["source"]
    assert answer["reviewed"]
    assert answer["checked"]
    # Nobody can set off the alarm itself by naming it.
    assert "no words that I can read" in post(bot, choice="emergency").json()["messages"][0]["text"]


@pytest.mark.parametrize(
    "name",
    [
        "../rashguide/wording.py",
        "..%2fpyproject.toml",
        "nothing.js",
        "strings/",
        "chat.js",
        "guide-xx.0123456789abcdef.js",
    ],
)
def test_only_the_widgets_files_are_served(bot, name):
    assert bot.client.get(f"/chat/{name}").status_code == 404


def test_pages_are_locked_down(bot, clinic):
    page = bot.client.get("/chat/").headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in page
    assert f"frame-ancestors 'self' http://127.0.0.1:{clinic.server_port}" in page
    assert bot.client.get("/chat/demo").headers["content-security-policy"].endswith("frame-ancestors 'none'")


def test_forgetting_deletes_that_conversation_and_no_other(bot):
    mine = post(bot, message="my elbow itches a1b2c3").json()["session"]
    theirs = post(bot, message="my knee itches d4e5f6").json()["session"]
    assert kept(bot, "a1b2c3")
    assert post(bot, "forget", sessions=[mine]).json() == {"forgotten": 1}
    assert not kept(bot, "a1b2c3")
    assert not rows(bot, mine.split(".")[0])
    assert kept(bot, "d4e5f6")
    assert post(bot, session=theirs, message="hi").status_code == 200
    # A chat that was forgotten goes on nowhere, however many tokens of it there are; it can be forgotten once more.
    for path in ("message", "keep"):
        assert post(bot, path, session=mine, message="hi").status_code == 401
    assert post(bot, "forget", sessions=[mine]).json() == {"forgotten": 1}


def test_forgetting_reaches_what_had_no_answer_what_ended_and_what_another_key_signed(bot):
    seed = secrets.token_hex(16)
    post(bot, session=seed, id=secrets.token_hex(16), message="my heel itches b4b4b4")
    other = post(bot, message="my chin itches c5c5c5").json()["session"]
    ended = f"{other.partition('.')[0]}.1.{'0' * 64}"
    assert post(bot, "forget", sessions=[seed, ended]).json() == {"forgotten": 2}
    assert not kept(bot, "b4b4b4")
    assert not kept(bot, "c5c5c5")


@pytest.mark.parametrize("sessions", [None, "x", [""], ["x.y.z"], [5], ["0" * 31], ["0" * 32] * 101])
def test_what_names_no_session_is_refused(bot, sessions):
    assert post(bot, "forget", sessions=sessions).status_code == 400


def test_a_repeated_message_is_answered_with_the_first_answer(bot):
    """In the visit note a second reading would answer the next question; buttons and alerts come again, too."""
    seed, first, second = (secrets.token_hex(16) for _ in range(3))
    begun = post(bot, session=seed, id=first, message="make a visit note").json()
    again = post(bot, session=seed, id=first, message="make a visit note").json()
    assert again["messages"] == begun["messages"]
    told = [post(bot, session=begun["session"], id=second, message="on my left arm").json() for _ in range(3)]
    assert [each["messages"] for each in told] == [told[0]["messages"]] * 3
    assert "When did it start" in told[0]["messages"][0]["text"]
    assert told[0]["messages"][0]["buttons"]
    assert rows(bot, begun["session"].partition(".")[0], "user") == 2
    alarm = [post(bot, session=seed, id=first[::-1], message="my tongue is swelling up").json() for _ in range(2)]
    assert alarm[1]["messages"] == alarm[0]["messages"]
    assert alarm[0]["messages"][0]["alert"] == "emergency"


def test_also_after_a_restart_of_the_server(tmp_path):
    seed, name = secrets.token_hex(16), secrets.token_hex(16)
    told = []
    for _ in range(2):
        running = Server(tmp_path).wait()
        told.append(post(running, session=seed, id=name, message="make a visit note").json()["messages"])
        running.stop()
    assert told[0] == told[1]
    assert "Where on your body" in told[0][-1]["text"]
    assert rows(running, web.begun(seed), "user") == 1


@pytest.mark.parametrize("name", ["", "x" * 32, 5, ["0" * 32], "0" * 33])
def test_a_messages_id_is_checked(bot, name):
    assert post(bot, id=name, message="hi").status_code == 400


def test_a_seed_is_not_told_by_the_session_that_it_began(bot):
    seed = secrets.token_hex(16)
    session = post(bot, session=seed, message="hi").json()["session"]
    assert seed not in session
    assert web.begun(seed) == session.partition(".")[0]
    assert web.named(session.partition(".")[0] + ".") == session.partition(".")[0]


def test_keeping_renews_the_session_and_what_is_under_way(bot):
    """The clock is set back in the database: the note began 29 minutes ago, is kept, and answered 29 minutes later."""
    session = post(bot, message="make a visit note").json()["session"]
    identifier = session.partition(".")[0]
    age(bot, identifier, 29 * 60)
    renewed = post(bot, "keep", session=session).json()["session"]
    assert renewed.partition(".")[0] == identifier
    assert int(renewed.split(".")[1]) >= int(session.split(".")[1])
    age(bot, identifier, 29 * 60)
    assert "When did it start" in post(bot, session=renewed, message="my cheek").json()["messages"][0]["text"]


def test_what_is_not_kept_is_over(bot):
    session = post(bot, message="make a visit note").json()["session"]
    age(bot, session.partition(".")[0], 31 * 60)
    assert "When did it start" not in post(bot, session=session, message="my cheek").json()["messages"][0]["text"]


def test_a_reply_in_another_language_says_which(bot):
    assert post(bot, message="no puedo respirar").json()["messages"][0]["lang"] == "es"
    assert "lang" not in post(bot, message="my tongue is swelling up").json()["messages"][0]


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("911", ["tel:911"]),
        ("112 or 999", ["tel:112", "tel:999"]),
        ("Samaritans on 116 123", ["tel:116123"]),
        ("988, the Suicide Crisis Helpline", ["tel:988"]),
        ("a suicide crisis line", []),
    ],
)
def test_numbers_to_tap(said, numbers, monkeypatch):
    monkeypatch.setattr(assets, "settings", lambda: Settings(_env_file=None, emergency_number=said))
    assert [each["href"] for each in assets.telephone("emergency_number")["calls"]] == numbers


def test_rest_clients_get_nothing_new(bot):
    assert bot.ask("why is my face red?")[0].keys() == {"recipient_id", "text", "buttons"}


def test_scripts_are_few_small_compressed_and_kept(bot):
    """The loader and one script are all that a first answer needs. The loader is asked for anew, that one never."""
    loader = bot.client.get("/chat/widget.js")
    name = re.search(r"guide-en\.[0-9a-f]{16}\.js", loader.text)[0]
    guide = bot.client.get(f"/chat/{name}")
    for told in (loader, guide):
        assert told.headers["content-encoding"] == "gzip"
        again = bot.client.get(told.url.path, headers={"If-None-Match": told.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert "immutable" in guide.headers["cache-control"]
    assert "max-age=300," in loader.headers["cache-control"]
    assert sum(len(assets.find(each).packed) for each in ("widget.js", name)) <= 15_000
    plain = bot.client.get(f"/chat/{name}", headers={"Accept-Encoding": "identity"})
    assert (plain.text, plain.headers.get("content-encoding")) == (guide.text, None)


def test_a_page_that_knows_another_servers_script_gets_this_ones_unkept(bot):
    other = bot.client.get("/chat/guide-en.0123456789abcdef.js")
    assert other.status_code == 200
    assert other.headers["cache-control"] == "no-cache"


def test_without_javascript_the_page_says_what_to_do(bot):
    page = bot.client.get("/chat/").text
    told = page[page.index("<noscript>") :]
    for needed in ("Call 911 now", "It needs JavaScript", ADVICE):
        assert needed in told
