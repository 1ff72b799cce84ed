"""Sets of values, what Helm makes of them, and ways to look into the manifests.

Judges nothing: that is what rules.py is for.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import helm_python as helm

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/veche"
EXAMPLES = ROOT / "deploy/helm/examples"

Manifest = dict[str, Any]
Values = dict[str, Any]

APPLICATION = {"web", "worker", "scheduler"}
OWNER = "VECHE_OWNER_DATABASE_URL"
OWNER_URL = "postgresql://veche_owner:owner-word@db.example.org/veche"


def _example(name: str) -> Values:
    return helm.values_from_yaml((EXAMPLES / f"{name}.yaml").read_text())


# Secrets given as values.
INLINE: Values = {
    "baseDomain": "veche.example.org",
    "image": {"repository": "images.example.org:5000/city/veche"},
    "secrets": {
        "databaseUrl": "postgresql://veche_app:word@db.example.org/veche",
        "redisUrl": "rediss://:word@cache.example.org/0",
        "secretKey": "k" * 40,
        "smtpUrl": "smtps://user:word@mail.example.org",
    },
    "migrate": {"ownerDatabaseUrl": OWNER_URL},
}
# Everything that can be switched off is off.
SPARSE: Values = {
    **INLINE,
    "fullnameOverride": "n" * 46,
    "image": {"repository": "veche", "digest": "sha256:" + "a" * 64},
    "topologySpread": {"zone": "Off", "host": "Off"},
    "ingress": {"enabled": False},
    "networkPolicy": {"enabled": False},
}
# The owner's Secret exists, the application's does not; mail and the outside world are closed.
CLOSED: Values = {
    **INLINE,
    "migrate": {
        "existingSecret": "owner",
        "tolerations": [{"key": "jobs", "operator": "Exists"}],
        "nodeSelector": {"pool": "jobs"},
        "priorityClassName": "high",
    },
    "networkPolicy": {
        "smtp": {"to": [], "ports": [465]},
        "https": {"to": [], "ports": [443]},
        "dns": {"to": [{"cidr": "169.254.20.10/32"}, {"cidr": "fd00::a/128"}]},
        "ingressController": {"from": [{"podLabels": {"app": "router"}}]},
    },
    "ingress": {"tls": {"enabled": False}},
    "web": {"podAnnotations": {"example.org/note": "yes"}, "nodeSelector": {"pool": "web"}},
}
ALL_VALUES: dict[str, Values] = {
    "small": _example("small"),
    "region": _example("region"),
    "inline": INLINE,
    "sparse": SPARSE,
    "closed": CLOSED,
}
# Secrets that these values say exist already.
OUTSIDE = {
    "small": {"veche", "veche-owner"},
    "region": {"veche", "veche-owner", "veche-sign-in"},
    "inline": set(),
    "sparse": set(),
    "closed": {"owner"},
}


def render(values: Values, *, name: str = "prod", upgrade: bool = False) -> list[Manifest]:
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(values)
        files = chart.render(
            values, name=name, namespace="civic", is_install=not upgrade, is_upgrade=upgrade
        )
    return [
        helm.values_from_yaml(document)
        for path, text in sorted(files.items())
        if path.endswith(".yaml")
        for document in re.split(r"(?m)^---\s*$", text)
        if re.search(r"(?m)^\w", document)
    ]


@cache
def _rendered(key: str) -> str:
    return json.dumps(render(ALL_VALUES[key]))


def rendered(key: str) -> list[Manifest]:
    """Manifests of one set of values, free to be changed."""
    manifests: list[Manifest] = json.loads(_rendered(key))
    return manifests


def title(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    return [each for each in manifests if each["kind"] in kinds]


def only(manifests: list[Manifest], kind: str, ending: str = "") -> Manifest:
    found = [m for m in of_kind(manifests, kind) if m["metadata"]["name"].endswith(ending)]
    assert len(found) == 1, [title(each) for each in found]
    return found[0]


def labels(manifest: Manifest) -> Mapping[str, str]:
    found: Mapping[str, str] = manifest["metadata"].get("labels", {})
    return found


def annotations(manifest: Manifest) -> Mapping[str, str]:
    found: Mapping[str, str] = manifest["metadata"].get("annotations", {})
    return found


def component(manifest: Manifest) -> str:
    return labels(manifest)["app.kubernetes.io/component"]


def hooks(manifest: Manifest) -> set[str]:
    return {each.strip() for each in annotations(manifest).get("helm.sh/hook", "").split(",")} - {
        ""
    }


def weight(manifest: Manifest) -> int:
    return int(annotations(manifest).get("helm.sh/hook-weight", "0"))


def pods(manifests: list[Manifest]) -> Iterator[tuple[Manifest, Manifest]]:
    """Each workload with the pod it makes: metadata and spec."""
    for manifest in manifests:
        if manifest["kind"] == "Pod":
            yield manifest, manifest
        elif manifest["kind"] in {"Deployment", "Job"}:
            yield manifest, manifest["spec"]["template"]


def containers(pod: Manifest) -> list[Manifest]:
    spec = pod["spec"]
    found: list[Manifest] = [*spec.get("initContainers", []), *spec["containers"]]
    return found


def matches(selector: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    """Whether a label selector chooses something with these labels."""
    wanted = selector.get("matchLabels", {})
    if any(given.get(key) != value for key, value in wanted.items()):
        return False
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In"
        if given.get(expression["key"]) not in expression["values"]:
            return False
    return True


def secret_references(pod: Manifest) -> Iterator[tuple[str, str, str]]:
    """Variable, Secret and key of everything a pod reads from Secrets."""
    for container in containers(pod):
        for entry in container.get("env", []):
            reference = entry.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                yield entry["name"], reference["name"], reference["key"]
        for source in container.get("envFrom", []):
            if "secretRef" in source:
                yield "*", source["secretRef"]["name"], "*"
    for volume in pod["spec"].get("volumes", []):
        if "secret" in volume:
            yield "*", volume["secret"]["secretName"], "*"
        for source in volume.get("projected", {}).get("sources", []):
            if "secret" in source:
                yield "*", source["secret"]["name"], "*"


def container_of(manifests: list[Manifest], role: str) -> Manifest:
    """The one container of a Deployment, a Job or a Pod, chosen by component."""
    ((_, pod),) = [each for each in pods(manifests) if component(each[0]) == role]
    (container,) = containers(pod)
    return container
