"""What every platform must do, in one table: each test runs for each platform against one real server."""

from __future__ import annotations

import json
import re
import time

import pytest

from rashguide.channels.rendering import CHOOSE
from rashguide.guard.intake import conversation
from tests.harness.platforms.drivers import DRIVERS, Request, fresh
from tests.harness.server import ADVICE

PICTURES = "can't look at pictures"


@pytest.fixture(params=list(DRIVERS))
def driver(request):
    return DRIVERS[request.param]


@pytest.fixture(scope="module", autouse=True)
def _sound(clinic):
    """After all of it: the server lives, no platform's rule was broken, the log holds nobody's words or numbers."""
    yield
    assert clinic.server.process.poll() is None
    assert clinic.fake.broken == []
    log = clinic.server.log.read_text()
    assert "Traceback" not in log, log[log.index("Traceback") :][:3000]
    for secret in ("face", "swollen", "1555", "xoxb", "EAAJ", "telegram-secret"):
        assert secret not in log, re.findall(rf".*{secret}.*", log)[:3]


def quiet(clinic, driver, person, seconds=0.6):
    before = len(clinic.fake.sent)
    time.sleep(seconds)
    assert [message for message in clinic.fake.sent[before:] if message.chat == driver.chat(person)] == []


def whole(reply):
    return "\n".join(message.text for message in reply)


def test_an_answer_arrives_with_the_advice(clinic, driver):
    reply = clinic.say(driver, clinic.someone(), "what is dupixent?")
    assert "dupilumab" in reply[0].text.lower()


def test_an_emergency_carries_the_number(clinic, driver):
    reply = clinic.say(driver, clinic.someone(), "my throat is closing up and i can't breathe")
    assert "Call 911 now" in reply[0].text


def test_a_forged_request_is_refused(clinic, driver):
    person = clinic.someone()
    made = driver.text(person, "hello")
    if driver.signature == "token":  # Rocket.Chat: in the body
        for bad in (None, "", "x", 5, ["x"], "é"):
            body = {**json.loads(made.body), "token": bad}
            assert clinic.post(driver.request(body)).status_code == 403, bad
        quiet(clinic, driver, person)
        return
    signature = made.headers[driver.signature]
    other = ("0" if signature[-1] != "0" else "1").join([signature[:-1], ""])
    for bad in (None, "", "x", other, signature[:-1], signature + "0", "sha256=", "v0="):
        headers = {name: value for name, value in made.headers.items() if name != driver.signature}
        if bad is not None:
            headers[driver.signature] = bad
        assert clinic.post(Request(made.path, made.body, headers)).status_code in (400, 401, 403), bad
    raw = {**made.headers, driver.signature: "é\xff"}
    encoded = {name.encode(): value.encode("latin-1") for name, value in raw.items()}
    assert clinic.post(Request(made.path, made.body, encoded)).status_code in (400, 401, 403)
    if driver.signs_body:
        changed = Request(made.path, made.body + b" ", made.headers)
        assert clinic.post(changed).status_code in (400, 401, 403)
    quiet(clinic, driver, person)


def test_a_malformed_request_is_refused(clinic, driver):
    for request in driver.malformed():
        assert clinic.post(request).status_code in (400, 401, 403), request.body[:50]


def test_the_webhook_takes_nothing_but_its_own(clinic, driver):
    assert clinic.server.client.get(driver.path).status_code in (403, 405)
    assert clinic.server.client.put(driver.path).status_code == 405
    assert clinic.server.client.get(f"/webhooks/{driver.name}/").status_code == 404


def test_a_redelivered_message_is_answered_once(clinic, driver):
    person, identifier = clinic.someone(), fresh()
    request = driver.text(person, "what is dupixent?", identifier)
    clinic.told(driver, person, request)
    for _ in range(3):
        again = driver.text(person, "what is dupixent?", identifier)
        assert clinic.post(again).status_code == 200
        assert clinic.post(request).status_code == 200
    quiet(clinic, driver, person)


def test_messages_are_acknowledged_at_once_and_answered_in_order(clinic, driver):
    person = clinic.someone()
    questions = ["what is dupixent?", "my throat is closing up and i can't breathe", "it's a false alarm, all is well"]
    clinic.fake.faults[f"{driver.name}:{driver.chat(person)}"].append("500")
    started = time.monotonic()
    for question in questions:
        assert clinic.post(driver.text(person, question)).status_code == 200
    acknowledged = time.monotonic() - started
    reply = clinic.replies(driver, driver.chat(person), 0, replies=3)
    whole = "\n".join(message.text for message in reply)
    assert whole.lower().index("dupilumab") < whole.index("Call 911 now") < whole.rindex(ADVICE)
    assert whole.count(ADVICE) == 3
    assert acknowledged < 2


