"""Serves calls from the benchmark: a JSON object a line on standard input, its answer a line on standard output."""

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping

Figures = Mapping[str, float]


def serve(functions: Mapping[str, Callable[..., Figures]]) -> None:
    """Answers calls by name until standard input ends.

    Args:
        functions: By name; each takes the call's parameters as keywords and returns figures.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # What libraries print must not come between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        call = json.loads(line)
        try:
            answer = {"result": functions[call["name"]](**call["parameters"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)
