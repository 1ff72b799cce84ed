"""The chart as Helm renders it: every rendering keeps the rules, and some promises of its own."""

import copy
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import helm_python as helm
import pytest

from tests.deploy.rendering import (
    ALL_VALUES,
    APPLICATION,
    CHART,
    INLINE,
    OUTSIDE,
    OWNER,
    ROOT,
    Values,
    annotations,
    component,
    container_of,
    containers,
    hooks,
    labels,
    of_kind,
    only,
    pods,
    render,
    rendered,
    secret_references,
)
from tests.deploy.rules import (
    OLDEST_KUBERNETES,
    RULES,
    Rule,
    hosts_are_served,
    kubernetes_accepts,
    network_is_closed,
    pods_are_restricted,
    references_exist,
)

GUIDE = ROOT / "docs/guides/deploy.md"


@pytest.mark.parametrize("key", ALL_VALUES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule: Rule, key: str) -> None:
    assert rule(rendered(key)) == []


@pytest.mark.parametrize("key", ALL_VALUES)
def test_references_exist(key: str) -> None:
    assert references_exist(rendered(key), OUTSIDE[key]) == []


@pytest.mark.parametrize("key", [key for key in ALL_VALUES if key != "sparse"])
def test_network_is_closed(key: str) -> None:
    assert network_is_closed(rendered(key)) == []


@pytest.mark.parametrize("key", [key for key in ALL_VALUES if key != "sparse"])
def test_hosts_are_served(key: str) -> None:
    assert hosts_are_served(rendered(key)) == []


@pytest.mark.parametrize("key", ALL_VALUES)
@pytest.mark.parametrize("version", [f"v{OLDEST_KUBERNETES}", "v1.36.0"])
def test_lint_is_clean(key: str, version: str) -> None:
    report = helm.lint(CHART, ALL_VALUES[key], strict=True, kube_version=version)
    assert report["errors"] == []
    # An icon is recommended (severity 1); it would be an address in the chart.
    assert [m for m in report["messages"] if m["severity"] > 1] == []


@pytest.mark.parametrize("name", ["prod", "veche", "v", "r" * 53])
def test_any_release_name_will_do(name: str) -> None:
    manifests = render(INLINE, name=name)
    for rule in RULES:
        assert rule(manifests) == []
    assert references_exist(manifests, set()) == []


def test_an_upgrade_renders_the_same() -> None:
    assert render(INLINE, upgrade=True) == render(INLINE)


def test_every_host_a_region_has() -> None:
    served = {
        ingress["metadata"]["name"]: [rule["host"] for rule in ingress["spec"]["rules"]]
        for ingress in of_kind(rendered("region"), "Ingress")
    }
    assert served == {
        "prod-veche": ["*.veche.example.org", "sovet.veche.example.org"],
        "prod-veche-operator": ["operator.veche.example.org"],
        "prod-veche-domains": ["golos.town-one.example.com", "reshaem.town-two.example.com"],
    }
    operator = only(rendered("region"), "Ingress", "-operator")
    assert "nginx.ingress.kubernetes.io/whitelist-source-range" in annotations(operator)
    cities = only(rendered("region"), "Ingress", "prod-veche")
    assert "nginx.ingress.kubernetes.io/whitelist-source-range" not in annotations(cities)


def test_an_existing_secret_is_not_made_again() -> None:
    assert of_kind(rendered("small"), "Secret") == []
    assert [hooks(s) for s in of_kind(rendered("closed"), "Secret")] == [
        set(),
        {"pre-install", "pre-upgrade"},
    ]


def test_the_owner_url_is_not_copied_beside_an_existing_secret() -> None:
    secret = only(rendered("closed"), "Secret", "-migrate")
    assert set(secret["stringData"]) == {
        "VECHE_DATABASE_URL",
        "VECHE_REDIS_URL",
        "VECHE_SECRET_KEY",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"baseDomain": "other.example.org"},
        {"sites": {"operator": "desk"}},
        {"secrets": {**INLINE["secrets"], "redisUrl": "redis://other/0"}},
    ],
    ids=["settings", "sites", "secret"],
)
def test_a_change_of_settings_restarts_the_pods(change: Values) -> None:
    def stamps(values: Values) -> dict[str, Any]:
        return {
            component(d): d["spec"]["template"]["metadata"]["annotations"]
            for d in of_kind(render(values), "Deployment")
        }

    before, after = stamps(INLINE), stamps({**INLINE, **change})
    assert set(before) == APPLICATION
    assert all(before[role] != after[role] for role in APPLICATION)
    assert stamps(copy.deepcopy(INLINE)) == before


