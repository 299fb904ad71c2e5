"""What a short message means that leans on the last answer: "why?", "tell me more", "what about my face?".

It looks only at messages that do not stand by themselves. A question that names its subject is the classifier's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Iterable, Optional

import yaml
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from rashguide import content
from rashguide import linear as re
from rashguide.content import FAQ, UTTER
from rashguide.content.names import FOLLOW_UPS, Family, Intent, Response

SHORT = 8  # words of a message that may lean on the last answer
RELATED = 1.5  # how much likelier a subject is that stands beside the last one
ENOUGH = 0.6  # from which probability on, so weighed, a short message is taken to be about a subject
LEANING = 0.25  # from which probability on a short message is taken for a follow-up that the classifier is unsure of
# Neither an answer nor its end: what was spoken of before them still stands.
PASSING = re.compile(
    r"utter_(visit_.*|word_.*|helpful.*|unhelpful.*|no_simpler|how_sure|greet|thanks|affirm|deny|unsure|nothing_near|"
    r"safety_check.*|tell_me_more|say_simpler|repeat_that|capabilities|bot_challenge|privacy)"
)

_LEAD = re.compile(r"^\W*(and|but|so|ok(ay)?|well|hm+|um+|then)?\W*(what|wat|how|whta|wht)(s|'s)? (about|abt|bout|if it'?s)\b", re.I)  # fmt: skip # noqa: E501
_AND = re.compile(r"^\W*(and|but|so|or|also)\b", re.I)
_IT = re.compile(r"\b(it|its|it's|that|thats|that's|this|these|those|they|them)\b", re.I)
_WHY = re.compile(
    r"^\W*((and|but|so|ok(ay)?|oh|hm+|really)\W+)*((y|why|how come|what for|for what reason|reason)\b)"
    r"( (is|does|do|would|are|did|should|not|so|exactly|though|tho|that|it|this|they|happen|then|does it|do that|"
    r"be|the case|happening))*\W*$",
    re.I,
)
# Longer ones are so only where the classifier has no subject for them: "why shouldn't I", "how come they need that".
_WHY_SO = re.compile(r"^\W*((and|but|so|ok(ay)?|oh|hm+)\W+)*(why|how come)\b(\W+[\w']+){0,5}\W*$", re.I)
_OTHERWISE = re.compile(
    r"^\W*((and|but|so|ok(ay)?|well)\W+)*(what if|and if|if not|but if|otherwise|or else)\b",
    re.I,
)
_SUPPOSED = re.compile(r"\b(i|it|we) (get|gets|got|have|has|start|starts)\b", re.I)  # "what if I get": a question
_SURE = re.compile(
    r"^\W*((and|but|so|ok(ay)?|wait|hm+|oh|is that|are you|r u|you|u)\W+)*"
    r"(sure|certain|really|for real|true|fr|proven|serious|says who|who says( so| that)?|how do (you|u|they|we) know|"
    r"has (that|it|this) been proven|(is there|got|any|whats the|what's the) (any )?(proof|evidence|source)|"
    r"can i trust (that|this|you)|where('s| is| did you get| does) (that|this|it)( come)? from)"
    r"( (about|of) (that|this|it)| (that|this|it|for sure|tho|though|true|then))*\W*$",
    re.I,
)
_ASKED = re.compile(r"\b(what|whats|what's|wat|mean|means|meant|meaning|understand)\b", re.I)
_MEANING = re.compile(r"^(what|whats|wat|wats|what's|does|do|did|is|are|a|an|the|you|u|by|mean|means|meant|meaning|"
    r"of|define|definition|explain|word|term|that|this|and|ok|okay|so|sorry|but|um|please|pls|exactly|even|to|me|"
    r"can|could|in|s|wait|hold|on|tell|know|i|dont|don|t|understand|not|sure|anyway|though|here|when|say|said|"
    r"saying|stand|for|just|mentioned|hang|no|idea|never|heard|get|part|about|it|again)$")  # fmt: skip


@lru_cache(maxsize=1)
def _cues() -> dict[str, Any]:
    return yaml.safe_load((content.DATA / "follow_ups" / "cues.yml").read_text(encoding="utf-8"))["cues"]


@lru_cache(maxsize=1)
def _glossary() -> list[tuple[str, re.Pattern]]:
    return [
        (subject.response, re.compile(rf"\b({'|'.join(map(re.escape, subject.metadata['words']))})\b", re.I))
        for subject in content.subjects().values()
        if subject.response.startswith(Family.WORD)
    ]


def _holds(text: str, words: Iterable[str]) -> bool:
    return bool(re.search(rf"\b({'|'.join(map(re.escape, words))})\b", text, re.I))


def _named(text: str, kind: str) -> Optional[str]:
    return next((name for name, words in _cues()[kind].items() if _holds(text, words)), None)


def fitting(text: str) -> Optional[str]:
    """The response that fits a report of a rash by the place or look that it names."""
    name = _named(text, "report")
    return content.subjects()[name].response if name else None


def _last_answer(said: list[str]) -> Optional[str]:
    return next((response for response in reversed(said) if not PASSING.fullmatch(response)), None)


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


def word(text: str, said: list[str]) -> Optional[str]:
    """The explanation of a medical word that the message asks for, or that an answer held, and of nothing else."""
    for response, pattern in _glossary():
        if not pattern.search(text):
            continue
        heard = any(pattern.search(f"{content.spoken(earlier)} {content.label(earlier)}") for earlier in said)
        if (heard or _ASKED.search(text)) and _asks_meaning(pattern.sub(" ", text)):
            return response
    return None


def _asks_meaning(text: str) -> bool:
    return all(_MEANING.match(token) for token in re.findall(r"[a-z0-9]+", text.replace("\u2019", "'").lower()))


def _near(ranking: dict[str, float], last: str) -> Optional[str]:
    """The response on the likeliest subject, those beside the last one preferred; None where none is likely."""
    subject = content.subjects().get(last)
    beside = subject.metadata.get("related", []) if subject else []
    weighed = {
        name: confidence * (RELATED if name in beside else 1.0)
        for name, confidence in ranking.items()
        if content.is_faq(name) and name != last
    }
    best = max(weighed, key=weighed.__getitem__, default=None)
    return content.response_to(best) if best and weighed[best] >= ENOUGH else None


def resolve(parsed: dict[str, Any], intent: Optional[str], said: list[str]) -> Optional[str]:
    """The response to a message that leans on what was said before; None where it stands by itself."""
    last = last_subject(said)
    if intent in FOLLOW_UPS and not last:
        return UTTER + intent
    text = parsed.get("text") or ""
    short = len(text.split()) <= SHORT
    if not last or not (short or intent in FOLLOW_UPS):
        return None
    meaning = word(text, said) if short else None
    if meaning:
        return meaning
    if _WHY.search(text) or (_WHY_SO.search(text) and not content.is_faq(intent)):
        why = _cues()["why"]
        asked = content.subjects()[why.get(last, why["other"])]
        return asked.response if asked.id != last else more(last, said)
    if _SURE.search(text):
        return Response.HOW_SURE
    if short and _ASKED.search(text) and _asks_meaning(text):
        return simpler(last, said)
    ranking = {entry["name"]: entry["confidence"] for entry in parsed.get("intent_ranking", [])}
    unsure = intent == DEFAULT_NLU_FALLBACK_INTENT_NAME
    if _OTHERWISE.search(text) and not _SUPPOSED.search(text) and not content.is_faq(intent):
        otherwise = _cues()["otherwise"]
        return content.response_to(otherwise.get(last, otherwise["other"]))
    kind = intent if intent in FOLLOW_UPS else None
    if unsure:
        kind = next((name for name in FOLLOW_UPS if ranking.get(name, 0.0) >= LEANING), None)
    if kind == Intent.MORE:
        return more(last, said)
    if kind == Intent.SIMPLER:
        return simpler(last, said)
    if kind == Intent.REPEAT:
        return repeated(said)
    # "What about my face?": the classifier takes the bare words for a report, or is unsure.
    sure = content.is_faq(intent) and ranking.get(intent, 1.0) >= 0.6
    if not sure and (unsure or _LEAD.search(text) or ("?" in text and (_AND.search(text) or _IT.search(text)))):
        named = _named(text, "about")
        if named and named != last:
            return content.subjects()[named].response
    return _near(ranking, last) if unsure else None
