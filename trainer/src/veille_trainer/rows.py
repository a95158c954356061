"""Reads the query–positive pairs that a training job names, with their hard negatives if they have any."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .failures import InvalidData, quoted


class Pairs(NamedTuple):
    """Columns of the same length: `positives[i]` answers `queries[i]`. Prefixes are already applied.

    `negatives` holds a column for each hard negative that a pair has: `negatives[k][i]` does not answer `queries[i]`.
    """

    queries: list[str]
    positives: list[str]
    negatives: Sequence[list[str]] = ()

    def columns(self) -> dict[str, list[str]]:
        """Return the columns in the order in which the in-batch negatives loss takes them, by name."""
        negatives = {f"negative_{number}": column for number, column in enumerate(self.negatives, start=1)}
        return {"query": self.queries, "positive": self.positives, **negatives}


def read_pairs(path: Path, query_prefix: str, passage_prefix: str, limit: int | None = None) -> Pairs:
    """Read JSON Lines of `{"query": str, "positive": str, "negatives"?: [str, …]}`, the first `limit` if given.

    Raises:
        InvalidData: The file can't be read, a line is not such an object, or rows differ in their number of negatives.
    """
    rows: list[dict[str, Any]] = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if limit is not None and len(rows) == limit:
                    break
                rows.append(_parse(line, f"{path}:{number}", rows[0] if rows else None))
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidData(f"Can't read the rows in {path}: {cause}") from cause
    return Pairs(
        [query_prefix + row["query"] for row in rows],
        [passage_prefix + row["positive"] for row in rows],
        [
            [passage_prefix + text for text in column]
            for column in zip(*(row["negatives"] for row in rows), strict=True)
        ],
    )


def _parse(line: str, where: str, first: dict[str, Any] | None) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as cause:
        raise InvalidData(f"{where}: not JSON: {cause}") from cause
    for field in ("query", "positive"):
        value = row.get(field) if isinstance(row, dict) else None
        if not _is_text(value):
            raise InvalidData(f'{where}: "{field}" is {quoted(value)}; it must be a text that is not empty')
    negatives = row.setdefault("negatives", [])
    if not isinstance(negatives, list) or not all(map(_is_text, negatives)):
        raise InvalidData(f'{where}: "negatives" is {quoted(negatives)}; it must be a list of texts that are not empty')
    if first is not None and len(negatives) != len(first["negatives"]):
        raise InvalidData(
            f"{where}: {len(negatives)} negatives where the first row has {len(first['negatives'])}; "
            "every row must have the same number"
        )
    return row


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""
