"""Faults that were reported of other bots on these platforms, tried here: docs/platforms/faults.md lists them."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import parse_qsl

import httpx
import pytest
from twilio.request_validator import RequestValidator

from rashguide import content
from rashguide.channels.twilio import CARRIERS
from tests.harness.platforms import accounts
from tests.harness.platforms.drivers import DRIVERS, Request, fresh
from tests.harness.platforms.fake import STARTING, STOPPING
from tests.harness.server import ADVICE

WHATSAPP, SMS, TELEGRAM, MESSENGER, SLACK, ROCKETCHAT, TEAMS = (
    DRIVERS[name] for name in ("whatsapp", "sms", "telegram", "messenger", "slack", "rocketchat", "teams")
)
PICTURES = "can't look at pictures"
DOUBTFUL = "my lips feel a little puffy"  # gets the safety check


def whole(reply):
    return "\n".join(message.text for message in reply)


def told(clinic, driver, person):
    return whole(clinic.sent(driver, person))


def waited(condition, within=15.0):
    end = time.monotonic() + within
    while time.monotonic() < end and not condition():
        time.sleep(0.05)
    return condition()


def count(clinic, name, channel):
    """A counter of the server's, for one channel."""
    found = re.search(
        rf'^{name}_total{{channel="{channel}"}} ([\d.]+)', clinic.server.client.get("/metrics").text, re.M
    )
    assert found, "an alert would miss the first one"
    return float(found.group(1))


# --- carriers' words over SMS ---------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"Body": "Yes", "OptOutType": "START"}, {"Body": "YES"}])
def test_a_yes_that_the_carrier_takes_for_an_opt_in_still_settles_the_check(clinic, fields):
    person = clinic.someone()
    assert "Is any of that happening now?" in whole(clinic.say(SMS, person, DOUBTFUL))
    assert "Call 911 now" in whole(clinic.told(SMS, person, SMS.form(person, **fields)))


@pytest.mark.parametrize("fields", [{"Body": "No", "OptOutType": "STOP"}, {"Body": "Stop"}])
def test_a_word_that_ends_it_is_heard_and_the_reply_that_is_refused_is_counted(clinic, fields):
    """Twilio refuses what goes to that number until it opts in; then the conversation goes on where it was."""
    person = clinic.someone()
    clinic.say(SMS, person, DOUBTFUL)
    before = count(clinic, "guide_undelivered", "sms")
    sent = len(clinic.sent(SMS, person))
    assert clinic.post(SMS.form(person, **fields)).status_code == 200
    assert waited(lambda: count(clinic, "guide_undelivered", "sms") == before + 1)
    assert "could not be delivered (21610)" in clinic.server.log.read_text()
    assert len(clinic.sent(SMS, person)) == sent
    clinic.say(SMS, person, "Start")
    assert "dupilumab" in whole(clinic.say(SMS, person, "what is dupixent?")).lower()


def test_help_to_the_check_is_answered(clinic):
    person = clinic.someone()
    clinic.say(SMS, person, DOUBTFUL)
    assert "911" in whole(clinic.told(SMS, person, SMS.form(person, Body="HELP", OptOutType="HELP")))


def test_a_note_that_a_carriers_word_stopped_goes_on_after_the_opt_in(clinic):
    person = clinic.someone()
    clinic.say(SMS, person, "make a visit note")
    clinic.say(SMS, person, "on my arms")
    before = count(clinic, "guide_undelivered", "sms")
    assert clinic.post(SMS.text(person, "cancel")).status_code == 200
    assert waited(lambda: count(clinic, "guide_undelivered", "sms") > before)
    time.sleep(10.5)  # what comes within ten seconds is read together
    assert "Hello" in whole(clinic.say(SMS, person, "start"))
    assert "When did it start?" in whole(clinic.say(SMS, person, "go on with the visit note"))


