"""A compose file is judged by what it would do: each hostile one alone, and what is sound."""

from __future__ import annotations

import pytest

from gateways.machines.compose_file import MOST, Mount, mounts, parsed, risky
from schemas.errors import Expected

SOUND = b"""
version: "3.8"
name: photos
x-note: nobody reads this
services:
  web:
    image: nginx:1.27
    command: [nginx, -g, "daemon off;"]
    environment: {MODE: fast, DEBUG: no, PRICE: $$5}
    ports: ["127.0.0.1:8080:80", "[::1]:8443:443"]
    volumes: ["./site:/site:ro", "data:/data"]
    depends_on: {db: {condition: service_started}}
    restart: no
    user: 1000:1000
  db:
    image: postgres
    environment: [POSTGRES_PASSWORD=x]
    healthcheck: {test: pg_isready, interval: 5s, retries: 3}
    networks: [inner]
networks:
  inner: {internal: true}
volumes:
  data:
"""


def one(words: str) -> bytes:
    """Return a file with one service that has these words beside its image."""
    return f"services: {{a: {{image: x, {words}}}}}".encode()


def test_what_is_sound_is_read_as_compose_reads_it() -> None:
    project = parsed(SOUND)
    assert project.name == "photos"
    assert risky(project) == set()
    web = project.services["web"]
    assert web.environment == {"MODE": "fast", "DEBUG": "no", "PRICE": "$$5"}
    assert (web.restart, web.user) == ("no", "1000:1000")
    assert mounts(web) == [
        Mount(type="bind", source="./site", target="/site", read_only=True),
        Mount(type="volume", source="data", target="/data"),
    ]
    assert project.services["db"].image == "postgres:latest"


@pytest.mark.parametrize(
    ("words", "risk"),
    [
        ("ports: [22:22]", "ports"),
        ("ports: ['8080:80']", "ports"),
        ("ports: [80]", "ports"),
        ("ports: ['0.0.0.0:80:80']", "ports"),
        ("ports: ['[::]:80:80']", "ports"),
        ("ports: [{target: 80}]", "ports"),
        ("ports: [{target: 80, host_ip: 192.168.1.2}]", "ports"),
        ("labels: {traefik.enable: true}", "labels"),
        ("labels: [traefik.enable=true]", "labels"),
    ],
)
def test_what_needs_more_than_one_decision_says_so(words: str, risk: str) -> None:
    assert risky(parsed(one(words))) == {risk}


HOSTILE = [
    "privileged: true",
    "network_mode: host",
    "network_mode: 'container:db'",
    "pid: host",
    "ipc: host",
    "uts: host",
    "userns_mode: host",
    "cgroup: host",
    "cgroup_parent: /",
    "devices: [/dev/sda]",
    "device_cgroup_rules: ['c 1:3 mr']",
    "cap_add: [SYS_ADMIN]",
    "security_opt: ['apparmor:unconfined']",
    "sysctls: {net.ipv4.ip_forward: 1}",
    "runtime: other",
    "gpus: all",
    "build: .",
    "build: https://example.org/a.git",
    "env_file: .env",
    "env_file: [/etc/shadow]",
    "environment: [PATH]",
    "environment: {PATH: }",
    "environment: {A: $HOME}",
    "environment: {A: '${HOME:-x}'}",
    "command: 'echo $$$HOME'",
    "extends: {file: ../other.yaml, service: a}",
    "secrets: [key]",
    "configs: [key]",
    "volumes_from: [db]",
    "external_links: [db]",
    "extra_hosts: ['host.docker.internal:host-gateway']",
    "dns: 10.0.0.1",
    "logging: {driver: syslog}",
    "deploy: {replicas: 9}",
    "develop: {watch: []}",
    "post_start: [{command: x, privileged: true}]",
    "credential_spec: {file: x}",
    "pull_policy: build",
    "image: y",
    "volumes: [/data]",
    "volumes: ['a:/b:ro,shared']",
    "volumes: ['a:/b:ro:z']",
    "volumes: [{type: bind, source: /, target: /x, bind: {propagation: shared}}]",
    "volumes: [{type: npipe, source: x, target: /x}]",
    "volumes: [{type: image, source: x, target: /x}]",
    "volumes: ['a:b']",
    "ports: ['x:80']",
    "ports: ['127.0.0.1.5:80:80']",
    "ports: [{target: 80, mode: host}]",
    "user: 'a b'",
    "container_name: '../x'",
    "<<: {privileged: true}",
    "command: 5",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_what_may_not_be_is_refused(words: str) -> None:
    with pytest.raises(Expected):
        risky_and_seen(one(words))


WHOLE = [
    b"",
    b"[]",
    b"services: {}",
    b"services: {'a b': {image: x}}",
    b"services: {a: {command: x}}",
    b"include: [../other.yaml]\nservices: {a: {image: x}}",
    b"secrets: {a: {file: /etc/shadow}}\nservices: {a: {image: x}}",
    b"configs: {a: {file: /etc/shadow}}\nservices: {a: {image: x}}",
    b"services: {a: {image: x}}\nvolumes: {v: {external: true}}",
    b"services: {a: {image: x}}\nvolumes: {v: {driver_opts: {type: none, o: bind, device: /}}}",
    b"services: {a: {image: x}}\nvolumes: {v: {name: other_project_data}}",
    b"services: {a: {image: x}}\nnetworks: {n: {external: true}}",
    b"services: {a: {image: x}}\nnetworks: {n: {driver: host}}",
    b"services: {a: {image: x}}\nnetworks: {default: {driver: macvlan}}",
    b"services: {a: {image: x}}\nnetworks: {n: {driver_opts: {a: b}}}",
    b"name: '../x'\nservices: {a: {image: x}}",
    b"x: &a [1, 2]\nservices: {a: {image: x, command: *a}}",
    b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nservices: {a: {image: x, command: *c}}",
    b"services: !!python/object/apply:os.system [echo]",
    b"services: {a: {image: x}}\n---\nservices: {b: {image: y}}",
    b"[" * 60_000,
    b"services: {a: {image: x, command: " + b"a" * MOST + b"}}",
    b"\xff\xfe\x00",
    b"services: {a: {image: x, command: \"\\0\"}}",
]  # fmt: skip


@pytest.mark.parametrize("raw", WHOLE, ids=range(len(WHOLE)))
def test_a_whole_file_that_may_not_be_is_refused(raw: bytes) -> None:
    with pytest.raises(Expected):
        risky_and_seen(raw)


def risky_and_seen(raw: bytes) -> None:
    project = parsed(raw)
    risky(project)
    for service in project.services.values():
        mounts(service)
