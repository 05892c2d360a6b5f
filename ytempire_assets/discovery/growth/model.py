"""The growth model: what it predicts, and the file it lives in.

Belongs here: predicting from features, and reading and writing the model. The file is a ZIP of one
JSON document and four XGBoost models in UBJSON: data only, nothing in it is ever executed. How a
model comes to be is ``training.py``.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ytempire_assets.discovery.growth.features import NAMES, FeatureSource, first_guess
from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    import xgboost as xgb
    from numpy.typing import NDArray

    from ytempire_assets.discovery.growth.observations import Floats, Ints, Observations

SHIPPED = "growth-model.zip"
"""The model that comes with the project, beside this module."""

HORIZON_D = 3.0
"""How far ahead the score looks."""

SOFTENINGS = (0.3, 0.05)
"""What each of the learners adds to growth before it takes the logarithm, as a share of the median
growth: the difference between 0.1 % and 0.2 % then matters less than that between 10 % and 20 %.
The two see small growth differently; the geometric mean of both is better than either."""

LEAST_GROWTH = 0.0005
"""No less is predicted: running counts do not fall."""

_CHUNK = 32_768
_THREADS = 2
_MOST_BYTES = 32 * 1024 * 1024
_PARTS = ("growth.ubj", "growth-2.ubj", "first.ubj", "spread.ubj")
_BOUNDS = (0.1, 0.9)


class Card(BaseModel):
    """What the model's file says about itself.

    Attributes:
        features: Names of the columns that the models take.
        horizons_d: Horizons it learned, days, ascending.
        median_growth: Median log growth at each of them.
        residual_levels: Probabilities, ascending.
        residual_quantiles: Quantiles of (true - predicted) / spread at these levels.
        reference: Quantiles of the growth over ``HORIZON_D``, 101 of them from 0 to 1.
        trained_from: First day of the observations, ISO.
        trained_to: Last day.
        rows: Training rows.
        items: Items behind them.
        data: Where the observations came from, with the licence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Annotated[int, Field(ge=1, le=1)] = 1
    features: tuple[str, ...]
    horizons_d: Annotated[tuple[float, ...], Field(min_length=1)]
    median_growth: tuple[float, ...]
    residual_levels: tuple[float, ...]
    residual_quantiles: tuple[float, ...]
    reference: Annotated[tuple[float, ...], Field(min_length=101, max_length=101)]
    trained_from: str
    trained_to: str
    rows: int
    items: int
    data: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of items, each array (k,).

    Attributes:
        growth: Predicted log growth over the horizon.
        spread: Width of its errors on the softened logarithm.
        low: 80 % interval, lower end: in one case of ten it grows less.
        high: Upper end: in one case of ten it grows more.
        score: 0-100: the chance, in per cent, that it grows more over the horizon than an item
            drawn at random from those that the model learned from.
    """

    growth: Floats
    spread: Floats
    low: Floats
    high: Floats
    score: Floats


class GrowthModel:
    """Predicts log growth, its uncertainty and the viral score.

    Args:
        card: What the model knows about itself.
        growth: Predict items seen at least twice, one for each of ``SOFTENINGS``.
        first: Predicts items seen once.
        spread: Predicts the logarithm of the error.
    """

    def __init__(
        self,
        card: Card,
        growth: tuple[xgb.Booster, xgb.Booster],
        first: xgb.Booster,
        spread: xgb.Booster,
    ) -> None:
        self.card = card
        self._growth, self._first, self._spread = growth, first, spread

    def forecast(
        self,
        seen: Observations,
        rows: Ints,
        horizon_d: float = HORIZON_D,
        without: Collection[str] = (),
    ) -> Forecast:
        """What is expected after some observations.

        Args:
            seen: All observations; for each row only what was known then is used.
            rows: Rows of ``seen``, (k,).
            horizon_d: Days ahead, within the horizons that the model learned.
            without: Groups of features to do without, of ``observations.GROUPS``.
        """
        import numpy as np

        if not len(rows):
            return Forecast(*(np.empty(0) for _ in range(5)))
        source = FeatureSource(seen, without)
        first = seen.first
        # Numpy and the boosters both let go of the interpreter while they compute.
        with ThreadPoolExecutor(_THREADS) as pool:
            parts = list(
                pool.map(
                    lambda part: self._part(source.at(part), part == first[part], horizon_d),
                    (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)),
                )
            )
        return Forecast(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def outcomes(self, forecast: Forecast) -> Floats:
        """Equally likely log growths over ``HORIZON_D``, for a forecast over it.

        Returns:
            Ascending in each row, (k, number of levels).
        """
        import numpy as np

        soft = SOFTENINGS[0] * self.median(HORIZON_D)
        return np.stack(
            [
                _growth_at(forecast.growth, forecast.spread, soft, quantile)
                for quantile in self.card.residual_quantiles
            ],
            axis=1,
        )

    def _part(
        self, matrix: NDArray[np.float32], once: NDArray[np.bool_], horizon_d: float
    ) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """A forecast's arrays for items by their features, ``once`` where seen once."""
        import numpy as np

        guess = first_guess(matrix, horizon_d)
        matrix = with_horizon(matrix, horizon_d)
        median = np.full(len(matrix), self.median(horizon_d))
        growth = np.empty(len(matrix))
        for boosters, part in (((self._first,), once), (self._growth, ~once)):
            if part.any():
                growth[part] = grown(boosters, matrix[part], guess[part], median[part])
        spread = np.exp(run(self._spread, matrix, np.zeros(len(matrix))))
        soft = SOFTENINGS[0] * self.median(horizon_d)
        levels = np.asarray(self.card.residual_levels)
        quantiles = np.asarray(self.card.residual_quantiles)
        low, high = (
            _growth_at(growth, spread, soft, float(np.interp(p, levels, quantiles)))
            for p in _BOUNDS
        )
        reference = np.asarray(self.card.reference)
        places = np.linspace(0.0, 100.0, len(reference))
        # The mean rank over the whole predicted distribution, not the rank of its middle: what is
        # uncertain is drawn towards 50, and so the score is calibrated.
        score = np.zeros(len(growth))
        for quantile in quantiles:
            score += np.interp(_growth_at(growth, spread, soft, quantile), reference, places)
        return growth, spread, low, high, score / len(quantiles)

    def median(self, horizon_d: float) -> float:
        """Median log growth over a horizon, as learned."""
        import numpy as np

        return float(np.interp(horizon_d, self.card.horizons_d, self.card.median_growth))

    def to_bytes(self) -> bytes:
        """The model's file."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
            contents = {"card.json": self.card.model_dump_json(indent=1).encode()}
            for name, booster in zip(
                _PARTS, (*self._growth, self._first, self._spread), strict=True
            ):
                contents[name] = _plain(booster)
            for name, content in contents.items():
                # A fixed time: the same model is the same file.
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                archive.writestr(entry, content, zipfile.ZIP_LZMA)
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, name: str = "the growth model") -> GrowthModel:
        """Reads a model's file.

        Raises:
            InvalidInputError: It is none, is damaged, or learned other features.
        """
        import xgboost as xgb

        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                    raise ValueError("it is larger than any model")
                card = Card.model_validate_json(archive.read("card.json"))
                if card.features != COLUMNS:
                    raise ValueError("it was trained on other features")
                boosters = []
                for part in _PARTS:
                    # The threads are ours: each computes features and predicts.
                    booster = xgb.Booster({"nthread": 1})
                    booster.load_model(bytearray(archive.read(part)))
                    if booster.num_features() != len(COLUMNS):
                        raise ValueError(f"{part} takes {booster.num_features()} features")
                    boosters.append(booster)
        except (
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            ValidationError,
            EOFError,
            xgb.core.XGBoostError,
        ) as error:
            reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
            raise InvalidInputError(
                f"{name} cannot be used ({reason})",
                "remove it, so that the shipped model is used, or train again: materialise "
                "viral_model",
            ) from error
        return cls(card, (boosters[0], boosters[1]), boosters[2], boosters[3])


def _plain(booster: xgb.Booster) -> bytes:
    """A booster as UBJSON, without what training noted of every split: 60 % of the packed file."""
    import xgboost as xgb

    document = json.loads(booster.save_raw("json"))
    for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
        for noted in ("base_weights", "loss_changes", "sum_hessian"):
            tree[noted] = [0.0] * len(tree[noted])
    plain = xgb.Booster()
    plain.load_model(bytearray(json.dumps(document).encode()))
    return bytes(plain.save_raw("ubj"))


def _growth_at(growth: Floats, spread: Floats, soft: float, residual: float) -> Floats:
    """Growth where the error is ``residual`` widths, (k,)."""
    import numpy as np

    found: Floats = np.exp(np.log(growth + soft) + spread * residual) - soft
    return np.maximum(found, LEAST_GROWTH)


COLUMNS = (*NAMES, "horizon_d")
"""What the boosters take: the features, and how far ahead to look."""


def with_horizon(matrix: NDArray[np.float32], horizon_d: Floats | float) -> NDArray[np.float32]:
    """The matrix with the horizon as its last column."""
    import numpy as np

    column = np.broadcast_to(np.asarray(horizon_d, np.float32), (len(matrix),))
    return np.column_stack([matrix, column])


def grown(
    boosters: Sequence[xgb.Booster],
    matrix: NDArray[np.float32],
    guess: Floats,
    median: Floats,
) -> Floats:
    """Log growth as boosters see it together: the geometric mean, (k,).

    Args:
        boosters: As many as ``SOFTENINGS`` has entries, or fewer; they belong together in order.
        matrix: With the horizon, (k, len(COLUMNS)).
        guess: As ``first_guess`` gives it, (k,).
        median: Median growth over each row's horizon, (k,).
    """
    import numpy as np

    total = np.zeros(len(matrix))
    for booster, softening in zip(boosters, SOFTENINGS, strict=False):
        soft = softening * median
        learned = run(booster, matrix, np.log(guess + soft))
        total += np.log(np.maximum(np.exp(learned) - soft, LEAST_GROWTH))
    mean: Floats = np.exp(total / len(boosters))
    return mean


def run(booster: xgb.Booster, matrix: NDArray[np.float32], margin: Floats) -> Floats:
    """What a booster predicts from a starting point, (k,)."""
    import numpy as np

    predicted = booster.inplace_predict(
        np.ascontiguousarray(matrix),
        base_margin=margin.astype(np.float32),
        predict_type="margin",
    )
    return np.asarray(predicted, np.float64)


def shipped_bytes() -> bytes:
    """The file of the model that comes with the project."""
    return files(__package__).joinpath(SHIPPED).read_bytes()


def shipped_model() -> GrowthModel:
    """The model that comes with the project.

    Raises:
        InvalidInputError: Its file is damaged.
    """
    return GrowthModel.from_bytes(shipped_bytes(), SHIPPED)
