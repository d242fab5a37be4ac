"""docker-compose.yml with its override, the image of the service and the gateway's files: valid, and in agreement with one another."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.deploy.composed import OVERRIDE, STACK, composed

from stepgrade_service.serving.server import IDLE_SECONDS
from stepgrade_service.web.settings import Settings, networks, read_settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = composed()
GATEWAY, SERVICE = COMPOSE["services"]["gateway"], COMPOSE["services"]["service"]


def instructions(text):
    """The instructions of a Dockerfile in their order, as (name, the rest)."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


DOCKERFILE = instructions((ROOT / "service" / "Dockerfile").read_text())


def of(name):
    return [rest for instruction, rest in DOCKERFILE if instruction == name]


def position(name, part):
    [index] = [i for i, (instruction, rest) in enumerate(DOCKERFILE) if instruction == name and part in rest]
    return index


#: The distributions of the image, by folder, with their packages; the service needs the client.
DISTRIBUTIONS = {"client": "stepgrade", "service": "stepgrade_service"}


def project(folder):
    """What a distribution says of itself."""
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]


def needed(folder):
    return project(folder)["dependencies"]


ENVIRONMENT = dict(pair.split("=", 1) for line in of("ENV") for pair in shlex.split(line))


def directives(path):
    """nginx's directives in a file, as lists of words."""
    text = re.sub(r"(?m)(^|\s)#.*$", "", (ROOT / "deploy" / "gateway" / path).read_text())
    return [directive.split() for directive in re.split(r"[;{}]", text) if directive.strip()]


def test_the_compose_files_are_valid_by_the_compose_specification():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", STACK, OVERRIDE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_replicas_stand_behind_the_gateway_and_only_the_gateway_is_published():
    assert {name for name, container in COMPOSE["services"].items() if "profiles" not in container} == {"gateway", "service", "redis"}
    published = {name: container["ports"] for name, container in COMPOSE["services"].items() if "ports" in container}
    assert published.keys() == {"gateway", "grafana"}
    assert published["grafana"][0].startswith("127.0.0.1:")
    assert SERVICE["deploy"]["replicas"] == "${STEPGRADE_REPLICAS:-2}"
    assert "ports" not in SERVICE
    assert GATEWAY["ports"] == [{"target": 8080, "published": "${STEPGRADE_PORT:-8000}", "mode": "host"}]
    assert SERVICE["networks"] == ["inner"]
    assert COMPOSE["networks"]["inner"]["internal"] is True


def test_a_replica_believes_the_gateway_whose_request_it_is_and_only_the_gateway_reaches_it():
    trusted = networks(SERVICE["environment"]["STEPGRADE_SERVER_TRUSTED_PROXIES"])
    assert all(network.is_private for network in trusted)
    for inner in ("172.18.0.2", "192.168.16.2", "10.1.0.2", "fd12::2"):  # where Docker makes networks
        assert any(ip_address(inner) in network for network in trusted)
    assert ["proxy_set_header", "X-Forwarded-For", "$remote_addr"] in directives("nginx.conf")


def test_a_client_has_a_budget_into_which_the_dearest_request_fits_and_which_a_class_may_raise():
    preset = {
        name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for name, value in SERVICE["environment"].items() if not name.endswith("REDIS_URL")
    }
    settings = read_settings(preset)
    assert settings.budget >= 4 * settings.max_work
    assert (settings.max_work, settings.access_log) == (Settings().max_work, Settings().access_log), "only one place may change them"
    for name in ("BUDGET", "SHARED_ADDRESSES", "API_KEYS", "MAX_WORK", "ACCESS_LOG"):
        assert SERVICE["environment"][f"STEPGRADE_SERVER_{name}"].startswith(f"${{STEPGRADE_{name}:-")


def test_a_replica_ends_within_the_time_that_its_container_has():
    seconds = Settings().drain_seconds + Settings().kill_timeout
    assert seconds < int(SERVICE["stop_grace_period"].removesuffix("s"))


def test_the_memory_of_a_replica_s_worker_ends_before_that_of_its_container():
    container = {"1g": 1024}[SERVICE["deploy"]["resources"]["limits"]["memory"]]
    beside = 150  # MiB of the main process, and of what is no data of the worker's
    assert int(SERVICE["environment"]["STEPGRADE_SERVER_MAX_MEMORY"]) + beside <= container


def test_the_gateway_closes_an_idle_connection_before_the_replica_does():
    [kept] = [words[1] for words in directives("site/replicas.conf") if words[0] == "keepalive_timeout"]
    assert int(kept.removesuffix("s")) < IDLE_SECONDS


