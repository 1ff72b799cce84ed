"""The chart's values: what is refused, and that schema, defaults and comments belong together."""

import copy
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import helm_python as helm
import pytest

from tests.deploy.rendering import CHART, INLINE, OWNER, OWNER_URL, Values


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
        {
            "ingress": {
                "domains": [
                    {"host": "a.example.com", "tlsSecretName": "a"},
                    {"host": "a.example.com", "tlsSecretName": "b"},
                ]
            }
        },
        "already",
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
        for before, line in pairwise(lines)
        if re.match(r"[a-zA-Z]+:", line)
        and not before.startswith("#")
        # The roles speak for themselves; their keys are commented inside.
        and line not in {"web:", "worker:", "scheduler:", "image:", "tenants:", "service:"}
    ]
    assert silent == []
