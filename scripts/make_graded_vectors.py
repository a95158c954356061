# /// script
# requires-python = ">=3.10"
# dependencies = ["pytrec_eval-terrier==0.5.11", "ranx==0.3.21"]
# ///
"""Writes test/vectors/graded.json: what trec_eval and ranx say of graded judgements.

It stands apart from make_vectors.py since trec_eval's binding is needed for nothing else, and is not in the trainer's
environment. Run from the repository's root; the same versions give the same bytes:

    uv run scripts/make_graded_vectors.py
"""

from vectors.graded import graded
from vectors.vector_file import versions, write

if __name__ == "__main__":
    write("graded", {"versions": versions("pytrec_eval-terrier", "ranx", "numpy"), **graded()})
