"""No message can hold the guide: whatever reads people's text takes a time that grows with its length alone."""

from __future__ import annotations

import ast
import time

import pytest
import re2

from rashguide import ROOT
from rashguide.channels.rendering import Limits, picked, render, split
from rashguide.guard.advice import ADVICE, advised
from rashguide.guard.intake import readable, take
from rashguide.understanding.reader import read
from tests.harness.server import advice_count

pytestmark = pytest.mark.unit

READERS = ("channels", "dialogue", "guard", "understanding", "workers", "wording.py", "stores")
FILES = [file for name in READERS for file in sorted((ROOT / "rashguide").rglob(f"{name}/**/*.py"))]
FILES.append(ROOT / "rashguide" / "wording.py")


# Python's engine, where no pattern can backtrack over more than one sign: classes of single signs, one after another,
# of all scripts (RE2's go by ASCII); and patterns that read our own names and lists, never people's text.
OF_SINGLE_SIGNS = {"spelling.py", "language.py"}
OF_OUR_OWN = {"runs.py", "standing.py"}
READ = [file for file in FILES if file.name not in OF_SINGLE_SIGNS | OF_OUR_OWN]


@pytest.mark.parametrize("name", sorted(OF_SINGLE_SIGNS))
def test_patterns_of_single_signs_repeat_no_group_that_repeats(name):
    source = (ROOT / "rashguide" / "understanding" / name).read_text(encoding="utf-8")
    assert not re2.search(r"[+*]\)[+*{]", source)


@pytest.mark.parametrize("file", READ, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_backtracking_engine_reads_peoples_text(file):
    imported = {
        name
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]
    }
    # ``from rashguide import linear as re`` is how RE2 is meant to be taken.
    assert not imported & {"re", "regex", "sre_compile"}, f"{file.name} reads people's text: use rashguide.linear"


def test_rooms_that_read_are_all_looked_at():
    assert len(FILES) > 40


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(?<!a)b", r"(a)\1"])
def test_what_needs_backtracking_cannot_be_written(pattern):
    from rashguide import linear

    with pytest.raises(re2.error):
        linear.compile(pattern)


PIECES = [
    "!",
    "?!",
    "😭",
    "🔥😭",
    "why do that ",
    "does it ",
    "and ",
    " ",
    "\n",
    " \n",
    "\t",
    "a",
    "a.",
    "(",
    "1$",
    "@x",
    "/",
]
PIECES += ["<at>", "<", "it ", "no sorry wait ", "ok", "'", "a-", "\u0301", "\u200d", "ي", "ａ", "~", ADVICE, "&lt;"]


def seconds(work) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.parametrize("piece", PIECES)
def test_long_runs_cost_next_to_nothing(piece):
    """Everything outside the model that a message meets, on runs as long as a message or a request may be."""
    from rashguide.channels.slack import unescape

    read("loaded")
    for text in ((piece * 2000)[:1990] + "x", "why " + (piece * 2000)[:1990]):
        assert seconds(lambda text=text: read(text)) < 0.1
    longest = (piece * 70_000)[:65_000]
    assert seconds(lambda: readable(longest)) < 0.3
    assert seconds(lambda: unescape(longest)) < 0.3
    assert seconds(lambda: split(longest[:20_000], 600)) < 0.5
    assert seconds(lambda: picked(longest, render([{"text": "x", "buttons": []}], Limits(100)).offered)) < 0.3
    assert seconds(lambda: advised([{"text": longest[:20_000]}], "rest:me")) < 0.3


def test_the_dialogues_patterns_are_fast_on_long_runs():
    import importlib

    from rashguide.linear import Pattern

    found = {}
    for file in FILES:
        if file.parent.name in ("dialogue", "understanding", "channels", "guard"):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            module = importlib.import_module(name.removesuffix(".__init__"))
            found |= {f"{name}.{key}": value for key, value in vars(module).items() if isinstance(value, Pattern)}
    assert len(found) > 5
    for name, pattern in found.items():
        for piece in PIECES:
            text = (piece * 2000)[:1990] + "x"
            assert seconds(lambda pattern=pattern, text=text: pattern.search(text)) < 0.05, (name, piece)


def test_a_run_of_one_sign_is_cut():
    assert readable("!" * 1990 + "x") == "!" * 10 + "x"
    assert readable("help" + "p" * 900) == "hel" + "p" * 10
    assert readable("a\ud800b\x00c") == "a b c"
    text, _ = take("rest:cut", "/\r//\u2003 /why" + "y" * 3000)
    assert text == "wh" + "y" * 10


def test_the_advice_in_the_advice_is_taken_out():
    told = advised([{"text": f"Contact your doctor about {ADVICE}any new symptoms. ok"}], "rest:me")
    assert advice_count(told) == 1
