"""Every id that code names, once, and checked against ``data/`` at start: renamed there, it must be renamed here."""

from __future__ import annotations

from rashguide.content.subjects import GROUPS, choices, subjects


class Intent:
    """What a message, or a pressed button, may be about."""

    AFFIRM, DENY = "affirm", "deny"
    GREET, THANKS, GOODBYE = "greet", "thanks", "goodbye"
    EMERGENCY, CRISIS, URGENT = "emergency", "crisis", "urgent_today"
    MORE, SIMPLER, REPEAT = "tell_me_more", "say_simpler", "repeat_that"
    HUMAN, PRIVACY, BOT, CAPABILITIES = "talk_to_human", "privacy", "bot_challenge", "capabilities"
    OUT_OF_SCOPE, OUT_OF_SCOPE_MEDICAL = "out_of_scope", "out_of_scope_medical"
    REPORT, DIAGNOSIS, DOSING = "report_symptom", "ask_diagnosis", "ask_dosing"
    CLINIC, REMIND, SEND = "reach_clinic", "remind_me", "send_to_clinic"
    DELETE = "delete_conversation"
    NOTE, NOTE_CHANGE, NOTE_SKIP = "visit_note", "visit_change", "visit_skip"
    HELPFUL_YES, HELPFUL_NO = "helpful_yes", "helpful_no"
    TOO_HARD, TOO_LITTLE, OTHERWISE_UNHELPFUL = "unhelpful_hard", "unhelpful_little", "unhelpful_other"


class Response:
    """What may be said."""

    EMERGENCY = "utter_emergency"  # and by group: utter_emergency_<group>
    CRISIS, TAKEN = "utter_crisis", "utter_crisis_taken"
    CHECK, CHECK_CRISIS = "utter_safety_check", "utter_safety_check_crisis"
    NOTHING_NEAR, UNSURE = "utter_nothing_near", "utter_unsure"
    OUT_OF_SCOPE, OUT_OF_SCOPE_MEDICAL = "utter_out_of_scope", "utter_out_of_scope_medical"
    REPORTED = "utter_report_symptom"
    HELPFUL = "utter_helpful"
    NO_SIMPLER, HOW_SURE, NO_DETAIL = "utter_no_simpler", "utter_how_sure", "utter_no_detail"
    DELETE = "utter_delete_conversation"
    DELETED = "utter_conversation_deleted"
    NOTE, NOTE_DONE, NOTE_STOPPED = "utter_visit_note", "utter_visit_done", "utter_visit_stopped"
    NOTE_OWN_WORDS, NOTE_WHICH = "utter_visit_own_words", "utter_visit_change"
    NOT_NOW, SWITCHED_OFF = "utter_not_now", "utter_switched_off"
    CLINIC, REMIND, SEND = "utter_reach_clinic", "utter_remind_me", "utter_send_to_clinic"
    HUMAN = "utter_talk_to_human"
    HANDOVER_WORDS, HANDOVER_NAME = "utter_handover_words", "utter_handover_name"
    HANDOVER_CONTACT, HANDOVER_NO_CONTACT = "utter_handover_contact", "utter_handover_no_contact"
    HANDOVER_CONFIRM, HANDOVER_WHICH = "utter_handover_confirm", "utter_handover_which"
    HANDOVER_LONG, HANDOVER_STOPPED, HANDOVER_NOTHING = (
        "utter_handover_long",
        "utter_handover_stopped",
        "utter_handover_nothing",
    )
    HANDOVER_SENT, HANDOVER_WAITS = "utter_handover_sent", "utter_handover_waits"
    HANDOVER_DELIVERED, HANDOVER_FAILED = "utter_handover_delivered", "utter_handover_failed"


class Action:
    """What is done, by ``actions/``, and not only said."""

    NOTE, COUNT, DELETE = "action_visit_note", "action_count_opinion", "action_delete_conversation"
    HANDOVER = "action_handover"
    ALL = (NOTE, COUNT, DELETE, HANDOVER)


class Slot:
    """What a conversation keeps (domain.yml): the note's question that is open, its answers by step, an opinion, how
    far a message to the clinic is, and one that was confirmed."""

    STEP, ANSWERS = "visit_step", "visit_answers"
    OPINION = "opinion"
    HANDOVER, HANDED_OVER = "handover", "handed_over"


