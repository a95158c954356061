"""The `sign` command: signs a model's folder by OpenSSF model signing, for whoever has the public key to check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .events import EventStream
from .failures import EXIT_DONE, BrokenEnvironment
from .stop import StopSignal
from .versions import versions_of

if TYPE_CHECKING:
    from types import ModuleType


def run(job: dict[str, Any], events: EventStream, stop: StopSignal) -> int:
    """Run a sign job and return the process's exit code.

    Raises:
        BrokenEnvironment: The library is not installed, or the key is none that it takes.
        StopRequested: The process was told to stop before it began.
    """
    signing = _import_signing()
    started = {"device": "cpu", "precision": "fp32", "step": 0, "totalSteps": 0, "trainRows": 0, "determinism": {}}
    events.emit({"type": "started", "versions": versions_of("model-signing"), **started})
    stop.check()
    try:
        signer = signing.Config().use_elliptic_key_signer(private_key=Path(job["key"]))
    # For a key of another kind the library looks for a curve that is not there.
    except (OSError, TypeError, ValueError, AttributeError) as cause:
        raise BrokenEnvironment(
            f"The key {job['key']} is none for model signing: {cause}. "
            "Make one with `openssl ecparam -name prime256v1 -genkey -noout -out model-signing.pem`"
        ) from cause
    signer.sign(Path(job["model"]), Path(job["output"]))
    events.emit({"type": "finished", "step": 0, "bestStep": None, "stoppedEarly": False, "metrics": {}})
    return EXIT_DONE


def _import_signing() -> ModuleType:
    try:
        from model_signing import signing
    except ImportError as cause:
        raise BrokenEnvironment(
            "OpenSSF model signing is missing: `uv pip install model-signing pyopenssl` into the trainer's environment"
        ) from cause
    return signing