def test_the_gateway_runs_the_very_files_that_the_tests_run():
    files = ROOT / "deploy" / "gateway"
    mounts = {config["target"]: ROOT / COMPOSE["configs"][config["source"]]["file"] for config in GATEWAY["configs"]}
    site = {f"/etc/nginx/site/{path.name}": path for path in (files / "site").iterdir()}
    assert mounts == {"/etc/nginx/nginx.conf": files / "nginx.conf", **site}
    assert GATEWAY["entrypoint"][-2:] == ["-c", "/etc/nginx/nginx.conf"]
    included = [words[1] for words in directives("nginx.conf") if words[0] == "include"]
    assert sorted(included) == sorted(f"site/{path.name}" for path in site.values())


def test_the_gateway_writes_only_where_compose_lets_it():
    prefix = GATEWAY["entrypoint"][GATEWAY["entrypoint"].index("-p") + 1]
    assert [mount["target"] for mount in GATEWAY["volumes"] if mount["type"] == "tmpfs"] == [prefix.rstrip("/")]
    written = [words[1] for words in directives("nginx.conf") if words[0] == "pid" or words[0].endswith("_temp_path")]
    assert len(written) == 6
    assert all(re.fullmatch(r"[a-z.-]+", path) for path in written), "relative to the prefix"


def test_ports_and_names_agree_from_the_published_port_to_the_service():
    [listen] = directives("site/listen.conf")
    assert listen == ["listen", str(GATEWAY["ports"][0]["target"])]
    assert GATEWAY["healthcheck"]["test"][-1] == listen[1]
    [server] = [words for words in directives("site/replicas.conf") if words[0] == "server"]
    assert server[1] == f"service:{ENVIRONMENT['STEPGRADE_SERVER_PORT']}"
    assert of("EXPOSE") == [ENVIRONMENT["STEPGRADE_SERVER_PORT"]]
    assert ENVIRONMENT["STEPGRADE_SERVER_HOST"] == "0.0.0.0"


def test_the_nginx_of_the_image_knows_how_to_resolve_the_replicas_anew():
    version = tuple(int(part) for part in re.findall(r"\d+", GATEWAY["image"].split(":")[1].partition("-")[0]))
    assert "resolve" in next(words for words in directives("site/replicas.conf") if words[0] == "server")
    assert version >= (1, 28), "resolve came with 1.27.3"


def test_deploy_md_names_every_variable_of_the_compose_file_and_the_command_that_makes_a_key():
    page, operations = ((ROOT / "docs" / name).read_text() for name in ("deploy.md", "operations.md"))
    variables = {*re.findall(r"\$\{(STEPGRADE_\w+)", STACK.read_text())} - {"STEPGRADE_CONFIGURATION", "STEPGRADE_IMAGE"}
    table = page.partition("\n## With Docker Compose\n")[2].partition("\n## ")[0]
    assert {*re.findall(r"(?m)^\| `(STEPGRADE_\w+)` \|", table)} == variables
    for name in ("STEPGRADE_CONFIGURATION", "STEPGRADE_IMAGE"):
        assert f"export {name}=" in operations, "a Swarm alone needs it"
    [arguments] = re.findall(r"(?m)^docker compose run --rm --no-deps service python (.* grader)$", page)
    made = subprocess.run([sys.executable, *arguments.split()], capture_output=True, text=True, check=True).stdout
    assert "for the server: grader:" in made


def test_what_watches_reaches_an_alertmanager_and_no_other_machine_reaches_it():
    prometheus = COMPOSE["services"]["prometheus"]
    assert {*prometheus["networks"]} == {"inner", "outer", "watching"}
    assert not COMPOSE["networks"]["outer"].get("internal")
    assert "ports" not in prometheus


