"""The descriptions of where the guide runs: valid, complete, closed by default, and in step with the settings."""

from __future__ import annotations

import re
import subprocess

import kubernetes_validate
import pytest
import yaml

from rashguide.settings import Settings
from tests.harness.server import ROOT
from tests.harness.topology import TEMPLATE, program

KUBERNETES = "1.28"
FILES = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
OBJECTS = [(file.stem, document) for file in FILES for document in yaml.safe_load_all(file.read_text())]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PLACES = set(re.findall(r"\$\{([A-Z_0-9]+)\}", TEMPLATE.read_text()))


def named(kind: str, name: str) -> dict:
    (found,) = [o for _, o in OBJECTS if (o["kind"], o["metadata"]["name"]) == (kind, name)]
    return found


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda t: f"{t[1]['kind']}-{t[1]['metadata']['name']}")
def test_kubernetes_objects_fit_the_schema(thing):
    kubernetes_validate.validate(thing[1], KUBERNETES, strict=True)


def test_the_schema_would_tell():
    broken = yaml.safe_load(FILES[0].read_text().split("---")[0])
    broken["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, KUBERNETES, strict=True)


def test_kustomize_puts_it_all_together():
    built = subprocess.run(
        [program("kubectl"), "kustomize", ROOT / "deploy"], capture_output=True, text=True, check=True
    ).stdout
    made = list(yaml.safe_load_all(built))
    assert len(made) == len(OBJECTS) + 1
    assert {o["metadata"]["namespace"] for o in made} == {"rash-guide"}
    (configuration,) = [o for o in made if o["kind"] == "ConfigMap"]
    assert configuration["data"] == {"guide.conf.template": TEMPLATE.read_text()}
    for thing in made:
        kubernetes_validate.validate(thing, KUBERNETES, strict=True)
        if thing["kind"] == "Deployment" and thing["metadata"]["name"] == "nginx":
            (volume,) = [v for v in thing["spec"]["template"]["spec"]["volumes"] if "configMap" in v]
            assert volume["configMap"]["name"] == configuration["metadata"]["name"]


@pytest.mark.parametrize("name", ["assistant", "nginx"])
def test_pods_have_no_rights_and_are_watched(name):
    deployment = named("Deployment", name)
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert container["livenessProbe"]
    assert container["readinessProbe"]
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    for kind in ("PodDisruptionBudget", "Service", "NetworkPolicy"):
        spec = named(kind, name)["spec"]
        selector = spec.get("podSelector") or spec["selector"]
        assert selector.get("matchLabels", selector) == labels
    names = {variable["name"] for variable in container.get("env", [])}
    assert not names & {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"}, "secrets come from the secret"


def test_the_network_is_closed_but_for_what_is_named():
    assert named("NetworkPolicy", "closed")["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    open_ports = {
        port["port"] for rule in named("NetworkPolicy", "assistant")["spec"]["egress"] for port in rule["ports"]
    }
    assert open_ports == {53, 5432, 6379}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name, service in COMPOSE["services"].items():
        assert ("outside" in service["networks"]) == (name == "nginx")
        assert ("ports" in service) == (name == "nginx")


def test_the_autoscaler_scales_the_assistants():
    spec = named("HorizontalPodAutoscaler", "assistant")["spec"]
    assert spec["scaleTargetRef"]["name"] == "assistant"
    assert spec["minReplicas"] >= 2


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_compose_services_have_no_rights(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert name == "nginx" or service["user"].split(":")[0] not in ("0", "root")


def test_compose_takes_secrets_from_the_environment_alone():
    text = (ROOT / "docker-compose.yml").read_text()
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert f"${{{secret}:?" in text, f"{secret} must be demanded"
    assert {**COMPOSE["services"]["assistant-1"]} == COMPOSE["services"]["assistant-2"]


def test_neither_set_up_starts_without_a_country():
    given = COMPOSE["services"]["assistant-1"]["environment"]
    assert given["PRODUCTION"] == "True"
    assert given["COUNTRY"].startswith("${COUNTRY:?")
    (container,) = named("Deployment", "assistant")["spec"]["template"]["spec"]["containers"]
    assert {"name": "PRODUCTION", "value": "True"} in container["env"]
    assert not [variable for variable in container["env"] if variable["name"] == "COUNTRY"]


def test_what_the_assistants_are_given_are_settings():
    known = {name.upper() for name in Settings.__fields__}
    assert set(COMPOSE["services"]["assistant-1"]["environment"]) <= known
    (container,) = named("Deployment", "assistant")["spec"]["template"]["spec"]["containers"]
    assert {variable["name"] for variable in container["env"]} <= known


def test_nginx_is_given_all_that_its_configuration_needs():
    assert set(COMPOSE["services"]["nginx"]["environment"]) == PLACES
    (container,) = named("Deployment", "nginx")["spec"]["template"]["spec"]["containers"]
    assert {variable["name"] for variable in container["env"]} == PLACES


def test_the_image_runs_without_rights_and_ships_no_secret():
    assert re.search(r"^USER 10001", DOCKERFILE, re.M)
    assert "--frozen" in DOCKERFILE
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".git", "*.db", "tests"} <= set(ignored)
    for copied in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.M):
        for path in copied.split():
            assert (ROOT / path).exists(), path


def test_every_package_is_locked_with_its_digest():
    lock = (ROOT / "uv.lock").read_text()
    files = re.findall(r"\{ url = [^}]*\}", lock)
    assert len(files) > 1000
    assert all('hash = "sha256:' in file for file in files)