def test_mail_credentials_do_not_reach_the_scheduler() -> None:
    names = {
        role: {entry["name"] for entry in container_of(rendered("inline"), role)["env"]}
        for role in APPLICATION
    }
    assert {"VECHE_SMTP_URL", "VECHE_SMS_URL"} <= names["web"] & names["worker"]
    assert not {"VECHE_SMTP_URL", "VECHE_SMS_URL"} & names["scheduler"]


def test_heartbeats_are_given_by_those_who_are_judged_by_them() -> None:
    for role in ("worker", "scheduler"):
        container = container_of(rendered("inline"), role)
        (place,) = [e["value"] for e in container["env"] if e["name"] == "VECHE_HEARTBEAT"]
        assert place.startswith("/tmp/")
        assert "$VECHE_HEARTBEAT" in container["livenessProbe"]["exec"]["command"][-1]
    sources = (ROOT / "core").rglob("*.py")
    assert any("VECHE_HEARTBEAT" in source.read_text() for source in sources)


@pytest.mark.parametrize(("age", "healthy"), [(None, True), (0, True), (600, False)])
def test_heartbeat_probe(age: int | None, healthy: bool, tmp_path: Path) -> None:
    """The probe's command itself: no file, a fresh one, one that was forgotten."""
    beat = tmp_path / "beat"
    if age is not None:
        beat.touch()
        then = beat.stat().st_mtime - age
        os.utime(beat, (then, then))
    command = container_of(rendered("inline"), "worker")["livenessProbe"]["exec"]["command"]
    done = subprocess.run(command, env={**os.environ, "VECHE_HEARTBEAT": str(beat)}, check=False)
    assert (done.returncode == 0) is healthy


def test_service_monitor_comes_only_when_asked_for() -> None:
    assert of_kind(rendered("small"), "ServiceMonitor") == []
    assert labels(only(rendered("region"), "ServiceMonitor"))["release"] == "prometheus"
    places = only(rendered("region"), "NetworkPolicy", "-web")["spec"]["ingress"][0]["from"]
    assert {"kubernetes.io/metadata.name": "monitoring"} in [
        place.get("namespaceSelector", {}).get("matchLabels") for place in places
    ]


def test_helm_test_asks_the_service() -> None:
    pod = only(rendered("inline"), "Pod")
    assert hooks(pod) == {"test"}
    (container,) = containers(pod)
    service = only(rendered("inline"), "Service", "-web")
    assert container["command"][-1] == f"http://{service['metadata']['name']}:80"
    assert "env" not in container
    assert "envFrom" not in container
    compile(container["command"][2], "helm test", "exec")


def test_notes_warn_of_secrets_in_values() -> None:
    with helm.Chart.load(CHART) as chart:
        inline = chart.render(INLINE, name="prod")["veche/templates/NOTES.txt"]
        small = chart.render(ALL_VALUES["small"], name="prod")["veche/templates/NOTES.txt"]
    assert "existingSecret" in inline
    assert "existingSecret" not in small
    assert "https://operator.golos.example.org" in small


def test_chart_and_project_have_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    with helm.Chart.load(CHART) as chart:
        assert chart.metadata["appVersion"] == project["version"]
        assert chart.metadata["apiVersion"] == "v2"
        # Dependencies would have to be fetched from somewhere.
        assert "dependencies" not in chart.metadata


def test_manifests_in_the_guide_are_good() -> None:
    blocks = re.findall(r"(?ms)^```yaml\n(.*?)^```", GUIDE.read_text())
    manifests = [
        helm.values_from_yaml(document)
        for block in blocks
        for document in re.split(r"(?m)^---\s*$", block)
        if "apiVersion:" in document
    ]
    assert of_kind(manifests, "Job")
    assert of_kind(manifests, "Namespace")
    assert kubernetes_accepts(manifests) == []
    assert pods_are_restricted(manifests) == []


def test_guide_names_every_secret_the_chart_asks_for() -> None:
    guide = GUIDE.read_text()
    asked = {name for _, pod in pods(rendered("inline")) for name, _, _ in secret_references(pod)}
    assert asked >= {OWNER, "VECHE_SECRET_KEY"}
    assert [name for name in sorted(asked) if name not in guide] == []


def test_bootstrap_command_of_the_guide_works() -> None:
    found = re.search(r'(?s)-c \\\n\s+"(.*?)"', GUIDE.read_text())
    assert found
    done = subprocess.run(
        [sys.executable, "-c", found.group(1)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for words in ("veche_owner", "veche_app", ":'owner_password'", ":'app_password'"):
        assert words in done.stdout
