"""Figures of the surroundings: the disk of the home folder, and the model servers.

Belongs here: looking, with a time limit. A model server is up when it answers at all, also when it
asks for a key: no key is sent, and no address is shown.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from urllib.parse import urlsplit

from ytempire_assets.monitoring import metrics
from ytempire_assets.monitoring.metrics import Figures
from ytempire_assets.resources.atomic import explained
from ytempire_assets.settings import Settings

_ANSWER_S = 5


class DiskFigures:
    """The disk of the home folder.

    Args:
        settings: Where it is.
    """

    name = "disk"
    every_s = 30.0

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home

    def read(self) -> Figures:
        """Free and total bytes.

        Raises:
            StorageError: The folder is not there.
        """
        with explained(self._home):
            usage = shutil.disk_usage(self._home)
        figures = Figures()
        figures.add(metrics.DISK_FREE, usage.free)
        figures.add(metrics.DISK_TOTAL, usage.total)
        return figures

    def close(self) -> None:
        """Nothing is held."""


class ModelServerFigures:
    """The model servers that the settings name.

    Args:
        settings: Their addresses.
    """

    name = "model_servers"
    every_s = 30.0

    def __init__(self, settings: Settings) -> None:
        named = [("images", settings.images_url), ("speech", settings.speech_url)]
        # Several language models are one pool; each is told apart by its place.
        named += [(f"language {urlsplit(url).netloc}", url) for url in settings.llm_urls]
        self._addresses: Mapping[str, str] = {name: url for name, url in named if url}

    def read(self) -> Figures:
        """Asks each for its list of models."""
        figures = Figures()
        for name, address in self._addresses.items():
            figures.add(metrics.MODEL_SERVER, 1 if _answers(f"{address}/models") else 0, name)
        return figures

    def close(self) -> None:
        """Nothing is held."""


def _answers(address: str) -> bool:
    import requests

    try:
        # Redirects are an answer too, and are not followed: they may lead anywhere.
        with requests.get(
            address, timeout=_ANSWER_S, allow_redirects=False, stream=True
        ) as response:
            return response.status_code < 500
    except requests.RequestException:
        return False