@pytest.mark.parametrize("fault", ["429", "500", "drop", "hang"])
def test_failing_platforms_are_tried_again_and_hold_up_nobody_else(clinic, fault):
    """On all platforms at once: their pauses are long."""
    people = {name: (clinic.someone(), clinic.someone()) for name in DRIVERS}
    started = {}
    for name, driver in DRIVERS.items():
        clinic.fake.faults[f"{name}:{driver.chat(people[name][0])}"].append(fault)
        started[name] = time.monotonic()
        assert clinic.post(driver.text(people[name][0], "what is dupixent?")).status_code == 200
        clinic.say(driver, people[name][1], "what is dupixent?")
    for name, driver in DRIVERS.items():
        chat = driver.chat(people[name][0])
        reply = clinic.replies(driver, chat, 0)
        assert [message.text.count(ADVICE) for message in reply] == [1], name
        assert not clinic.fake.faults[f"{name}:{chat}"], name
        if fault in ("429", "hang"):
            others = clinic.sent(driver, people[name][1])
            assert reply[0].at > others[0].at, name
            assert reply[0].at - started[name] > 1, name


def test_a_reply_that_is_refused_is_counted_and_the_next_one_arrives(clinic, driver):
    person = clinic.someone()
    counted = clinic.server.log.read_text().count(f"A reply on {driver.name} could not be delivered")
    clinic.fake.faults[f"{driver.name}:{driver.chat(person)}"].append("403")
    assert clinic.post(driver.text(person, "thank you")).status_code == 200  # a reply without buttons to do without
    clinic.say(driver, person, "how common is a rash?")
    told = clinic.server.log.read_text()
    assert told.count(f"A reply on {driver.name} could not be delivered") == counted + 1


def test_pictures_recordings_and_files_get_a_word_and_their_words_an_answer(clinic, driver):
    people = {kind: clinic.someone() for kind in driver.kinds}
    for kind, person in people.items():
        assert clinic.post(driver.media(person, kind)).status_code == 200, kind
    asking = clinic.someone()
    if driver.captions:
        assert clinic.post(driver.media(asking, driver.kinds[0], "what is dupixent?")).status_code == 200
    for kind, person in people.items():
        assert PICTURES in clinic.replies(driver, driver.chat(person), 0)[0].text, kind
    if driver.captions:
        reply = clinic.replies(driver, driver.chat(asking), 0)
        assert PICTURES in reply[0].text
        assert "dupilumab" in whole(reply).lower()


def test_what_needs_no_reply_gets_none(clinic, driver):
    person = clinic.someone()
    before = len(clinic.fake.sent)
    for what, request in driver.silent(person).items():
        assert clinic.post(request).status_code == 200, what
    time.sleep(0.6)
    assert clinic.fake.sent[before:] == []


def test_an_edit_is_answered(clinic, driver):
    person = clinic.someone()
    request = driver.edit(person, "my face is red", "my throat is closing up and i can't breathe")
    if request is None:
        pytest.skip("the platform does not tell of edits")
    assert "Call 911 now" in clinic.told(driver, person, request)[0].text


def test_an_edit_corrects_and_never_counts_twice(clinic, driver):
    """The visit note's first answer is edited while its second question is open, and again while the third one is."""
    person, first = clinic.someone(), fresh()
    if driver.edit(person, "", "") is None:
        pytest.skip("the platform does not tell of edits")
    clinic.say(driver, person, "make a visit note")
    assert "When did it start?" in whole(clinic.told(driver, person, driver.text(person, "on my arms", first)))
    edit = driver.edit(person, "on my arms", "on my arms and neck", first)
    assert "When did it start?" in whole(clinic.told(driver, person, edit))
    assert clinic.post(driver.edit(person, "on my arms", "on my arms and neck", first)).status_code == 200
    quiet(clinic, driver, person)  # the words are the same as before
    assert "shots" in whole(clinic.say(driver, person, "two weeks ago"))
    edit = driver.edit(person, "on my arms and neck", "on my neck alone", first)
    assert "shots" in whole(clinic.told(driver, person, edit))
    for answer in ("after the first one", "red and itchy", "nothing so far", "none that i know of"):
        clinic.say(driver, person, answer)
    note = whole(clinic.say(driver, person, "what is this rash?"))
    assert "Where: on my neck alone\nSince: two weeks ago\n" in note, note


