"""What must hold for a rendering of the chart: functions from manifests to complaints."""

import json
import re
from collections.abc import Callable
from importlib import import_module

from core.settings import Settings, read_settings
from tests.deploy.rendering import (
    APPLICATION,
    OWNER,
    OWNER_URL,
    Manifest,
    annotations,
    component,
    containers,
    hooks,
    labels,
    matches,
    of_kind,
    pods,
    secret_references,
    title,
    weight,
)

# Has no type information. Absent, it must fail these tests, never skip them.
kubernetes = import_module("kubernetes_validate")

OLDEST_KUBERNETES = "1.29.0"
NEWEST_KUBERNETES = "1.37.0"
# Kinds without a schema in Kubernetes itself; selectors_match looks at them.
CUSTOM_KINDS = {("monitoring.coreos.com/v1", "ServiceMonitor")}

Rule = Callable[[list[Manifest]], list[str]]


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

    def need(manifest: Manifest, condition: bool, words: str) -> None:
        if not condition:
            complaints.append(f"{title(manifest)}: {words}")

    for manifest, pod in pods(manifests):
        spec = pod["spec"]
        for sharing in ("hostNetwork", "hostPID", "hostIPC"):
            need(manifest, not spec.get(sharing), sharing)
        need(manifest, spec.get("automountServiceAccountToken") is False, "token is mounted")
        need(manifest, spec.get("enableServiceLinks") is False, "service links")
        for volume in spec.get("volumes", []):
            kinds = set(volume) - {"name"}
            need(
                manifest,
                kinds <= {"emptyDir", "persistentVolumeClaim", "configMap", "secret"},
                str(kinds),
            )
        whole = spec.get("securityContext", {})
        need(manifest, whole.get("runAsNonRoot") is True, "may run as root")
        need(manifest, whole.get("runAsUser", 0) > 0, "no user other than root")
        need(
            manifest,
            whole.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "no seccomp profile",
        )
        need(manifest, not whole.get("sysctls"), "sysctls")
        for container in containers(pod):
            own = container.get("securityContext", {})
            need(manifest, own.get("allowPrivilegeEscalation") is False, "may escalate")
            need(manifest, not own.get("privileged"), "privileged")
            need(manifest, own.get("capabilities") == {"drop": ["ALL"]}, "has capabilities")
            need(manifest, own.get("readOnlyRootFilesystem") is True, "may write to its root")
            need(manifest, own.get("runAsNonRoot") is not False, "container may run as root")
            need(manifest, own.get("runAsUser", 1) > 0, "container runs as root")
            need(
                manifest,
                not any("hostPort" in port for port in container.get("ports", [])),
                "host port",
            )
            writable = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]
            need(manifest, writable == ["/tmp"], f"writes to {writable}")
        need(manifest, {"name": "tmp"}.items() <= spec["volumes"][0].items(), "no /tmp")
        need(manifest, "sizeLimit" in spec["volumes"][0].get("emptyDir", {}), "/tmp without bounds")
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
    # A Service without selector has no endpoints; the rule on metrics is about it.
    for service in [each for each in services if "selector" in each["spec"]]:
        chosen_pods = [
            (component(m), pod)
            for m, pod in workloads
            if matches({"matchLabels": service["spec"]["selector"]}, pod["metadata"]["labels"])
        ]
        need([name for name, _ in chosen_pods] == ["web"], service, "does not lead to web")
        offered = {
            port["name"]
            for _, pod in chosen_pods
            for c in containers(pod)
            for port in c.get("ports", [])
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
            for place in rule.get("from" if words == "ingress" else "to", [])
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
    denials = [
        policy
        for policy in policies
        if set(policy["spec"]) == {"podSelector", "policyTypes"}
        and set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    ]
    if not any(
        all(matches(denial["spec"]["podSelector"], own) for own in labels_of.values())
        for denial in denials
    ):
        complaints.append("nothing denies everything")
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


def metrics_stay_inside(manifests: list[Manifest]) -> list[str]:
    """Metrics are answered on the port of the pages: every route from outside must shut them."""
    complaints = []
    dead = {
        service["metadata"]["name"]
        for service in of_kind(manifests, "Service")
        if "selector" not in service["spec"]
    }
    for ingress in of_kind(manifests, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            ends = {
                (path["pathType"], path["path"]): path["backend"]["service"]["name"]
                for path in rule["http"]["paths"]
            }
            if ends.pop(("Exact", "/metrics"), None) not in dead:
                complaints.append(f"{title(ingress)}: {rule['host']}/metrics is open")
            if set(ends) != {("Prefix", "/")} or set(ends.values()) & dead:
                complaints.append(f"{title(ingress)}: {rule['host']} does not lead to web")
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


# Those that hold whatever the values are.
RULES: list[Rule] = [
    kubernetes_accepts,
    names_are_legal,
    images_are_fixed,
    pods_are_restricted,
    owner_stays_away,
    no_demo_sign_in,
    deployments_are_operable,
    selectors_match,
    migrate_is_a_hook,
    metrics_stay_inside,
    settings_are_read,
]
