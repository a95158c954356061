"""Reads the .wandb file of an offline run: LevelDB's log framing around protobuf records."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record

_HEADER = b":W&B"
_HEADER_BYTES = 7
_BLOCK_BYTES = 32768
_FRAME = struct.Struct("<IHB")
_FULL, _LAST = 1, 4


def read_records(path: Path) -> Iterator[Record]:
    """Yield the file's records in order."""
    data = path.read_bytes()
    assert data.startswith(_HEADER)
    position, payload = _HEADER_BYTES, b""
    while position + _FRAME.size <= len(data):
        room = _BLOCK_BYTES - position % _BLOCK_BYTES
        if room < _FRAME.size:
            position += room
            continue
        _checksum, size, kind = _FRAME.unpack_from(data, position)
        position += _FRAME.size
        payload += data[position : position + size]
        position += size
        if kind in (_FULL, _LAST):
            record = Record()
            record.ParseFromString(payload)
            payload = b""
            yield record


def history_rows(records: list[Record]) -> list[dict[str, Any]]:
    """Return the logged rows, W&B's own underscore keys but `_step` left out."""
    rows = []
    for record in records:
        if record.WhichOneof("record_type") == "history":
            row = {"/".join(item.nested_key) or item.key: _value(item) for item in record.history.item}
            rows.append({key: value for key, value in row.items() if key == "_step" or not key.startswith("_")})
    return rows


def summary(records: list[Record]) -> dict[str, Any]:
    """Return the summary after the last update."""
    values: dict[str, Any] = {}
    for record in records:
        if record.WhichOneof("record_type") == "summary":
            values |= {"/".join(item.nested_key) or item.key: _value(item) for item in record.summary.update}
    return values


def _value(item: Any) -> Any:
    return json.loads(item.value_json)