def test_in_a_group_it_asks_for_a_private_message(clinic, driver):
    person = clinic.someone()
    request = driver.group(person, "what is dupixent?")
    if request is None:
        pytest.skip("the platform has no groups for bots")
    before = len(clinic.fake.sent)
    assert clinic.post(request).status_code == 200
    end = time.monotonic() + 10
    while len(clinic.fake.sent) == before and time.monotonic() < end:
        time.sleep(0.03)
    reply = clinic.fake.sent[-1].text
    assert "direct message" in reply
    assert "911" in reply
    assert reply.endswith(ADVICE)
    assert "dupilumab" not in reply.lower()


def all_clear(reply):
    return any(message.text.startswith("All right") for message in reply)


def offered(clinic, driver, person):
    """A conversation that has come to the three choices after an alarm, the last of them "It never happened"."""
    clinic.say(driver, person, "i can't breathe")
    return clinic.say(driver, person, "thanks")


def test_choices_are_buttons_or_numbers(clinic, driver):
    person = clinic.someone()
    reply = offered(clinic, driver, person)
    whole = "\n".join(message.text for message in reply)
    buttons = [button for message in reply for button in message.buttons]
    if driver.native_buttons:
        assert len(buttons) == 3
        title, payload = buttons[2]
        assert "~" in payload
        reply = clinic.told(driver, person, driver.press(person, title, payload))
    else:
        assert buttons == []
        assert f"{CHOOSE}\n1. Help is coming\n2. It has eased\n3. It never happened\n{ADVICE}" in whole
        reply = clinic.say(driver, person, "3")
    assert all_clear(reply)


@pytest.mark.parametrize(
    "typed", ["3", "three", " 3. ", "Option 3", "3\ufe0f\u20e3", "it never happened", "It never happened!"]
)
def test_a_typed_number_or_the_words_choose(clinic, driver, typed):
    person = clinic.someone()
    whole = "\n".join(message.text for message in offered(clinic, driver, person))
    if CHOOSE not in whole:
        pytest.skip("shown as buttons with their own titles")
    assert all_clear(clinic.say(driver, person, typed))


def test_a_number_without_choices_is_just_a_message(clinic, driver):
    person = clinic.someone()
    clinic.say(driver, person, "what is dupixent?")
    assert "Call 911 now" not in clinic.say(driver, person, "1")[0].text


def test_a_button_is_good_for_one_person_on_one_platform(clinic, driver):
    if not driver.native_buttons:
        pytest.skip("no buttons")
    person, other = clinic.someone(), clinic.someone()
    reply = offered(clinic, driver, person)
    offered(clinic, driver, other)
    payload = [payload for message in reply for _, payload in message.buttons][2]
    forged = [payload, "/stand_down", "/stand_down~0000000000000000", "/restart", "stand_down"]
    for bad in forged:
        reply = clinic.told(driver, other, driver.press(other, "zzz", bad))
        assert not all_clear(reply), bad


def test_people_and_platforms_never_share_a_conversation(clinic, driver):
    person = clinic.someone()
    clinic.say(driver, person, "i can't breathe")
    neighbour = clinic.someone()
    assert "may be an emergency" not in clinic.say(driver, neighbour, "ok")[0].text
    for other in DRIVERS.values():
        if other is not driver:
            names = {conversation(each.name, each.chat(person)) for each in (driver, other)}
            assert len(names) == 2


@pytest.mark.parametrize(
    "text", ["/restart", "/emergency", "/", "   ", "\u202e\u0000", "🤒", "a" * 2500, "<b>&amp; *hi* _you_"]
)
def test_odd_messages_get_one_reply(clinic, driver, text):
    clinic.say(driver, clinic.someone(), text)


def test_a_day_old_message_is_not_answered(clinic, driver):
    person = clinic.someone()
    if not driver.timed:
        pytest.skip("messages have no time")
    request = driver.text(person, "hello", at=time.time() - 25 * 3600)
    assert clinic.post(request).status_code == 200, "its signature is in order"
    quiet(clinic, driver, person)
