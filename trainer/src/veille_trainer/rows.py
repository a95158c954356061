"""Reads the query–positive pairs that a training job names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from .failures import InvalidData


class Pairs(NamedTuple):
    """Two lists of the same length: `positives[i]` answers `queries[i]`. Prefixes are already applied."""

    queries: list[str]
    positives: list[str]


def read_pairs(path: Path, query_prefix: str, passage_prefix: str, limit: int | None = None) -> Pairs:
    """Read JSON Lines of `{"query": str, "positive": str}`, the first `limit` of them if given.

    Raises:
        InvalidData: The file can't be read, or a line is not such an object.
    """
    pairs = Pairs([], [])
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if limit is not None and len(pairs.queries) == limit:
                    break
                row = _parse(line, f"{path}:{number}")
                pairs.queries.append(query_prefix + row["query"])
                pairs.positives.append(passage_prefix + row["positive"])
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidData(f"Can't read the rows in {path}: {cause}") from cause
    return pairs


def _parse(line: str, where: str) -> dict[str, str]:
    try:
        row = json.loads(line)
    except ValueError as cause:
        raise InvalidData(f"{where}: not JSON: {cause}") from cause
    for field in ("query", "positive"):
        value = row.get(field) if isinstance(row, dict) else None
        if not isinstance(value, str) or not value:
            raise InvalidData(f'{where}: "{field}" is {value!r}; it must be a text that is not empty')
    return row
