"""What is a platform's own: handshakes, batches, late failures, tokens."""

from __future__ import annotations

import asyncio
import json
import time
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.harness.platforms import accounts
from tests.harness.platforms.drivers import DRIVERS, Request, fresh
from tests.harness.server import ADVICE

WHATSAPP, SMS, TELEGRAM, MESSENGER, SLACK, WEBEX, TEAMS = (
    DRIVERS[name] for name in ("whatsapp", "sms", "telegram", "messenger", "slack", "webex", "teams")
)


def lost(clinic, driver):
    return clinic.server.log.read_text().count(f"A reply on {driver.name} could not be delivered")


# --- Meta -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("driver", [WHATSAPP, MESSENGER], ids=lambda driver: driver.name)
@pytest.mark.parametrize(
    ("change", "status"),
    [({}, 200), ({"hub.verify_token": "x"}, 403), ({"hub.verify_token": None}, 403), ({"hub.mode": "x"}, 403)],
)
def test_metas_handshake(clinic, driver, change, status):
    token = accounts.ALL[f"{driver.name}_verify_token"]
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token, **change}
    asked = {name: value for name, value in asked.items() if value is not None}
    response = clinic.server.client.get(driver.path, params=asked)
    assert response.status_code == status
    assert (response.text == "1158201444") == (status == 200)


def test_whatsapp_batches_are_read_as_far_as_they_can(clinic):
    first, second = clinic.someone(), clinic.someone()
    good = [WHATSAPP.message(person, type="text", text={"body": "what is dupixent?"}) for person in (first, second)]
    batch = WHATSAPP.value(messages=[good[0], {"type": "text"}, good[1]])
    assert clinic.post(batch).status_code == 200
    for person in (first, second):
        assert ADVICE in clinic.replies(WHATSAPP, WHATSAPP.chat(person), 0)[-1].text


def test_whatsapp_tells_later_what_it_could_not_deliver(clinic):
    before = lost(clinic, WHATSAPP)
    status = {
        "id": "wamid.1",
        "status": "failed",
        "timestamp": "1",
        "recipient_id": "1555",
        "errors": [{"code": 131026}],
    }
    assert clinic.post(WHATSAPP.value(statuses=[status])).status_code == 200
    assert lost(clinic, WHATSAPP) == before + 1
    assert "(131026)" in clinic.server.log.read_text()


def test_messenger_greets_who_gets_started(clinic):
    person = clinic.someone()
    assert "Hello" in clinic.told(MESSENGER, person, MESSENGER.press(person, "Get Started", "GET_STARTED"))[0].text


def test_messenger_answers_all_events_of_a_batch(clinic):
    people = [clinic.someone() for _ in range(3)]
    entries = [json.loads(MESSENGER.text(person, "what is dupixent?").body)["entry"][0] for person in people]
    entries[0]["messaging"] += entries.pop()["messaging"]
    assert clinic.post(MESSENGER.request({"object": "page", "entry": entries})).status_code == 200
    for person in people:
        clinic.replies(MESSENGER, MESSENGER.chat(person), 0)


def test_a_refused_button_does_not_cost_the_words(clinic):
    """The platform refuses the message with the buttons; it goes without them."""
    person = clinic.someone()
    clinic.say(WHATSAPP, person, "i can't breathe")
    clinic.fake.faults[f"whatsapp:{WHATSAPP.chat(person)}"].append("400")
    reply = clinic.say(WHATSAPP, person, "thanks")
    assert [message.buttons for message in reply] == [[]]
    assert "call 911 now" in reply[0].text
    assert clinic.say(WHATSAPP, person, "2")


# --- Twilio -----------------------------------------------------------------------------------------


def test_twilio_another_accounts_request_is_refused(clinic):
    person = clinic.someone()
    assert clinic.post(SMS.form(person, Body="hello", AccountSid="AC" + "9" * 32)).status_code == 403


def test_twilio_tells_later_what_it_could_not_deliver(clinic):
    def status(state):
        account = accounts.TWILIO["twilio_account_sid"]
        return urlencode({"AccountSid": account, "MessageStatus": state, "ErrorCode": "30003"}).encode()

    before = lost(clinic, SMS)
    path = "/webhooks/sms/status"
    signed_for_another = _signed_for(SMS.path, status("failed"))
    assert clinic.post(Request(path, status("failed"), signed_for_another)).status_code == 403
    for state in ("delivered", "sent", "undelivered"):
        assert clinic.post(Request(path, status(state), _signed_for(path, status(state)))).status_code == 200
    assert clinic.post(Request(path, b"x", _signed_for(path, b"x"))).status_code in (400, 403)
    assert lost(clinic, SMS) == before + 1


