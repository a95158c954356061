"""Reads a metrics log back: the rows that are published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from .failures import InvalidData, quoted


class MetricRow(NamedTuple):
    """One step's metrics, by their names."""

    step: int
    metrics: dict[str, float]


def read_metric_rows(path: Path) -> list[MetricRow]:
    """Read JSON Lines of `{"step": int, "metrics": {name: number}}`.

    Raises:
        InvalidData: The file can't be read, a line is malformed, or the steps do not ascend. W&B would drop a row
            whose step is not above the one before, without an error.
    """
    rows: list[MetricRow] = []
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            row = _parse(line, f"{path}:{number}")
            if rows and row.step <= rows[-1].step:
                raise InvalidData(f"{path}:{number}: step {row.step} comes after step {rows[-1].step}")
            rows.append(row)
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidData(f"Can't read the metrics in {path}: {cause}") from cause
    return rows


def _parse(line: str, where: str) -> MetricRow:
    try:
        value: Any = json.loads(line)
        return MetricRow(int(value["step"]), dict(value["metrics"]))
    except (ValueError, KeyError, TypeError) as cause:
        raise InvalidData(f'{where}: not an object of "step" and "metrics": {quoted(cause)}') from cause
