"""Breaks the guide in one place after another and says which test noticed: ``make mutants``.

Each breakage of ``breakages.yml`` is made in a copy of the tree and meets only the tests named beside it. Ends with 1
where one survives. ``ONLY=advice make mutants`` tries those whose name a regular expression finds.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from rashguide import ROOT

FILE = Path(__file__).with_name("breakages.yml")
AT_MOST = 600  # seconds that tests may take: most breakages' a few, on a machine that is busy with something else
UNTRACKED = (".venv", "models", ".cache", ".rasa")  # what a checkout has beside its own files


LIBRARIES = (
    "aiohttp", "httpx", "hypothesis.strategies", "jwt", "numpy", "onnxruntime", "prometheus_client", "pytest",
    "rasa.core.agent", "rasa.core.channels.rest", "rasa.core.policies.policy", "rasa.core.tracker_store",
    "rasa.engine.recipes.default_recipe", "rasa.model_training",
    "rasa.nlu.featurizers.dense_featurizer.dense_featurizer", "rasa.shared.importers.rasa", "rasa_sdk.executor",
    "redis.asyncio", "sanic", "schemathesis", "scipy.special", "sklearn.feature_extraction.text",
    "sklearn.linear_model", "slack_sdk.signature", "spacy.matcher", "sqlalchemy.orm", "textstat", "tokenizers",
    "twilio.request_validator",
)  # fmt: skip


class Missing(Exception):
    """A breakage no longer says where the code is to be broken."""


def breakages() -> list[dict]:
    """What to break: name, file, ``was`` (or ``pattern``, a regular expression), ``is``, and the tests by path."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def broken(breakage: dict, text: str) -> str:
    """The file's text with the breakage made. Raises ``Missing`` unless there is one place for it."""
    if "pattern" in breakage:
        changed, times = re.subn(breakage["pattern"], breakage["is"], text, flags=re.M)
    else:
        changed, times = text.replace(breakage["was"], breakage["is"]), text.count(breakage["was"])
    if times != 1 or changed == text:
        raise Missing(f"{breakage['name']}: {times} places in {breakage['file']}")
    return changed


def copied(folder: Path) -> Path:
    """The tree as it is, without what git does not track but for what its tests need, which is linked."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(lambda each: (ROOT / each).is_file(), listed.stdout.splitlines()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name in UNTRACKED:
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)
    return folder


def _tests(tree: Path, tests: list[str], log: Path) -> int:
    """Runs tests of a tree in a fork of this process, which has the libraries in memory; pytest's status."""
    child = os.fork()
    if child == 0:
        number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(number, 1)
        os.dup2(number, 2)
        os.chdir(tree)
        sys.path = [str(tree), *[path for path in sys.path if path not in ("", str(ROOT))]]
        for name in [name for name in sys.modules if name.split(".")[0] in ("rashguide", "actions", "tests")]:
            del sys.modules[name]
        import pytest

        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:warnings", "--no-header", "-k", "not postgresql"]
        os._exit(pytest.main([*options, *[f"tests/{test}" for test in tests]]))
    until = time.monotonic() + AT_MOST
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return 1


def _write(file: Path, text: str) -> None:
    """Writes a file, and forgets what Python compiled of it: it goes by the time in seconds, and by the size."""
    file.write_text(text, encoding="utf-8")
    Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)


def noticed(tree: Path, breakage: dict) -> str:
    """The first test that goes red once the breakage is made, "" where none does. The tree is mended afterwards."""
    file, log = tree / breakage["file"], tree / "mutant.log"
    whole = file.read_text(encoding="utf-8")
    _write(file, broken(breakage, whole))
    try:
        status = _tests(tree, breakage["tests"], log)
    finally:
        _write(file, whole)
    if status == 0:
        return ""
    lines = log.read_text(errors="replace").splitlines()
    red = [line.split(" - ")[0] for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return red[0] if red else f"ended with {status}: {lines[-1] if lines else ''}"


def _load() -> None:
    """Brings the libraries into memory once, before all the forks; of ours nothing, which is what is broken."""
    for name in LIBRARIES:
        importlib.import_module(name)


def main() -> None:
    """Prints a line a breakage, and the survivors."""
    only = os.environ.get("ONLY", "")
    chosen = [each for each in breakages() if re.search(only, each["name"])]
    _load()
    survivors, began = [], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = copied(Path(folder))
        if _tests(tree, sorted({test for each in chosen for test in each["tests"]}), tree / "mutant.log"):
            sys.exit(f"A test fails with nothing broken:\n{(tree / 'mutant.log').read_text()[-3000:]}")
        for each in chosen:
            red = noticed(tree, each)
            print(f"{'caught  ' if red else 'SURVIVED'}  {each['name']}{f': {red}' if red else ''}", flush=True)
            survivors += [] if red else [each["name"]]
    print(
        f"\n{len(chosen) - len(survivors)} of {len(chosen)} breakages caught in {time.monotonic() - began:.0f} seconds."
    )
    if survivors:
        sys.exit("Survivors: " + "; ".join(survivors))


if __name__ == "__main__":
    main()
