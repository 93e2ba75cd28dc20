"""Operations that moto lacks are added, and gone again afterwards. (Seams: tests/lambdalab/test_lab.py.)"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.awslambda import urls
from moto.awslambda.responses import LambdaResponse

from lambdalab import moto_patches as patches

if TYPE_CHECKING:
    from collections.abc import Iterator


def _list(response: Any) -> tuple[int, dict[str, str], str]:
    return 200, {}, json.dumps({"CodeSigningConfigs": [], "NextMarker": response.querystring["Marker"][0]})


def _get(response: Any) -> tuple[int, dict[str, str], str]:
    arn = response.path.rsplit("/", 1)[-1]
    return 200, {}, json.dumps({"CodeSigningConfig": {"CodeSigningConfigArn": arn}})


# Two operations that no part of the lab needs.
LIST = patches.AddedOperation("ListCodeSigningConfigs", _list)
CREATE = patches.AddedOperation("CreateCodeSigningConfig", _list)
GET = patches.AddedOperation("GetCodeSigningConfig", _get)


@pytest.fixture
def put_back() -> Iterator[None]:
    paths = dict(urls.url_paths)
    yield
    patches.uninstall()
    assert urls.url_paths == paths
    assert not hasattr(LambdaResponse, "list_code_signing_configs")


@pytest.mark.usefixtures("put_back")
def test_an_operation_that_moto_lacks_can_be_added() -> None:
    patches.install((LIST, GET))
    with mock_aws():
        client = boto3.client("lambda", region_name="us-east-1")
        assert client.list_code_signing_configs(Marker="here")["NextMarker"] == "here"
        arn = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0"
        answer = client.get_code_signing_config(CodeSigningConfigArn=arn)
        assert answer["CodeSigningConfig"]["CodeSigningConfigArn"].endswith("csc-0123456789abcdef0")


@pytest.mark.usefixtures("put_back")
def test_operations_may_share_a_path_and_be_installed_twice() -> None:
    before = len(urls.url_paths)
    patches.install((LIST, CREATE))
    patches.install((LIST, CREATE))
    assert len(urls.url_paths) == before + 1


def test_paths_come_from_the_model_of_aws() -> None:
    assert GET.path == "{0}/2020-04-22/code-signing-configs/(?P<CodeSigningConfigArn>[^/]+)/?$"
    assert LIST.path == "{0}/2020-04-22/code-signing-configs/?$"


def test_an_operation_that_moto_has_is_no_addition() -> None:
    with pytest.raises(patches.MotoMismatch, match="LambdaResponse has list_functions already"):
        patches.install((patches.AddedOperation("ListFunctions", _list),))
    assert hasattr(LambdaResponse, "list_functions")
