"""The texts of `deploy/`: linted, and every container runs without rights, on a disk it cannot write, bounded."""

import subprocess
import sys
from pathlib import Path

import pytest

from musegen.services.serving import proxy

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
TEXTS = sorted(DEPLOY.rglob("*.yaml"))
yaml = pytest.importorskip("yaml", reason="PyYAML is not installed (it comes with yamllint, requirements-dev.txt)")


def pods(found):
    """Every specification that has containers, wherever it stands."""
    if isinstance(found, dict):
        if "containers" in found:
            yield found
        for value in found.values():
            yield from pods(value)
    elif isinstance(found, list):
        for value in found:
            yield from pods(value)


def test_the_yaml_is_clean():
    rules = "{extends: default, rules: {line-length: {max: 120}, braces: {max-spaces-inside: 0}}}"
    done = subprocess.run([sys.executable, "-m", "yamllint", "-s", "-d", rules, *map(str, TEXTS)],
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("kubernetes/*.yaml")), ids=lambda path: path.name)
def test_every_container_of_a_cluster_is_bounded_and_has_no_rights(path):
    found = list(pods(list(yaml.safe_load_all(path.read_text()))))
    assert found
    for pod in found:
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
        for container in pod["containers"]:
            rights = container["securityContext"]
            assert rights["readOnlyRootFilesystem"] and not rights["allowPrivilegeEscalation"]
            assert rights["capabilities"] == {"drop": ["ALL"]}
            assert set(container["resources"]["limits"]) == {"cpu", "memory"}
            assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_the_app_is_asked_whether_it_is_well():
    deployment = next(yaml.safe_load_all((DEPLOY / "kubernetes" / "musegen.yaml").read_text()))
    (app,) = deployment["spec"]["template"]["spec"]["containers"]
    paths = {app[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert paths == {"/_stcore/health"}


def test_the_services_of_one_machine_are_bounded():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert all("mem_limit" in service for service in services.values())
    assert all(service["read_only"] for name, service in services.items() if name != "postgres")
    assert "USER 10001" in (DEPLOY / "Containerfile").read_text()


def test_the_proxy_of_containers_has_the_bounds_of_the_one_that_serve_starts():
    text = (DEPLOY / "haproxy.cfg").read_text()
    for bound in (proxy.MAX_CONNECTIONS, proxy.MAX_CONNECTIONS_A_PERSON, proxy.MAX_REQUESTS_A_PERSON,
                  proxy.MAX_BODY_BYTES):  # fmt: skip
        assert f" {bound}\n" in text or f" {bound} }}\n" in text
