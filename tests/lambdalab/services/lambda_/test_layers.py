"""Layer versions through boto3: published, listed, referred to, deleted, and refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import code
from lambdalab.services.lambda_.layers import operations as layers_module
from tests.lambdalab.packages import zipped

from .test_invoke_and_lifecycle import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Any]

ARN = "arn:aws:lambda:us-east-1:123456789012:layer"
GREETS = "import greeting\ndef handler(event, context): return greeting.TEXT"
INVALID = "InvalidParameterValueException"


@pytest.fixture
def publish(aws_lambda: Any) -> Maker:
    """Publishes a version of a layer; answers what publish_layer_version answered."""

    def publish_layer_version(text: str = "hello", name: str = "greetings", **settings: Any) -> Any:
        files: dict[str, str | bytes] = {"python/greeting.py": f"TEXT = {text!r}"}
        return aws_lambda.publish_layer_version(LayerName=name, **{"Content": {"ZipFile": zipped(files)}, **settings})

    return publish_layer_version


# The life of a layer version --------------------------------------------------------------------------------------


def test_versions_of_a_layer_are_counted(publish: Maker, aws_lambda: Any) -> None:
    first = publish(Description="says hello", CompatibleRuntimes=["python3.13"], LicenseInfo="MIT")
    assert first["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (first["LayerArn"], first["LayerVersionArn"], first["Version"]) == (
        f"{ARN}:greetings",
        f"{ARN}:greetings:1",
        1,
    )
    assert (first["Description"], first["CompatibleRuntimes"], first["LicenseInfo"]) == (
        "says hello",
        ["python3.13"],
        "MIT",
    )
    assert publish()["Version"] == 2
    aws_lambda.delete_layer_version(LayerName="greetings", VersionNumber=2)
    assert publish()["Version"] == 3  # a number is never used again


def test_the_account_counts_layer_versions_in_its_code_size(publish: Maker, aws_lambda: Any) -> None:
    before = aws_lambda.get_account_settings()["AccountUsage"]["TotalCodeSize"]
    sizes = [publish(text)["Content"]["CodeSize"] for text in ("hello", "good evening")]
    assert aws_lambda.get_account_settings()["AccountUsage"]["TotalCodeSize"] == before + sum(sizes)


def test_a_layer_version_is_found_by_name_and_by_arn(publish: Maker, aws_lambda: Any) -> None:
    arn = publish()["LayerVersionArn"]
    by_name = aws_lambda.get_layer_version(LayerName="greetings", VersionNumber=1)
    by_arn = aws_lambda.get_layer_version_by_arn(Arn=arn)
    for found in (by_name, by_arn):
        assert found["LayerVersionArn"] == arn
    assert by_name["Content"] == by_arn["Content"]


def test_a_layer_version_that_is_not_there_is_not_found(publish: Maker, aws_lambda: Any) -> None:
    publish()
    missing = (404, "ResourceNotFoundException", "The resource you requested does not exist.")
    assert refusal(lambda: aws_lambda.get_layer_version(LayerName="greetings", VersionNumber=2)) == missing
    assert refusal(lambda: aws_lambda.get_layer_version(LayerName="other", VersionNumber=1)) == missing
    assert refusal(lambda: aws_lambda.get_layer_version_by_arn(Arn=f"{ARN}:greetings:7")) == missing


def test_to_delete_a_layer_version_is_answered_204_also_when_there_is_none(publish: Maker, aws_lambda: Any) -> None:
    publish()
    for name, number in (("greetings", 1), ("greetings", 1), ("other", 1)):
        answer = aws_lambda.delete_layer_version(LayerName=name, VersionNumber=number)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert aws_lambda.list_layers()["Layers"] == []


def test_layers_are_listed_by_the_runtime_that_they_name(publish: Maker, aws_lambda: Any) -> None:
    publish(name="python", CompatibleRuntimes=["python3.12"], CompatibleArchitectures=["arm64"])
    publish(name="python", CompatibleRuntimes=["python3.13"])
    publish(name="node", CompatibleRuntimes=["nodejs22.x"])

    def found(**wanted: str) -> list[tuple[str, int]]:
        layers = aws_lambda.list_layers(**wanted)["Layers"]
        return [(layer["LayerName"], layer["LatestMatchingVersion"]["Version"]) for layer in layers]

    assert found() == [("python", 2), ("node", 1)]
    assert found(CompatibleRuntime="python3.12") == [("python", 1)]
    assert found(CompatibleRuntime="nodejs22.x") == [("node", 1)]
    assert found(CompatibleArchitecture="arm64") == [("python", 1)]
    versions = aws_lambda.list_layer_versions(LayerName="python")["LayerVersions"]
    assert [version["Version"] for version in versions] == [2, 1]
    versions = aws_lambda.list_layer_versions(LayerName="python", CompatibleRuntime="python3.12")["LayerVersions"]
    assert [version["Version"] for version in versions] == [1]
    assert aws_lambda.list_layer_versions(LayerName="other")["LayerVersions"] == []


# Functions and their layers ---------------------------------------------------------------------------------------


def test_a_function_sees_its_layers_and_names_them(publish: Maker, create: Maker, invoke: Maker) -> None:
    version = publish()
    made = create(GREETS, Layers=[version["LayerVersionArn"]])
    assert made["Layers"] == [{"Arn": f"{ARN}:greetings:1", "CodeSize": version["Content"]["CodeSize"]}]
    assert invoke() == "hello"


def test_two_functions_share_a_layer(publish: Maker, create: Maker, invoke: Maker) -> None:
    arn = publish()["LayerVersionArn"]
    create(GREETS, name="one", Layers=[arn])
    create(GREETS, name="two", Layers=[arn])
    assert [invoke("one"), invoke("two")] == ["hello", "hello"]


def test_a_layer_may_come_from_s3(client: Maker, publish: Maker, create: Maker, invoke: Maker) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="layers")
    s3.put_object(Bucket="layers", Key="greetings.zip", Body=zipped({"python/greeting.py": "TEXT = 'from S3'"}))
    arn = publish(Content={"S3Bucket": "layers", "S3Key": "greetings.zip"})["LayerVersionArn"]
    create(GREETS, Layers=[arn])
    assert invoke() == "from S3"


def test_new_layers_take_effect_in_new_environments(
    publish: Maker, create: Maker, invoke: Maker, aws_lambda: Any
) -> None:
    first, second = publish("first")["LayerVersionArn"], publish("second")["LayerVersionArn"]
    create(GREETS, Layers=[first])
    assert invoke() == "first"
    updated = aws_lambda.update_function_configuration(FunctionName="hello", Layers=[second])
    assert [layer["Arn"] for layer in updated["Layers"]] == [second]
    assert invoke() == "second"
    aws_lambda.update_function_configuration(FunctionName="hello", Layers=[])
    assert invoke()["errorType"] == "Runtime.ImportModuleError"


def test_a_published_version_of_a_function_keeps_its_layers(publish: Maker, create: Maker, aws_lambda: Any) -> None:
    first, second = publish("first")["LayerVersionArn"], publish("second")["LayerVersionArn"]
    create(GREETS, Layers=[first], Publish=True)
    aws_lambda.update_function_configuration(FunctionName="hello", Layers=[second])
    answers = [
        json.loads(aws_lambda.invoke(FunctionName="hello", Qualifier=qualifier)["Payload"].read())
        for qualifier in ("1", "$LATEST")
    ]
    assert answers == ["first", "second"]


def test_a_deleted_layer_version_stays_with_the_functions_that_have_it(
    publish: Maker, create: Maker, invoke: Maker, aws_lambda: Any
) -> None:
    arn = publish()["LayerVersionArn"]
    create(GREETS, Layers=[arn])
    aws_lambda.delete_layer_version(LayerName="greetings", VersionNumber=1)
    assert invoke() == "hello"
    aws_lambda.update_function_configuration(FunctionName="hello", Description="changed")
    assert invoke() == "hello"
    assert refusal(lambda: create(GREETS, name="late", Layers=[arn])) == (
        400,
        INVALID,
        f"Layer version {arn} does not exist.",
    )


def test_a_list_that_names_a_deleted_layer_version_is_refused_also_where_it_is_in_use(
    publish: Maker, create: Maker, invoke: Maker, aws_lambda: Any
) -> None:
    deleted, other = publish()["LayerVersionArn"], publish(name="other")["LayerVersionArn"]
    create(GREETS, Layers=[deleted])
    aws_lambda.delete_layer_version(LayerName="greetings", VersionNumber=1)
    assert refusal(lambda: aws_lambda.update_function_configuration(FunctionName="hello", Layers=[deleted, other])) == (
        400,
        INVALID,
        f"Layer version {deleted} does not exist.",
    )
    assert invoke() == "hello"


def test_a_layer_that_does_not_name_the_runtime_is_taken(publish: Maker, create: Maker, invoke: Maker) -> None:
    create(GREETS, Layers=[publish(CompatibleRuntimes=["nodejs22.x"])["LayerVersionArn"]])
    assert invoke() == "hello"


# Sharing ----------------------------------------------------------------------------------------------------------


def test_a_layer_version_is_shared_with_an_account_an_organization_or_all(publish: Maker, aws_lambda: Any) -> None:
    publish()
    layer = {"LayerName": "greetings", "VersionNumber": 1}
    permission = {**layer, "Action": "lambda:GetLayerVersion"}
    one = aws_lambda.add_layer_version_permission(StatementId="one", Principal="111122223333", **permission)
    aws_lambda.add_layer_version_permission(
        StatementId="ours", Principal="*", OrganizationId="o-t194hfs8cz", **permission
    )
    aws_lambda.add_layer_version_permission(StatementId="all", Principal="*", **permission)
    common = {"Effect": "Allow", "Action": "lambda:GetLayerVersion", "Resource": f"{ARN}:greetings:1"}
    account = {"Sid": "one", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, **common}
    assert json.loads(one["Statement"]) == account
    policy = aws_lambda.get_layer_version_policy(**layer)
    assert json.loads(policy["Policy"])["Statement"] == [
        account,
        {
            "Sid": "ours",
            "Principal": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-t194hfs8cz"}},
            **common,
        },
        {"Sid": "all", "Principal": "*", **common},
    ]
    assert refusal(lambda: aws_lambda.add_layer_version_permission(StatementId="all", Principal="*", **permission)) == (
        409,
        "ResourceConflictException",
        "The statement id (all) provided already exists. Please provide a new statement id, or remove the existing "
        "statement.",
    )


def test_a_permission_is_for_one_version_and_can_be_taken_back(publish: Maker, aws_lambda: Any) -> None:
    publish()
    publish()
    aws_lambda.add_layer_version_permission(
        LayerName="greetings", VersionNumber=1, StatementId="all", Action="lambda:GetLayerVersion", Principal="*"
    )
    missing = (404, "ResourceNotFoundException")
    policy_of = aws_lambda.get_layer_version_policy
    assert refusal(lambda: policy_of(LayerName="greetings", VersionNumber=2))[:2] == missing
    aws_lambda.remove_layer_version_permission(LayerName="greetings", VersionNumber=1, StatementId="all")
    assert refusal(lambda: policy_of(LayerName="greetings", VersionNumber=1))[:2] == missing
    assert (
        refusal(
            lambda: aws_lambda.add_layer_version_permission(
                LayerName="other", VersionNumber=1, StatementId="all", Action="lambda:GetLayerVersion", Principal="*"
            )
        )[:2]
        == missing
    )


# Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no zip", "Could not unzip uploaded file. Please check your file, then try to upload again."),
        (zipped({}), "Uploaded file must be a non-empty zip"),
    ],
)
def test_a_layer_must_be_a_zip_archive(publish: Maker, aws_lambda: Any, content: bytes, message: str) -> None:
    assert refusal(lambda: publish(Content={"ZipFile": content})) == (400, INVALID, message)
    assert aws_lambda.list_layers()["Layers"] == []


def test_a_function_has_at_most_five_layers(publish: Maker, create: Maker, invoke: Maker) -> None:
    arns = [publish(name=f"layer-{number}")["LayerVersionArn"] for number in range(6)]
    assert refusal(lambda: create(GREETS, Layers=arns)) == (400, INVALID, "Cannot reference more than 5 layers.")
    create(GREETS, Layers=arns[:5])
    assert invoke() == "hello"


def test_a_function_has_one_version_of_a_layer(publish: Maker, create: Maker) -> None:
    first, second = publish()["LayerVersionArn"], publish()["LayerVersionArn"]
    assert refusal(lambda: create(GREETS, Layers=[first, second])) == (
        400,
        INVALID,
        "Two different versions of the same layer are not allowed to be referenced in the same function. "
        f"{first} and {second} are versions of the same layer.",
    )


@pytest.mark.parametrize(
    ("arn", "status", "code", "message"),
    [
        (f"{ARN}:missing:1", 400, INVALID, f"Layer version {ARN}:missing:1 does not exist."),
        (
            "arn:aws:lambda:eu-west-1:123456789012:layer:greetings:1",
            400,
            INVALID,
            "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
        ),
        (
            "arn:aws:lambda:us-east-1:999999999999:layer:greetings:1",
            403,
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:root is not authorized to perform: lambda:GetLayerVersion on resource: "
            "arn:aws:lambda:us-east-1:999999999999:layer:greetings:1 because no resource-based policy allows the "
            "lambda:GetLayerVersion action",
        ),
    ],
)
def test_a_layer_must_be_there(
    publish: Maker, create: Maker, aws_lambda: Any, arn: str, status: int, code: str, message: str
) -> None:
    publish()
    assert refusal(lambda: create(GREETS, Layers=[arn])) == (status, code, message)
    assert aws_lambda.list_functions()["Functions"] == []


def test_a_layer_is_named_with_its_version(publish: Maker, create: Maker) -> None:
    status, code, message = refusal(lambda: create(GREETS, Layers=[publish()["LayerArn"]]))
    assert (status, code) == (400, "ValidationException")
    assert message.startswith(f"1 validation error detected: Value '[{ARN}:greetings]' at 'layers' failed to satisfy")


def test_a_refused_update_changes_nothing(publish: Maker, create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    create(GREETS, Layers=[publish()["LayerVersionArn"]])
    status, _, _ = refusal(
        lambda: aws_lambda.update_function_configuration(FunctionName="hello", Layers=[f"{ARN}:missing:1"])
    )
    assert status == 400
    layers = aws_lambda.get_function_configuration(FunctionName="hello")["Layers"]
    assert [layer["Arn"] for layer in layers] == [f"{ARN}:greetings:1"]
    assert invoke() == "hello"


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> int:
    """A limit of 10,000 bytes instead of 250 MB: what is compared is the same."""
    for module in (layers_module, code):
        monkeypatch.setattr(module, "UNZIPPED_LIMIT", 10_000)
    return 10_000


def test_code_and_layers_together_have_a_largest_size(
    limit: int, publish: Maker, create: Maker, invoke: Maker, aws_lambda: Any
) -> None:
    arns = [publish("x" * 3_000, name=f"layer-{number}")["LayerVersionArn"] for number in range(4)]
    size_of_one = 3_000 + len("TEXT = ''")
    large = GREETS + "\n#" + "x" * 5_000
    expected = (
        400,
        INVALID,
        f"Function code combined with layers exceeds the maximum allowed size of {limit} bytes. "
        f"The actual size is {2 * size_of_one + len(large)} bytes.",
    )
    assert refusal(lambda: create(large, Layers=arns[:2])) == expected
    create(large, Layers=arns[:1])
    update = aws_lambda.update_function_configuration
    assert refusal(lambda: update(FunctionName="hello", Layers=arns[:2])) == expected
    assert refusal(lambda: update(FunctionName="hello", Layers=arns)) == (
        400,
        INVALID,
        f"Layers consume more than the available size of {limit} bytes",
    )
    assert invoke() == "x" * 3_000
    create(GREETS, name="small", Layers=arns[:2])
    update_code = aws_lambda.update_function_code
    assert refusal(lambda: update_code(FunctionName="small", ZipFile=zipped({"app.py": large}))) == expected
    assert invoke("small") == "x" * 3_000
