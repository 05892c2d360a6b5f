"""A small Kubernetes for the tests: the part of the API that runs are started by, and one node.

Belongs here: jobs, pods, what pods are given, and what an API server refuses. Manifests are held
against Kubernetes' own schemas, so what is accepted here is accepted there. The node runs a job's
container as a process of this machine, with the environment that the pod would have.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import kubernetes_validate
import yaml

VERSION = "1.31.0"
_BIN = Path(sys.executable).parent


@dataclass
class Cluster:
    """What the cluster holds, all in one namespace.

    Attributes:
        namespace: Its only namespace.
        objects: Secrets, ConfigMaps and so on by kind and name; ``data`` as plain text.
        cards: GPUs of its node.
        allowed: Whether the account may do what it asks.
        refuse: A status that every request is answered with instead.
        unfetched: Images that the node cannot fetch.
        surroundings: Environment of the node: what an image has by itself.
        folder: Where the node keeps the pods' logs.
    """

    folder: Path
    namespace: str = "ytempire"
    objects: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    cards: int = 0
    allowed: bool = True
    refuse: int | None = None
    unfetched: tuple[str, ...] = ()
    surroundings: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def kubeconfig(self, address: str) -> Path:
        """A file that leads here."""
        path = self.folder / "kubeconfig.yaml"
        path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "here",
                    "contexts": [{"name": "here", "context": {"cluster": "one", "user": "me"}}],
                    "clusters": [{"name": "one", "cluster": {"server": address}}],
                    "users": [{"name": "me", "user": {"token": "planted-token"}}],
                }
            )
        )
        return path

    def start(self, job: dict[str, Any]) -> None:
        """Runs a job's container."""
        name = job["metadata"]["name"]
        self.jobs[name] = job
        container = job["spec"]["template"]["spec"]["containers"][0]
        if container["image"] in self.unfetched:
            return
        command = [*(container.get("command") or []), *(container.get("args") or [])]
        program = _BIN / command[0]
        if program.exists():
            command[0] = str(program)
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command,
                env=self.environment(container),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )

    def environment(self, container: dict[str, Any]) -> dict[str, str]:
        """What the container would find in its environment."""
        found = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.surroundings}
        for source in container.get("envFrom") or []:
            kind, reference = next(
                (kind, source[key])
                for key, kind in (("secretRef", "secrets"), ("configMapRef", "configmaps"))
                if source.get(key)
            )
            found |= self.objects[kind][reference["name"]]
        for one in container.get("env") or []:
            if one.get("value") is not None:
                found[one["name"]] = one["value"]
        return found

    def status(self, name: str) -> dict[str, Any]:
        """A job's status."""
        process = self.processes.get(name)
        if process is None or process.poll() is None:
            return {"active": 1}
        return {"succeeded": 1} if process.returncode == 0 else {"failed": 1}

    def pod(self, name: str) -> dict[str, Any]:
        """The pod of a job."""
        container = self.jobs[name]["spec"]["template"]["spec"]["containers"][0]
        process = self.processes.get(name)
        state: dict[str, Any]
        if process is None:
            state = {"waiting": {"reason": "ErrImagePull", "message": "not found"}}
            phase = "Pending"
        elif process.poll() is None:
            state, phase = {"running": {}}, "Running"
        else:
            state = {"terminated": {"exitCode": process.returncode}}
            phase = "Failed" if process.returncode else "Succeeded"
        status = {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "ready": phase == "Running",
            "restartCount": 0,
            "state": state,
        }
        return {
            "metadata": {"name": f"{name}-pod", "uid": name, "labels": {"job-name": name}},
            "spec": {"containers": [container]},
            "status": {"phase": phase, "containerStatuses": [status]},
        }

    def delete(self, name: str) -> None:
        """Ends a job."""
        process = self.processes.get(name)
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
        self.jobs.pop(name, None)


