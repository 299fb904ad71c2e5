"""What a message means that leans on the last answer: "why?", "tell me more", "and on the neck?", "is that proven".

The classifier has read it beside that answer (``understanding/sequels.py``): as an act (``names.Follow``) or as a move
to another subject. A question that surely stands by itself is no matter of this file.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Optional

import yaml
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from rashguide import content
from rashguide import linear as re
from rashguide.content import FAQ, UTTER
from rashguide.content.names import FOLLOW_UPS, PASSING, Family, Follow, Intent, Response
from rashguide.understanding.keys import ANSWERED, SEQUEL, Parsed, leans
from rashguide.understanding.thresholds import thresholds

ACT = 0.4  # from which probability on it is taken for one of the acts
WORD = 0.1  # from which on a short message that names a hard word is taken to ask what it means
SHORT = 7  # words of such a message
MOVE = 0.5  # from which on it is taken for a move to another subject,
MOVE_UNSURE = 0.3  # and from which on where, standing by itself, it could not be told what it is about
ALONE = 0.9  # from which on it is taken to stand by itself
LIKE = 0.8  # how alike two words are, from 0 to 1, for one to be the other misspelt
MORE_THAN_TALK = 4  # words from which on a message is more than a yes, a no or a greeting
SHORTEST_WORD = 4  # letters of a word whose misspelling is looked for

SMALL_TALK = (Intent.AFFIRM, Intent.DENY, Intent.GREET)

# What an answer's bare act was called before it was read beside an answer.
_BARE = {Intent.MORE: Follow.MORE, Intent.SIMPLER: Follow.SIMPLER, Intent.REPEAT: Follow.REPEAT}


@lru_cache(maxsize=1)
def _cues() -> dict[str, Any]:
    file = content.DATA / "follow_ups" / "cues.yml"
    cues: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["cues"]
    cues["asking"] = _words(cues["asking"])
    cues["report"] = {name: list(map(_words, words)) for name, words in cues["report"].items()}
    return cues


@lru_cache(maxsize=1)
def _glossary() -> list[tuple[str, list[str]]]:
    """Each explanation with the words that it explains, as ``_words`` has them."""
    return [
        (subject.response, list(map(_words, subject.metadata["words"])))
        for subject in content.subjects().values()
        if subject.response.startswith(Family.WORD)
    ]


def _words(text: str) -> str:
    """The words of a text, in small letters, a blank between and around them."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def fitting(text: str) -> Optional[str]:
    """The response that fits a report of a rash by the place or look that it names."""
    said = _words(text)
    name = next((name for name, words in _cues()["report"].items() if any(word in said for word in words)), None)
    return content.subjects()[name].response if name else None


def _last_answer(said: list[str]) -> Optional[str]:
    return next((response for response in reversed(said) if not _passes(response)), None)


def _passes(response: str) -> bool:
    """True for a reply that is no answer, or is said while something graver stands: what was spoken of still stands."""
    subject = content.subject_of(response)
    return response.startswith(PASSING) or (subject is not None and subject.group == "standing")


def last_subject(said: list[str]) -> Optional[str]:
    """The id of what was last spoken of, an alarm's too; None where nothing was."""
    answer = _last_answer(said)
    return answer.removeprefix(FAQ).removeprefix(Family.SIMPLER).removeprefix(UTTER) if answer else None


def more(last: Optional[str], said: list[str]) -> str:
    """The nearest related answer that was not given yet."""
    queue, seen = [last] if last else [], {last}
    while queue:
        subject = content.subjects().get(queue.pop(0) or "")
        for name in subject.metadata.get("related", []) if subject else []:
            related = content.subjects()[name]
            if related.is_faq and related.response not in said:
                return related.response
            if name not in seen:
                seen.add(name)
                queue.append(name)
    return UTTER + Intent.MORE


def simpler(last: Optional[str], said: list[str]) -> str:
    """The last answer in simpler words; where they were said already, who can explain it."""
    response = f"{Family.SIMPLER}{last}"
    if f"simpler_{last}" not in content.subjects():
        return Response.NO_SIMPLER if last else UTTER + Intent.SIMPLER
    return response if response != _last_answer(said) else Response.NO_SIMPLER


def repeated(said: list[str]) -> str:
    """The last answer once more, in the wording that it was last given in."""
    return _last_answer(said) or UTTER + Intent.REPEAT


def _named_word(text: str) -> Optional[str]:
    said = _words(text)
    return next((response for response, words in _glossary() if any(word in said for word in words)), None)


