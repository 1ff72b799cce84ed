"""Each rule finds what it is for: renderings are broken on purpose, and it must complain."""

from collections.abc import Callable

import pytest

from tests.deploy.rendering import (
    OWNER,
    OWNER_URL,
    Manifest,
    container_of,
    hooks,
    of_kind,
    only,
    rendered,
)
from tests.deploy.rules import (
    Rule,
    deployments_are_operable,
    hosts_are_served,
    images_are_fixed,
    kubernetes_accepts,
    metrics_stay_inside,
    migrate_is_a_hook,
    names_are_legal,
    network_is_closed,
    no_demo_sign_in,
    owner_stays_away,
    pods_are_restricted,
    references_exist,
    selectors_match,
    settings_are_read,
)


def _web(manifests: list[Manifest]) -> Manifest:
    return only(manifests, "Deployment", "-web")


def _unknown_field(m: list[Manifest]) -> None:
    _web(m)["spec"]["replica"] = 3


def _wrong_type(m: list[Manifest]) -> None:
    container_of(m, "web")["readinessProbe"]["periodSeconds"] = "5"


def _unknown_kind(m: list[Manifest]) -> None:
    only(m, "Service", "-web")["apiVersion"] = "v2"


def _long_name(m: list[Manifest]) -> None:
    _web(m)["metadata"]["name"] = "w" * 64


def _moving_image(m: list[Manifest]) -> None:
    container_of(m, "web")["image"] = "veche:latest"


def _root(m: list[Manifest]) -> None:
    del _web(m)["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]


def _writable_root(m: list[Manifest]) -> None:
    container_of(m, "worker")["securityContext"]["readOnlyRootFilesystem"] = False


def _capability(m: list[Manifest]) -> None:
    job = container_of(m, "migrate")
    job["securityContext"]["capabilities"]["add"] = ["NET_ADMIN"]


def _unguarded_test_pod(m: list[Manifest]) -> None:
    del only(m, "Pod")["spec"]["containers"][0]["securityContext"]


def _token(m: list[Manifest]) -> None:
    del _web(m)["spec"]["template"]["spec"]["automountServiceAccountToken"]


def _owner_variable(m: list[Manifest]) -> None:
    job = container_of(m, "migrate")
    container_of(m, "web")["env"].append(next(e for e in job["env"] if e["name"] == OWNER))


def _owner_under_another_name(m: list[Manifest]) -> None:
    secret = {"name": "prod-veche-migrate", "key": "X"}
    container_of(m, "web")["env"].append({"name": "X", "valueFrom": {"secretKeyRef": secret}})


def _whole_secret(m: list[Manifest]) -> None:
    container_of(m, "web")["envFrom"].append({"secretRef": {"name": "prod-veche"}})


def _owner_in_the_common_secret(m: list[Manifest]) -> None:
    secret = next(s for s in of_kind(m, "Secret") if not hooks(s))
    secret["stringData"]["ANOTHER"] = OWNER_URL


def _demo(m: list[Manifest]) -> None:
    container_of(m, "web")["env"].append({"name": "VECHE_DEMO", "value": "1"})


def _other_mode(m: list[Manifest]) -> None:
    container_of(m, "web")["env"].append({"name": "VECHE_MODE", "value": "development"})


def _no_probe(m: list[Manifest]) -> None:
    del container_of(m, "scheduler")["livenessProbe"]


def _swapped_probe(m: list[Manifest]) -> None:
    # Liveness that asks the database restarts everything when the database is away.
    container_of(m, "web")["livenessProbe"]["httpGet"]["path"] = "/health/ready"


def _no_resources(m: list[Manifest]) -> None:
    del container_of(m, "worker")["resources"]


def _no_budget(m: list[Manifest]) -> None:
    m.remove(only(m, "PodDisruptionBudget", "-scheduler"))


def _no_sleep(m: list[Manifest]) -> None:
    del container_of(m, "web")["lifecycle"]


def _wrong_selector(m: list[Manifest]) -> None:
    _web(m)["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] = "worker"


def _wide_service(m: list[Manifest]) -> None:
    del only(m, "Service", "-web")["spec"]["selector"]["app.kubernetes.io/component"]


def _lost_port(m: list[Manifest]) -> None:
    only(m, "Service", "-web")["spec"]["ports"][0]["targetPort"] = "web"


def _no_hook(m: list[Manifest]) -> None:
    del only(m, "Job")["metadata"]["annotations"]


def _late_account(m: list[Manifest]) -> None:
    account = only(m, "ServiceAccount", "-migrate")
    account["metadata"]["annotations"]["helm.sh/hook-weight"] = "1"


def _ordinary_secret(m: list[Manifest]) -> None:
    del only(m, "Secret", "-migrate")["metadata"]["annotations"]


def _open_metrics(m: list[Manifest]) -> None:
    only(m, "Ingress", "-operator")["spec"]["rules"][0]["http"]["paths"].pop(0)


def _dead_end(m: list[Manifest]) -> None:
    del only(m, "Service", "-web")["spec"]["selector"]


def _unread_setting(m: list[Manifest]) -> None:
    next(c for c in of_kind(m, "ConfigMap") if not hooks(c))["data"]["VECHE_COLOUR"] = "blue"


def _senseless_setting(m: list[Manifest]) -> None:
    next(e for e in container_of(m, "web")["env"] if e["name"] == "VECHE_WEB_WORKERS")["value"] = (
        "many"
    )


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
        (metrics_stay_inside, _open_metrics),
        (metrics_stay_inside, _dead_end),
        (settings_are_read, _unread_setting),
        (settings_are_read, _senseless_setting),
    ],
    ids=lambda each: each.__name__.lstrip("_"),
)
def test_rule_complains(rule: Rule, damage: Callable[[list[Manifest]], None]) -> None:
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
