"""Alerts and board as Prometheus and Grafana would take them: each alert is raised, and by nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
import yaml
from prometheus_client import REGISTRY

from rashguide.operations import metrics  # noqa: F401
from tests.harness.server import ROOT
from tests.harness.topology import program

ALERTS = ROOT / "deploy/prometheus/alerts.yml"
CASES = ROOT / "tests/production/alerts.yml"
RULES = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
BOARD = json.loads((ROOT / "deploy/grafana/guide.json").read_text())
RUNBOOK = (ROOT / "docs/production/alerts.md").read_text()
ASKED = {rule["alert"]: rule["expr"] for rule in RULES}
ASKED |= {panel["title"]: " ".join(target["expr"] for target in panel["targets"]) for panel in BOARD["panels"]}


def test_prometheus_takes_them_and_each_is_raised_when_it_must_be_alone(tmp_path):
    cases = tmp_path / "cases.yml"
    cases.write_text(CASES.read_text().replace("ALERTS]", f"{ALERTS}]"))
    for command in (["check", "rules", ALERTS], ["test", "rules", cases]):
        ended = subprocess.run([program("promtool"), *command], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_none_is_without_a_case():
    quiet, bad = yaml.safe_load(CASES.read_text())["tests"][:2]
    raised = {
        re.search('alertname="(.*?)"', sample["labels"])[1] for sample in bad["promql_expr_test"][0]["exp_samples"]
    }
    assert {case["alertname"] for case in quiet["alert_rule_test"]} == raised == {rule["alert"] for rule in RULES}


@pytest.mark.parametrize("name", ASKED)
def test_they_ask_for_measures_that_there_are(name):
    names = {family.name for family in REGISTRY.collect()}  # also of those that have counted nothing yet
    known = names | {f"{name}{ending}" for name in names for ending in ("_total", "_bucket")}
    assert set(re.findall(r"\b(?:guide|process)_[a-z_]+", ASKED[name])) <= known


RISING = re.findall(r'increase\((guide_\w+)_total\{(\w+)="(\w+)"\}', " ".join(rule["expr"] for rule in RULES))


@pytest.mark.parametrize(("counter", "label", "value"), [each for each in RISING if each[0] != "guide_handovers"])
def test_what_must_not_rise_is_there_before_it_does(counter, label, value):
    """Prometheus sees no increase in a series that it first meets at one."""
    started = "from prometheus_client import REGISTRY; from rashguide.operations import metrics; "
    told = f"print(REGISTRY.get_sample_value('{counter}_total', {{'{label}': '{value}'}}))"
    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", started + told], capture_output=True, text=True)
    assert ended.stdout == "0.0\n", ended.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_has_its_page(rule):
    assert rule["annotations"]["runbook"] == f"docs/production/alerts.md#{rule['alert'].lower()}"
    assert rule["labels"]["severity"] in ("page", "ticket")
    (page,) = re.findall(rf"^## {rule['alert']}\n\n(.*?)(?=\n## |\Z)", RUNBOOK, re.M | re.S)
    assert rule["annotations"]["summary"] in page.replace("\n", " ")
    assert "**What people see:**" in page
    assert "\n1. " in page
