"""The Helm chart, rendered by Helm itself and held against the Kubernetes schemas and our own rules.

Each rule is a function from manifests to complaints. It must find nothing in any rendering, and it
must find something once a rendering is broken on purpose: a rule that never complains is no rule.
"""

import copy
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import helm_python as helm
import pytest

from core.settings import Settings, read_settings

# Has no type information. Absent, it must fail these tests, never skip them.
kubernetes = import_module("kubernetes_validate")

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/veche"
EXAMPLES = ROOT / "deploy/helm/examples"
GUIDE = ROOT / "docs/guides/deploy.md"

Manifest = dict[str, Any]
Values = dict[str, Any]

OLDEST_KUBERNETES = "1.29.0"
NEWEST_KUBERNETES = "1.37.0"
# Kinds without a schema in Kubernetes itself; each has a rule of its own below.
CUSTOM_KINDS = {("monitoring.coreos.com/v1", "ServiceMonitor")}
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


# -- looking into manifests ----------------------------------------------------------------------


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


# -- the rules -----------------------------------------------------------------------------------


def kubernetes_accepts(manifests: list[Manifest]) -> list[str]:
    """Strictly: unknown fields are complaints too, in the oldest and in the newest version."""
    complaints = []
    for manifest in manifests:
        if (manifest["apiVersion"], manifest["kind"]) in CUSTOM_KINDS:
            continue
        for version in (OLDEST_KUBERNETES, NEWEST_KUBERNETES):
            try:
                kubernetes.validate(manifest, version, strict=True)
            except (kubernetes.ValidationError, kubernetes.SchemaNotFoundError) as error:
                complaints.append(f"{title(manifest)} in {version}: {error.message}")
    return complaints


def names_are_legal(manifests: list[Manifest]) -> list[str]:
    """What the schemas leave to the API server: lengths and letters of names and labels."""
    complaints = []
    seen = set()
    for manifest in manifests:
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", manifest["metadata"]["name"]):
            complaints.append(f"{title(manifest)}: not a DNS label")
        if title(manifest) in seen:
            complaints.append(f"{title(manifest)}: twice")
        seen.add(title(manifest))
        for key, value in labels(manifest).items():
            if not re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", value):
                complaints.append(f"{title(manifest)}: label {key}={value}")
    return complaints


def images_are_fixed(manifests: list[Manifest]) -> list[str]:
    complaints = []
    images = {c["image"] for _, pod in pods(manifests) for c in containers(pod)}
    if len(images) != 1:
        complaints.append(f"one image for all roles, not {images}")
    for image in images:
        last = image.rsplit("/", 1)[-1]
        if "@sha256:" not in image and (":" not in last or last.endswith(":latest")):
            complaints.append(f"{image}: moves")
    return complaints


