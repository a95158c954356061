"""Python's faiss-cpu as the binding's peer.

Usage: python faiss_search.py THREADS, then calls on standard input.
"""

import sys
import time

import faiss
import numpy as np
from calls import Figures, serve

faiss.omp_set_num_threads(int(sys.argv[1]))


def search(factory: str, parameters: str, dimensions: int, corpus: str, queries: str, k: int, labels: str) -> Figures:
    """Trains, fills and searches an index by inner product.

    Args:
        factory: FAISS factory string.
        parameters: Search-time parameters, such as `nprobe=16`; empty for the defaults.
        dimensions: Values of a vector.
        corpus: File of float32 [n, dimensions] to add.
        queries: File of float32 [m, dimensions] to search for.
        k: Neighbours a query.
        labels: File to write with int32 [m, k].

    Returns:
        Seconds of `add` and of `search`; training is not timed.
    """
    vectors = np.fromfile(corpus, "<f4").reshape(-1, dimensions)
    sought = np.fromfile(queries, "<f4").reshape(-1, dimensions)
    index = faiss.index_factory(dimensions, factory, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    start = time.perf_counter()
    index.add(vectors)
    added = time.perf_counter()
    faiss.ParameterSpace().set_index_parameters(index, parameters)
    search_start = time.perf_counter()
    _, found = index.search(sought, k)
    searched = time.perf_counter()
    found.astype("<i4").tofile(labels)
    return {"add": added - start, "search": searched - search_start}


serve({"search": search})
