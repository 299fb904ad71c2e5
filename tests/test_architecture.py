"""The rooms of the house, in the order in which a message walks, and which of them may know of which."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rashguide import ROOT

# From the ground up: what stands on one line knows nothing of what stands on the lines below it.
FLOORS = [
    ["rashguide", "rashguide.linear"],
    ["rashguide.settings", "rashguide.content"],
    ["rashguide.operations", "rashguide.understanding", "rashguide.clinic"],
    ["rashguide.stores", "rashguide.dialogue", "rashguide.action_server", "rashguide.release"],
    ["rashguide.workers", "rashguide.handover"],
    ["rashguide.wording", "rashguide.guard"],
    ["rashguide.channels"],
    ["rashguide.patches"],
    ["rashguide.__main__", "rashguide.train"],
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
OURS = ("rashguide", "actions", "bench", "calibration", "encoder", "insights", "review", "tests")
TOOLS = ("bench", "calibration", "encoder", "insights", "review")


def module(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module(file): file for folder in OURS for file in sorted((ROOT / folder).rglob("*.py"))}


def imports(name: str) -> set[str]:
    """The modules of ours that a module imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {each if each in FILES else node.module for each in whole}
    ours = {each for each in found if each.split(".")[0] in OURS}
    assert ours <= FILES.keys(), f"{name} imports what is not there: {ours - FILES.keys()}"
    return ours


def room(name: str) -> str:
    return name if name in LEVEL and name.count(".") == 1 else ".".join(name.split(".")[:2])


GUIDE = [name for name in FILES if name.startswith("rashguide")]


def test_every_room_has_its_floor():
    assert {room(name) for name in GUIDE} == set(LEVEL)


@pytest.mark.parametrize("name", GUIDE)
def test_nothing_imports_upwards(name):
    for other in imports(name):
        if other.startswith("rashguide"):
            assert room(other) == room(name) or LEVEL[room(other)] < LEVEL[room(name)], f"{name} imports {other}"


def test_no_modules_import_each_other_in_a_circle():
    graph = {name: imports(name) - {name} for name in GUIDE}
    while graph:
        free = {name for name, needed in graph.items() if not needed & graph.keys()}
        # A package's __init__ that hands on what its files hold is imported by them as their folder alone.
        assert free, f"a circle: {sorted(graph)}"
        graph = {name: needed for name, needed in graph.items() if name not in free}


def test_content_and_settings_know_nothing_of_ours():
    for name in GUIDE:
        if room(name) in ("rashguide.content", "rashguide.settings"):
            others = {room(other) for other in imports(name)} - {room(name)}
            assert others <= {"rashguide"}, (name, others)


def test_operations_know_settings_and_names_alone():
    for name in GUIDE:
        if room(name) == "rashguide.operations":
            others = {other for other in imports(name) if room(other) != room(name)}
            assert others <= {"rashguide.settings", "rashguide.content.names"}, (name, others)


def test_stores_know_names_settings_and_operations_alone():
    for name in GUIDE:
        if room(name) == "rashguide.stores":
            others = {other for other in imports(name) if room(other) != room(name)}
            allowed = {"rashguide", "rashguide.settings", "rashguide.content.names"}
            assert all(other in allowed or room(other) == "rashguide.operations" for other in others), (name, others)


def test_actions_know_content_and_the_light_half_of_dialogue_alone():
    """The server that runs them must not load what understands messages: half a gigabyte and half a minute."""
    allowed = ("actions", "rashguide.content", "rashguide.dialogue")
    for name in FILES:
        if name.startswith("actions"):
            assert all(other == "rashguide" or other.startswith(allowed) for other in imports(name)), name
    loaded = "{'tensorflow', 'spacy', 'onnxruntime', 'sklearn'} & sys.modules.keys()"
    code = f"import sys, actions.visit_note, actions.opinion, actions.conversation; print({loaded})"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_nobody_but_rasa_imports_a_channel():
    for name in FILES:
        if name.startswith(("rashguide.channels", "tests")):
            continue
        # patches.py asks the package to refuse what is not ours; a channel's own file is Rasa's to import.
        assert not [other for other in imports(name) if other.startswith("rashguide.channels.")], name


def test_only_one_file_reaches_into_rasa():
    """Attributes of Rasa's classes are set in patches.py alone."""
    for name in GUIDE:
        tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
        rasas = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rasa.")
            for alias in node.names
        }
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            patched = [t for t in targets if isinstance(t, ast.Attribute) and getattr(t.value, "id", "") in rasas]
            assert not patched, f"{name}:{node.lineno} patches Rasa; rashguide/patches.py is the place for it"


def test_tools_import_no_tests_but_the_harness():
    for name in FILES:
        foreign = {other for other in imports(name) if other.startswith("tests.") and other != "tests.harness"}
        if name.startswith(TOOLS):
            assert all(other.startswith("tests.harness") for other in foreign), (name, foreign)
        if name.startswith("rashguide"):
            assert not foreign, (name, foreign)


def test_tests_never_import_each_others_modules():
    for name in FILES:
        if name.startswith("tests."):
            shared = [other for other in imports(name) if re.search(r"\.(test_\w+|conftest)$", other)]
            assert not shared, (name, shared)


def test_the_harness_imports_no_tests():
    for name in FILES:
        if name.startswith("tests.harness"):
            assert all(other.startswith(("tests.harness", "rashguide")) for other in imports(name) - {"tests"}), name


def test_names_of_responses_stand_in_one_file():
    for name in GUIDE:
        if name in ("rashguide.content.names", "rashguide.content.subjects"):
            continue
        for node in ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.fullmatch(r"utter_[\w/]+", node.value) or node.value == "utter_action", (name, node.value)