class KubernetesApi:
    """Serves a cluster on this machine from ``__enter__`` to ``__exit__``."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

        class Handler(_Handler):
            world = cluster

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> KubernetesApi:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for name in list(self.cluster.jobs):
            self.cluster.delete(name)


class _Refused(Exception):  # noqa: N818 - an answer, not a failure
    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message


_KINDS = ("secrets", "configmaps", "serviceaccounts", "persistentvolumeclaims")


class _Handler(BaseHTTPRequestHandler):
    world: Cluster
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._answer(self._read)

    def do_POST(self) -> None:
        self._answer(self._create)

    def do_DELETE(self) -> None:
        self._answer(self._delete)

    def _answer(self, act: Any) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        url = urlsplit(self.path)
        self.world.asked.append(f"{self.command} {url.path}")
        try:
            if self.world.refuse is not None:
                raise _Refused(self.world.refuse, "told to refuse")
            if self.headers.get("Authorization") != "Bearer planted-token":
                raise _Refused(401, "Unauthorized")
            code, answer = act(url.path, parse_qs(url.query), body)
        except _Refused as refused:
            code = refused.code
            answer = {"kind": "Status", "status": "Failure", "message": refused.message}
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _inside(self, path: str) -> str:
        """The rest of a path behind the namespace."""
        match = re.fullmatch(r"/apis?/[\w./]+?/namespaces/([^/]+)/(.+)", path)
        if match is None:
            raise _Refused(404, f"the server could not find {path}")
        if match[1] != self.world.namespace:
            raise _Refused(404, f'namespaces "{match[1]}" not found')
        return match[2]

    def _read(self, path: str, query: dict[str, list[str]], _body: Any) -> tuple[int, Any]:
        world = self.world
        if path in ("/version/", "/version"):
            version = {"gitVersion": f"v{VERSION}", "major": "1", "minor": "31"}
            keys = ("gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform")
            return 200, version | dict.fromkeys(keys, "test")
        if path == "/api/v1/nodes":
            allocatable = {"cpu": "8"}
            if world.cards:
                allocatable["nvidia.com/gpu"] = str(world.cards)
            node = {"metadata": {"name": "node-1"}, "status": {"allocatable": allocatable}}
            return 200, {"items": [node]}
        if match := re.fullmatch(r"/api/v1/namespaces/([^/]+)", path):
            if match[1] != world.namespace:
                raise _Refused(404, f'namespaces "{match[1]}" not found')
            return 200, {"metadata": {"name": match[1]}, "status": {"phase": "Active"}}
        return 200, self._read_inside(*self._inside(path).split("/"), query=query)

    def _read_inside(
        self, kind: str, name: str = "", below: str = "", *, query: dict[str, list[str]]
    ) -> Any:
        world = self.world
        if kind == "jobs" and name:
            if name not in world.jobs:
                raise _Refused(404, f'jobs.batch "{name}" not found')
            return {**world.jobs[name], "status": world.status(name)}
        if kind == "jobs":
            return {"items": [{**job, "status": {}} for job in world.jobs.values()]}
        if kind == "pods" and below == "log":
            return (world.folder / f"{name.removesuffix('-pod')}.log").read_bytes()
        if kind == "pods":
            wanted = (query.get("labelSelector") or [""])[0].removeprefix("job-name=")
            return {"items": [world.pod(job) for job in world.jobs if wanted in ("", job)]}
        if kind == "events":
            return {"items": []}
        if kind not in _KINDS:
            raise _Refused(404, f"the server could not find {kind}")
        if not world.allowed:
            raise _Refused(403, f'{kind} "{name}" is forbidden')
        if name not in world.objects.get(kind, {}):
            raise _Refused(404, f'{kind} "{name}" not found')
        return {"metadata": {"name": name}}

    def _create(self, path: str, _query: Any, body: dict[str, Any]) -> tuple[int, Any]:
        if path.endswith("/selfsubjectaccessreviews"):
            return 201, {**body, "status": {"allowed": self.world.allowed}}
        if self._inside(path) != "jobs":
            raise _Refused(404, f"the server could not find {path}")
        if not self.world.allowed:
            raise _Refused(403, 'jobs.batch is forbidden: User "me" cannot create resource "jobs"')
        try:
            kubernetes_validate.validate(_without_nulls(body), "1.31", strict=True)
        except kubernetes_validate.ValidationError as error:
            raise _Refused(422, f"Job is invalid: {error}") from error
        name = body["metadata"]["name"]
        if name in self.world.jobs:
            raise _Refused(409, f'jobs.batch "{name}" already exists')
        self.world.start(body)
        return 201, body

    def _delete(self, path: str, _query: Any, _body: Any) -> tuple[int, Any]:
        kind, _, name = self._inside(path).partition("/")
        if kind != "jobs" or name not in self.world.jobs:
            raise _Refused(404, f'{kind} "{name}" not found')
        self.world.delete(name)
        return 200, {"kind": "Status", "status": "Success"}


def _without_nulls(value: Any) -> Any:
    """As the API server reads it: a null is not there."""
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    return value
