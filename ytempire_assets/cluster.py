"""The Kubernetes cluster as seen from here: reaching it, and what its refusals mean.

Belongs here: opening the API with the settings, looking before any work is started whether what
the pods need is there, and naming what is not. Starting pods is Dagster's (``placement.py``,
``cluster_runs.py``).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import InvalidInputError, StorageError, TransientError, YtempireError

if TYPE_CHECKING:
    from ytempire_assets.settings import Settings

_ANSWER_S = 10
_NOT_FETCHED = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName")
_CREATED = (("batch", "jobs"), ("", "pods"))


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of the cluster that was looked at: ``found`` in words, or the error."""

    subject: str
    found: str = ""
    error: YtempireError | None = None


def look(settings: Settings, needs_gpu: bool) -> Iterator[Part]:
    """Looks at what the pods need, one part at a time; only at the API where that is silent.

    Args:
        settings: Which cluster, namespace, image and so on.
        needs_gpu: Whether some stage asks for a card.
    """
    try:
        client = connect(settings)
        version = _asked(settings, lambda: _api(client, "VersionApi").get_code())
    except YtempireError as error:
        yield Part("cluster", error=error)
        return
    yield Part("cluster", f"Kubernetes {version.git_version} at {client.configuration.host}")
    looks: tuple[tuple[str, Callable[[Settings, Any], str]], ...] = (
        ("namespace", _namespace),
        ("permissions", _permissions),
        ("pods' settings", _references),
        ("image", _image),
    )
    for subject, examine in looks:
        try:
            yield Part(subject, examine(settings, client))
        except YtempireError as error:
            yield Part(subject, error=error)
    if needs_gpu:
        try:
            yield Part("nodes", _cards(settings, client))
        except YtempireError as error:
            yield Part("nodes", error=error)


def connect(settings: Settings) -> Any:
    """A client of the cluster's API.

    Raises:
        InvalidInputError: The kubeconfig cannot be used, or this is no pod and none is set.
    """
    import kubernetes
    import yaml

    configuration = kubernetes.client.Configuration()
    path = settings.k8s_kubeconfig
    try:
        if path is None:
            kubernetes.config.load_incluster_config(client_configuration=configuration)
        else:
            kubernetes.config.load_kube_config(
                str(path), client_configuration=configuration, persist_config=False
            )
    except (kubernetes.config.ConfigException, yaml.YAMLError, OSError, TypeError) as error:
        if path is None:
            raise InvalidInputError(
                "this is no pod of a cluster, and no kubeconfig is set",
                "set YTEMPIRE_K8S_KUBECONFIG to the file that kubectl uses",
            ) from error
        raise InvalidInputError(
            f"YTEMPIRE_K8S_KUBECONFIG: {path} cannot be used ({_short(error)})",
            "give the file that works with: kubectl --kubeconfig FILE get jobs",
        ) from error
    configuration.retries = 1
    return kubernetes.client.ApiClient(configuration)


def explained_refusal(error: Exception, settings: Settings) -> YtempireError:
    """What an error of the API client, or of what is built on it, means."""
    import kubernetes
    import urllib3

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, YtempireError):
            return cause
        if isinstance(cause, kubernetes.client.ApiException):
            return _refusal(cause, settings)
        if isinstance(cause, kubernetes.config.ConfigException):
            return InvalidInputError(
                f"the cluster's configuration cannot be used ({_short(cause)})",
                "set YTEMPIRE_K8S_KUBECONFIG to the file that kubectl uses",
            )
        if isinstance(cause, urllib3.exceptions.HTTPError):
            return TransientError(
                f"the cluster's API server does not answer ({_short(cause)})",
                "check the address in the kubeconfig, and that the server runs",
            )
        cause = cause.__cause__ or cause.__context__
    return StorageError(
        f"the cluster did not take the run ({type(error).__name__}: {_short(error)})",
        "run: ytempire doctor --profile k8s",
    )


def _refusal(error: Any, settings: Settings) -> YtempireError:
    said = _reason(error)
    if error.status == 401:
        return InvalidInputError(
            "the cluster does not accept the credentials of the kubeconfig",
            "renew them; check with: kubectl get jobs",
        )
    if error.status == 403:
        return InvalidInputError(
            f"the cluster forbids it ({said})",
            f"bind deploy/kubernetes/base's role in the namespace {settings.k8s_namespace}",
        )
    if error.status == 404:
        return InvalidInputError(
            f"the cluster has no such thing ({said})",
            "check YTEMPIRE_K8S_NAMESPACE, or make it: kubectl create namespace "
            f"{settings.k8s_namespace}",
        )
    if error.status >= 500 or error.status == 429:
        return TransientError(f"the cluster's API answered {error.status} ({said})", "run it again")
    return InvalidInputError(
        f"the cluster refused it ({error.status}: {said})", "run: ytempire doctor --profile k8s"
    )


