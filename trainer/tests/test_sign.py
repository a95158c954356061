"""OpenSSF model signing: what the job signs its own library verifies, and a changed file it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from model_signing import verifying

from conftest import Launch


def write_key(folder: Path, private_key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> tuple[Path, Path]:
    paths = folder / "key.pem", folder / "key.pub.pem"
    pem, no_encryption = serialization.Encoding.PEM, serialization.NoEncryption()
    paths[0].write_bytes(private_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_encryption))
    public = private_key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    paths[1].write_bytes(public)
    return paths


def sign_job(folder: Path, key: Path) -> dict[str, str]:
    model = folder / "encoder"
    (model / "onnx").mkdir(parents=True)
    (model / "onnx" / "model.onnx").write_bytes(b"weights")
    (model / "tokenizer.json").write_text("{}", encoding="utf-8")
    return {"kind": "sign", "model": str(model), "key": str(key), "output": str(folder / "model.sig")}


def test_signature_holds_for_every_file_and_for_no_other(launch: Launch, tmp_path: Path) -> None:
    private, public = write_key(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    job = sign_job(tmp_path, private)
    process = launch(job, tmp_path / "job")
    assert process.wait() == 0, process.log()
    assert process.events("finished")
    # Downloaded elsewhere, under another name.
    model = (tmp_path / "encoder").rename(tmp_path / "downloaded")
    verifier = verifying.Config().use_elliptic_key_verifier(public_key=public)
    verifier.verify(model, job["output"])
    (model / "onnx" / "model.onnx").write_bytes(b"weightS")
    with pytest.raises(ValueError, match=r"model\.onnx"):
        verifier.verify(model, job["output"])


def test_key_of_another_kind_is_refused_with_the_command_that_makes_the_right_one(
    launch: Launch, tmp_path: Path
) -> None:
    private, _ = write_key(tmp_path, ed25519.Ed25519PrivateKey.generate())
    process = launch(sign_job(tmp_path, private), tmp_path / "job")
    assert process.wait() == 1
    (failed,) = process.events("failed")
    assert failed["error"] == "Environment"
    assert "openssl ecparam -name prime256v1" in failed["message"]
    assert not (tmp_path / "model.sig").exists()
