"""Keys of KMS: their policy must let in who uses them, or leave it to the policies of whoever asks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.lambdalab.packages import allowing

if TYPE_CHECKING:
    from collections.abc import Callable

    Clients = Callable[[str], Any]

ACCOUNT = "123456789012"
ME = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/make-thumbnail"
WORKER = f"arn:aws:iam::{ACCOUNT}:role/worker"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
EVERYTHING = allowing("kms:*")


@pytest.fixture
def key(client: Clients) -> str:
    """The ARN of a key, which has the policy that a key gets without one: it leaves all to the account."""
    made = client("kms").create_key()["KeyMetadata"]
    client("kms").create_alias(AliasName="alias/mine", TargetKeyId=made["KeyId"])
    return str(made["Arn"])


@pytest.fixture
def secret(client: Clients, key: str) -> bytes:
    return bytes(client("kms").encrypt(KeyId=key, Plaintext=b"hush")["CiphertextBlob"])


def lets_in(client: Clients, key: str, principal: str, *actions: str) -> None:
    policy = allowing(*actions)
    policy["Statement"][0]["Principal"] = {"AWS": principal}
    client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))


def refused(call: Callable[..., Any], **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDeniedException", 400)
    return str(answer["Error"]["Message"])


def test_a_key_that_leaves_it_to_the_account_is_used_by_whom_their_policies_let(
    act_as: Callable[..., Clients], key: str, secret: bytes
) -> None:
    assert refused(act_as()("kms").decrypt, CiphertextBlob=secret) == (
        f"User: {ME} is not authorized to perform: kms:Decrypt on resource: {key} "
        "because no identity-based policy allows the kms:Decrypt action"
    )
    may = act_as(allowing("kms:Decrypt", resource=key))("kms")
    assert may.decrypt(CiphertextBlob=secret)["Plaintext"] == b"hush"


def test_a_key_that_lets_others_in_is_closed_to_every_administrator(
    act_as: Callable[..., Clients], client: Clients, key: str, secret: bytes
) -> None:
    worker = act_as(EVERYTHING)("kms")
    lets_in(client, key, f"arn:aws:iam::{ACCOUNT}:role/other", "kms:*")
    assert refused(worker.decrypt, CiphertextBlob=secret, KeyId=key).endswith(
        "because no resource-based policy allows the kms:Decrypt action"
    )


def test_a_key_s_policy_that_names_the_role_is_enough(
    act_as: Callable[..., Clients], client: Clients, key: str, secret: bytes
) -> None:
    worker = act_as()("kms")
    lets_in(client, key, WORKER, "kms:Decrypt")
    assert worker.decrypt(CiphertextBlob=secret)["Plaintext"] == b"hush"
    assert "kms:Encrypt" in refused(worker.encrypt, KeyId=key, Plaintext=b"x")


def test_an_alias_in_a_policy_does_not_count(act_as: Callable[..., Clients], key: str) -> None:
    alias = key.partition(":key/")[0] + ":alias/mine"
    by_alias = act_as(allowing("kms:Encrypt", resource=alias))("kms")
    assert key in refused(by_alias.encrypt, KeyId="alias/mine", Plaintext=b"x")
    assert key in refused(by_alias.encrypt, KeyId=alias, Plaintext=b"x")
    act_as(allowing("kms:Encrypt", resource=key))("kms").encrypt(KeyId="alias/mine", Plaintext=b"x")


def test_to_encrypt_again_takes_both_keys(
    act_as: Callable[..., Clients], client: Clients, key: str, secret: bytes
) -> None:
    other = client("kms").create_key()["KeyMetadata"]["Arn"]
    policy = allowing("kms:ReEncryptFrom", resource=key)
    again = {"CiphertextBlob": secret, "DestinationKeyId": other}
    assert refused(act_as(policy)("kms").re_encrypt, **again).startswith(
        f"User: {ME} is not authorized to perform: kms:ReEncryptTo on resource: {other} "
    )
    policy["Statement"] += allowing("kms:ReEncryptTo", resource=other)["Statement"]
    act_as(policy)("kms").re_encrypt(**again)


def test_an_alias_is_moved_and_deleted_by_who_may_with_it_and_its_key(act_as: Callable[..., Clients], key: str) -> None:
    alias = key.partition(":key/")[0] + ":alias/mine"
    policy = allowing("kms:DeleteAlias", resource=alias)
    assert key in refused(act_as(policy)("kms").delete_alias, AliasName="alias/mine")
    policy["Statement"] += allowing("kms:DeleteAlias", resource=key)["Statement"]
    act_as(policy)("kms").delete_alias(AliasName="alias/mine")


def test_what_no_key_has_made_is_nobody_s(act_as: Callable[..., Clients], key: str) -> None:
    """Such a request is not refused for a key's sake: KMS says what is wrong with it."""
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        act_as(EVERYTHING)("kms").decrypt(CiphertextBlob=b"no key made this")