def test_no_text_of_ours_invites_a_carriers_word():
    words = "|".join(sorted(STOPPING | STARTING | CARRIERS.keys() | {"help", "info"}))
    invites = re.compile(rf"\b(?:say|type|write|reply|answer|text)\s+[\"“‘']?(?:{words})\b[\"”’']?", re.I)
    quoted = re.compile(rf"[\"“‘](?:{words})[\"”’]", re.I)
    for subject in content.subjects().values():
        assert not invites.search(subject.text), subject.id
        assert not quoted.search(subject.text), subject.id


# --- commands -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["/help my throat is closing", "/start I can't breathe", "/help@rash_bot tongue swelling", "/x\nI can't breathe"],
)
def test_words_after_a_command_are_the_message(clinic, text):
    assert "Call 911 now" in whole(clinic.say(TELEGRAM, clinic.someone(), text))


@pytest.mark.parametrize("text", ["/restart", "/settings", "restart", "/restart@rash_bot", "Reset"])
def test_a_command_alone_is_no_question_on_treatment(clinic, text):
    assert "I can tell you about rashes" in whole(clinic.say(TELEGRAM, clinic.someone(), text))
    assert "I can tell you about rashes" in clinic.server.ask(text)[0]["text"]


@pytest.mark.parametrize("text", ["/stop", "/cancel", "/quit"])
def test_a_command_to_end_is_a_goodbye(clinic, text):
    assert "Goodbye" in whole(clinic.say(TELEGRAM, clinic.someone(), text))


@pytest.mark.parametrize("text", ["/start", "/start@rash_bot", "/start ref_42", "/Start"])
def test_start_greets_whatever_a_link_adds(clinic, text):
    assert "Hello" in whole(clinic.say(TELEGRAM, clinic.someone(), text))


# --- people without a number, batches -------------------------------------------------------------------


def test_who_has_a_user_name_and_no_number_is_answered_by_user_id(clinic):
    user = f"US.{clinic.someone():020d}"
    message = WHATSAPP.message(1, type="text", text={"body": "my throat is closing"}, from_user_id=user)
    del message["from"]
    contact = {"profile": {"name": "Sheena Nelson", "username": "@sheena"}, "user_id": user}
    assert clinic.post(WHATSAPP.value(contacts=[contact], messages=[message])).status_code == 200
    assert "Call 911 now" in whole(clinic.replies(WHATSAPP, user, 0))
    assert not clinic.fake.broken


def test_a_number_that_comes_and_goes_is_one_conversation(clinic):
    person = clinic.someone()
    user = f"US.{person:020d}"

    def message(text, **known):
        return WHATSAPP.value(messages=[{**WHATSAPP.message(person, type="text", text={"body": text}), **known}])

    assert clinic.post(message("i can't breathe", from_user_id=user)).status_code == 200
    assert "Call 911 now" in told(clinic, WHATSAPP, person) or clinic.replies(WHATSAPP, WHATSAPP.chat(person), 0)
    hidden = json.loads(message("thanks", from_user_id=user).body)
    del hidden["entry"][0]["changes"][0]["value"]["messages"][0]["from"]
    assert clinic.post(WHATSAPP.request(hidden)).status_code == 200
    assert "call 911 now" in whole(clinic.replies(WHATSAPP, user, 0)).lower()


def test_a_user_id_where_a_number_belongs_would_be_lost_without_a_word(clinic):
    """The stand-in does as WhatsApp does: 200, an id, and nothing arrives."""
    headers = {"Authorization": f"Bearer {accounts.WHATSAPP['whatsapp_token']}"}
    body = {"messaging_product": "whatsapp", "to": "US.13491208655302741918", "type": "text", "text": {"body": "x"}}
    number = accounts.WHATSAPP["whatsapp_phone_number_id"]
    before = len(clinic.fake.sent)
    assert httpx.post(f"{clinic.fake.url}/graph/{number}/messages", json=body, headers=headers).status_code == 200
    assert len(clinic.fake.sent) == before
    assert clinic.fake.broken.pop() == "whatsapp: no number in 'to'"