def pods_are_restricted(manifests: list[Manifest]) -> list[str]:
    """The restricted Pod Security Standard, and besides a read-only root and no token."""
    complaints = []

    def need(condition: bool, words: str) -> None:
        if not condition:
            complaints.append(f"{title(manifest)}: {words}")

    for manifest, pod in pods(manifests):
        spec = pod["spec"]
        for sharing in ("hostNetwork", "hostPID", "hostIPC"):
            need(not spec.get(sharing), sharing)
        need(spec.get("automountServiceAccountToken") is False, "token is mounted")
        need(spec.get("enableServiceLinks") is False, "service links")
        for volume in spec.get("volumes", []):
            kinds = set(volume) - {"name"}
            need(kinds <= {"emptyDir", "persistentVolumeClaim", "configMap", "secret"}, str(kinds))
        whole = spec.get("securityContext", {})
        need(whole.get("runAsNonRoot") is True, "may run as root")
        need(whole.get("runAsUser", 0) > 0, "no user other than root")
        need(whole.get("seccompProfile", {}).get("type") == "RuntimeDefault", "no seccomp profile")
        need(not whole.get("sysctls"), "sysctls")
        for container in containers(pod):
            own = container.get("securityContext", {})
            need(own.get("allowPrivilegeEscalation") is False, "may escalate")
            need(not own.get("privileged"), "privileged")
            need(own.get("capabilities") == {"drop": ["ALL"]}, "has capabilities")
            need(own.get("readOnlyRootFilesystem") is True, "may write to its root")
            need(own.get("runAsNonRoot") is not False, "container may run as root")
            need(own.get("runAsUser", 1) > 0, "container runs as root")
            need(not any("hostPort" in port for port in container.get("ports", [])), "host port")
            writable = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]
            need(writable == ["/tmp"], f"writes to {writable}")
        need({"name": "tmp"}.items() <= spec["volumes"][0].items(), "no /tmp")
        need("sizeLimit" in spec["volumes"][0].get("emptyDir", {}), "/tmp without bounds")
    for account in of_kind(manifests, "ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            complaints.append(f"{title(account)}: token is mounted")
    return complaints


def owner_stays_away(manifests: list[Manifest]) -> list[str]:
    """The owner's database URL reaches the migrate job and nothing else, by no way."""
    complaints = []
    owner_secrets = set()
    for manifest, pod in pods(manifests):
        if component(manifest) == "migrate":
            owner_secrets |= {s for name, s, _ in secret_references(pod) if name == OWNER}
    if not owner_secrets:
        complaints.append("the migrate job does not get the owner's URL")
    for manifest in manifests:
        text = json.dumps(manifest)
        if component(manifest) == "migrate":
            continue
        if OWNER in text or "veche_owner" in text:
            complaints.append(f"{title(manifest)}: knows of the owner")
    for manifest, pod in pods(manifests):
        for name, secret, key in secret_references(pod):
            if "*" in (name, key):
                complaints.append(f"{title(manifest)}: gets the whole Secret {secret}")
            if component(manifest) != "migrate" and secret in owner_secrets:
                complaints.append(f"{title(manifest)}: reads the owner's Secret {secret}")
    return complaints


def no_demo_sign_in(manifests: list[Manifest]) -> list[str]:
    complaints = [f"{title(m)}: speaks of a demo" for m in manifests if "demo" in repr(m).lower()]
    complaints += [
        f"{title(m)}: not in production mode"
        for m in of_kind(manifests, "ConfigMap")
        if m["data"].get("VECHE_MODE") != "production" or m["data"].get("VECHE_LOG") != "json"
    ]
    for manifest, pod in pods(manifests):
        for container in containers(pod):
            if any(entry["name"] == "VECHE_MODE" for entry in container.get("env", [])):
                complaints.append(f"{title(manifest)}: has a mode of its own")
            sources = [s.get("configMapRef") for s in container.get("envFrom", [])]
            if component(manifest) != "test" and len(sources) != 1:
                complaints.append(f"{title(manifest)}: does not get the common settings")
    return complaints


def deployments_are_operable(manifests: list[Manifest]) -> list[str]:
    """Probes, resources, a disruption budget and time to stop, for every Deployment."""
    complaints = []

    def need(condition: object, words: str) -> None:
        if not condition:
            complaints.append(f"{title(deployment)}: {words}")

    deployments = of_kind(manifests, "Deployment")
    if {component(each) for each in deployments} != APPLICATION:
        complaints.append("not exactly the Deployments web, worker and scheduler")
    for deployment in deployments:
        role = component(deployment)
        pod = deployment["spec"]["template"]
        (container,) = containers(pod)
        need(container.get("args") == [role] and "command" not in container, "another command")
        need(container.get("livenessProbe"), "no liveness probe")
        need(container.get("readinessProbe"), "no readiness probe")
        if role == "web":
            for probe, path in (
                ("startupProbe", "/health/live"),
                ("livenessProbe", "/health/live"),
                ("readinessProbe", "/health/ready"),
            ):
                need(container.get(probe, {}).get("httpGet", {}).get("path") == path, probe)
                need(container.get(probe, {}).get("httpGet", {}).get("port") == "http", probe)
            need(
                {"name": "http", "containerPort": 8000, "protocol": "TCP"} in container["ports"],
                "does not listen on 8000",
            )
            sleep = container.get("lifecycle", {}).get("preStop", {}).get("exec", {})
            need(sleep.get("command", [""])[0] == "sleep", "does not wait before it stops")
            grace = pod["spec"].get("terminationGracePeriodSeconds", 30)
            need(int(sleep.get("command", ["", 999])[-1]) < grace, "no time to stop")
        resources = container.get("resources", {})
        need({"cpu", "memory"} <= set(resources.get("requests", {})), "no requests")
        need("memory" in resources.get("limits", {}), "no memory limit")
        budgets = [
            budget
            for budget in of_kind(manifests, "PodDisruptionBudget")
            if matches(budget["spec"]["selector"], pod["metadata"]["labels"])
        ]
        need(len(budgets) == 1, f"{len(budgets)} disruption budgets")
        need(all(b["spec"].get("maxUnavailable") not in (0, "0%", None) for b in budgets), "stuck")
        scalers = [
            scaler
            for scaler in of_kind(manifests, "HorizontalPodAutoscaler")
            if scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
        ]
        need(len(scalers) == (0 if "replicas" in deployment["spec"] else 1), "size is set twice")
        if role == "scheduler":
            need(deployment["spec"].get("replicas", 0) in (1, 2), "too many schedulers")
    return complaints


def selectors_match(manifests: list[Manifest]) -> list[str]:
    """Everything that chooses by label chooses exactly what it is meant for."""
    complaints = []

    def need(condition: object, manifest: Manifest, words: str) -> None:
        if not condition:
            complaints.append(f"{title(manifest)}: {words}")

    workloads = list(pods(manifests))
    for deployment in of_kind(manifests, "Deployment"):
        spec = deployment["spec"]
        own = spec["template"]["metadata"]["labels"]
        need(matches(spec["selector"], own), deployment, "does not choose its own pods")
        others = [m for m, pod in workloads if matches(spec["selector"], pod["metadata"]["labels"])]
        need(len(others) == 1, deployment, "chooses others' pods")
        for spread in spec["template"]["spec"].get("topologySpreadConstraints", []):
            need(matches(spread["labelSelector"], own), deployment, "spreads others' pods")
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        chosen = [
            component(m)
            for m, pod in workloads
            if matches(budget["spec"]["selector"], pod["metadata"]["labels"])
        ]
        need(chosen == [component(budget)], budget, f"chooses {chosen}")
    services = of_kind(manifests, "Service")
    for service in services:
        chosen_pods = [
            (component(m), pod)
            for m, pod in workloads
            if matches({"matchLabels": service["spec"]["selector"]}, pod["metadata"]["labels"])
        ]
        need([name for name, _ in chosen_pods] == ["web"], service, "does not lead to web")
        offered = {
            port["name"] for _, pod in chosen_pods for c in containers(pod) for port in c["ports"]
        }
        need(
            all(port["targetPort"] in offered for port in service["spec"]["ports"]),
            service,
            "leads to a port that nobody has",
        )
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        need(
            any(title(m) == f"{target['kind']}/{target['name']}" for m in manifests),
            scaler,
            "scales nothing",
        )
    for policy in of_kind(manifests, "NetworkPolicy"):
        selector = policy["spec"]["podSelector"]
        need(
            any(matches(selector, pod["metadata"]["labels"]) for _, pod in workloads),
            policy,
            "guards nothing",
        )
    for monitor in of_kind(manifests, "ServiceMonitor"):
        spec = monitor["spec"]
        need(any(matches(spec["selector"], labels(s)) for s in services), monitor, "sees nothing")
        ports = {port["name"] for service in services for port in service["spec"]["ports"]}
        need(all(e["port"] in ports for e in spec["endpoints"]), monitor, "scrapes no port")
        need(all(e["path"].startswith("/") for e in spec["endpoints"]), monitor, "no path")
    for ingress in of_kind(manifests, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                target = path["backend"]["service"]
                found = [s for s in services if s["metadata"]["name"] == target["name"]]
                need(
                    found
                    and target["port"]["name"] in {p["name"] for p in found[0]["spec"]["ports"]},
                    ingress,
                    "leads nowhere",
                )
    return complaints


def migrate_is_a_hook(manifests: list[Manifest]) -> list[str]:
    """The job runs before anything else exists; what it needs is there, a step earlier."""
    complaints = []
    before = {"pre-install", "pre-upgrade"}
    jobs = of_kind(manifests, "Job")
    if [component(job) for job in jobs] != ["migrate"]:
        return ["not exactly one migrate job"]
    (job,) = jobs
    if hooks(job) != before:
        complaints.append(f"{title(job)}: hook {hooks(job)}")
    if "before-hook-creation" not in annotations(job).get("helm.sh/hook-delete-policy", ""):
        complaints.append(f"{title(job)}: a second run would find the first one in its way")
    if "hook-failed" in annotations(job).get("helm.sh/hook-delete-policy", ""):
        complaints.append(f"{title(job)}: takes its log away when it fails")
    pod = job["spec"]["template"]
    (container,) = containers(pod)
    if container.get("args") != ["migrate"]:
        complaints.append(f"{title(job)}: runs {container.get('args')}")
    needed = {f"ServiceAccount/{pod['spec']['serviceAccountName']}"}
    needed |= {f"ConfigMap/{source['configMapRef']['name']}" for source in container["envFrom"]}
    needed |= {f"Secret/{secret}" for _, secret, _ in secret_references(pod)}
    for manifest in manifests:
        if title(manifest) in needed and (hooks(manifest) != before or weight(manifest) >= 0):
            complaints.append(f"{title(manifest)}: is not there when the migrate job starts")
        if component(manifest) == "migrate":
            if hooks(manifest) != before or weight(manifest) > weight(job):
                complaints.append(f"{title(manifest)}: no hook, or too late")
        elif hooks(manifest) and hooks(manifest) != {"test"}:
            complaints.append(f"{title(manifest)}: a hook by mistake")
    if of_kind(manifests, "NetworkPolicy") and not any(
        component(policy) == "migrate" for policy in of_kind(manifests, "NetworkPolicy")
    ):
        complaints.append("nothing lets the migrate job reach the database")
    return complaints


def references_exist(manifests: list[Manifest], outside: set[str]) -> list[str]:
    """What a pod refers to is rendered with it, with the key it asks for, or said to exist."""
    complaints = []
    there = {title(manifest): manifest for manifest in manifests}
    for manifest, pod in pods(manifests):
        account = f"ServiceAccount/{pod['spec']['serviceAccountName']}"
        if account not in there:
            complaints.append(f"{title(manifest)}: no {account}")
        for container in containers(pod):
            for source in container.get("envFrom", []):
                if f"ConfigMap/{source['configMapRef']['name']}" not in there:
                    complaints.append(f"{title(manifest)}: no {source}")
            optional = {
                entry["name"]
                for entry in container.get("env", [])
                if entry.get("valueFrom", {}).get("secretKeyRef", {}).get("optional")
            }
            if not optional <= {"VECHE_SMTP_URL", "VECHE_SMS_URL"}:
                complaints.append(f"{title(manifest)}: could start without {optional}")
        for name, secret, key in secret_references(pod):
            found = there.get(f"Secret/{secret}")
            if found is None:
                if secret not in outside:
                    complaints.append(f"{title(manifest)}: no Secret/{secret}")
            elif key not in found["stringData"] and name not in optional:
                complaints.append(f"{title(manifest)}: no {key} in Secret/{secret}")
    return complaints


def network_is_closed(manifests: list[Manifest]) -> list[str]:
    """Nothing in or out but what a rule names; and no rule that forgets to name it."""
    complaints = []
    policies = of_kind(manifests, "NetworkPolicy")
    if not policies:
        return ["no network policies"]

    def peers(words: str, chosen: str) -> list[Manifest]:
        """All places that pods of one component may receive from, or send to."""
        return [
            place
            for policy in policies
            if matches(policy["spec"]["podSelector"], labels_of[chosen])
            for rule in policy["spec"].get(words, [])
            for place in rule["from" if words == "ingress" else "to"]
        ]

    labels_of = {component(m): pod["metadata"]["labels"] for m, pod in pods(manifests)}
    for policy in policies:
        for words, places in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(words, []):
                # An empty list means everywhere, and so does a missing one.
                if not rule.get(places) or not rule.get("ports"):
                    complaints.append(f"{title(policy)}: {words} everywhere")
                for place in rule.get(places) or []:
                    if not any(
                        place.get(key) for key in ("ipBlock", "podSelector", "namespaceSelector")
                    ):
                        complaints.append(f"{title(policy)}: {words} with anybody")
            if words in policy["spec"] and words.title() not in policy["spec"]["policyTypes"]:
                complaints.append(f"{title(policy)}: {words} is not in force")
    for role, own in labels_of.items():
        shut = {
            words
            for policy in policies
            if matches(policy["spec"]["podSelector"], own)
            and (not hooks(policy) or component(policy) == role)
            for words in policy["spec"]["policyTypes"]
        }
        if shut != {"Ingress", "Egress"}:
            complaints.append(f"{role}: only {shut} is closed")
        if role != "web" and peers("ingress", role):
            complaints.append(f"{role}: can be reached")
    outside = only(manifests, "NetworkPolicy", "-deny")
    if set(outside["spec"]) != {"podSelector", "policyTypes"}:
        complaints.append("the denial allows something")
    if not peers("ingress", "web"):
        complaints.append("web cannot be reached")
    for role in (*APPLICATION, "migrate"):
        if len(peers("egress", role)) < 2:
            complaints.append(f"{role}: reaches no database")
    if any(
        place.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"
        for place in peers("egress", "scheduler")
    ):
        complaints.append("the scheduler reaches the internet")
    return complaints


def hosts_are_served(manifests: list[Manifest]) -> list[str]:
    """The wildcard, the two sites and certificates for each name."""
    complaints = []
    settings = next(m for m in of_kind(manifests, "ConfigMap") if not hooks(m))["data"]
    base = settings["VECHE_BASE_DOMAIN"]
    ingresses = of_kind(manifests, "Ingress")
    served = {rule["host"] for i in ingresses for rule in i["spec"]["rules"]}
    for wanted in (
        f"*.{base}",
        f"{settings['VECHE_ASSOCIATION_HOST']}.{base}",
        f"{settings['VECHE_OPERATOR_HOST']}.{base}",
    ):
        if wanted not in served:
            complaints.append(f"{wanted} is not served")
    for ingress in ingresses:
        certified = {host for entry in ingress["spec"].get("tls", []) for host in entry["hosts"]}
        names = {rule["host"] for rule in ingress["spec"]["rules"]}
        if "tls" in ingress["spec"] and certified != names:
            complaints.append(f"{title(ingress)}: certificates for {certified}")
        if any(not entry.get("secretName") for entry in ingress["spec"].get("tls", [])):
            complaints.append(f"{title(ingress)}: a certificate from nowhere")
    return complaints


def settings_are_read(manifests: list[Manifest]) -> list[str]:
    """Every VECHE_ variable is one the application reads, with a value that makes sense to it."""
    complaints = []
    # Read before, or apart from, the settings of a process.
    apart = {"VECHE_MODE", "VECHE_HEARTBEAT"}
    fields = {f"VECHE_{field.upper()}" for field in Settings.__struct_fields__}
    configs = {m["metadata"]["name"]: m["data"] for m in of_kind(manifests, "ConfigMap")}
    secret_values = {
        OWNER: OWNER_URL,
        "VECHE_DATABASE_URL": "postgresql://veche_app@db/veche",
        "VECHE_REDIS_URL": "redis://cache/0",
        "VECHE_SECRET_KEY": "k" * 32,
        "VECHE_SMTP_URL": "smtps://mail",
        "VECHE_SMS_URL": "https://sms",
    }
    for manifest, pod in pods(manifests):
        if component(manifest) == "test":
            continue
        (container,) = containers(pod)
        given: dict[str, str] = {}
        for source in container["envFrom"]:
            given |= configs.get(source["configMapRef"]["name"], {})
        for entry in container["env"]:
            if not entry["name"].startswith("VECHE_"):
                continue
            given[entry["name"]] = entry.get("value") or secret_values.get(entry["name"], "")
        unknown = set(given) - fields - apart
        if unknown:
            complaints.append(f"{title(manifest)}: {unknown} is read by nobody")
        try:
            settings = read_settings(given)
        except Exception as error:
            complaints.append(f"{title(manifest)}: {error}")
            continue
        if settings.log != "json" or settings.base_domain == "localhost":
            complaints.append(f"{title(manifest)}: settings do not arrive")
    return complaints


RULES: list[Callable[[list[Manifest]], list[str]]] = [
    kubernetes_accepts,
    names_are_legal,
    images_are_fixed,
    pods_are_restricted,
    owner_stays_away,
    no_demo_sign_in,
    deployments_are_operable,
    selectors_match,
    migrate_is_a_hook,
    settings_are_read,
]


# -- every rendering keeps the rules -------------------------------------------------------------


@pytest.mark.parametrize("key", ALL_VALUES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule: Callable[[list[Manifest]], list[str]], key: str) -> None:
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


# -- and every rule complains when it is broken --------------------------------------------------


def _web(manifests: list[Manifest]) -> Manifest:
    return only(manifests, "Deployment", "-web")


def _container(manifests: list[Manifest], role: str = "-web") -> Manifest:
    found: Manifest = only(manifests, "Deployment", role)["spec"]["template"]["spec"]["containers"][
        0
    ]
    return found


def _unknown_field(m: list[Manifest]) -> None:
    _web(m)["spec"]["replica"] = 3


def _wrong_type(m: list[Manifest]) -> None:
    _container(m)["readinessProbe"]["periodSeconds"] = "5"


def _unknown_kind(m: list[Manifest]) -> None:
    only(m, "Service")["apiVersion"] = "v2"


def _long_name(m: list[Manifest]) -> None:
    _web(m)["metadata"]["name"] = "w" * 64


def _moving_image(m: list[Manifest]) -> None:
    _container(m)["image"] = "veche:latest"


def _root(m: list[Manifest]) -> None:
    del _web(m)["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]


def _writable_root(m: list[Manifest]) -> None:
    _container(m, "-worker")["securityContext"]["readOnlyRootFilesystem"] = False


def _capability(m: list[Manifest]) -> None:
    job = only(m, "Job")["spec"]["template"]["spec"]["containers"][0]
    job["securityContext"]["capabilities"]["add"] = ["NET_ADMIN"]


def _unguarded_test_pod(m: list[Manifest]) -> None:
    del only(m, "Pod")["spec"]["containers"][0]["securityContext"]


def _token(m: list[Manifest]) -> None:
    del _web(m)["spec"]["template"]["spec"]["automountServiceAccountToken"]


def _owner_variable(m: list[Manifest]) -> None:
    job = only(m, "Job")["spec"]["template"]["spec"]["containers"][0]
    _container(m)["env"].append(next(e for e in job["env"] if e["name"] == OWNER))


def _owner_under_another_name(m: list[Manifest]) -> None:
    secret = {"name": "prod-veche-migrate", "key": "X"}
    _container(m)["env"].append({"name": "X", "valueFrom": {"secretKeyRef": secret}})


def _whole_secret(m: list[Manifest]) -> None:
    _container(m)["envFrom"].append({"secretRef": {"name": "prod-veche"}})


def _owner_in_the_common_secret(m: list[Manifest]) -> None:
    secret = next(s for s in of_kind(m, "Secret") if not hooks(s))
    secret["stringData"]["ANOTHER"] = OWNER_URL


def _demo(m: list[Manifest]) -> None:
    _container(m)["env"].append({"name": "VECHE_DEMO", "value": "1"})


def _other_mode(m: list[Manifest]) -> None:
    _container(m)["env"].append({"name": "VECHE_MODE", "value": "development"})


def _no_probe(m: list[Manifest]) -> None:
    del _container(m, "-scheduler")["livenessProbe"]


def _swapped_probe(m: list[Manifest]) -> None:
    # Liveness that asks the database restarts everything when the database is away.
    _container(m)["livenessProbe"]["httpGet"]["path"] = "/health/ready"


def _no_resources(m: list[Manifest]) -> None:
    del _container(m, "-worker")["resources"]


def _no_budget(m: list[Manifest]) -> None:
    m.remove(only(m, "PodDisruptionBudget", "-scheduler"))


def _no_sleep(m: list[Manifest]) -> None:
    del _container(m)["lifecycle"]


def _wrong_selector(m: list[Manifest]) -> None:
    _web(m)["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] = "worker"


def _wide_service(m: list[Manifest]) -> None:
    del only(m, "Service")["spec"]["selector"]["app.kubernetes.io/component"]


def _lost_port(m: list[Manifest]) -> None:
    only(m, "Service")["spec"]["ports"][0]["targetPort"] = "web"


def _no_hook(m: list[Manifest]) -> None:
    del only(m, "Job")["metadata"]["annotations"]


def _late_account(m: list[Manifest]) -> None:
    account = only(m, "ServiceAccount", "-migrate")
    account["metadata"]["annotations"]["helm.sh/hook-weight"] = "1"


def _ordinary_secret(m: list[Manifest]) -> None:
    del only(m, "Secret", "-migrate")["metadata"]["annotations"]


def _unread_setting(m: list[Manifest]) -> None:
    next(c for c in of_kind(m, "ConfigMap") if not hooks(c))["data"]["VECHE_COLOUR"] = "blue"


def _senseless_setting(m: list[Manifest]) -> None:
    next(e for e in _container(m)["env"] if e["name"] == "VECHE_WEB_WORKERS")["value"] = "many"


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        (kubernetes_accepts, _unknown_field),
        (kubernetes_accepts, _wrong_type),
        (kubernetes_accepts, _unknown_kind),
        (names_are_legal, _long_name),
        (images_are_fixed, _moving_image),
        (pods_are_restricted, _root),
        (pods_are_restricted, _writable_root),
        (pods_are_restricted, _capability),
        (pods_are_restricted, _unguarded_test_pod),
        (pods_are_restricted, _token),
        (owner_stays_away, _owner_variable),
        (owner_stays_away, _owner_under_another_name),
        (owner_stays_away, _whole_secret),
        (owner_stays_away, _owner_in_the_common_secret),
        (no_demo_sign_in, _demo),
        (no_demo_sign_in, _other_mode),
        (deployments_are_operable, _no_probe),
        (deployments_are_operable, _swapped_probe),
        (deployments_are_operable, _no_resources),
        (deployments_are_operable, _no_budget),
        (deployments_are_operable, _no_sleep),
        (selectors_match, _wrong_selector),
        (selectors_match, _wide_service),
        (selectors_match, _lost_port),
        (migrate_is_a_hook, _no_hook),
        (migrate_is_a_hook, _late_account),
        (migrate_is_a_hook, _ordinary_secret),
        (settings_are_read, _unread_setting),
        (settings_are_read, _senseless_setting),
    ],
    ids=lambda each: each.__name__.lstrip("_"),
)
def test_rule_complains(
    rule: Callable[[list[Manifest]], list[str]], damage: Callable[[list[Manifest]], None]
) -> None:
    manifests = rendered("inline")
    assert rule(manifests) == []
    damage(manifests)
    assert rule(manifests) != []


def test_network_rule_complains() -> None:
    def broken(damage: Callable[[list[Manifest]], object]) -> list[str]:
        manifests = rendered("inline")
        damage(manifests)
        return network_is_closed(manifests)

    assert broken(lambda m: m.remove(only(m, "NetworkPolicy", "-deny")))
    assert broken(lambda m: m.remove(only(m, "NetworkPolicy", "-migrate")))
    assert broken(lambda m: m.remove(only(m, "NetworkPolicy", "-egress")))
    assert broken(lambda m: only(m, "NetworkPolicy", "-egress")["spec"]["egress"][1].pop("to"))
    assert broken(lambda m: only(m, "NetworkPolicy", "-egress")["spec"]["egress"].append({}))
    assert broken(lambda m: only(m, "NetworkPolicy", "-deny")["spec"].update(egress=[{}]))
    assert broken(
        lambda m: only(m, "NetworkPolicy", "-web")["spec"]["ingress"][0]["from"].append(
            {"namespaceSelector": {}}
        )
    )
    assert broken(
        lambda m: only(m, "NetworkPolicy", "-egress-outside")["spec"]["podSelector"].pop(
            "matchExpressions"
        )
    )


def test_host_and_reference_rules_complain() -> None:
    manifests = rendered("region")
    only(manifests, "Ingress", "prod-veche")["spec"]["rules"].pop(0)
    assert hosts_are_served(manifests)
    manifests = rendered("region")
    only(manifests, "Ingress", "-domains")["spec"]["tls"].pop()
    assert hosts_are_served(manifests)
    manifests = rendered("inline")
    manifests.remove(next(s for s in of_kind(manifests, "Secret") if not hooks(s)))
    assert references_exist(manifests, set())
    manifests = rendered("inline")
    del only(manifests, "Secret", "-migrate")["stringData"][OWNER]
    assert references_exist(manifests, set())


# -- particular promises -------------------------------------------------------------------------


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
        role: {entry["name"] for entry in _container(rendered("inline"), f"-{role}")["env"]}
        for role in APPLICATION
    }
    assert {"VECHE_SMTP_URL", "VECHE_SMS_URL"} <= names["web"] & names["worker"]
    assert not {"VECHE_SMTP_URL", "VECHE_SMS_URL"} & names["scheduler"]


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
    service = only(rendered("inline"), "Service")
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


# -- the values schema ---------------------------------------------------------------------------


def merged(change: Values, base: Values = INLINE) -> Values:
    """Values with a change laid over them, level by level."""
    result = copy.deepcopy(base)
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(value, result[key])
        else:
            result[key] = value
    return result


REFUSED_BY_SCHEMA: dict[str, Values] = {
    "unknown key": {"replicas": 3},
    "unknown key deep down": {"web": {"autoscaling": {"enable": True}}},
    "demo sign-in": {"demo": True},
    "demo sign-in as a variable": {"extraEnv": [{"name": "VECHE_DEMO", "value": "1"}]},
    "mode as a variable": {"extraEnv": [{"name": "VECHE_MODE", "value": "demo"}]},
    "owner as a variable": {"extraEnv": [{"name": OWNER, "secret": {"name": "x", "key": "y"}}]},
    "variable with two sources": {
        "extraEnv": [{"name": "A", "value": "1", "secret": {"name": "x", "key": "y"}}]
    },
    "no domain": {"baseDomain": ""},
    "domain with wildcard": {"baseDomain": "*.veche.example.org"},
    "domain with scheme": {"baseDomain": "https://veche.example.org"},
    "localhost": {"baseDomain": "localhost"},
    "moving tag": {"image": {"tag": "latest"}},
    "tag in the repository": {"image": {"repository": "veche:latest"}},
    "tag in the repository of a registry": {"image": {"repository": "images.example.org/v:1"}},
    "half a digest": {"image": {"digest": "sha256:abc"}},
    "no repository": {"image": {"repository": ""}},
    "owner for the application": {"secrets": {"databaseUrl": OWNER_URL}},
    "another database": {"secrets": {"databaseUrl": "mysql://db/veche"}},
    "another cache": {"secrets": {"redisUrl": "memcached://cache"}},
    "short key": {"secrets": {"secretKey": "short"}},
    "root": {"podSecurity": {"runAsUser": 0}},
    "privileges": {"web": {"securityContext": {"privileged": True}}},
    "three schedulers": {"scheduler": {"replicas": 3}},
    "no worker": {"worker": {"replicas": 0}},
    "no memory limit": {"web": {"resources": {"limits": None}}},
    "odd quantity": {"web": {"resources": {"requests": {"cpu": "much"}}}},
    "budget of nothing": {"web": {"maxUnavailable": 0}},
    "share of nothing": {"web": {"maxUnavailable": "0%"}},
    "number as text": {"web": {"replicas": "2"}},
    "no workers": {"web": {"workers": 0}},
    "policy that chooses everybody": {
        "networkPolicy": {"ingressController": {"from": [{"namespaceLabels": {}}]}}
    },
    "database anywhere": {"networkPolicy": {"postgres": {"to": []}}},
    "port out of range": {"networkPolicy": {"redis": {"ports": [70000]}}},
    "range without length": {"networkPolicy": {"redis": {"to": [{"cidr": "10.0.0.1"}]}}},
    "place of two kinds": {
        "networkPolicy": {"redis": {"to": [{"cidr": "10.0.0.0/8", "podLabels": {"a": "b"}}]}}
    },
    "wildcard as a domain": {"ingress": {"domains": [{"host": "*.example.com"}]}},
    "unknown spreading": {"topologySpread": {"zone": "Always"}},
    "annotation that is no text": {"ingress": {"annotations": {"a": True}}},
    "relative metrics path": {"serviceMonitor": {"path": "metrics"}},
    "site of two labels": {"sites": {"operator": "a.b"}},
}


@pytest.mark.parametrize("change", REFUSED_BY_SCHEMA.values(), ids=REFUSED_BY_SCHEMA.keys())
def test_schema_refuses(change: Values) -> None:
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(INLINE)
        with pytest.raises(helm.HelmValuesError):
            chart.validate_schema(merged(change))


REFUSED_BY_CHECKS: dict[str, tuple[Values, str]] = {
    "both kinds of secrets": ({"secrets": {"existingSecret": "veche"}}, "not both"),
    "half the secrets": ({"secrets": {"redisUrl": ""}}, "all of databaseUrl"),
    "both owners": ({"migrate": {"existingSecret": "owner"}}, "not both"),
    "no owner": ({"migrate": {"ownerDatabaseUrl": ""}}, "existingSecret or ownerDatabaseUrl"),
    "one Secret for both": (
        {
            "secrets": {
                "existingSecret": "one",
                "databaseUrl": "",
                "redisUrl": "",
                "secretKey": "",
                "smtpUrl": "",
            },
            "migrate": {"existingSecret": "one", "ownerDatabaseUrl": ""},
        },
        "Secret of its own",
    ),
    "one URL for both": (
        {"migrate": {"ownerDatabaseUrl": INLINE["secrets"]["databaseUrl"]}},
        "as the owner",
    ),
    "owner's Secret for the application": (
        {"extraEnv": [{"name": "A", "secret": {"name": "prod-veche-migrate", "key": "b"}}]},
        "only the migrate job",
    ),
    "variable twice": (
        {"extraEnv": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        "given twice",
    ),
    "fewest above most": (
        {"web": {"autoscaling": {"enabled": True, "minReplicas": 9, "maxReplicas": 3}}},
        "minReplicas",
    ),
    "sleeps too long": ({"web": {"preStopSleepSeconds": 60}}, "terminationGracePeriodSeconds"),
    "domain without certificate": (
        {"ingress": {"domains": [{"host": "golos.example.com"}]}},
        "tlsSecretName",
    ),
    "domain twice": (
        {"ingress": {"domains": [{"host": "a.example.com", "tlsSecretName": "a"}] * 2}},
        "",
    ),
    "operator's desk past its fence": (
        {"ingress": {"domains": [{"host": "operator.veche.example.org", "tlsSecretName": "a"}]}},
        "already",
    ),
    "one name for two sites": ({"sites": {"operator": "association"}}, "different names"),
}


@pytest.mark.parametrize(
    ("change", "words"), REFUSED_BY_CHECKS.values(), ids=REFUSED_BY_CHECKS.keys()
)
def test_values_that_contradict_each_other_are_refused(change: Values, words: str) -> None:
    with (
        helm.Chart.load(CHART) as chart,
        pytest.raises((helm.HelmRenderError, helm.HelmValuesError), match=words),
    ):
        chart.render(merged(change), name="prod")


def test_bare_chart_is_refused_by_name_of_what_is_missing() -> None:
    with (
        helm.Chart.load(CHART) as chart,
        pytest.raises(helm.HelmValuesError, match="baseDomain"),
    ):
        chart.validate_schema({})


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
    return schema


def _parts(node: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from _parts(value, f"{path}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _parts(value, f"{path}/{number}")


def test_schema_is_strict() -> None:
    loose = [
        path
        for path, part in _parts(_schema())
        if part.get("type") == "object"
        and not path.endswith("/properties")
        and part.get("additionalProperties") is not False
        and part.get("additionalProperties", {}).get("type") != "string"
    ]
    assert loose == []
    # Look-ahead is not in Go's regular expressions.
    assert "(?" not in (CHART / "values.schema.json").read_text()


def test_schema_describes_every_value() -> None:
    definitions = _schema()["definitions"]

    def described(part: dict[str, Any]) -> bool:
        reference = str(part.get("$ref", "")).rsplit("/", 1)[-1]
        return bool(part.get("description") or definitions.get(reference, {}).get("description"))

    silent = [
        f"{path}/{name}"
        for path, part in _parts(_schema())
        if path.endswith("/properties")
        for name, each in part.items()
        if not described(each)
    ]
    assert silent == []


def test_schema_and_values_have_the_same_keys() -> None:
    """A key in one and not in the other is a setting that cannot be set, or is not known."""
    schema = _schema()

    def resolve(part: dict[str, Any]) -> dict[str, Any]:
        reference = part.get("$ref") or next((p["$ref"] for p in part.get("allOf", [])), None)
        if reference:
            return resolve(schema["definitions"][reference.rsplit("/", 1)[-1]])
        return part

    def compare(values: Values, part: dict[str, Any], path: str) -> None:
        properties = resolve(part).get("properties")
        if properties is None:
            return
        missing = set(properties) - set(values) - {"ephemeral-storage", "except"}
        if path.endswith(("limits", "tmp")):
            missing -= {"cpu"}
        assert missing == set(), path
        for key, value in values.items():
            assert key in properties, f"{path}.{key}"
            if isinstance(value, dict):
                compare(value, properties[key], f"{path}.{key}")

    compare(helm.values_from_yaml((CHART / "values.yaml").read_text()), schema, "")


def test_every_value_is_commented() -> None:
    lines = (CHART / "values.yaml").read_text().splitlines()
    silent = [
        line
        for before, line in zip(lines, lines[1:], strict=False)
        if re.match(r"[a-zA-Z]+:", line)
        and not before.startswith("#")
        # The roles speak for themselves; their keys are commented inside.
        and line not in {"web:", "worker:", "scheduler:", "image:", "tenants:", "service:"}
    ]
    assert silent == []


# -- the guide -----------------------------------------------------------------------------------


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
