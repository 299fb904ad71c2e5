"""What the documents say is so: commands and paths exist, settings are complete, no other host is named in code."""

from __future__ import annotations

import re
import subprocess
from itertools import product

import pytest

from bench import degrees
from rashguide.settings import Settings, numbers
from review import advisories, case
from tests.harness.server import ROOT

DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/clinical-safety.md",
    "docs/content.md",
    "docs/settings.md",
    "CHANGELOG.md",
]
DOCUMENTS += [
    f"docs/production/{name}.md"
    for name in ("running", "alerts", "faults", "capacity", "security", "privacy", "handover")
]
DOCUMENTS += [str(file.relative_to(ROOT)) for file in sorted((ROOT / "docs/platforms").glob("*.md"))]
DOCUMENTS += ["docs/widget/README.md", "docs/widget/faults.md"]
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS}
PLATFORM_HOSTS = {
    "graph.facebook.com",
    "api.twilio.com",
    "api.telegram.org",
    "slack.com",
    "webexapis.com",
    "login.microsoftonline.com",
    "login.botframework.com",
    "api.botframework.com",
    "smba.trafficmanager.net",
}
MADE = {
    "review/sheet.html",
    "review/sheet.pdf",
    "review/safety-case.pdf",
    ".env",
    "conversations.db",
    ".cache/",
    ".venv/bin/activate",
}
MADE |= {"sbom.json", "insights/report.html", "insights/unanswered.csv", "certificates/", ".venv/bin/activate"}


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split()


def test_the_changelog_is_headed_by_versions_the_projects_own_on_top():
    own = re.search(r'^version = "([\d.]+)"', (ROOT / "pyproject.toml").read_text(), re.M).group(1)
    first, *earlier = re.findall(r"^## (.*)$", TEXTS["CHANGELOG.md"], re.M)
    assert re.fullmatch(rf"{re.escape(own)} \((unreleased|\d{{4}}-\d\d-\d\d)\)", first)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)", heading) for heading in earlier)


def test_the_readme_can_be_read_at_one_go():
    assert len(TEXTS["README.md"].splitlines()) < 250


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_command_exists(name):
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:^|`)make ([a-z]+(?:-[a-z]+)*)\b", TEXTS[name], re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_command_is_in_the_help_and_the_readme():
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M):
        assert re.search(rf"^{target}\b", helped, re.M)
        assert f"make {target}" in TEXTS["README.md"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_exists(name):
    for path in re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:yml|md|py|toml|json))`", TEXTS[name]):
        if path in MADE or path.startswith("/") or path.startswith("rasa/") or "*" in path:
            continue
        assert (ROOT / path).exists() or list(ROOT.glob(f"data/*/{path}")), path
    for path in re.findall(r"\]\(([^)#:]+)\)", TEXTS[name]):
        assert ((ROOT / name).parent / path).exists(), path


def test_every_setting_is_in_the_table_and_the_example():
    table = dict(re.findall(r"^\| `([A-Z_]+)` \|([^|]*)\|", TEXTS["docs/settings.md"], re.M))
    example = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M))
    names = {name.upper() for name in Settings.__fields__}
    assert table.keys() == names
    assert example.keys() == names
    for name, field in Settings.__fields__.items():
        if name != "secret_key":
            default = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
            assert example[name.upper()] == table[name.upper()].strip() == default
    assert all(country in TEXTS["docs/settings.md"] for country in numbers.countries())


HAZARDS = case.hazards()["hazards"]


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard["id"])
def test_each_hazard_is_rated_and_each_control_has_evidence_that_exists(hazard):
    assert hazard["severity"] in case.SEVERITIES
    assert {hazard["before"], hazard["after"]} <= case.LIKELIHOODS.keys()
    assert hazard["risk_after"] <= hazard["risk_before"]
    assert hazard["controls"]
    assert bool(hazard["figures"]) != bool(hazard.get("judged")), "its likelihood is measured or judged"
    for control in hazard["controls"]:
        assert control["evidence"]
        assert not [path for path in control["evidence"] if not (ROOT / path).exists()]


def test_a_measured_hazard_is_as_likely_as_was_measured():
    for hazard in HAZARDS:
        for _, figure in hazard["figures"]:
            assert hazard["after"] >= figure["likelihood"]
            assert figure["likelihood"] == next(at for most, at in degrees.LIKELIHOODS if figure["high"] < most)


def test_the_safety_case_is_what_its_hazards_and_figures_say():
    assert TEXTS["docs/clinical-safety.md"] == case.page(), "write it anew: make review"


def test_the_risk_matrix_grows_with_both():
    for likelihood, severity in product(range(1, 6), repeat=2):
        level = case.risk(likelihood, severity)
        assert level >= max(case.risk(max(1, likelihood - 1), severity), case.risk(likelihood, max(1, severity - 1)))
    assert (case.risk(1, 5), case.risk(2, 5), case.risk(5, 1), case.risk(2, 4), case.risk(5, 5)) == (3, 4, 3, 3, 5)


