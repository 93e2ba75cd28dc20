"""One resource of each kind that cells may create, with all that belongs to it, by plain boto3."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import boto3

from lambdalab.execution_role import BASIC_EXECUTION

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
READS_A_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": READS_A_QUEUE, "Resource": "*"}]}
)
REGION = "us-east-1"
HERE = f"arn:aws:{{}}:{REGION}:123456789012:"


def code() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event\n")
    return buffer.getvalue()


def role(name: str = "thing") -> str:
    iam = boto3.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=POLICY)
    iam.attach_role_policy(RoleName=name, PolicyArn=BASIC_EXECUTION)
    return arn


def policy() -> None:
    iam = boto3.client("iam")
    arn = iam.create_policy(PolicyName="thing", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)
    role("with-policy")
    iam.attach_role_policy(RoleName="with-policy", PolicyArn=arn)


def user() -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="thing")
    iam.create_access_key(UserName="thing")
    iam.put_user_policy(UserName="thing", PolicyName="inline", PolicyDocument=POLICY)
    iam.create_group(GroupName="thing")
    iam.add_user_to_group(GroupName="thing", UserName="thing")


def function(name: str = "thing") -> str:
    client = boto3.client("lambda")
    made = client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=role(f"{name}-role"),
        Code={"ZipFile": code()},
    )
    version = client.publish_version(FunctionName=name)["Version"]  # 1 only the first time that there is such a name
    client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    client.invoke(FunctionName=name, Payload="{}")
    return str(made["FunctionArn"])


def layer() -> None:
    client = boto3.client("lambda")
    for _ in range(3):
        client.publish_layer_version(LayerName="thing", Content={"ZipFile": code()})


def mapping() -> None:
    function()
    url = boto3.client("sqs").create_queue(QueueName="thing")["QueueUrl"]
    boto3.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
    boto3.client("lambda").create_event_source_mapping(
        FunctionName="thing", EventSourceArn=HERE.format("sqs") + "thing"
    )


def log_group() -> None:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="thing")
    logs.create_log_stream(logGroupName="thing", logStreamName="one")
    logs.put_retention_policy(logGroupName="thing", retentionInDays=7)


def bucket() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="thing")
    s3.put_bucket_versioning(Bucket="thing", VersioningConfiguration={"Status": "Enabled"})
    for number in range(3):
        s3.put_object(Bucket="thing", Key="same", Body=str(number).encode())
    s3.delete_object(Bucket="thing", Key="same")
    s3.create_multipart_upload(Bucket="thing", Key="half")
    s3.put_bucket_tagging(Bucket="thing", Tagging={"TagSet": [{"Key": "stage", "Value": "test"}]})


def topic() -> None:
    sns = boto3.client("sns")
    arn = sns.create_topic(Name="thing")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=HERE.format("lambda") + "function:thing")
    sns.publish(TopicArn=arn, Message="hello")


def table() -> None:
    dynamodb = boto3.resource("dynamodb")
    dynamodb.create_table(
        TableName="thing",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    with dynamodb.Table("thing").batch_writer() as batch:
        batch.put_item(Item={"id": "1"})


def stream() -> None:
    boto3.client("kinesis").create_stream(StreamName="thing", ShardCount=1)


def parameter() -> None:
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/shop/thing", Value="1", Type="String")
    ssm.put_parameter(Name="/shop/thing", Value="2", Type="String", Overwrite=True)


def secret() -> None:
    boto3.client("secretsmanager").create_secret(Name="thing", SecretString="x")


def rule() -> None:
    events = boto3.client("events")
    events.put_rule(Name="thing", ScheduleExpression="rate(5 minutes)")
    events.put_targets(Rule="thing", Targets=[{"Id": "one", "Arn": HERE.format("lambda") + "function:thing"}])
    events.create_event_bus(Name="shop")
    events.put_rule(Name="thing", EventBusName="shop", EventPattern='{"source": ["shop"]}')
    events.put_targets(
        Rule="thing", EventBusName="shop", Targets=[{"Id": "one", "Arn": HERE.format("lambda") + "function:thing"}]
    )


def archive() -> None:
    boto3.client("events").create_archive(ArchiveName="thing", EventSourceArn=HERE.format("events") + "event-bus/shop")


def schedule() -> None:
    trust = TRUST.replace("lambda.amazonaws.com", "scheduler.amazonaws.com")
    caller = boto3.client("iam").create_role(RoleName="of-schedule", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    scheduler = boto3.client("scheduler")
    scheduler.create_schedule_group(Name="shop")
    for group in ({}, {"GroupName": "shop"}):
        scheduler.create_schedule(
            Name="thing",
            ScheduleExpression="rate(5 minutes)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": HERE.format("lambda") + "function:thing", "RoleArn": caller},
            **group,
        )


def alarm() -> None:
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="thing",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )


def rest_api() -> None:
    client = boto3.client("apigateway")
    api = client.create_rest_api(name="thing")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.create_resource(restApiId=api, parentId=root, pathPart="orders")


def http_api() -> None:
    client = boto3.client("apigatewayv2")
    api = client.create_api(Name="thing", ProtocolType="HTTP")["ApiId"]
    client.create_stage(ApiId=api, StageName="$default")


def state_machine() -> None:
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}})
    boto3.client("stepfunctions").create_state_machine(name="thing", definition=definition, roleArn=role("of-machine"))


def everything() -> None:
    """All of these."""
    for make in THINGS:
        make()


def stack() -> None:
    template = json.dumps(
        {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-stack"}}}}
    )
    boto3.client("cloudformation").create_stack(StackName="thing", TemplateBody=template)


THINGS: tuple[Any, ...] = (
    *(role, policy, user, layer, mapping, log_group, bucket, topic, table, stream, parameter, secret),
    *(rule, archive, schedule, alarm, rest_api, http_api, state_machine, stack),
)
