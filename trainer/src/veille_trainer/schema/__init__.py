"""The protocol's JSON Schemas, which `npm run schema` generates from contracts/trainer.ts."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema


@cache
def _branches(name: str) -> list[dict[str, Any]]:
    return json.loads((files(__name__) / f"{name}.schema.json").read_text(encoding="utf-8"))["oneOf"]


def branch_names(name: str, discriminator: str) -> list[str]:
    """Return the values that `discriminator` may have in the union `name` ("job" or "event")."""
    return [branch["properties"][discriminator]["const"] for branch in _branches(name)]


def branch_for(name: str, discriminator: str, value: object) -> int:
    """Return the position of the union's member whose `discriminator` is `value`.

    Validating against that member alone names the wrong field; validating against the union would only say
    that no member fits.

    Raises:
        jsonschema.ValidationError: There is no such member.
    """
    names = branch_names(name, discriminator)
    if value not in names:
        raise jsonschema.ValidationError(f"{value!r} is not one of {names}", path=[discriminator])
    return names.index(value)


@cache
def validator(name: str, branch: int) -> jsonschema.Draft202012Validator:
    """Return a validator for one member of the union `name`."""
    return jsonschema.Draft202012Validator(_branches(name)[branch])