class Family:
    """How the names of responses that belong together begin."""

    SIMPLER, WORD = "utter_simpler_", "utter_word_"
    NOT_COVERED = "utter_out_of_scope_medical_"
    NOTE = "utter_visit_"


# The visit note's questions in order; each is the response ``utter_visit_<step>``.
NOTE_STEPS = ("where", "since", "shots", "looks", "tried", "skin", "ask")

# What stands until it is settled, by the subject whose reply began it.
STATES = ("emergency", "crisis", "urgent_today")
# The slots that keep it, and the kind of emergency that it is.
STANDING, STANDING_GROUP = "standing", "standing_group"
# What a message may mean beside what stands (``sequels`` in data/); "seen" is a button's alone.
ACTS = (
    "after_yes", "after_no", "after_worse", "after_false_alarm", "after_eased", "after_help_coming", "after_what_now",
    "after_pen", "after_pill", "after_drive", "after_cannot_call", "after_cost", "after_long_wait",
    "after_which_number", "after_wait", "after_closed", "after_next_shot", "after_other_person", "after_thanks",
    "after_bye", "after_ok_will_call", "after_chat", "after_question", "after_scared", "after_safe", "after_joke",
    "after_cannot_talk", "after_secret", "after_foreign_number", "after_taken", "after_goodbye", "after_hopeless",
    "after_cause", "seen",
)  # fmt: skip
# What an answer to the visit note's question is called among the ``sequels`` in data/.
NOTE_ANSWER = "note_answer"


class Steer:
    """What else a message may mean there."""

    SKIP, STOP, BACK, CHANGE, ASIDE = "note_skip", "note_stop", "note_back", "note_change", "note_aside"
    WRITE = "note_write"
    ALL = (SKIP, STOP, BACK, CHANGE, ASIDE, WRITE)


class Follow:
    """What a message may mean after an answer (``sequels`` in data/), where it names no other subject."""

    MORE, SIMPLER, REPEAT = "follow_more", "follow_simpler", "follow_repeat"
    WHY, SURE, WORD, EXAMPLE = "follow_why", "follow_sure", "follow_word", "follow_example"


# Neither an answer nor its end: what was spoken of before them still stands. Beginnings of responses.
PASSING = (
    "utter_visit_", "utter_word_", "utter_helpful", "utter_unhelpful", "utter_no_simpler", "utter_how_sure",
    "utter_no_detail", "utter_greet", "utter_thanks", "utter_affirm", "utter_deny", "utter_unsure",
    "utter_nothing_near",
    "utter_safety_check", "utter_tell_me_more", "utter_say_simpler", "utter_repeat_that", "utter_capabilities",
    "utter_bot_challenge", "utter_privacy", "utter_handover_", "utter_send_to_clinic", "utter_reach_clinic",
    "utter_remind_me",
)  # fmt: skip


EMERGENCIES = (Intent.EMERGENCY, Intent.CRISIS)
# The replies to an alarm, and the tier of each.
ALARMS = {
    Response.EMERGENCY: Intent.EMERGENCY,
    **{f"{Response.EMERGENCY}_{group}": Intent.EMERGENCY for group in GROUPS},
    Response.CRISIS: Intent.CRISIS,
    Response.TAKEN: Intent.CRISIS,
}
CHECKS = {Response.CHECK, Response.CHECK_CRISIS}
FOLLOW_UPS = (Intent.MORE, Intent.SIMPLER, Intent.REPEAT)
OPINIONS = (
    Intent.HELPFUL_YES,
    Intent.HELPFUL_NO,
    Intent.TOO_HARD,
    Intent.TOO_LITTLE,
    Intent.OTHERWISE_UNHELPFUL,
)


class UnknownName(Exception):
    """Code names an intent or a response that ``data/`` does not have."""


def _values(names: type) -> list[str]:
    return [value for name, value in vars(names).items() if name.isupper()]


def check() -> None:
    """Raises ``UnknownName`` with every name above that nothing in ``data/`` bears."""
    responses = {subject.response for subject in subjects().values()}
    wanted = _values(Response) + [Family.NOTE + step for step in NOTE_STEPS]
    unknown = [name for name in wanted if name not in responses]
    unknown += [name for name in _values(Intent) if name not in choices()]
    unknown += [f"{name}..." for name in _values(Family) if not any(known.startswith(name) for known in responses)]
    if unknown:
        raise UnknownName(
            f"rashguide/content/names.py names {', '.join(unknown)}, which no file in data/ has. "
            "Was it renamed there? Then rename it in both."
        )