def test_a_batch_of_many_people_is_answered_whole(clinic):
    people = [clinic.someone() for _ in range(60)]
    text = {"body": "why is my face red? " * 130}  # 2,600 characters: too long to read well, quick to answer
    batch = WHATSAPP.value(messages=[WHATSAPP.message(person, type="text", text=text) for person in people])
    assert len(batch.body) > 150_000
    assert clinic.post(batch).status_code == 200
    for person in people:
        clinic.replies(WHATSAPP, WHATSAPP.chat(person), 0)


def test_three_megabytes_fit_and_no_more_and_elsewhere_the_limit_holds(clinic):
    person = clinic.someone()

    def batch(size):
        message = WHATSAPP.message(person, type="text", text={"body": "what is dupixent?"})
        return WHATSAPP.value(contacts=["x" * size], messages=[message])

    assert clinic.post(batch(3 * 2**20 + 1)).status_code == 413
    clinic.told(WHATSAPP, person, batch(3 * 2**20 - 1000))
    slack = SLACK.event(person, text="hello", blocks="x" * 70_000)
    assert clinic.post(slack).status_code == 413

    def chunks():
        yield b'{"sender": "me", "message": "'
        yield b"x" * 70_000
        yield b'"}'

    refused = clinic.server.client.post("/webhooks/rest/webhook", content=chunks())
    assert refused.status_code == 413
    assert ADVICE in refused.json()[0]["text"]


def test_one_broken_message_entry_or_change_costs_the_others_nothing(clinic):
    first, second, third = (clinic.someone() for _ in range(3))
    good = [
        json.loads(WHATSAPP.text(person, "what is dupixent?").body)["entry"][0] for person in (first, second, third)
    ]
    del good[0]["changes"][0]["value"]["metadata"]  # a change that is none
    good[0]["changes"].append(json.loads(WHATSAPP.text(first, "what is dupixent?").body)["entry"][0]["changes"][0])
    unknown = WHATSAPP.message(1, type="text", text={"body": "hello"})
    del unknown["from"]
    good[1]["changes"][0]["value"]["messages"].insert(0, unknown)
    entries = [good[0], {"id": "1"}, good[1], "x", good[2]]
    before = count(clinic, "guide_unreadable", "whatsapp")
    body = {"object": "whatsapp_business_account", "entry": entries}
    assert clinic.post(WHATSAPP.request(body)).status_code == 200
    for person in (first, second, third):
        clinic.replies(WHATSAPP, WHATSAPP.chat(person), 0)
    assert count(clinic, "guide_unreadable", "whatsapp") == before + 4


def test_an_attachment_of_an_unknown_kind_costs_the_others_nothing(clinic):
    first, second = clinic.someone(), clinic.someone()
    odd = json.loads(MESSENGER.media(first, "post").body)
    odd["entry"][0]["messaging"][0]["message"]["attachments"][0]["payload"] = ["odd"]
    odd["entry"] += json.loads(MESSENGER.text(second, "what is dupixent?").body)["entry"]
    assert clinic.post(MESSENGER.request(odd)).status_code == 200
    assert PICTURES in whole(clinic.replies(MESSENGER, MESSENGER.chat(first), 0))
    assert "dupilumab" in whole(clinic.replies(MESSENGER, MESSENGER.chat(second), 0)).lower()


# --- albums, places that move, pieces -------------------------------------------------------------------


def replies(clinic, driver, person):
    return sum(ADVICE in message.text for message in clinic.sent(driver, person))


def test_an_album_gets_one_reply(clinic):
    """Of pictures alone, with words on the first, and with words on a later one."""
    photo = [{"file_id": "AgAD", "file_unique_id": "x", "width": 90, "height": 67}]
    people = {place: clinic.someone() for place in (None, 0, 2)}
    for place, person in people.items():
        for number in range(4):
            words = {"caption": "what is dupixent?"} if number == place else {}
            message = TELEGRAM.message(person, photo=photo, media_group_id="12", **words)
            assert clinic.post(TELEGRAM.update(message=message)).status_code == 200
    time.sleep(4.5)
    for place, person in people.items():
        assert replies(clinic, TELEGRAM, person) == 1, place
        assert PICTURES in told(clinic, TELEGRAM, person)
        assert ("dupilumab" in told(clinic, TELEGRAM, person).lower()) == (place is not None)


