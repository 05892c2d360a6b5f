"""TextRank: which sentences carry a topic.

Belongs here: the similarity graph and its PageRank. Source: Mihalcea and Tarau, TextRank: Bringing
Order into Texts, EMNLP 2004; similarity by TF-IDF cosine as in LexRank (Erkan and Radev, 2004).
PageRank is networkx's.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from ytempire_assets.writing.sentences import content_words

_LEAST_SIMILARITY = 0.05


def rank_sentences(texts: Sequence[str]) -> list[float]:
    """Scores sentences by PageRank over their similarity graph.

    Args:
        texts: The sentences.

    Returns:
        One score a sentence, the strongest is 1.0.
    """
    import networkx as nx

    if not texts:
        return []
    vectors = _tf_idf(texts)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(texts)))
    for first in range(len(texts)):
        for second in range(first):
            weight = _cosine(vectors[first], vectors[second])
            if weight >= _LEAST_SIMILARITY:
                graph.add_edge(first, second, weight=weight)
    scores = nx.pagerank(graph, weight="weight")
    top = max(scores.values())
    return [scores[index] / top for index in range(len(texts))]


def _tf_idf(texts: Sequence[str]) -> list[dict[str, float]]:
    """Unit vectors of term frequency times smoothed inverse sentence frequency."""
    counts = [Counter(content_words(text)) for text in texts]
    spread = Counter(word for count in counts for word in count)
    vectors = []
    for count in counts:
        vector = {
            word: number * (math.log((1 + len(texts)) / (1 + spread[word])) + 1)
            for word, number in count.items()
        }
        norm = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        vectors.append({word: value / norm for word, value in vector.items()})
    return vectors


def _cosine(left: dict[str, float], right: dict[str, float]) -> float:
    if len(left) > len(right):
        left, right = right, left
    return sum(value * right.get(word, 0.0) for word, value in left.items())