def _signed_for(path, body):
    url = accounts.TWILIO["twilio_public_url"] + path
    validator = RequestValidator(accounts.TWILIO["twilio_auth_token"])
    return {"X-Twilio-Signature": validator.compute_signature(url, dict(parse_qsl(body.decode())))}


def test_twilio_signs_the_query_too(clinic):
    person = clinic.someone()
    made = SMS.text(person, "what is dupixent?")
    query = f"{SMS.path}?place=clinic%20a"
    made = Request(query, made.body, {**made.headers, **_signed_for(query, made.body)})
    clinic.told(SMS, person, made)
    assert clinic.post(Request(query.replace("%20a", "%20b"), made.body, made.headers)).status_code == 403


def test_twilio_fields_moved_into_one_another_are_the_same_message(clinic):
    """Twilio signs names and values run together: "SmsSidSM1ToCountryUS" may be cut in many places."""
    person = clinic.someone()
    made = SMS.form(person, Body="what is dupixent?", Zed="1")
    clinic.told(SMS, person, made)
    fields = dict(parse_qsl(made.body.decode(), keep_blank_values=True))
    for moved in ("NumMedia", "NumSegments", "ToCountry", "Zed"):  # each into the field that is signed before it
        before = max(name for name in fields if name < moved)
        changed = {**fields, before: f"{fields[before]}{moved}{fields[moved]}"}
        del changed[moved]
        body = urlencode(changed).encode()
        assert _signed_for(SMS.path, body)["X-Twilio-Signature"] == made.headers["X-Twilio-Signature"]
        assert clinic.post(Request(SMS.path, body, made.headers)).status_code in (200, 400)
    time.sleep(1)
    assert sum(ADVICE in each.text for each in clinic.sent(SMS, person)) == 1


def test_help_is_answered_and_stop_is_not(clinic):
    person = clinic.someone()
    assert "911" in "\n".join(message.text for message in clinic.say(SMS, person, "HELP me i can't breathe"))
    before = len(clinic.sent(SMS, person))
    assert clinic.post(SMS.text(person, "STOP")).status_code == 200
    time.sleep(0.5)
    assert len(clinic.sent(SMS, person)) == before


# --- Telegram ---------------------------------------------------------------------------------------


def test_telegram_start_greets_and_a_pressed_button_stops_spinning(clinic):
    person = clinic.someone()
    assert "Hello" in clinic.say(TELEGRAM, person, "/start")[0].text
    before = clinic.fake.calls.count("telegram answerCallbackQuery")
    clinic.told(TELEGRAM, person, TELEGRAM.press(person, "What is Dupixent?", "/forged~0"))
    assert clinic.fake.calls.count("telegram answerCallbackQuery") == before + 1


def test_telegram_a_reply_to_the_bot_in_a_group_is_meant_for_it(clinic):
    person = clinic.someone()
    replied = {"message_id": 1, "from": {"id": 123456789, "is_bot": True}}
    message = TELEGRAM.message(person, group=True, text="and then?", reply_to_message=replied)
    before = len(clinic.fake.sent)
    assert clinic.post(TELEGRAM.update(message=message)).status_code == 200
    end = time.monotonic() + 10
    while len(clinic.fake.sent) == before and time.monotonic() < end:
        time.sleep(0.03)
    assert "direct message" in clinic.fake.sent[-1].text


# --- Slack ------------------------------------------------------------------------------------------


def test_slacks_handshake(clinic):
    body = {
        "token": "x",
        "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
        "type": "url_verification",
    }
    response = clinic.post(SLACK.request(body))
    assert response.status_code == 200
    assert response.text == body["challenge"]
    unsigned = Request(SLACK.path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    assert clinic.post(unsigned).status_code == 403


@pytest.mark.parametrize("age", [-400, 400])
def test_slack_refuses_an_old_signature(clinic, age):
    made = SLACK.text(clinic.someone(), "hello")
    made.headers.update(SLACK.sign(made.body, at=time.time() - age))
    assert clinic.post(made).status_code == 403


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "9" * 5000])
def test_slack_refuses_a_timestamp_that_is_none(clinic, timestamp):
    made = SLACK.text(clinic.someone(), "hello")
    made.headers["X-Slack-Request-Timestamp"] = timestamp
    assert clinic.post(made).status_code in (400, 403)


def test_slack_retries_are_answered_once_and_in_their_thread(clinic):
    person, identifier = clinic.someone(), fresh()
    request = SLACK.event(person, identifier, text="what is dupixent?", thread_ts="1700000000.000100")
    clinic.told(SLACK, person, request)
    request.headers.update({"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"})
    assert clinic.post(request).status_code == 200
    time.sleep(0.5)
    assert sum(ADVICE in message.text for message in clinic.sent(SLACK, person)) == 1
    assert clinic.fake.threads[SLACK.chat(person)] == "1700000000.000100"