def test_pictures_a_moment_apart_get_one_reply_and_so_do_words_after_one(clinic):
    album, asking = clinic.someone(), clinic.someone()
    assert clinic.post(WHATSAPP.media(asking, "image")).status_code == 200
    for number in range(4):
        assert clinic.post(WHATSAPP.media(album, "image")).status_code == 200
        if number == 1:
            assert clinic.post(WHATSAPP.text(asking, "what is dupixent?")).status_code == 200
        time.sleep(0.4)
    time.sleep(3)
    assert replies(clinic, WHATSAPP, album) == replies(clinic, WHATSAPP, asking) == 1
    assert PICTURES in told(clinic, WHATSAPP, album)
    assert PICTURES in told(clinic, WHATSAPP, asking)
    assert "dupilumab" in told(clinic, WHATSAPP, asking).lower()


def test_a_place_that_moves_gets_one_reply(clinic):
    person = clinic.someone()
    place = {"latitude": 37.4, "longitude": -122.1, "live_period": 900}
    first = TELEGRAM.message(person, location=place)
    assert PICTURES in whole(clinic.told(TELEGRAM, person, TELEGRAM.update(message=first)))
    for step in range(3):
        moved = {**first, "location": {**place, "latitude": 37.5 + step}, "edit_date": int(time.time())}
        assert clinic.post(TELEGRAM.update(edited_message=moved)).status_code == 200
    time.sleep(2)
    assert replies(clinic, TELEGRAM, person) == 1


@pytest.mark.parametrize(
    "pieces", [["I have", "trouble", "breathing"], ["my throat is", "closing up"], ["i want to", "die"]]
)
def test_a_thought_in_several_messages_alarms_and_is_no_goodbye(clinic, pieces):
    person = clinic.someone()
    for piece in pieces:
        assert clinic.post(SMS.text(person, piece)).status_code == 200
        time.sleep(0.3)
    clinic.replies(SMS, SMS.chat(person), 0, replies=len(pieces))
    reply = told(clinic, SMS, person)
    assert "Call 911 now" in reply or "988" in reply
    assert "Goodbye" not in reply


def test_a_number_is_an_answer_to_the_note(clinic):
    """Three, as in weeks: over SMS, where the choices are no buttons."""
    person = clinic.someone()
    clinic.say(SMS, person, "make a visit note")
    asked = whole(clinic.say(SMS, person, "arms"))
    assert "Type a letter to choose:\nA. This week\nB. About a month ago\nC. Leave this out" in asked
    assert "shots" in whole(clinic.say(SMS, person, "3"))
    assert "looks" in whole(clinic.say(SMS, person, "C")).lower() or "look" in told(clinic, SMS, person).lower()
    for answer in ("red and itchy", "nothing so far", "none that i know of"):
        clinic.say(SMS, person, answer)
    note = whole(clinic.say(SMS, person, "what is this rash?"))
    assert "Where: arms\nSince: 3\nLooks and feels: red and itchy" in note


# --- links, quotes, threads -----------------------------------------------------------------------------

LINK = "what is dupixent? https://x.example.org"
_SHARED = {"type": "fallback", "payload": {"url": "https://x.example.org", "title": "x"}}
_QUOTED = {"contentType": "messageReference", "content": json.dumps({"messageId": "1", "messagePreview": "x"})}
_HTML = {"contentType": "text/html", "content": "<blockquote itemtype='http://schema.skype.com/Reply'>x</blockquote>"}
_TELEGRAM = {"quote": {"text": "x"}, "external_reply": {"origin": {}}, "link_preview_options": {"url": "https://x"}}


def messenger(person, **beside):
    return MESSENGER.event(person, message={"mid": f"m_{fresh()}", "text": LINK, **beside})


