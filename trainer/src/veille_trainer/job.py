"""Reads a job file and checks it against the protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from .failures import InvalidJob
from .schema import branch_for, validator

# A job may quote whole configurations; a message is for reading.
_LONGEST_MESSAGE = 500


def load_job(path: Path) -> dict[str, Any]:
    """Read and check a job file.

    Raises:
        InvalidJob: The file is missing, is not JSON, or a field is wrong.
    """
    try:
        job = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise InvalidJob(f"Can't read the job file {path} as JSON: {cause}") from cause
    if not isinstance(job, dict):
        raise InvalidJob(f"The job file {path} holds a {type(job).__name__}; it must hold an object")
    try:
        member = validator("job", branch_for("job", "kind", job.get("kind")))
    except jsonschema.ValidationError as error:
        raise InvalidJob(_describe(error)) from error
    error = jsonschema.exceptions.best_match(member.iter_errors(job))
    if error is not None:
        raise InvalidJob(_describe(error)) from error
    return job


def _describe(error: jsonschema.ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path) or "job"
    # Of alternatives that fit equally badly, all are named.
    message = " and ".join(alternative.message for alternative in error.context or ()) or error.message
    return f"{where}: {message[:_LONGEST_MESSAGE]}"
