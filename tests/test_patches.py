"""All that is patched in Rasa is in force, and still needed."""

from __future__ import annotations

import inspect
import logging

import pytest
import structlog
from rasa.engine.graph import GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event
from sanic.http import Http

from rashguide import patches
from rashguide.operations import logs


@pytest.mark.parametrize("start", [patches.apply, patches.Wording], ids=["apply", "wording"])
def test_all_are_in_force_however_often_they_are_applied(start):
    start()
    start()
    for owner, name, ours in patches.PATCHES:
        assert inspect.getattr_static(owner, name) is ours, (owner, name)
    assert logs._without_words in structlog.get_config()["processors"]
    assert structlog.get_config()["processors"].count(logs._without_words) == 1
    assert logging.getLogRecordFactory() is logs._discreet


def test_rasa_still_has_what_they_take_the_place_of():
    """Fails where another Rasa calls something else."""
    from rasa.core.channels import channel

    assert "app.ctx.agent.handle_message(message)" in inspect.getsource(channel.register)
    assert "self.url.encode() if self.url" in inspect.getsource(Http.create_empty_request)
    assert "self._time = current_time()" in inspect.getsource(patches._received)
    assert Event.resolve_by_type("user").type_name == "user"
    assert "dask.get(run_graph, run_targets)" in inspect.getsource(patches._scheduled)


def graph() -> tuple[DaskGraphRunner, list[str]]:
    """A runner of a graph of sums, and which of its nodes were asked: three lead to "end", one does not."""
    asked: list[str] = []
    needs = {"left": ["given"], "right": ["left", "given"], "end": ["left", "right"], "aside": ["given", "not given"]}

    def node(name):
        def run(*before):
            asked.append(name)
            return name, [name, *before]

        return run

    nodes = {name: SchemaNode(dict(zip(each, each)), GraphComponent, "", "", {}) for name, each in needs.items()}
    schema = GraphSchema(nodes)
    schema.nodes["aside"].is_target = True
    runner = DaskGraphRunner.__new__(DaskGraphRunner)
    runner._graph_schema, runner._execution_context = schema, None
    runner._instantiated_nodes = {name: node(name) for name in needs}
    return runner, asked


@pytest.mark.parametrize("targets", [["end"], ["right"], ["left", "end"], None])
def test_the_graph_makes_what_rasas_own_runner_makes_and_asks_each_node_once(targets):
    made = []
    for run in (patches._scheduled, patches._in_turn):
        runner, asked = graph()
        made.append((run(runner, {"given": 1}, targets), sorted(asked)))
    assert made[0] == made[1]
    assert len(set(made[1][1])) == len(made[1][1]) > 0


def test_endpoints_name_the_wording_that_applies_them():
    from rashguide import ROOT

    assert "type: rashguide.patches.Wording" in (ROOT / "endpoints.yml").read_text()
