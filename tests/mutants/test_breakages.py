"""The list of breakages fits the code: each says where, and which tests there are to notice it."""

from __future__ import annotations

import pytest

from rashguide import ROOT
from tests.mutants.__main__ import breakages, broken

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("breakage", breakages(), ids=lambda each: each["name"])
def test_there_is_one_place_for_it_and_tests_that_must_notice(breakage):
    text = (ROOT / breakage["file"]).read_text(encoding="utf-8")
    changed = broken(breakage, text)
    if breakage["file"].endswith(".py"):
        compile(changed, breakage["file"], "exec")
    for test in breakage["tests"]:
        file, _, name = test.partition("::")
        assert (ROOT / "tests" / file).exists(), test
        assert not name or f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test


def test_no_two_have_one_name():
    names = [each["name"] for each in breakages()]
    assert len(set(names)) == len(names)
