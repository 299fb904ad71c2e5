"""The widget's files as they are served: few, small, and kept by browsers.

Its sources in ``widget/`` are modules of one concern each. When the server starts they are joined, with the settings,
the words of a language and the style in them, into scripts: the loader ``widget.js``, whose name never changes,
``guide-<language>.<digest>.js`` with all that a first answer needs, ``extras-<language>.<digest>.js`` with what is
wanted now and then, and ``frame.<digest>.js`` for a page that puts the guide into a frame. What has a digest in its
name never changes either, so that browsers need not ask for it again. All are minified by the package minify-go and
compressed once.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Mapping, Optional, Sequence

import minify

from rashguide import ROOT, content, linear
from rashguide.content.names import Response
from rashguide.guard.advice import ADVICE, say
from rashguide.settings import settings
from rashguide.stores import conversations

WIDGET = ROOT / "widget"
PAGES = {"": "page.html", "demo": "demo.html"}
GRACE = 3  # seconds that the page waits beyond the guard's deadline
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
FOREVER = "public, max-age=31536000, immutable"
SHORT = "public, max-age=300, stale-while-revalidate=86400"
ASK = "no-cache"
DIGEST = 16  # letters of a digest in a name
_IMPORT = linear.compile(r'(?m)^import (?:(\w+)|\{[^}]*\}) from "\./([\w-]+)\.(js|css)";\n')
_EXPORTED = linear.compile(r"(?m)^export (?:class|const|function) (\w+)")
KIT = ("text", "look", "numbers")  # what the loader shares with the rest
_EXPORT = linear.compile(r"(?m)^export ")
_DIGEST = linear.compile(r"\.[0-9a-f]{16}\.")
_PLACE = linear.compile(r"\{\{(\w+)\}\}")
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
    "frame-ancestors "
)


@dataclass(frozen=True)
class Asset:
    """One file as it leaves: its bytes, also compressed, and what is told of it."""

    body: bytes
    kind: str
    cache: str
    packed: bytes = field(init=False)
    tag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "packed", gzip.compress(self.body, 9, mtime=0))
        object.__setattr__(self, "tag", f'"{hashlib.sha256(self.body).hexdigest()[:20]}"')

    def headers(self, packed: bool) -> dict[str, str]:
        """What goes with it. Any page may load it: it holds nothing of anybody's."""
        told = {
            "Cache-Control": self.cache,
            "ETag": self.tag,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        return {**told, "Content-Encoding": "gzip"} if packed else told


def telephone(kind: str) -> dict[str, Any]:
    """What a reply says for a kind of number, and each number in it, to tap on."""
    line = settings().lines()[kind]
    return {"said": line.say, "calls": [to_tap(number) for number in line.call]}


def to_tap(number: str) -> dict[str, str]:
    """A number and the link that calls it."""
    return {"label": number, "href": "tel:" + linear.sub(r"[^+\d]", "", number)}


@lru_cache(maxsize=1)
def topics() -> dict[str, str]:
    """All questions that have an answer, by subject's id."""
    found = content.subjects().values()
    return {
        subject.id: subject.metadata["label"] for subject in found if subject.is_faq and "label" in subject.metadata
    }


@lru_cache(maxsize=1)
def suggestions() -> dict[str, str]:
    """The questions that are suggested before the first one, by subject's id."""
    return {known: title for known, title in topics().items() if content.subjects()[known].metadata.get("suggested")}


def _listed(questions: Mapping[str, str]) -> list[dict[str, str]]:
    """As the page gets them; none where the guide is switched off."""
    offered = {} if settings().switched_off else questions
    return [{"choice": choice, "title": title} for choice, title in offered.items()]


def page_settings() -> dict[str, Any]:
    """What the page must know before, and without, any answer from the server."""
    chosen = settings()
    return {
        "advice": ADVICE,
        "emergency": telephone("emergency_number"),
        "crisis": telephone("crisis_line"),
        "clinic": chosen.clinic_phone,
        "limit": chosen.message_limit,
        "timeout": int((chosen.reply_deadline + GRACE) * 1000),
        "idle": conversations.SESSION * 1000,
        "days": chosen.retention_days,
        "off": say(content.spoken(Response.SWITCHED_OFF)) if chosen.switched_off else "",
        "suggestions": _listed(suggestions()),
    }


def languages() -> dict[str, dict[str, Any]]:
    """The widget's own words, by the code of their language."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in (WIDGET / "strings").glob("*.json")}


def _minified(kind: str, text: str) -> str:
    return str(minify.string(f"text/{kind}", text))


def _read(name: str) -> str:
    return (WIDGET / name).read_text(encoding="utf-8")


def _script(entry: str, given: Mapping[str, Any], kit: Sequence[str] = (), made: str = "") -> bytes:
    """A module with all that it imports, each once and before what needs it, as one script.

    ``given`` are the modules that are values made here, by name; of a style sheet the text is imported. ``kit`` are the
    modules that the loader shares with what it fetches: the loader's own script makes an object of them, and another,
    which exports ``make``, takes that and returns ``made``.
    """
    shared = sorted(name for module in kit for name in _EXPORTED.findall(_read(f"{module}.js")))
    parts: dict[str, str] = {}

    def add(name: str, suffix: str, local: str) -> None:
        if name + suffix in parts or (made and name in kit):
            return
        if name == "kit":
            code = f"const kit = {{ {', '.join(shared)} }};\n"
        elif suffix == "css":
            code = f"const {local} = {json.dumps(_minified('css', _read(f'{name}.css')))};\n"
        elif name in given:
            code = f"const {local} = {json.dumps(given[name], ensure_ascii=False)};\n"
        else:
            source = _read(f"{name}.js")
            for found in _IMPORT.finditer(source):
                add(found.group(2), found.group(3), found.group(1))
            code = _EXPORT.sub("", _IMPORT.sub("", source))
        parts[name + suffix] = code

    add(entry, "js", "")
    joined = "".join(parts.values())
    if made:  # inside a function the names are nobody else's, and can be shortened
        joined = f"export const make = ({{ {', '.join(shared)} }}) => {{\n{joined}return {made};\n}};\n"
    else:
        joined = f"(() => {{\n{joined}}})();\n"
    return _minified("javascript", joined).encode()


def _named(name: str, body: bytes) -> str:
    return f"{name}.{hashlib.sha256(body).hexdigest()[:DIGEST]}.js"


def _page(name: str, values: Mapping[str, str]) -> bytes:
    """A page with ``{{what}}`` filled in."""
    filled = _PLACE.sub(lambda found: html.escape(values[found.group(1)]), _read(name))
    return str(filled).encode()


@lru_cache(maxsize=1)
def built() -> dict[str, Asset]:
    """All files by name, made once: settings do not change while a server runs."""
    made: dict[str, Asset] = {}
    loaders: dict[str, Any] = {}
    for language, words in languages().items():
        given = {"questions": _listed(topics()), "strings": words["extras"]}
        extras = _script("extras", given, KIT, "Extras")
        extras_name = _named(f"extras-{language}", extras)
        made[extras_name] = Asset(extras, ".js", FOREVER)
        given = {
            "settings": {**page_settings(), "extras": extras_name},
            "strings": {"language": language, **words["chat"]},
        }
        guide = _script("chat", given, KIT, "Chat")
        guide_name = _named(f"guide-{language}", guide)
        made[guide_name] = Asset(guide, ".js", FOREVER)
        loaders[language] = {"dir": words["dir"], "words": words["launcher"], "script": guide_name}
    frame = _script("frame", {}, KIT, "Frame")
    frame_name = _named("frame", frame)
    made[frame_name] = Asset(frame, ".js", FOREVER)
    emergency = telephone("emergency_number")
    given = {"languages": loaders, "frame": frame_name, "emergency": emergency, "clinic": settings().clinic_phone}
    loader = _script("widget", {"launcher": given}, KIT)
    made["widget.js"] = Asset(loader, ".js", SHORT)
    values = {"guide": loaders["en"]["script"], "emergency": emergency["said"], "advice": ADVICE}
    for name in PAGES.values():
        made[name] = Asset(_page(name, values), ".html", ASK)
    made["demo.css"] = Asset(_minified("css", _read("demo.css")).encode(), ".css", ASK)
    return made


def find(name: str) -> Optional[Asset]:
    """The file of that name; None where there is none.

    While servers are exchanged, a page may know the other one's digest: it gets this one's script, not to be kept.
    """
    name = PAGES.get(name, name)
    if name in built():
        return built()[name]
    plain = _DIGEST.sub(".", name)
    for known, asset in built().items():
        if known != plain and _DIGEST.sub(".", known) == plain and plain != name:
            return Asset(asset.body, asset.kind, ASK)
    return None