FAULTS = {
    "docs/platforms/faults.md": "tests/channels/",
    "docs/production/faults.md": "",
    "docs/widget/faults.md": "tests/widget/",
}


@pytest.mark.parametrize("page", FAULTS)
def test_every_fault_names_a_test_that_exists(page):
    rows = re.findall(r"^\| ([^|]+) \|[^\n]*\| ([^|]*`[^|]*test_[^|]*) \|$", TEXTS[page], re.M)
    assert len(rows) >= 30
    for fault, named in rows:
        for path, _, function in (each.partition("::") for each in re.findall(r"`([^`]+\.py[^`]*)`", named)):
            file = ROOT / (path if path.startswith("tests/") else f"{FAULTS[page]}{path}")
            assert file.exists(), (fault, path)
            assert not function or f"def {function}(" in file.read_text(encoding="utf-8"), (fault, function)


@pytest.mark.parametrize("page", FAULTS)
def test_no_fault_goes_without_a_test(page):
    for table in re.findall(r"^\| what .*\| test \|\n\|[-|]+\|\n((?:\|.*\n)+)", TEXTS[page], re.M):
        for row in table.splitlines():
            last = row.rsplit("|", 2)[1]
            assert "test_" in last or last.startswith(" Argued: "), row


def test_the_list_of_known_weaknesses_is_what_the_lock_and_the_stored_advisories_say():
    assert TEXTS["docs/production/security.md"] == advisories.page(), "write it anew: make advisories"
    locked = advisories.locked()
    assert (locked["rasa"], locked["python"]) == ("3.6.21", "3.10")
    assert len(locked) > 200


def test_a_version_outside_the_range_is_no_longer_affected():
    locked = advisories.locked()
    row = f"| aiohttp {locked['aiohttp']} | CVE-2024-52304 |"
    assert row in advisories.table(locked)
    later = advisories.table({**locked, "aiohttp": "3.10.11"})
    assert "| CVE-2024-52304 |" not in later
    assert "CVE-2024-52304 (aiohttp <3.10.11; locked is 3.10.11)" in later
    assert "| aiohttp 3.10.11 | CVE-2025-53643 |" in later, "the others still are"
    del locked["aiohttp"]
    assert "CVE-2024-52304 (aiohttp, which is not locked)" in advisories.table(locked)


@pytest.mark.parametrize("version", ["4.23.3", "5.28.0", "6.30.0rc1", "6.31.0"])
def test_any_of_an_advisorys_ranges_counts(version):
    (protobuf,) = [each for each in advisories.advisories() if each["package"] == "protobuf"]
    assert advisories.affects(protobuf, version)
    assert not advisories.affects(protobuf, "4.25.8")


def test_each_advisory_says_what_it_allows_and_what_shields():
    for each in advisories.advisories():
        assert each.keys() - {"id"} == {"package", "affected", "allows", "shield"}
        assert re.fullmatch(r"(CVE-\d{4}-\d{4,}|GHSA(-\w{4}){3})", each.get("id", "CVE-2000-0000"))


def test_the_project_ships_no_model_database_or_secret():
    assert not [name for name in tracked() if re.search(r"(\.db|\.tar\.gz|\.env|\.pdf)$", name)]


def test_code_names_no_other_host():
    for name in tracked():
        if name.endswith((".py", ".yml", "Makefile")) and not name.startswith(("tests/", "data/", "calibration/")):
            hosts = re.findall(r"https?://([\w.-]+)", (ROOT / name).read_text(encoding="utf-8"))
            # The platforms' own are settings, all in one file.
            known = PLATFORM_HOSTS if name == "rashguide/settings/platforms.py" else set()
            assert not set(hosts) - {"localhost", "127.0.0.1", "www.w3.org"} - known, name


def test_rasas_own_validation_finds_nothing():
    ended = subprocess.run(
        [ROOT / ".venv/bin/rasa", "data", "validate", "--fail-on-warnings"],
        cwd=ROOT,
        env={**__import__("os").environ, "PYTHONWARNINGS": "ignore::DeprecationWarning"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "not used in any story" not in ended.stdout + ended.stderr


def test_rasas_own_story_tests_pass(tmp_path):
    ended = subprocess.run(
        [ROOT / ".venv/bin/rasa", "test", "core", "--stories", "tests/stories"]
        + ["--model", "models/guide.tar.gz", "--out", tmp_path, "--fail-on-prediction-errors", "--e2e"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "stories: []" in (tmp_path / "failed_test_stories.yml").read_text() or not re.search(
        r"^- story", (tmp_path / "failed_test_stories.yml").read_text(), re.M
    )
