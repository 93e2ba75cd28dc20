"""The door into moto's Secrets Manager. Nothing is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.secretsmanager.models import SecretsManagerBackend, secretsmanager_backends

from lambdalab.moto_patches import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """None."""
    return ()


def misfits() -> Iterator[str]:
    """What moto lacks of what is read here: an account's secrets, each with its ARN, its name and its policy."""
    backend = SecretsManagerBackend("us-east-1", "000000000000")
    yield from missing(backend, "secrets", "create_secret")
    backend.create_secret(
        name="probe",
        secret_string="",
        secret_binary="",
        description="",
        tags=[],
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
    for secret in backend.secrets.values():
        yield from missing(secret, "arn", "name", "policy")


def arn_of(region: str, account: str, name: str) -> str | None:
    """The ARN of the secret with this name. It ends with a random part."""
    secrets = list(secretsmanager_backends[account][region].secrets.values())
    return next((str(each.arn) for each in secrets if each.name == name), None)


def policy_of(region: str, account: str, resource: str) -> str | None:
    """The policy of the secret with this ARN's last part."""
    arn = f"arn:aws:secretsmanager:{region}:{account}:{resource}"
    for secret in list(secretsmanager_backends[account][region].secrets.values()):
        if secret.arn == arn:
            policy: str | None = secret.policy
            return policy
    return None
