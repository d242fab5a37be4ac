"""docker-compose.yml as the stack of a Swarm: nothing in it that a Swarm refuses, or leaves out where it is needed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
import yaml
from tests.deploy.composed import OVERRIDE, ROOT, STACK, composed

FILE = composed(STACK)
SERVICES = FILE["services"]
REPLICAS = (ROOT / "deploy" / "gateway" / "site" / "replicas.conf").read_text()


def docker(*arguments):
    ours = {name: value for name, value in os.environ.items() if not name.startswith("STEPGRADE_")}
    return subprocess.run(["docker", "stack", "config", *arguments], env=ours, capture_output=True, text=True, check=False)


def test_docker_reads_the_stack():
    if shutil.which("docker") is None or docker("--help").returncode:
        pytest.skip("there is no docker here that checks a stack")
    done = docker("-c", STACK)
    assert (done.returncode, done.stderr) == (0, "")
    stack = yaml.safe_load(done.stdout)
    assert stack["services"]["service"]["deploy"]["replicas"] == 2
    assert stack["services"]["gateway"]["ports"] == [{"mode": "host", "target": 8080, "published": 8000}]


def test_nothing_stands_there_that_a_swarm_refuses():
    assert FILE.keys() <= {"services", "networks", "volumes", "configs", "secrets"}, "a top-level name, for one"
    for service in SERVICES.values():
        assert not {"profiles", "extends", "container_name"} & service.keys()
        assert isinstance(service.get("depends_on", []), list)


def test_nothing_is_left_out_that_a_container_needs():
    for service in SERVICES.values():
        assert "tmpfs" not in service, "a Swarm leaves it out without a word; the root is read-only"
        assert [mount["type"] for mount in service["volumes"]] == ["tmpfs"], "a file beside this one is on one machine only"
        assert all({*mount["tmpfs"]} == {"size"} and isinstance(mount["tmpfs"]["size"], int) for mount in service["volumes"])


def test_every_config_is_a_file_and_has_a_name_that_can_be_raised():
    used = {config["source"] for service in SERVICES.values() for config in service.get("configs", [])}
    assert used == FILE["configs"].keys()
    for name, config in FILE["configs"].items():
        assert (ROOT / config["file"]).is_file()
        assert config["name"] == f"stepgrade-{name}-${{STEPGRADE_CONFIGURATION:-1}}"


def test_the_gateway_finds_each_replica_and_sees_each_client():
    assert SERVICES["service"]["deploy"]["endpoint_mode"] == "dnsrr"
    [server] = re.findall(r"(?m)^ *server (\w+):", REPLICAS)
    assert server in SERVICES
    assert "ports" not in SERVICES[server], "a Swarm publishes no port of a service without an address of its own"
    assert [port["mode"] for port in SERVICES["gateway"]["ports"]] == ["host"]
    assert SERVICES["gateway"]["deploy"]["mode"] == "global"
    assert SERVICES["gateway"]["deploy"]["update_config"]["order"] == "stop-first"


def test_the_override_repeats_what_every_container_has_and_adds_what_one_machine_has():
    hardened = [yaml.safe_load(path.read_text())["x-hardened"] for path in (STACK, OVERRIDE)]
    assert hardened[0] == hardened[1]
    added = composed(OVERRIDE)
    assert added["services"]["gateway"] == {"depends_on": {"service": {"condition": "service_healthy"}}}
    assert {name for name, service in added["services"].items() if service.get("profiles") == ["monitoring"]} == {"prometheus", "grafana"}