def word(text: str, said: list[str]) -> Optional[str]:
    """The explanation of the medical word that a message asks for, one misspelt too where an answer held it."""
    named = _named_word(text)
    if named:
        return named
    heard = _words(" ".join(f"{content.spoken(response)} {content.label(response)}" for response in said))
    typed = [word for word in _words(text).split() if len(word) >= SHORTEST_WORD]
    best = max(
        (
            (SequenceMatcher(None, part, word).ratio(), response)
            for response, words in _glossary()
            for name in words
            if name in heard
            for part in name.split()
            for word in typed
        ),
        default=(0.0, None),
    )
    return best[1] if best[0] >= LIKE else None


def _of_another_word(text: str, last: str) -> bool:
    """Whether a message asks for the meaning of a word that the last answer does not hold."""
    heard = f"{_words(content.spoken(content.response_to(last)))}{_cues()['asking']}"
    asked = [word for word in _words(text).split() if len(word) >= SHORTEST_WORD]
    return any(f" {word} " not in heard for word in asked)


def _is_subject(text: str, intent: Optional[str], confidence: float, last: str, said: list[str]) -> bool:
    """Whether a word that neither the glossary nor the last answer holds names a subject: "skin microbiome??"."""
    unknown = word(text, said) is None and _of_another_word(text, last)
    return unknown and content.is_faq(intent) and confidence >= thresholds().answer


def _why(last: str, said: list[str]) -> str:
    why = _cues()["why"]
    asked = content.subjects()[why.get(last, why["other"])]
    return asked.response if asked.id != last else more(last, said)


def _act(act: str, text: str, last: str, said: list[str]) -> list[str]:
    """What an act is met with."""
    if act == Follow.MORE:
        return [more(last, said)]
    if act == Follow.SIMPLER:
        return [simpler(last, said)]
    if act == Follow.REPEAT:
        return [repeated(said)]
    if act == Follow.WHY:
        return [_why(last, said)]
    if act == Follow.SURE:
        return [Response.HOW_SURE]
    if act == Follow.WORD:
        return [word(text, said) or (Response.NO_SIMPLER if _of_another_word(text, last) else simpler(last, said))]
    return [Response.NO_DETAIL, content.response_to(last)]


def resolve(parsed: Parsed, intent: Optional[str], said: list[str]) -> Optional[list[str]]:
    """The responses to a message that leans on what was said before; None where it stands by itself."""
    last = last_subject(said)
    if intent in FOLLOW_UPS and not last:
        return [UTTER + intent]
    text = parsed.get("text") or ""
    sequel = parsed.get(SEQUEL)
    if not last or not leans(text) or sequel is None or sequel["kind"] != ANSWERED:
        return _act(_BARE[intent], text, last, said) if last and intent in _BARE else None
    asks_word = any(each["name"] == Follow.WORD and each["confidence"] >= WORD for each in sequel["ranking"])
    explained = _named_word(text) if asks_word and len(text.split()) <= SHORT else None
    if explained:
        return [explained]
    confidence = parsed.get("intent", {}).get("confidence", 0.0)
    best = sequel["ranking"][0]
    best = {**best, "name": _BARE.get(best["name"], best["name"])}
    if best["name"] in vars(Follow).values():
        own_question = (
            content.is_faq(intent)
            and confidence >= ALONE > best["confidence"]
            and best["name"] not in (Follow.WORD, Follow.SURE)
        )
        if best["name"] == Follow.WORD and _is_subject(text, intent, confidence, last, said):
            return None
        if best["confidence"] >= ACT and not own_question:
            return _act(best["name"], text, last, said)
        return _act(_BARE[intent], text, last, said) if intent in _BARE else None
    # "No, I meant the injection": more than the small talk that it begins with.
    small = intent in SMALL_TALK and len(text.split()) >= MORE_THAN_TALK
    unsure = intent == DEFAULT_NLU_FALLBACK_INTENT_NAME or small or confidence < thresholds().answer
    alone = confidence >= ALONE and not unsure
    if best["name"] == intent or alone or not _is_move(best["name"]):
        return None
    return [content.response_to(best["name"])] if best["confidence"] >= (MOVE_UNSURE if unsure else MOVE) else None


def _is_move(name: str) -> bool:
    """True for what a message that leans may move to: alarms are the degrees' matter (``understanding/safety.py``)."""
    return content.is_faq(name) or name in (Intent.OUT_OF_SCOPE_MEDICAL, Intent.HUMAN, Intent.THANKS, Intent.GREET)