def _asked(settings: Settings, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:
        raise explained_refusal(error, settings) from error


def _api(client: Any, name: str) -> Any:
    import kubernetes

    return getattr(kubernetes.client, name)(client)


def _namespace(settings: Settings, client: Any) -> str:
    name = settings.k8s_namespace
    found = _asked(
        settings,
        lambda: _api(client, "CoreV1Api").read_namespace(name, _request_timeout=_ANSWER_S),
    )
    if found.status is not None and found.status.phase == "Terminating":
        raise InvalidInputError(
            f"the namespace {name} is being deleted", "set YTEMPIRE_K8S_NAMESPACE to another"
        )
    return str(name)


def _permissions(settings: Settings, client: Any) -> str:
    """Asks the API what this account may do; nothing is created."""
    import kubernetes

    missing = []
    for group, resource in _CREATED:
        for verb in ("create", "get", "list", "delete") if group else ("get", "list"):
            review = kubernetes.client.V1SelfSubjectAccessReview(
                spec=kubernetes.client.V1SelfSubjectAccessReviewSpec(
                    resource_attributes=kubernetes.client.V1ResourceAttributes(
                        namespace=settings.k8s_namespace, group=group, resource=resource, verb=verb
                    )
                )
            )
            ask = functools.partial(
                _api(client, "AuthorizationV1Api").create_self_subject_access_review,
                review,
                _request_timeout=_ANSWER_S,
            )
            answer = _asked(settings, ask)
            if not answer.status.allowed:
                missing.append(f"{verb} {resource}")
    if missing:
        raise InvalidInputError(
            f"this account may not {', '.join(missing)} in {settings.k8s_namespace}",
            "bind the role of deploy/kubernetes/base to it",
        )
    return "jobs can be started and watched"


def _references(settings: Settings, client: Any) -> str:
    """Whether everything exists that pods are told to take: a pod that lacks it never starts."""
    core, space = _api(client, "CoreV1Api"), settings.k8s_namespace
    wanted: list[tuple[str, str, Callable[..., Any]]] = [
        *(("Secret", name, core.read_namespaced_secret) for name in settings.k8s_secrets),
        *(
            ("ConfigMap", name, core.read_namespaced_config_map)
            for name in (*settings.k8s_config_maps, settings.k8s_instance_config_map)
        ),
    ]
    if settings.k8s_service_account is not None:
        wanted.append(
            (
                "ServiceAccount",
                settings.k8s_service_account,
                core.read_namespaced_service_account,
            )
        )
    if settings.k8s_volume_claim is not None:
        wanted.append(
            (
                "PersistentVolumeClaim",
                settings.k8s_volume_claim,
                core.read_namespaced_persistent_volume_claim,
            )
        )
    missing, unseen = [], []
    for kind, name, read in wanted:
        try:
            read(name, space, _request_timeout=_ANSWER_S)
        except Exception as error:
            status = getattr(error, "status", None)
            if status == 404:
                missing.append(f"{kind} {name}")
            elif status == 403:
                unseen.append(f"{kind} {name}")
            else:
                raise explained_refusal(error, settings) from error
    if missing:
        raise InvalidInputError(
            f"the namespace {space} has no {', '.join(missing)}",
            "make it, or correct the YTEMPIRE_K8S_... setting that names it",
        )
    hidden = f"; may not look at {', '.join(unseen)}" if unseen else ""
    return f"{len(wanted) - len(unseen)} references are there{hidden}"


def _image(settings: Settings, client: Any) -> str:
    """Whether pods could fetch their image: what those that wait for it say."""
    if settings.k8s_image is None:
        if settings.k8s_kubeconfig is not None:
            raise InvalidInputError(
                "YTEMPIRE_K8S_IMAGE is not set: pods would have no image",
                "set it to the image that deploy/docker builds, with its tag",
            )
        return "that of the code location"
    pods = _asked(
        settings,
        lambda: _api(client, "CoreV1Api").list_namespaced_pod(
            settings.k8s_namespace, _request_timeout=_ANSWER_S
        ),
    )
    for pod in pods.items:
        for status in pod.status.container_statuses or []:
            waiting = status.state.waiting if status.state is not None else None
            if status.image != settings.k8s_image or waiting is None:
                continue
            if waiting.reason in _NOT_FETCHED:
                raise InvalidInputError(
                    f"pod {pod.metadata.name} cannot fetch {settings.k8s_image} ({waiting.reason})",
                    "push the image, correct YTEMPIRE_K8S_IMAGE, or give the service account an "
                    "image pull secret",
                )
    return str(settings.k8s_image)


def _cards(settings: Settings, client: Any) -> str:
    from ytempire_assets.placement import GPU_RESOURCE

    try:
        nodes = _api(client, "CoreV1Api").list_node(_request_timeout=_ANSWER_S)
    except Exception as error:
        if getattr(error, "status", None) == 403:
            return "may not look at nodes: whether one has a GPU is not known"
        raise explained_refusal(error, settings) from error
    cards = {
        node.metadata.name: int((node.status.allocatable or {}).get(GPU_RESOURCE, 0))
        for node in nodes.items
    }
    having = {name: count for name, count in cards.items() if count}
    if not having:
        raise InvalidInputError(
            f"none of {len(cards)} nodes offers {GPU_RESOURCE}, which scripts and visuals ask for",
            "install NVIDIA's device plugin on a node with a GPU, or set YTEMPIRE_PLACEMENT_FILE "
            "to one like deploy/placement-without-gpu.yaml",
        )
    return ", ".join(f"{name} has {count}" for name, count in having.items()) + f" {GPU_RESOURCE}"


def _reason(error: Any) -> str:
    try:
        return str(json.loads(error.body)["message"])[:200]
    except (TypeError, ValueError, KeyError):
        return str(error.reason)[:200]


def _short(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