@pytest.mark.parametrize(
    ("driver", "made"),
    [
        (MESSENGER, lambda person: messenger(person, attachments=[_SHARED])),
        (MESSENGER, lambda person: messenger(person, reply_to={"mid": "m_1"})),
        (WHATSAPP, lambda person: WHATSAPP.one(person, type="text", text={"body": LINK}, context={"id": "wamid.1"})),
        (TELEGRAM, lambda person: TELEGRAM.update(message=TELEGRAM.message(person, text=LINK, **_TELEGRAM))),
        (SLACK, lambda person: SLACK.event(person, text=LINK, attachments=[{"is_share": True, "text": "x"}])),
        (TEAMS, lambda person: TEAMS.activity(person, text=LINK, attachments=[_HTML, _QUOTED])),
    ],
    ids=["messenger link", "messenger quote", "whatsapp quote", "telegram quote", "slack share", "teams quote"],
)
def test_a_shared_link_or_a_quote_is_no_picture(clinic, driver, made):
    person = clinic.someone()
    reply = whole(clinic.told(driver, person, made(person)))
    assert PICTURES not in reply
    assert "dupilumab" in reply.lower()


def test_a_button_that_is_pressed_in_a_slack_thread_is_answered_there(clinic):
    person = clinic.someone()
    clinic.told(SLACK, person, SLACK.press(person, "What is Dupixent?", "/forged~0", thread_ts="1700000000.000100"))
    assert clinic.fake.threads[SLACK.chat(person)] == "1700000000.000100"
    clinic.told(SLACK, person, SLACK.press(person, "What is Dupixent?", "/forged~0"))
    assert clinic.fake.threads[SLACK.chat(person)] is None


def test_a_message_in_a_rocketchat_thread_is_answered_there(clinic):
    person = clinic.someone()
    clinic.told(ROCKETCHAT, person, ROCKETCHAT.event(person, text="what is dupixent?", tmid="tHread1"))
    assert clinic.fake.threads[ROCKETCHAT.chat(person)] == "tHread1"
    clinic.say(ROCKETCHAT, person, "what is dupixent?")
    assert clinic.fake.threads[ROCKETCHAT.chat(person)] is None


# --- signatures, order, parts ---------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["z=1&a=two+words&b=%2F", "clinic=O'Brien", "clinic=O%27Brien", "b=&a"])
@pytest.mark.parametrize("port", ["", ":443"])
def test_twilios_signature_holds_whatever_the_address_bears(clinic, query, port):
    person = clinic.someone()
    made = SMS.text(person, "hello")
    path = f"{SMS.path}?{query}"
    fields = dict(parse_qsl(made.body.decode(), keep_blank_values=True))
    address = accounts.TWILIO["twilio_public_url"] + port + path
    signature = RequestValidator(accounts.TWILIO["twilio_auth_token"]).compute_signature(address, fields)
    clinic.told(SMS, person, Request(path, made.body, {**made.headers, SMS.signature: signature}))


def test_the_parts_of_a_reply_arrive_one_after_the_other(clinic):
    """The second call is made once the first one is answered, which takes its time."""
    person = clinic.someone()
    clinic.fake.faults[f"whatsapp:{WHATSAPP.chat(person)}"].append("hang")
    reply = clinic.told(WHATSAPP, person, WHATSAPP.media(person, "image", "what is dupixent?"))
    assert PICTURES in reply[0].text
    assert "dupilumab" in whole(reply[1:]).lower()


@pytest.mark.parametrize(
    ("text", "holds"),
    [("I&nbsp;can&#39;t&nbsp;breathe", "Call 911 now"), ("<p>what is dupixent?</p>", "dupilumab")],
)
def test_teams_adds_each_text_once_more_as_html(clinic, text, holds):
    person = clinic.someone()
    attached = [{"contentType": "text/html", "content": f"<p>{text}</p>"}]
    reply = whole(clinic.told(TEAMS, person, TEAMS.activity(person, text=text, attachments=attached)))
    assert holds.lower() in reply.lower()
    assert PICTURES not in reply
