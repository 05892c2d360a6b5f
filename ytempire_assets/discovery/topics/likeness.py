"""Likeness: how probable it is that two titles, or two groups of titles, tell the same story.

Belongs here: what is measured of two profiles, and the score made of it. Which pairs are looked at
is ``candidates.py``, what follows from a score ``clustering.py``.

The score is a logistic regression over a handful of measures, one set of weights for titles in one
language and one for titles in two. The weights are fitted with an L2 penalty, each held to the sign
that it must have, on the ``tune`` part of the labelled titles, alone and among made-up signals, by
``ytempire_assets_tests/discovery/topics/fitting.py``. ``test_labelled.py`` beside it measures the
result on titles that the fit has not seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ytempire_assets.discovery.topics.profiles import Profiles

_PRIOR_TITLES = 1000.0
"""So many titles are thought beside the batch: in one of ten, no word is common."""
_PRIOR_SHARE = 0.002
"""The share of them that a word never seen is thought to be in."""
_FRESH_DAYS = 1.0
"""What was told yesterday is the same news today."""
_THIN = 14.0
"""Nats of two rare words and a common one."""
_CHUNK = 65_536
"""Pairs measured at once; bounds the memory to some 200 MB."""
_LONE_WORD = 4.0
"""Log-odds that a title loses which is one common word, against a longer one. Set by hand."""
_SAME_PAGE = 8.0
"""Log-odds that two titles gain when they lead to one page. Set by hand: titles of the labelled set
have no addresses."""
_SAME_PUBLISHER = 1.5
"""Log-odds that two titles lose when one channel published both: it gives all its titles one frame,
and seldom tells a story twice. Set by hand, for the same reason."""
_MEANING = 14.0
"""Log-odds by which titles of equal meaning surpass two of the batch picked at random. Set by hand,
like the three below, and with care: models differ in how near they put what is alike."""
_MEANING_MIDDLE = 0.65
"""Where between the two the meaning says nothing."""
_MEANING_LEAST = -1.5
"""A search and a headline of one story are not near; they must not lose more."""
_WORDS_LEAST = -3.0
"""With meanings, titles lose no more log-odds for the words that they do not share."""

_ONE_LANGUAGE = {
    "cosine": 1.97,
    "containment": 1.93,
    "ruzicka": 2.1,
    "information": 0.14,
    "units": 0.22,
    "name containment": 0.24,
    "event containment": 2.23,
    "name clash": -0.69,
    "name conflict": -3.51,
    "grams": 2.75,
    "numbers": 4.69,
    "context": 9.49,
    "days": -1.3,
    "thin": -1.55,
    "frame": -0.79,
    "bias": -4.9,
}
_TWO_LANGUAGES = {
    "cosine": 2.03,
    "containment": 0.25,
    "ruzicka": 3.65,
    "name containment": 0.6,
    "event containment": 1.25,
    "name conflict": -1.42,
    "grams": 3.86,
    "numbers": 2.19,
    "days": -0.72,
    "thin": -2.87,
    "frame": -1.66,
    "bias": -2.81,
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """Profiles with the weight of every term.

    Attributes:
        profiles: What was weighed.
        information: Of each term, nats, times its weight.
        squares: Information squared, times its weight.
        rarity: Of each number with its head, 0-1, its information as a share of the greatest.
        mass: Mean weight of the titles of each row: the sum of ``information`` over their terms.
        name_mass: The same over names.
        likely_mass: The same over likely names.
        length: Euclidean length of the titles of each row (root of the mean square).
        beside: Whether anything stands beside the titles of each row.
        spelt: Whether a row has words in Latin transcription.
        languages: A number for each row's language, 0 where there is none.
        common_meaning: Mean cosine of two rows of ``profiles.meanings``; 0 without.
    """

    profiles: Profiles
    information: Any
    squares: Any
    rarity: Any
    mass: Any
    name_mass: Any
    likely_mass: Any
    length: Any
    beside: Any
    spelt: Any
    languages: Any
    common_meaning: float


def weigh(profiles: Profiles) -> Weighed:
    """Weighs terms by how much they tell.

    The information of a term is ``ln((N + P) / (n + P s))`` nats, where n of N profiles have it, P
    is ``_PRIOR_TITLES`` and s ``_PRIOR_SHARE``: inverse document frequency (Spärck Jones, 1972)
    with a prior. Profiles count, not titles, so that a story told a thousand times is one profile
    once its titles are joined, and its own words tell again.

    Args:
        profiles: At least one.
    """
    import numpy as np

    count = len(profiles)
    information = _information(profiles.terms)
    numbers = {language: at for at, language in enumerate(sorted({"", *profiles.languages}))}
    squares = profiles.weights * information * information
    information = profiles.weights * information
    common = 0.0
    if profiles.meanings is not None and count > 1:
        total = profiles.meanings.sum(axis=0, dtype=np.float64)
        own = float(np.square(profiles.meanings, dtype=np.float64).sum())
        common = max(0.0, float(total @ total - own) / (count * (count - 1)))
    return Weighed(
        profiles=profiles,
        information=information,
        squares=squares,
        rarity=_information(profiles.numbered)
        / math.log((count + _PRIOR_TITLES) / (_PRIOR_TITLES * _PRIOR_SHARE)),
        mass=profiles.terms @ information,
        name_mass=profiles.terms @ (information * profiles.names),
        likely_mass=profiles.terms @ (information * profiles.likely_names),
        length=np.sqrt(profiles.terms @ squares),
        beside=np.diff(profiles.context.indptr) > np.diff(profiles.terms.indptr),
        spelt=np.diff(profiles.grams.indptr) > 0,
        languages=np.array([numbers[language] for language in profiles.languages]),
        common_meaning=common,
    )


def log_odds(weighed: Weighed, left: Any, right: Any) -> Any:
    """The natural logarithm of the odds that the rows of each pair tell the same story.

    Args:
        weighed: What the rows are of.
        left: int, (pairs,), rows.
        right: int, (pairs,), rows.

    Returns:
        float64, (pairs,); 0 where it is as probable as not.
    """
    import numpy as np

    parts = [
        _log_odds(weighed, left[at : at + _CHUNK], right[at : at + _CHUNK])
        for at in range(0, len(left), _CHUNK)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def measure(weighed: Weighed, left: Any, right: Any) -> dict[str, Any]:
    """What the score is made of, for each pair; all but the last four are between 0 and 1.

    Of two titles, with s the information of the terms they share, a and b that of each:

    - ``cosine``: of their vectors of information.
    - ``containment``: s / min(a, b), how much of the shorter one the longer one says.
    - ``ruzicka``: s / (a + b - s).
    - ``name containment``, ``event containment``: containment among names, among other terms.
    - ``name clash``: 1 where both have likely names and share none; less the more they share.
    - ``name conflict``: the smaller information of likely names that one has alone, over min(a, b).
    - ``frame``: ``name clash`` times the containment among all other terms: two titles that say the
      same of different names.
    - ``grams``: cosine of their three-letter parts, for names that two languages spell alike;
      ``cosine`` where one of them has no Latin transcription.
    - ``numbers``: what they number alike, a name fully, a season less, and the less the more do.
    - ``context``: how much of one title stands beside the other, beyond ``containment``.
    - ``publisher``: 1 where one channel published both.
    - ``thin``: how far s is below ``_THIN``, as a share of it: one word in common is by chance.
    - ``bias``: 1.
    - ``information``: ln(1 + s).
    - ``units``: shared names, those side by side counted once, at most 3.
    - ``days``: ln(1 + days between them), where the first ``_FRESH_DAYS`` count for none.

    Of two groups, every product is the mean over all pairs of their titles.

    Args:
        weighed: What the rows are of.
        left: int, (pairs,), rows.
        right: int, (pairs,), rows.

    Returns:
        float64 arrays, (pairs,), by name.
    """
    import numpy as np

    profiles = weighed.profiles
    one, other = profiles.terms[left], profiles.terms[right]
    both = one.multiply(other).tocsr()
    shared = both @ weighed.information
    names = both @ (weighed.information * profiles.names)
    units = both @ (profiles.weights * profiles.names)
    units -= _products(profiles.pairs, left, right)
    likely = both @ (weighed.information * profiles.likely_names)
    likely_mass = np.stack([weighed.likely_mass[left], weighed.likely_mass[right]])
    clash = (likely_mass > 0).all(axis=0) * (1.0 - _ratio(likely, likely_mass.min(axis=0)))
    mass = np.stack([weighed.mass[left], weighed.mass[right]])
    rest = _ratio(shared - likely, (mass - likely_mass).min(axis=0))
    name_mass = np.stack([weighed.name_mass[left], weighed.name_mass[right]])
    smaller = mass.min(axis=0)
    containment = _ratio(shared, smaller)
    cosine = _ratio(both @ weighed.squares, weighed.length[left] * weighed.length[right])
    spelt = weighed.spelt[left] & weighed.spelt[right]
    begins, ends = profiles.begins, profiles.ends
    gap = np.maximum(begins[left], begins[right]) - np.minimum(ends[left], ends[right])
    return {
        "cosine": cosine,
        "containment": containment,
        "ruzicka": _ratio(shared, mass.sum(axis=0) - shared),
        "name containment": _ratio(names, name_mass.min(axis=0)),
        "event containment": _ratio(shared - names, (mass - name_mass).min(axis=0)),
        "name clash": clash,
        "name conflict": _ratio((likely_mass - likely).min(axis=0), smaller),
        "frame": clash * rest,
        "grams": np.where(spelt, _products(profiles.grams, left, right), cosine),
        "numbers": np.minimum(
            1.0, _weighed_products(profiles.numbered, weighed.rarity, left, right)
        ),
        "context": np.maximum(0.0, _beside(weighed, left, right, one, other) - containment),
        "publisher": _products(profiles.publishers, left, right),
        "thin": np.maximum(0.0, 1.0 - shared / _THIN),
        "bias": np.ones(len(left)),
        "information": np.log1p(shared),
        "units": np.minimum(units, 3.0),
        "days": np.log1p(np.maximum(0.0, gap - _FRESH_DAYS)),
    }


def centralities(weighed: Weighed, groups: Any) -> Any:
    """How much each row says of what its group says.

    Args:
        weighed: Rows.
        groups: int, (rows,), the group of each, from 0 up.

    Returns:
        float64, (rows,), the mean cosine with the rows of its group, itself among them: 0-1.
    """
    import numpy as np
    from scipy import sparse

    rows = len(groups)
    lengths = sparse.diags(_ratio(np.ones(rows), weighed.length))
    vectors = (lengths @ weighed.profiles.terms @ sparse.diags(np.sqrt(weighed.squares))).tocsr()
    sizes = np.bincount(groups)
    mean = sparse.csr_matrix((1.0 / sizes[groups], (groups, np.arange(rows))))
    return np.asarray(vectors.multiply((mean @ vectors)[groups]).sum(axis=1)).ravel()


def _log_odds(weighed: Weighed, left: Any, right: Any) -> Any:
    import numpy as np

    profiles = weighed.profiles
    measures = measure(weighed, left, right)
    codes = weighed.languages
    foreign = (codes[left] != codes[right]) & (codes[left] > 0) & (codes[right] > 0)
    odds = np.where(
        foreign,
        sum(weight * measures[name] for name, weight in _TWO_LANGUAGES.items()),
        sum(weight * measures[name] for name, weight in _ONE_LANGUAGE.items()),
    )
    odds -= _LONE_WORD * _lone_word(weighed, left, right)
    odds -= _SAME_PUBLISHER * measures["publisher"]
    odds += _SAME_PAGE * (_products(profiles.pages, left, right) > 0)
    if profiles.meanings is not None:
        cosine = np.einsum("ij,ij->i", profiles.meanings[left], profiles.meanings[right])
        closeness = (cosine - weighed.common_meaning) / max(1e-6, 1.0 - weighed.common_meaning)
        meaning = _MEANING * (closeness - _MEANING_MIDDLE)
        odds = np.maximum(odds, _WORDS_LEAST) + np.maximum(meaning, _MEANING_LEAST)
    return odds


def _lone_word(weighed: Weighed, left: Any, right: Any) -> Any:
    """Whether one of two titles is a single word that is no name, and the other says more.

    An article on earthquakes is not the news of one, though the news says all that its title does.
    """
    import numpy as np

    terms = np.diff(weighed.profiles.terms.indptr)
    lone = (terms == 1) & (weighed.likely_mass == 0)
    return (lone[left] & (terms[right] > 1)) | (lone[right] & (terms[left] > 1))


def _beside(weighed: Weighed, left: Any, right: Any, one: Any, other: Any) -> Any:
    """How much of either title stands in or beside the other, the larger of both; 0 without."""
    import numpy as np

    context = weighed.profiles.context
    found = np.zeros(len(left))
    for rows, title, beside in ((left, one, right), (right, other, left)):
        some = np.flatnonzero(weighed.beside[beside])
        if len(some):
            inside = title[some].multiply(context[beside[some]]).tocsr() @ weighed.information
            found[some] = np.maximum(found[some], _ratio(inside, weighed.mass[rows[some]]))
    return found


def _information(matrix: Any) -> Any:
    """Nats of each column, by how many rows have it."""
    import numpy as np

    used = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return np.log((matrix.shape[0] + _PRIOR_TITLES) / (used + _PRIOR_TITLES * _PRIOR_SHARE))


def _weighed_products(matrix: Any, weights: Any, left: Any, right: Any) -> Any:
    return matrix[left].multiply(matrix[right]).tocsr() @ weights


def _products(matrix: Any, left: Any, right: Any) -> Any:
    import numpy as np

    return np.asarray(matrix[left].multiply(matrix[right]).sum(axis=1)).ravel()


def _ratio(part: Any, whole: Any) -> Any:
    import numpy as np

    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 1e-9)
