"""deploy/kubernetes: valid by the schemas of Kubernetes, and in agreement with itself, with Compose and with the service."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.deploy.kustomized import containers, kustomized

from stepgrade_service.budgets.api_keys import read_keys
from stepgrade_service.web.settings import VARIABLES, Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
BASE, EXAMPLE = (ROOT / "deploy" / "kubernetes" / name for name in ("base", "example"))
SHARED = ROOT / "deploy" / "gateway"
RENDERED = {place.name: kustomized(place) for place in (BASE, EXAMPLE)}
OBJECTS = {(each["kind"], each["metadata"]["name"]): each for each in RENDERED["base"]}
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
WORKLOADS = ["gateway", "service", "redis"]

#: The oldest Kubernetes that base/kustomization.yaml promises, and the newest whose schemas there are.
VERSIONS = [*re.findall(r"\((1\.\d+) or later\)", (BASE / "kustomization.yaml").read_text()), kubernetes_validate.latest_version()]


def pod(name: str) -> dict[str, Any]:
    return OBJECTS["Deployment", name]["spec"]["template"]


def container(name: str) -> dict[str, Any]:
    [only] = pod(name)["spec"]["containers"]
    return only


def environment(name: str) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container(name)["env"]}


def found(value: Any, key: str) -> Iterator[Any]:
    """Everything that stands under this key, however deep."""
    if isinstance(value, dict):
        yield from (each for name, each in value.items() if name == key)
        value = [*value.values()]
    if isinstance(value, list):
        for each in value:
            yield from found(each, key)


def mebibytes(amount: str) -> int:
    """An amount of memory, as Kubernetes or Compose writes it."""
    number, unit = re.fullmatch(r"(\d+)([MG])i?", amount.upper().replace("I", "")).groups()
    return int(number) * {"M": 1, "G": 1024}[unit]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid_by_the_schemas_of_kubernetes(version, monkeypatch):
    monkeypatch.setattr(kubernetes_validate.utils, "schema_contents", cache(kubernetes_validate.utils.schema_contents))  # a megabyte
    distinct = [each for name in RENDERED for each in RENDERED[name] if name == "base" or each not in RENDERED["base"]]
    for each in distinct:
        kubernetes_validate.validate(each, version, strict=True)


def test_what_is_wrong_is_found():
    broken = {**OBJECTS["Service", "redis"], "spec": {"selectors": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("place", [BASE, EXAMPLE], ids=lambda place: place.name)
def test_kubectl_makes_the_same_of_it(place):
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl here")
    made = subprocess.run(["kubectl", "kustomize", place], capture_output=True, text=True, check=True).stdout
    plain = re.sub(r"(\b(?:gateway|site|redis|api-keys))-[a-z0-9]{10}\b", r"\1", made)
    theirs = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(plain)}
    ours = {(each["kind"], each["metadata"]["name"]): each for each in RENDERED[place.name]}
    assert theirs.keys() == ours.keys()
    for key in ours.keys() - {("Secret", "api-keys")}:  # theirs is in base64
        if key == ("Deployment", "service"):  # a patched variable comes first there
            for each in (theirs[key], ours[key]):
                each["spec"]["template"]["spec"]["containers"][0]["env"].sort(key=lambda variable: variable["name"])
        assert theirs[key] == ours[key]


def test_there_is_what_a_deployment_needs():
    kinds = {"Deployment": 3, "Service": 3, "Ingress": 1, "HorizontalPodAutoscaler": 1, "PodDisruptionBudget": 2, "NetworkPolicy": 5}
    assert {kind: sum(each["kind"] == kind for each in RENDERED["base"]) for kind in kinds} == kinds


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_selector_finds_the_pods_that_it_is_for(name):
    labels = pod(name)["metadata"]["labels"]
    selectors = [OBJECTS["Service", name]["spec"]["selector"], OBJECTS["Deployment", name]["spec"]["selector"]["matchLabels"]]
    selectors += [OBJECTS["NetworkPolicy", name]["spec"]["podSelector"]["matchLabels"]]
    if name != "redis":
        selectors += [OBJECTS["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"]]
        selectors += [each["labelSelector"]["matchLabels"] for each in pod(name)["spec"]["topologySpreadConstraints"]]
    assert selectors == [labels] * len(selectors)


def test_every_name_that_is_referred_to_exists():
    for name in WORKLOADS:
        spec = pod(name)["spec"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        assert {mount["name"] for mount in container(name)["volumeMounts"]} == volumes
        for volume in spec["volumes"]:
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in OBJECTS
    scaled = OBJECTS["HorizontalPodAutoscaler", "service"]["spec"]["scaleTargetRef"]
    assert (scaled["kind"], scaled["name"]) in OBJECTS
    [backend] = found(OBJECTS["Ingress", "stepgrade"], "backend")
    assert backend["service"]["name"] in WORKLOADS
    keys = {("Secret", each["metadata"]["name"]): each for each in RENDERED["example"]}
    [reference] = found(container("service"), "secretKeyRef")
    assert reference["key"] in keys["Secret", reference["name"]]["stringData"]
    assert reference["optional"] is True


def test_every_port_that_is_named_is_one_of_its_container():
    ports = {name: {port["name"]: port["containerPort"] for port in container(name)["ports"]} for name in WORKLOADS}
    for name in WORKLOADS:
        [port] = OBJECTS["Service", name]["spec"]["ports"]
        assert port["targetPort"] in ports[name]
        probed = {each["port"] for probe in ("tcpSocket", "httpGet") for each in found(container(name), probe)}
        assert probed <= {*ports[name]}
        allowed = {port["port"] for rule in OBJECTS["NetworkPolicy", name]["spec"]["ingress"] for port in rule["ports"]}
        assert allowed == {*ports[name]}
    [listen] = re.findall(r"(?m)^listen (\d+);", (SHARED / "site" / "listen.conf").read_text())
    assert ports["gateway"] == {"http": int(listen)}
    [backend] = found(OBJECTS["Ingress", "stepgrade"], "backend")
    assert backend["service"]["port"]["name"] == OBJECTS["Service", "gateway"]["spec"]["ports"][0]["name"]
    scraped = pod("service")["metadata"]["annotations"]
    assert (scraped["prometheus.io/port"], scraped["prometheus.io/path"]) == (str(ports["service"]["http"]), "/metrics")


def test_the_gateway_asks_for_the_replicas_by_the_name_that_they_have():
    site = OBJECTS["ConfigMap", "site"]["data"]
    [(name, port)] = re.findall(r"(?m)^ *server (\S+):(\d+) resolve max_fails=0;", site["replicas.conf"])
    headless = OBJECTS["Service", "service"]
    assert name == f"service.{headless['metadata']['namespace']}.svc.cluster.local"
    assert headless["spec"]["clusterIP"] == "None"
    assert int(port) == headless["spec"]["ports"][0]["port"]
    assert headless["metadata"]["namespace"] in [each["metadata"]["name"] for each in RENDERED["base"] if each["kind"] == "Namespace"]
    upstream = re.compile(r"(?ms)^upstream .*?^}")
    ours, theirs = (upstream.search(text)[0] for text in (site["replicas.conf"], (SHARED / "site" / "replicas.conf").read_text()))
    plain = [re.sub(r" *#.*|server [^:]+:", "", text) for text in (ours, theirs)]
    assert plain[0] == plain[1], "but for the name it is the upstream of Compose"


def test_the_gateway_and_redis_run_the_very_files_that_compose_and_the_tests_run():
    data = OBJECTS["ConfigMap", "gateway"]["data"] | OBJECTS["ConfigMap", "redis"]["data"] | OBJECTS["ConfigMap", "site"]["data"]
    for path in (SHARED / "nginx.conf", SHARED / "site" / "limits.conf", SHARED / "site" / "listen.conf", ROOT / "deploy/redis/redis.conf"):
        assert data[path.name] == path.read_text()
    included = re.findall(r"(?m)^ *include site/(\S+);", data["nginx.conf"])
    assert sorted(included) == sorted(OBJECTS["ConfigMap", "site"]["data"])
    for name in ("gateway", "redis"):
        assert container(name)["command"] == COMPOSE[name]["entrypoint"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_image_user_and_memory_are_those_of_compose(name):
    ours, theirs = container(name), COMPOSE[name]
    assert ours["image"] == re.sub(r"\$\{\w+:-(.*)\}", r"\1", theirs["image"])
    assert mebibytes(ours["resources"]["limits"]["memory"]) == mebibytes(theirs["deploy"]["resources"]["limits"]["memory"])
    if "user" in theirs:
        security = pod(name)["spec"]["securityContext"]
        assert theirs["user"] == f"{security['runAsUser']}:{security['runAsGroup']}"


def test_the_service_runs_as_the_user_of_its_image():
    security = pod("service")["spec"]["securityContext"]
    assert f"\nUSER {security['runAsUser']}:{security['runAsGroup']}\n" in (ROOT / "service" / "Dockerfile").read_text()


def own(names):
    """Those of the service, and not of what it is built on."""
    return {name for name in names if not name.startswith("OTEL_")}


def test_the_settings_are_settings_of_the_service_and_those_of_compose():
    ours = environment("service")
    assert own(ours) <= VARIABLES.keys()
    assert read_settings(ours | {"STEPGRADE_SERVER_REDIS_URL": ""})
    theirs = COMPOSE["service"]["environment"]
    assert ours == {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for name, value in theirs.items()}
    for name in RENDERED:  # the example too
        assert own(each["name"] for one in containers(RENDERED[name]) for each in one.get("env", [])) <= VARIABLES.keys()


def test_the_keys_of_the_example_can_be_read_and_its_budget_is_one():
    [secret] = [each for each in RENDERED["example"] if each["kind"] == "Secret"]
    [key] = read_keys(secret["stringData"]["api-keys"])
    assert key.name == "course-a"
    [budget] = [each["value"] for one in containers(RENDERED["example"]) for each in one.get("env", []) if each["name"].endswith("_BUDGET")]
    assert float(budget) >= Settings().max_work


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_has_no_more_rights_than_it_needs(name):
    spec, only = pod(name)["spec"], container(name)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False, "a Service called stepgrade-server would set STEPGRADE_SERVER_PORT"
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(only["resources"]) == {"requests", "limits"}
    assert {"readinessProbe", "livenessProbe"} <= set(only)
    assert all("readOnly" in mount or mount["mountPath"] in ("/tmp", "/data") for mount in only["volumeMounts"])
    assert all(volume["emptyDir"]["sizeLimit"] for volume in spec["volumes"] if "emptyDir" in volume)


def test_a_pod_ends_within_its_time():
    [drained] = re.findall(r"worker_shutdown_timeout (\d+)s;", (SHARED / "nginx.conf").read_text())
    needed = {"gateway": int(drained), "service": Settings().drain_seconds + Settings().kill_timeout}
    for name, seconds in needed.items():
        [slept] = found(container(name)["lifecycle"]["preStop"], "seconds")
        assert slept + seconds < pod(name)["spec"]["terminationGracePeriodSeconds"]


def test_a_replica_is_asked_whether_it_is_ready_and_whether_it_lives():
    only = container("service")
    paths = {probe: only[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert paths == {"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
    assert only["startupProbe"]["periodSeconds"] * only["startupProbe"]["failureThreshold"] >= 120


def test_as_many_replicas_as_the_processors_need_one_core_each():
    spec = OBJECTS["HorizontalPodAutoscaler", "service"]["spec"]
    assert "replicas" not in OBJECTS["Deployment", "service"]["spec"], "else each apply would undo what the autoscaler did"
    assert 2 <= spec["minReplicas"] < spec["maxReplicas"]
    assert [metric["resource"]["name"] for metric in spec["metrics"]] == ["cpu"]
    asked, most = (container("service")["resources"][name] for name in ("requests", "limits"))
    assert asked["memory"] == most["memory"]
    assert asked["cpu"] == environment("service")["STEPGRADE_SERVER_WORKERS"]
    assert int(most["cpu"]) > int(asked["cpu"]), "who draws the pictures has a core too, as long as nobody else needs it"


def test_what_is_not_opened_is_closed():
    closed = OBJECTS["NetworkPolicy", "closed"]["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    opened = {name: OBJECTS["NetworkPolicy", name]["spec"] for name in WORKLOADS}
    labels = {name: {"podSelector": {"matchLabels": pod(name)["metadata"]["labels"]}} for name in WORKLOADS}
    assert [rule["to"] for rule in opened["gateway"]["egress"]] == [[labels["service"]]]
    assert [rule["to"] for rule in opened["service"]["egress"]] == [[labels["redis"]]]
    assert "egress" not in opened["redis"]
    [names] = OBJECTS["NetworkPolicy", "names"]["spec"]["egress"]
    assert names["to"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}},
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
    ]
    assert opened["redis"]["ingress"][0]["from"] == [labels["service"]]
    assert opened["service"]["ingress"][0]["from"][0] == labels["gateway"]


def test_the_ingress_lets_pass_what_the_gateway_refuses_in_its_own_words():
    annotations = OBJECTS["Ingress", "stepgrade"]["metadata"]["annotations"]
    [(allowed, _)] = re.findall(r"client_max_body_size (\d+)(m);", (SHARED / "nginx.conf").read_text())
    assert int(annotations["nginx.ingress.kubernetes.io/proxy-body-size"].removesuffix("m")) > int(allowed)
    [waits] = re.findall(r"proxy_read_timeout (\d+)s;", (SHARED / "nginx.conf").read_text())
    [passes_on] = re.findall(r"proxy_next_upstream_timeout (\d+)s;", (SHARED / "nginx.conf").read_text())
    assert int(annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"]) > int(waits) + int(passes_on)


@pytest.mark.parametrize("rendered", RENDERED.values(), ids=RENDERED)
def test_the_certificate_is_for_the_host_that_is_asked(rendered):
    [ingress] = [each["spec"] for each in rendered if each["kind"] == "Ingress"]
    assert [host for tls in ingress["tls"] for host in tls["hosts"]] == [rule["host"] for rule in ingress["rules"]]