def test_the_log_of_the_gateway_has_an_hour_at_200_requests_per_second():
    options = GATEWAY["logging"]["options"]
    assert int(options["max-size"].removesuffix("m")) * 1e6 * int(options["max-file"]) / 430 / 200 > 3600


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_has_no_more_rights_than_it_needs_and_comes_back(name):
    container = COMPOSE["services"][name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["restart"] == "unless-stopped"
    [given] = re.findall(r"worker_shutdown_timeout (\d+)s;", (ROOT / "deploy" / "gateway" / "nginx.conf").read_text())
    assert int(container["stop_grace_period"].removesuffix("s")) > int(given)
    assert set(container["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    if name == "service":
        assert "/readyz" in container["healthcheck"]["test"][-1]


def test_the_gateway_waits_for_healthy_replicas():
    assert GATEWAY["depends_on"] == {"service": {"condition": "service_healthy"}}


def test_the_image_runs_the_service_as_an_unprivileged_user():
    [user] = of("USER")
    assert user.split(":")[0].isdigit()
    assert int(user.split(":")[0]) > 0
    assert position("USER", "") < position("CMD", "")
    assert of("CMD")[0].endswith('&& exec python -m stepgrade_service serve"]')
    assert of("STOPSIGNAL") == ["SIGTERM"]
    assert "/healthz" in of("HEALTHCHECK")[0]


def test_the_image_is_built_at_the_root_with_the_client_that_the_service_needs():
    assert SERVICE["build"] == {"context": ".", "dockerfile": "service/Dockerfile"}
    assert "docker build -t stepgrade-service -f service/Dockerfile ." in (ROOT / "service" / "Dockerfile").read_text()
    install = position("RUN", "./client ./service")
    for copied in ("client client", "service service"):
        assert position("COPY", copied) < install < position("RUN", "stepgrade_service warm")
    assert not (ROOT / "service" / ".dockerignore").exists(), "only that of the context counts"


def test_the_builder_gets_what_is_copied_and_no_more():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    ignored = [line for line in lines if line and not line.startswith("#")]
    assert ignored[0] == "*"
    sent = {line[1:] for line in ignored if line.startswith("!")}
    ours = {f"{folder}/{name}" for folder, package in DISTRIBUTIONS.items() for name in ("pyproject.toml", "README.md", "LICENSE", package)}
    assert sent == {*ours, "service/requirements.lock"}
    assert all((ROOT / path).exists() for path in sent)


def test_the_image_installs_what_the_lock_names_and_then_both_distributions_without_a_download():
    lock, ours = (rest for rest in of("RUN") if rest.startswith("pip install "))
    assert lock == "pip install --require-hashes --only-binary :all: -r requirements.lock"
    assert position("COPY", "service/requirements.lock .") < position("RUN", lock) < position("COPY", "client client")
    assert {"--no-deps", "--no-build-isolation"} <= set(ours.split(" && ")[0].split())


def test_the_service_needs_the_client_of_its_own_line_and_the_client_nothing_of_the_service():
    versions = {folder: project(folder)["version"] for folder in DISTRIBUTIONS}
    assert versions["client"] == versions["service"]
    [line] = [line for line in needed("service") if line.startswith("stepgrade")]
    major, minor, _ = versions["client"].split(".")
    assert line == f"stepgrade>={versions['client']},<{major}.{int(minor) + 1}"
    assert not [line for line in needed("client") if line.startswith("stepgrade")]


def test_both_distributions_say_the_same_of_themselves_and_have_the_license():
    ours, theirs = (project(folder) for folder in DISTRIBUTIONS)
    for key in ("version", "license", "license-files", "authors", "requires-python", "keywords"):
        assert ours[key] == theirs[key]
    systems = ["Operating System :: OS Independent", "Operating System :: POSIX"]
    assert [[line for line in own["classifiers"] if line.startswith("Operating System")] for own in (ours, theirs)] == [
        [each] for each in systems
    ]
    assert {*ours["classifiers"]} - {*systems} < {*theirs["classifiers"]}
    for folder in DISTRIBUTIONS:
        assert (ROOT / folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text(), "a wheel takes no file from above its folder"
        assert project(folder).get("urls", {}).keys() == ours.get("urls", {}).keys()


def test_the_image_fixes_the_processor_and_compiles_the_kernels_when_it_is_built():
    warm = position("RUN", "stepgrade_service warm")
    for name in ("NUMBA_CPU_FEATURES", "NUMBA_CACHE_DIR", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MPLCONFIGDIR"):
        assert position("ENV", name) < warm
    assert ENVIRONMENT["NUMBA_CPU_FEATURES"] == ""
    assert ENVIRONMENT["OPENBLAS_NUM_THREADS"] == ENVIRONMENT["OMP_NUM_THREADS"] == "1"
    stages = {rest.split(" AS ")[1] for rest in of("FROM") if " AS cpu-" in rest}
    assert stages == {"cpu-amd64", "cpu-arm64", "cpu-generic"}
    assert len([line for line in of("ENV") if line.startswith("NUMBA_CPU_NAME=")]) == len(stages)


def test_what_the_image_keeps_is_where_it_may_write():
    assert [mount["target"] for mount in SERVICE["volumes"] if mount["type"] == "tmpfs"] == ["/tmp"]
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        assert ENVIRONMENT[name].startswith("/tmp/stepgrade/")
    assert "cp -R warm/. /tmp/stepgrade/" in of("CMD")[0]


DIGEST = r"@sha256:[0-9a-f]{64}"


def test_an_image_is_named_by_its_release_and_its_digest():
    assert re.fullmatch(r"nginx:\d+\.\d+-alpine" + DIGEST, GATEWAY["image"])
    for name in ("redis", "prometheus", "grafana"):
        assert re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+(-alpine)?" + DIGEST, COMPOSE["services"][name]["image"])
    assert SERVICE["image"] == "${STEPGRADE_IMAGE:-stepgrade-service}"
    base, *others = of("FROM")
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+" + DIGEST + " AS base", base)
    assert {rest.split()[0] for rest in others} == {"base", "cpu-${CPU}"}, "what comes from outside comes once"
