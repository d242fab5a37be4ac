"""What an operator sees: alerts and a dashboard about metrics that there are, each alert explained, and Redis as it is deployed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.deploy.composed import composed

from stepgrade_service.serving.metrics import GAUGES, Metrics

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
COMPOSE = composed()["services"]
[GROUP] = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
ALERTS = {rule["alert"]: rule for rule in GROUP["rules"]}
DASHBOARD = json.loads((MONITORING / "grafana" / "stepgrade.json").read_text())
EXPRESSIONS = [*(rule["expr"] for rule in ALERTS.values()), *(each["expr"] for panel in DASHBOARD["panels"] for each in panel["targets"])]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The samples of /metrics, without their values."""
    metrics = Metrics(tmp_path_factory.mktemp("metrics"), lambda: dict.fromkeys(GAUGES, 0))
    for status in (200, 429, 500, 503):
        metrics.note("/step", status, 0.002, 8e4)
    return [line.rsplit(" ", 1)[0] for line in metrics.text().decode().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_asked_for_is_served(served, expression):
    selectors = re.findall(r"(stepgrade_\w+)(?:\{([^}]*)\})?", expression)
    assert selectors or 'up{job="stepgrade"}' in expression
    for name, labels in selectors:
        wanted = [label for label in labels.split(",") if label]
        assert [sample for sample in served if sample.partition("{")[0] == name and all(label in sample for label in wanted)], name
    assert expression.count("(") == expression.count(")")


#: Samples of every 15 seconds, as promtool writes them, and the minute at which an alert is there or not.
CASES = {
    "the first 500 of a route": ("StepgradeErrors", {'stepgrade_requests_total{route="/map",status="500"}': "_x40 1x39"}, "12m", True),
    "another 500": ("StepgradeErrors", {'stepgrade_requests_total{route="/map",status="500"}': "3x40 4x39"}, "12m", True),
    "a 500 of an hour ago": ("StepgradeErrors", {'stepgrade_requests_total{route="/map",status="500"}': "3x279"}, "70m", False),
    "a replica that does not answer": ("StepgradeReplicaDown", {'up{job="stepgrade",instance="a"}': "1x40 0x39"}, "13m", True),
    "a replica that is forgotten": (
        "StepgradeFewerReplicas",
        {'up{job="stepgrade",instance="a"}': "1x319", 'up{job="stepgrade",instance="b"}': "1x240 stale"},
        "65m",
        True,
    ),
    "a replica that is replaced, with one more for two minutes": (
        "StepgradeFewerReplicas",
        {
            'up{job="stepgrade",instance="a"}': "1x319",
            'up{job="stepgrade",instance="b"}': "1x248 stale",
            'up{job="stepgrade",instance="c"}': "_x240 1x78",
        },
        "66m",
        False,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_alert_is_there_when_it_should_be(case, tmp_path):
    if shutil.which("promtool") is None:
        pytest.skip("there is no promtool here")
    name, series, at, there = CASES[case]
    test = {
        "interval": "15s",
        "input_series": [{"series": labels, "values": values} for labels, values in series.items()],
        "promql_expr_test": [{"expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)', "eval_time": at}],
    }
    test["promql_expr_test"][0]["exp_samples"] = [{"labels": "{}", "value": int(there)}]
    file = {"rule_files": [str(MONITORING / "alerts.yml")], "evaluation_interval": "15s", "tests": [test]}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(file))
    done = subprocess.run(["promtool", "test", "rules", tmp_path / "test.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_first_500_of_a_route_and_a_replica_that_is_forgotten_are_asked_for():
    assert " unless " in ALERTS["StepgradeErrors"]["expr"], "a series that begins at 1 has no increase"
    assert "[1h:" in ALERTS["StepgradeFewerReplicas"]["expr"], "what has ended has no `up`"


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_says_what_is_wrong_and_operations_md_what_to_do(name):
    rule = ALERTS[name]
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "warn")
    assert rule["annotations"]["summary"]
    assert f"### {name}\n" in (ROOT / "docs" / "operations.md").read_text()


def test_no_other_alert_is_explained():
    headings = re.findall(r"(?m)^### (Stepgrade\w+)$", (ROOT / "docs" / "operations.md").read_text())
    assert headings == list(ALERTS)


#: Lines of the two logs, each with how often it is there.
GATEWAY_LINES = {
    '"client":"192.0.2.1","status":429,"replica":"10.0.0.2:8000","replica_status":"429","replica_seconds":"0.001"': 3,
    '"client":"192.0.2.2","status":429,"replica":"10.0.0.2:8000, 10.0.0.3:8000","replica_status":"502, 429","replica_seconds":"0.0"': 1,
    '"client":"192.0.2.3","status":429,"replica":"","replica_status":"","replica_seconds":""': 5,
    '"client":"192.0.2.1","status":200,"replica":"10.0.0.2:8000","replica_status":"200","replica_seconds":"0.001"': 7,
}
SERVICE_LINES = {
    '"status":429,"milliseconds":0.4,"key":"course-a","problem":"budget-spent"': 2,
    '"status":429,"milliseconds":0.4,"problem":"budget-spent"': 5,
    '"status":503,"milliseconds":0.4,"key":"course-a","problem":"ended-before"': 4,
    '"status":200,"milliseconds":0.4,"key":"course-a"': 7,
}
FOUND = {
    ("StepgradeClientsLimited", "gateway"): [(3, '"client":"192.0.2.1"'), (1, '"client":"192.0.2.2"')],
    ("StepgradeClientsLimited", "service"): [(2, '"key":"course-a"')],
    ("StepgradeOverloaded", "service"): [(4, '"problem":"ended-before"')],
}


#: Lines of the gateway's log with times: its own answers, and those of the service with the same statuses.
ANSWERED = [
    (429, ""),
    (429, "10.0.0.2:8000"),
    (503, ""),
    (503, "10.0.0.2:8000"),
    (502, "10.0.0.2:8000, 10.0.0.3:8000"),
    (504, "10.0.0.2:8000"),
    (200, ""),
]
TIMED_LINES = [
    f'{{"time":"2026-11-30T02:14:06+00:00","client":"192.0.2.{number}","status":{status},"bytes_in":80,"replica":"{replica}","user_agent":""}}'
    for number, (status, replica) in enumerate(ANSWERED)
]


def test_the_gateway_s_own_answers_are_told_from_those_of_the_service():
    section = (ROOT / "docs" / "operations.md").read_text().partition("\n### What Prometheus does not see\n")[2].partition("\n## ")[0]
    by_minute, by_client = re.findall(r"(?m)^docker compose logs --no-log-prefix --since 1h gateway (\|.*)$", section)

    def told(rest):
        done = subprocess.run(["bash", "-c", f"cat {rest}"], input="\n".join(TIMED_LINES), capture_output=True, text=True, check=True)
        return [line.split() for line in done.stdout.splitlines()]

    assert told(by_minute) == [["1", "2026-11-30T02:14", status] for status in ("429", "502", "503", "504")]
    assert sorted(told(by_client)) == [["1", '"client":"192.0.2.0"'], ["1", '"client":"192.0.2.2"']]


@pytest.mark.parametrize(("alert", "container"), FOUND)
def test_the_commands_of_an_alert_find_in_a_log_what_they_say(alert, container):
    section = (ROOT / "docs" / "operations.md").read_text().partition(f"\n### {alert}\n")[2].partition("\n### ")[0]
    [rest] = re.findall(rf"(?m)^docker compose logs --no-log-prefix --since 1h {container} (\|.*)$", section)
    lines = {"gateway": GATEWAY_LINES, "service": SERVICE_LINES}[container]
    log = "".join(f"{{{line}}}\n" * count for line, count in lines.items())
    told = subprocess.run(["bash", "-c", f"cat {rest}"], input=log, capture_output=True, text=True, check=True).stdout
    assert [(int(count), what) for count, what in map(str.split, told.splitlines())] == FOUND[alert, container]


def test_the_gateway_writes_the_lines_that_the_commands_read():
    written = (ROOT / "deploy" / "gateway" / "nginx.conf").read_text()
    assert '"client":"$remote_addr"' in written
    assert re.search(r'"status":\$status,.*"replica":"\$upstream_addr"', written.replace("'\n        '", ""))
    assert re.search(r'"replica_status":"\$upstream_status",\W*"replica_seconds"', written)


def test_prometheus_asks_the_replicas_where_the_gateway_does():
    [job] = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    [found] = job["dns_sd_configs"]
    [server] = re.findall(r"(?m)^ *server (\S+):(\d+)", (ROOT / "deploy" / "gateway" / "site" / "replicas.conf").read_text())
    assert (*found["names"], str(found["port"])) == server
    assert (job["job_name"], job["metrics_path"]) == ("stepgrade", "/metrics")


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_a_container_gets_files_that_are_there(name):
    mounts = [volume.split(":")[0] for volume in COMPOSE[name]["volumes"]]
    assert all((ROOT / path).is_file() for path in mounts if path.startswith("./"))


def test_redis_runs_the_very_file_that_the_tests_run():
    [config] = COMPOSE["redis"]["configs"]
    assert config["target"] == "/etc/redis.conf"
    assert composed()["configs"][config["source"]]["file"] == "./deploy/redis/redis.conf"
    assert COMPOSE["redis"]["entrypoint"] == ["redis-server", "/etc/redis.conf"]
    assert COMPOSE["service"]["environment"]["STEPGRADE_SERVER_REDIS_URL"] == "redis://redis:6379/0"
    assert COMPOSE["redis"]["networks"] == ["inner"]
