"""A message to the clinic in conversation: what is said first, and that nothing is sent without a yes to all of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies
from rasa.shared.core.events import SlotSet

from rashguide import content
from rashguide.content.names import Action, Intent, Response, Slot
from rashguide.dialogue import handover
from rashguide.dialogue.handover import Stage, contact, contact_in, plain
from rashguide.settings import settings as set_settings
from tests.harness.dialogue import Conversation, heard, pressed

WORDS, NAME, NUMBER = "red itchy patch on my neck since monday", "Ada L.", "555 010 0123"
ASK = heard("send a message to my clinic", Intent.SEND)
YES = heard("yes", Intent.AFFIRM)


def sent(conversation: Conversation) -> list[dict]:
    """What was handed on to be sent."""
    events = [event for event in conversation.events if isinstance(event, SlotSet)]
    return [event.value for event in events if event.key == Slot.HANDED_OVER]


def state(conversation: Conversation) -> dict | None:
    return conversation._slot(Slot.HANDOVER)


def up_to_the_question(*, words: str = WORDS, number: str = NUMBER) -> Conversation:
    """A conversation whose next yes sends the message."""
    talk = Conversation()
    assert talk.hear(ASK) == [Response.SEND, Response.HANDOVER_WORDS]
    assert talk.hear(heard(words)) == [Response.HANDOVER_NAME]
    assert talk.hear(heard(NAME)) == [Response.HANDOVER_CONTACT]
    assert talk.hear(heard(number)) == [Response.HANDOVER_CONFIRM]
    assert sent(talk) == []
    return talk


def test_all_is_shown_then_a_yes_sends_it_once(handing_over):
    talk = up_to_the_question()
    shown = talk.texts()[-1]
    assert all(part in shown for part in ("Hill Skin Clinic", WORDS, NAME, NUMBER, "Shall I send it?"))
    assert talk.hear(YES) == [Response.HANDOVER_SENT]
    (message,) = sent(talk)
    assert (message["body"], message["name"], message["contact"]) == (WORDS, NAME, NUMBER)
    assert state(talk) == {"stage": Stage.SENT, "key": message["key"]}  # nothing of it is kept in the conversation
    assert talk.hear(pressed("handover_yes")) == [Response.HANDOVER_WAITS]
    assert talk.hear(YES) == [content.response_to(Intent.AFFIRM)]
    assert talk.hear(ASK) == [Response.HANDOVER_WAITS]
    assert len(sent(talk)) == 1


@pytest.mark.parametrize(
    "said", ["did it arrive", "did they get it?", "have they seen it yet", "any reply", "was it sent"]
)
def test_whoever_asks_after_it_is_told_whatever_it_looks_like(handing_over, said):
    """The understanding takes "did it arrive" for a question on missed shots."""
    talk = up_to_the_question()
    talk.hear(YES)
    assert talk.hear(heard(said, "ask_dosing")) == [Response.HANDOVER_WAITS]
    assert talk.hear(heard("thanks", Intent.THANKS)) == [content.response_to(Intent.THANKS)]
    assert talk.hear(heard(said)) == [Response.HANDOVER_WAITS]
    talk.hear(heard("thanks", Intent.THANKS))
    assert talk.hear(heard("my shot did not arrive", "ask_dosing")) == ["utter_ask_dosing"]


def test_without_a_message_that_was_sent_nobody_asks_after_one(handing_over):
    talk = Conversation()
    assert Action.HANDOVER not in talk.hear(heard("did it arrive", "ask_dosing"))


def test_a_short_question_to_the_guide_is_no_message_to_the_clinic(handing_over):
    talk = Conversation()
    talk.hear(ASK)
    said = talk.hear(heard("is anyone there now", Intent.CLINIC))
    assert said[0] == content.response_to(Intent.CLINIC)
    assert said[-1] == Response.HANDOVER_WORDS
    long = "can somebody there call me back about my rash before the weekend please"
    assert talk.hear(heard(long, Intent.CLINIC)) == [Response.HANDOVER_NAME]


@pytest.mark.parametrize(
    "said", ["yes", "Yes please", "yes, send it", "ok", "OKAY send it now", "send it", "y", "Yes!"]
)
def test_what_counts_as_a_yes(handing_over, said):
    talk = up_to_the_question()
    assert talk.hear(heard(said, Intent.AFFIRM)) == [Response.HANDOVER_SENT]
    assert len(sent(talk)) == 1


def test_so_does_its_button(handing_over):
    talk = up_to_the_question()
    assert talk.hear(pressed("handover_yes")) == [Response.HANDOVER_SENT]


@pytest.mark.parametrize(
    "said",
    [
        "yes but change the number", "is it ok", "yes?", "not ok", "maybe", "what", "yes my rash is itchy", "no yes",
        "yes no", "I said yes to him", "👍", "ya", "okay what happens then", "send it to my mum", "do it tomorrow",
        "it", "now",
    ],
)  # fmt: skip
def test_what_does_not(handing_over, said):
    talk = up_to_the_question()
    talk.hear(heard(said, Intent.AFFIRM))
    assert sent(talk) == []


@pytest.mark.parametrize(
    "said", ["no", "No thanks", "stop", "don't send it", "cancel that", "never mind", "nope, I changed my mind"]
)
@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_a_changed_mind_sends_nothing_and_keeps_nothing(handing_over, said, after):
    talk = Conversation()
    for message in (ASK, heard(WORDS), heard(NAME), heard(NUMBER))[:after]:
        talk.hear(message)
    assert talk.hear(heard(said, Intent.DENY)) == [Response.HANDOVER_STOPPED]
    assert state(talk) is None
    talk.hear(YES)
    assert talk.hear(pressed("handover_yes")) == [Response.HANDOVER_NOTHING]
    assert sent(talk) == []


def test_the_button_stops_it_too(handing_over):
    talk = up_to_the_question()
    assert talk.hear(pressed("handover_no")) == [Response.HANDOVER_STOPPED]


@pytest.mark.parametrize(
    "said", ["call me", "12", "my husband's phone", "555", "1" * 16, "ada@", "555-0100 or 555-0101 ok"]
)
def test_what_is_no_number_is_asked_for_again(handing_over, said):
    talk = Conversation()
    for message in (ASK, heard(WORDS), heard(NAME)):
        talk.hear(message)
    assert talk.hear(heard(said)) == [Response.HANDOVER_NO_CONTACT]
    assert talk.hear(heard("it's 555 010 0199")) == [Response.HANDOVER_CONFIRM]
    assert "555 010 0199" in talk.texts()[-1]


def test_a_number_typed_wrong_is_corrected_and_shown_again(handing_over):
    talk = up_to_the_question()
    assert talk.hear(heard("no wait, wrong number, 555 010 0199", Intent.DENY)) == [Response.HANDOVER_CONFIRM]
    assert "555 010 0199" in talk.texts()[-1]
    assert NUMBER not in talk.texts()[-1]
    assert talk.hear(heard("wrong number", Intent.DENY)) == [Response.HANDOVER_CONTACT]
    assert talk.hear(heard("ada@example.org")) == [Response.HANDOVER_CONFIRM]
    talk.hear(YES)
    assert [message["contact"] for message in sent(talk)] == ["ada@example.org"]


@pytest.mark.parametrize(
    ("part", "asked"),
    [("name", Response.HANDOVER_NAME), ("my number", Response.HANDOVER_CONTACT), ("message", Response.HANDOVER_WORDS)],
)
def test_each_part_can_be_changed(handing_over, part, asked):
    talk = up_to_the_question()
    assert talk.hear(pressed("handover_change")) == [Response.HANDOVER_WHICH]
    assert talk.hear(heard(part)) == [asked]
    corrected = "555 010 0177" if asked == Response.HANDOVER_CONTACT else "something else altogether"
    assert talk.hear(heard(corrected)) == [Response.HANDOVER_CONFIRM]
    assert corrected in talk.texts()[-1]
    assert talk.hear(YES) == [Response.HANDOVER_SENT]


def test_a_yes_that_does_not_follow_the_whole_is_none(handing_over):
    talk = up_to_the_question()
    assert talk.hear(heard("what is dupixent", "what_is_dupixent")) == [
        "utter_faq/what_is_dupixent",
        Response.HANDOVER_CONFIRM,
    ]
    talk.hear(pressed("handover_change"))
    assert talk.hear(YES) == [Response.HANDOVER_CONFIRM]
    assert sent(talk) == []
    assert talk.hear(YES) == [Response.HANDOVER_SENT]


def test_a_question_in_between_is_answered_first(handing_over):
    talk = Conversation()
    talk.hear(ASK)
    talk.hear(heard(WORDS))
    assert talk.hear(heard("who reads this", Intent.PRIVACY)) == ["utter_privacy", Response.HANDOVER_NAME]
    assert talk.hear(heard(NAME)) == [Response.HANDOVER_CONTACT]


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_an_emergency_in_the_middle_alarms_and_stops_it(handing_over, after):
    talk = Conversation()
    for message in (ASK, heard(WORDS), heard(NAME), heard(NUMBER))[:after]:
        talk.hear(message)
    alarming = heard("my throat is closing", "emergency", outcome="alarm")
    assert talk.hear(alarming) == ["utter_emergency"]
    assert state(talk) is None
    talk.hear(YES)
    assert Response.HANDOVER_NOTHING in talk.hear(pressed("handover_yes")) or sent(talk) == []
    assert sent(talk) == []


def test_a_doubtful_sign_is_asked_about_before_it_goes_on(handing_over):
    talk = Conversation()
    talk.hear(ASK)
    assert talk.hear(heard("rash and my lips feel odd", outcome="check")) == [Response.CHECK]
    said = talk.hear(heard("no", Intent.DENY))
    assert said == ["utter_safety_check_no", Response.HANDOVER_NAME]
    assert state(talk)["body"] == "rash and my lips feel odd"


def test_what_needs_a_doctor_today_is_said_first(handing_over):
    talk = Conversation()
    talk.hear(ASK)
    said = talk.hear(heard("hives since last night", Intent.URGENT, outcome="today"))
    assert said == ["utter_urgent_today", Response.HANDOVER_NAME]
    assert talk.hear(heard(NAME)) == [Response.HANDOVER_CONTACT]


@pytest.mark.parametrize(
    "misread",
    [
        heard("Summer Black", "darker_skin", 0.95),
        heard("Misty White", "out_of_scope", outcome="check"),
        heard("jo flores-o'dea", Intent.URGENT, outcome="today"),
        heard("Ana", Intent.AFFIRM, 0.4),
        heard("王 芳", Intent.OUT_OF_SCOPE, 1.0, outcome="check"),
    ],
    ids=lambda parsed: parsed["text"],
)
def test_a_name_is_a_name_whatever_it_looks_like(handing_over, misread):
    """The understanding knows no names: some look like a colour of skin to it, or like a sign."""
    talk = Conversation()
    talk.hear(ASK)
    talk.hear(heard(WORDS))
    assert talk.hear(misread) == [Response.HANDOVER_CONTACT]
    assert state(talk)["name"] == misread["text"]


def test_more_words_than_names_have_are_no_name_where_they_are_surely_a_question(handing_over):
    talk = Conversation()
    talk.hear(ASK)
    talk.hear(heard(WORDS))
    said = talk.hear(heard("dark dry patches round both ears", "darker_skin", 0.99))
    assert said == ["utter_faq/darker_skin", Response.HANDOVER_NAME]


def test_one_that_looks_like_an_emergency_is_asked_about(handing_over):
    """A listed sign alarms there as anywhere."""
    talk = Conversation()
    talk.hear(ASK)
    talk.hear(heard(WORDS))
    assert talk.hear(heard("Heather Long", "emergency", outcome="alarm", probability=0.8)) == [Response.CHECK]
    assert Response.HANDOVER_CONTACT in talk.hear(heard("no", Intent.DENY))
    assert state(talk)["name"] == "Heather Long"
    other = Conversation()
    other.hear(ASK)
    other.hear(heard(WORDS))
    told = other.hear(heard("can't breathe", "emergency", outcome="alarm", probability=1.0, signs=["breathing"]))
    assert told == [Response.EMERGENCY]


@pytest.mark.parametrize("outcome", ["check", "today", "alarm"])
def test_a_number_is_a_number_whatever_it_looks_like(handing_over, outcome):
    talk = Conversation()
    for said in (ASK, heard(WORDS), heard(NAME)):
        talk.hear(said)
    looks = {"check": "out_of_scope", "today": Intent.URGENT, "alarm": "emergency"}[outcome]
    assert talk.hear(heard("+44 20 7946 0414", looks, outcome=outcome)) == [Response.HANDOVER_CONFIRM]
    told = talk.hear(heard("ring 911, call 555 010 0123", "emergency", outcome="alarm", probability=1.0))
    assert told == [Response.EMERGENCY]


def test_the_finished_note_goes_as_it_stands(handing_over):
    talk = Conversation()
    talk.hear(heard("make a note", Intent.NOTE))
    for answer in ("neck", "monday", "a week after", "dry", "cream", "none", "what is it"):
        talk.hear(heard(answer))
    assert talk.hear(pressed("send_to_clinic")) == [Response.SEND, Response.HANDOVER_NAME]
    talk.hear(heard(NAME))
    talk.hear(heard(NUMBER))
    talk.hear(YES)
    (message,) = sent(talk)
    assert message["body"].splitlines()[:3] == ["My visit note", "Where: neck", "Since: monday"]
    assert "does not say" not in message["body"]


def test_it_asks_for_name_and_number_only_after_it_said_what_becomes_of_them(handing_over):
    assert Conversation().hear(ASK)[0] == Response.SEND  # the others follow, as up_to_the_question shows
    offer = content.spoken(Response.SEND)
    assert "I send nothing before you agree" in offer
    assert "not for emergencies" in offer


def test_off_nothing_of_it_is_ever_said(set_up):
    set_up()
    talk = Conversation()
    assert talk.hear(ASK) == [Response.HUMAN]
    assert talk.hear(pressed("send_to_clinic")) == [Response.HUMAN]
    assert talk.hear(pressed("handover_yes")) == [
        Response.HANDOVER_NOTHING
    ]  # of a conversation before it was switched off
    assert Action.HANDOVER in [event.action_name for event in talk.events if hasattr(event, "action_name")]
    assert sent(talk) == []


def test_switched_off_in_the_middle_nothing_is_sent(handing_over, set_up):
    talk = up_to_the_question()
    set_up()
    talk.hear(YES)
    assert sent(talk) == []


def test_without_the_action_server_nothing_is_sent(handing_over):
    talk = up_to_the_question()
    talk.served = False
    talk.hear(YES)
    assert sent(talk) == []


MESSAGES = strategies.sampled_from(
    [
        ASK,
        YES,
        heard("no", Intent.DENY),
        heard("wrong number"),
        heard(NUMBER),
        heard(NAME),
        heard(WORDS),
        heard("name"),
        heard("thanks", Intent.THANKS),
        heard("what is dupixent", "what_is_dupixent"),
        heard("delete this chat", "delete_conversation"),
        heard("my throat is closing", "emergency", outcome="alarm"),
        heard("lips feel odd", outcome="check"),
        heard("hives", Intent.URGENT, outcome="today"),
        heard("make a note", Intent.NOTE),
        heard("skip"),
        pressed("handover_yes"),
        pressed("handover_no"),
        pressed("handover_change"),
        pressed("send_to_clinic"),
        pressed("stand_down"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(strategies.lists(MESSAGES, max_size=14))
def test_on_no_path_anything_is_sent_without_a_yes(messages):
    """Whatever is written in whichever order: what is sent was all shown in the turn before, and met with a yes."""
    on = {"handover": "webhook", "handover_url": "http://127.0.0.1:9", "handover_secret": "a secret of the test's"}
    for name, value in on.items():
        object.__setattr__(set_settings(), name, value)
    try:
        talk = Conversation()
        for message in messages:
            before, shown = len(sent(talk)), talk.texts()[-1:]
            talk.hear(message)
            new = sent(talk)[before:]
            if new:
                yes = message["text"] in ("yes", content.choices()["handover_yes"])
                (one,) = new
                assert yes, message
                assert shown == [handover.preview(one)]
        keys = [one["key"] for one in sent(talk)]
        assert len(keys) == len(set(keys))
    finally:
        set_settings.cache_clear()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("see http://evil.example/x", "see http: //evil. example/x"),
        ("www.evil.example", "www. evil. example"),
        ("a.bc.de.fg", "a. bc. de. fg"),
        ("evil。example", "evil. example"),
        ("ｈｔｔｐ：／／evil．example", "http: //evil. example"),
        ("to\r\nBcc: all@x.example", "to Bcc: all@x. example"),
        ("a\u202eb\u200bc\x00d", "a b c d"),
        ("2.5 mg at 7.30", "2.5 mg at 7.30"),
        ("<b>bold</b> {name} 0[x]", "<b>bold</b> {name} 0[x]"),
    ],
)
def test_words_are_made_plain_and_links_inert(typed, told):
    assert plain(typed) == told


@given(strategies.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_holds_no_link_and_no_unseen_sign(typed):
    import re

    told = plain(typed, lines=True)
    assert "://" not in told
    assert not re.search(r"[^\W_][.。][^\W\d_]{2}", told)
    assert not any(ord(sign) < 32 and sign != "\n" for sign in told)
    assert plain(told, lines=True) == told


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("555 010 0123", "555 010 0123"),
        ("+44 20 7946 0000", "+44 20 7946 0000"),
        ("ada@example.org.", "ada@example.org"),
        ("call 555-010-0123 after six", "555-010-0123"),
        ("ada@example.org\r\nBcc: x@y.example", None),
        ("<ada@example.org>", "ada@example.org"),
        ("١٢٣٤٥٦٧٨", None),
        ("555 010 0123 or 555 010 0124", None),
    ],
)
def test_what_reaches_somebody(typed, found):
    assert contact_in(typed) == found
    assert contact("x") is None