# --- Webex ------------------------------------------------------------------------------------------


def test_webex_a_message_that_cannot_be_fetched_is_counted(clinic):
    person = clinic.someone()
    request = WEBEX.text(person, "hello")
    clinic.fake.webex_messages.clear()
    before = lost(clinic, WEBEX)
    assert clinic.post(request).status_code == 200
    end = time.monotonic() + 5
    while lost(clinic, WEBEX) == before and time.monotonic() < end:
        time.sleep(0.05)
    assert lost(clinic, WEBEX) == before + 1
    clinic.say(WEBEX, person, "what is dupixent?")


# --- Teams ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://sts.example.org"},
        {"aud": "33333333-3333-3333-3333-333333333333"},
        {"exp": int(time.time()) - 4000},
        {"nbf": int(time.time()) + 4000},
        {"exp": None},
        {"serviceurl": "https://evil.example.org/"},
        {"serviceurl": None},
        {"key": "somebody"},
        {"kid": "unknown"},
        {"kid": "skype"},
        {"algorithm": "HS256"},
    ],
    ids=lambda change: "-".join(map(str, change)),
)
def test_teams_refuses_a_token_that_is_not_microsofts_for_us(clinic, change):
    made = TEAMS.text(clinic.someone(), "hello")
    token = TEAMS.token(**change)
    assert clinic.post(Request(made.path, made.body, {"Authorization": f"Bearer {token}"})).status_code == 403


def test_teams_replies_to_no_server_but_microsofts(clinic):
    for service in (
        "https://evil.example.org/",
        f"{clinic.fake.url}/teamsevil/",
        f"{clinic.fake.url}.example.org/teams/",
    ):
        made = TEAMS.activity(clinic.someone(), text="hello", serviceUrl=service)
        token = TEAMS.token(serviceurl=service)
        assert clinic.post(Request(made.path, made.body, {"Authorization": f"Bearer {token}"})).status_code == 403
    made = TEAMS.activity(clinic.someone(), text="hello", channelId="webchat")
    assert clinic.post(made).status_code == 403


def test_teams_keeps_its_access_token_and_renews_one_that_was_revoked(clinic):
    person = clinic.someone()
    clinic.say(TEAMS, person, "what is dupixent?")
    before = clinic.fake.calls.count("teams token")
    clinic.say(TEAMS, person, "what is dupixent?")
    assert clinic.fake.calls.count("teams token") == before
    clinic.fake.teams_granted.clear()
    clinic.say(TEAMS, person, "what is dupixent?")
    assert clinic.fake.calls.count("teams token") == before + 1


def test_teams_without_microsofts_keys_asks_to_come_again(monkeypatch):
    """A genuine message gets 503 while the keys cannot be fetched, and forged ones cause no more fetches."""
    from rashguide.channels.delivery import TryAgain
    from rashguide.channels.platform import Rejected
    from rashguide.channels.teams import TeamsInput

    teams = TeamsInput()
    fetches = []

    async def once(method, url):
        fetches.append(url)
        raise TryAgain("down")

    monkeypatch.setattr(teams.api, "once", once)

    async def ask():
        results = []
        for identifier in ("microsoft", "forged", "microsoft"):
            with pytest.raises(Rejected) as rejected:
                await teams._key(identifier)
            results.append(rejected.value.status)
        return results

    assert asyncio.run(ask()) == [503, 503, 503]
    assert len(fetches) == 1


# --- off and refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("driver", DRIVERS.values(), ids=list(DRIVERS))
def test_a_platform_without_settings_is_off(server, driver):
    assert server.client.post(driver.path, content=b"{}").status_code == 404
    assert server.client.get(driver.path).status_code == 404
    assert server.client.post(f"/webhooks/{driver.name}/status", content=b"x=1").status_code == 404


def test_rasas_own_channels_are_refused_with_the_reason(monkeypatch):
    from types import SimpleNamespace

    from rasa.core.channels.mattermost import MattermostBot
    from sanic import Sanic

    from rashguide import channels

    bot = MattermostBot("http://localhost", "token", "rash-guide", "http://localhost/webhooks/mattermost/webhook")
    app = SimpleNamespace(ctx=SimpleNamespace(input_channels=[bot]))
    monkeypatch.setattr(Sanic, "get_app", lambda: app)
    with pytest.raises(channels.UnknownChannel, match="docs/platforms/README.md"):
        channels.refuse_unknown()
