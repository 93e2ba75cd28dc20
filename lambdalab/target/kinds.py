"""The kinds of things that the course creates, in the order in which they are deleted.

For each: whether one of a name exists, which tags it has, and how it is deleted with everything that hangs on it. Each
deletion can be broken off anywhere and begun again, and what is gone already is no mistake.

A kind that stands before another may depend on it: a function's mapping goes before the function, and the function
before its role.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Aws = Callable[[str], Any]
"""Gives the client of a service, in the right region, past the watch."""
Tags = dict[str, str]

_ABSENT = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404", "ResourceNotFoundException", "NotFoundException")


def is_absence(error: Exception) -> bool:
    """Whether AWS says that there is no such thing, in the words of whichever service."""
    response = getattr(error, "response", {})
    said = response.get("Error", {})
    code = str(said.get("Code", ""))
    if any(word in code for word in _ABSENT):
        return True
    return code == "ValidationError" and "does not exist" in str(said.get("Message", ""))  # CloudFormation


@contextlib.contextmanager
def if_there() -> Iterator[None]:
    """What is gone already need not be deleted."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if not is_absence(error):
            raise


def _found(ask: Callable[[], Any]) -> Any:
    """The answer, or None if there is no such thing."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        if is_absence(error):
            return None
        raise


def _pages(client: Any, operation: str, result: str, **parameters: Any) -> Iterator[Any]:
    """Everything that a listing has, page by page."""
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page.get(result) or ()


def _flat(tags: Any, key: str = "Key", value: str = "Value") -> Tags:
    return {tag[key]: tag[value] for tag in tags or ()}


@dataclass(frozen=True)
class Kind:
    """One kind of thing."""

    name: str
    service: str
    exists: Callable[[Aws, str], bool]
    delete: Callable[[Aws, str], None]
    tags: Callable[[Aws, str], Tags] | None = None
    """None: AWS knows no tags for it, and only the ledger says whose it is."""
    born: Callable[[Aws, str], float] | None = None
    """When it was created, in seconds since the epoch: for what may have no tags because it was broken off."""
    everywhere: bool = False
    """It belongs to the account, not to a region."""
    cost: str = "nothing while it is not used"


# Lambda ---------------------------------------------------------------------------------------------------------


def _delete_function(aws: Aws, name: str) -> None:
    client = aws("lambda")
    with if_there():
        for mapping in list(_pages(client, "list_event_source_mappings", "EventSourceMappings", FunctionName=name)):
            with if_there():
                client.delete_event_source_mapping(UUID=mapping["UUID"])
    with if_there():  # versions, aliases, URL, permissions and settings go with it
        client.delete_function(FunctionName=name)


def _delete_layer(aws: Aws, name: str) -> None:
    client = aws("lambda")
    with if_there():
        for version in list(_pages(client, "list_layer_versions", "LayerVersions", LayerName=name)):
            with if_there():
                client.delete_layer_version(LayerName=name, VersionNumber=version["Version"])


def _layer_exists(aws: Aws, name: str) -> bool:
    answer = _found(lambda: aws("lambda").list_layer_versions(LayerName=name))
    return bool(answer and answer["LayerVersions"])


def _mapping_tags(aws: Aws, uuid: str) -> Tags:
    client = aws("lambda")
    arn = client.get_event_source_mapping(UUID=uuid).get("EventSourceMappingArn")
    return dict(client.list_tags(Resource=arn)["Tags"]) if arn else {}


# IAM ------------------------------------------------------------------------------------------------------------


def _delete_role(aws: Aws, name: str) -> None:
    iam = aws("iam")
    with if_there():
        for policy in list(_pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)):
            with if_there():
                iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        for inline in list(_pages(iam, "list_role_policies", "PolicyNames", RoleName=name)):
            with if_there():
                iam.delete_role_policy(RoleName=name, PolicyName=inline)
        iam.delete_role(RoleName=name)


def _delete_user(aws: Aws, name: str) -> None:
    iam = aws("iam")
    with if_there():
        for key in list(_pages(iam, "list_access_keys", "AccessKeyMetadata", UserName=name)):
            with if_there():
                iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in list(_pages(iam, "list_attached_user_policies", "AttachedPolicies", UserName=name)):
            with if_there():
                iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
        for inline in list(_pages(iam, "list_user_policies", "PolicyNames", UserName=name)):
            with if_there():
                iam.delete_user_policy(UserName=name, PolicyName=inline)
        for group in list(_pages(iam, "list_groups_for_user", "Groups", UserName=name)):
            with if_there():
                iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
        with if_there():
            iam.delete_login_profile(UserName=name)
        iam.delete_user(UserName=name)


def _delete_group(aws: Aws, name: str) -> None:
    iam = aws("iam")
    with if_there():
        for user in iam.get_group(GroupName=name)["Users"]:
            with if_there():
                iam.remove_user_from_group(UserName=user["UserName"], GroupName=name)
        for policy in list(_pages(iam, "list_attached_group_policies", "AttachedPolicies", GroupName=name)):
            with if_there():
                iam.detach_group_policy(GroupName=name, PolicyArn=policy["PolicyArn"])
        for inline in list(_pages(iam, "list_group_policies", "PolicyNames", GroupName=name)):
            with if_there():
                iam.delete_group_policy(GroupName=name, PolicyName=inline)
        iam.delete_group(GroupName=name)


def _policy_arn(aws: Aws, name: str) -> str | None:
    """The ARN of a policy of this account, by its name, which the account has once."""
    for policy in _pages(aws("iam"), "list_policies", "Policies", Scope="Local"):
        if policy["PolicyName"] == name:
            return str(policy["Arn"])
    return None


def _delete_policy(aws: Aws, name: str) -> None:
    iam = aws("iam")
    arn = _policy_arn(aws, name)
    if arn is None:
        return
    with if_there():
        entities = list(iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn))
        for page in entities:
            for role in page["PolicyRoles"]:
                iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
            for user in page["PolicyUsers"]:
                iam.detach_user_policy(UserName=user["UserName"], PolicyArn=arn)
            for group in page["PolicyGroups"]:
                iam.detach_group_policy(GroupName=group["GroupName"], PolicyArn=arn)
        for version in list(_pages(iam, "list_policy_versions", "Versions", PolicyArn=arn)):
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=arn)


def _policy_tags(aws: Aws, name: str) -> Tags:
    return _flat(aws("iam").list_policy_tags(PolicyArn=_policy_arn(aws, name))["Tags"])


# Logs, buckets, queues, topics ----------------------------------------------------------------------------------


def log_group(aws: Aws, name: str) -> dict[str, Any] | None:
    """What CloudWatch says of this log group, if there is one."""
    for group in _pages(aws("logs"), "describe_log_groups", "logGroups", logGroupNamePrefix=name):
        if group["logGroupName"] == name:
            return dict(group)
    return None


def _delete_log_group(aws: Aws, name: str) -> None:
    with if_there():  # streams, filters and subscriptions go with it
        aws("logs").delete_log_group(logGroupName=name)


def _log_group_tags(aws: Aws, name: str) -> Tags:
    group = log_group(aws, name) or {}
    arn = str(group["arn"]).removesuffix(":*")
    return dict(aws("logs").list_tags_for_resource(resourceArn=arn)["tags"])


def _delete_bucket(aws: Aws, name: str) -> None:
    s3 = aws("s3")
    with if_there():
        for upload in list(_pages(s3, "list_multipart_uploads", "Uploads", Bucket=name)):
            with if_there():
                s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if found:
                objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
                s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
        s3.delete_bucket(Bucket=name)


def _bucket_exists(aws: Aws, name: str) -> bool:
    """Also somebody else's bucket exists (403): names of buckets are the whole world's."""
    from botocore.exceptions import ClientError

    try:
        aws("s3").head_bucket(Bucket=name)
    except ClientError as error:
        return not is_absence(error)
    return True


def _queue_url(aws: Aws, name: str) -> str | None:
    answer = _found(lambda: aws("sqs").get_queue_url(QueueName=name))
    return answer and str(answer["QueueUrl"])


def _delete_queue(aws: Aws, name: str) -> None:
    if url := _queue_url(aws, name):
        with if_there():
            aws("sqs").delete_queue(QueueUrl=url)


def _queue_tags(aws: Aws, name: str) -> Tags:
    return dict(aws("sqs").list_queue_tags(QueueUrl=_queue_url(aws, name)).get("Tags", {}))


def _topic_arn(aws: Aws, name: str) -> str | None:
    for topic in _pages(aws("sns"), "list_topics", "Topics"):
        if topic["TopicArn"].rpartition(":")[2] == name:
            return str(topic["TopicArn"])
    return None


def _delete_topic(aws: Aws, name: str) -> None:
    sns = aws("sns")
    if arn := _topic_arn(aws, name):
        with if_there():
            for subscription in list(_pages(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn)):
                if subscription["SubscriptionArn"].startswith("arn:"):  # else it waits to be confirmed, and lapses
                    with if_there():
                        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
            sns.delete_topic(TopicArn=arn)


def _topic_tags(aws: Aws, name: str) -> Tags:
    return _flat(aws("sns").list_tags_for_resource(ResourceArn=_topic_arn(aws, name))["Tags"])


# Tables, streams, parameters, secrets ---------------------------------------------------------------------------


def _delete_table(aws: Aws, name: str) -> None:
    client = aws("dynamodb")
    with if_there():
        client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name)


def _table_tags(aws: Aws, name: str) -> Tags:
    client = aws("dynamodb")
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    return _flat(client.list_tags_of_resource(ResourceArn=arn)["Tags"])


def _delete_stream(aws: Aws, name: str) -> None:
    with if_there():
        aws("kinesis").delete_stream(StreamName=name, EnforceConsumerDeletion=True)


def _delete_parameter(aws: Aws, name: str) -> None:
    with if_there():
        aws("ssm").delete_parameter(Name=name)


def _parameter_exists(aws: Aws, name: str) -> bool:
    wanted = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    return bool(aws("ssm").describe_parameters(ParameterFilters=wanted)["Parameters"])


def _delete_secret(aws: Aws, name: str) -> None:
    with if_there():
        aws("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def _secret(aws: Aws, name: str) -> Any:
    return _found(lambda: aws("secretsmanager").describe_secret(SecretId=name))


# Events, schedules, alarms, APIs, state machines, stacks --------------------------------------------------------


def split_rule(name: str) -> tuple[str, str]:
    """A rule's bus and its own name: rules are told apart by "bus/rule"."""
    bus, _, rule = name.rpartition("/")
    return bus or "default", rule


def _rule_exists(aws: Aws, name: str) -> bool:
    bus, rule = split_rule(name)
    return _found(lambda: aws("events").describe_rule(Name=rule, EventBusName=bus)) is not None


def _delete_rule(aws: Aws, name: str) -> None:
    bus, rule = split_rule(name)
    events = aws("events")
    with if_there():
        while targets := events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]:
            events.remove_targets(Rule=rule, EventBusName=bus, Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule, EventBusName=bus)


def _rule_tags(aws: Aws, name: str) -> Tags:
    bus, rule = split_rule(name)
    arn = aws("events").describe_rule(Name=rule, EventBusName=bus)["Arn"]
    return _flat(aws("events").list_tags_for_resource(ResourceARN=arn)["Tags"])


def _delete_bus(aws: Aws, name: str) -> None:
    events = aws("events")
    with if_there():
        for rule in events.list_rules(EventBusName=name)["Rules"]:
            _delete_rule(aws, f"{name}/{rule['Name']}")
        events.delete_event_bus(Name=name)


def _bus_tags(aws: Aws, name: str) -> Tags:
    arn = aws("events").describe_event_bus(Name=name)["Arn"]
    return _flat(aws("events").list_tags_for_resource(ResourceARN=arn)["Tags"])


def split_schedule(name: str) -> tuple[str, str]:
    """A schedule's group and its own name."""
    group, _, schedule = name.rpartition("/")
    return group or "default", schedule


def _schedule_exists(aws: Aws, name: str) -> bool:
    group, schedule = split_schedule(name)
    return _found(lambda: aws("scheduler").get_schedule(Name=schedule, GroupName=group)) is not None


def _delete_schedule(aws: Aws, name: str) -> None:
    group, schedule = split_schedule(name)
    with if_there():
        aws("scheduler").delete_schedule(Name=schedule, GroupName=group)


def _delete_schedule_group(aws: Aws, name: str) -> None:
    with if_there():
        aws("scheduler").delete_schedule_group(Name=name)


def _schedule_group_tags(aws: Aws, name: str) -> Tags:
    scheduler = aws("scheduler")
    arn = scheduler.get_schedule_group(Name=name)["Arn"]
    return _flat(scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"])


def _alarm(aws: Aws, name: str) -> Any:
    answer = aws("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return (answer.get("MetricAlarms") or answer.get("CompositeAlarms") or [None])[0]


def _delete_alarm(aws: Aws, name: str) -> None:
    with if_there():
        aws("cloudwatch").delete_alarms(AlarmNames=[name])


def _alarm_tags(aws: Aws, name: str) -> Tags:
    arn = _alarm(aws, name)["AlarmArn"]
    return _flat(aws("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"])


def _rest_api(aws: Aws, name: str) -> Any:
    return _found(lambda: aws("apigateway").get_rest_api(restApiId=name))


def _delete_rest_api(aws: Aws, name: str) -> None:
    with if_there():
        aws("apigateway").delete_rest_api(restApiId=name)


def _http_api(aws: Aws, name: str) -> Any:
    return _found(lambda: aws("apigatewayv2").get_api(ApiId=name))


def _delete_http_api(aws: Aws, name: str) -> None:
    with if_there():
        aws("apigatewayv2").delete_api(ApiId=name)


def _machine_arn(aws: Aws, name: str) -> str | None:
    for machine in _pages(aws("stepfunctions"), "list_state_machines", "stateMachines"):
        if machine["name"] == name:
            return str(machine["stateMachineArn"])
    return None


def _delete_machine(aws: Aws, name: str) -> None:
    if arn := _machine_arn(aws, name):
        with if_there():
            aws("stepfunctions").delete_state_machine(stateMachineArn=arn)


def _machine_tags(aws: Aws, name: str) -> Tags:
    answer = aws("stepfunctions").list_tags_for_resource(resourceArn=_machine_arn(aws, name))
    return _flat(answer["tags"], "key", "value")


def _stack(aws: Aws, name: str) -> Any:
    answer = _found(lambda: aws("cloudformation").describe_stacks(StackName=name))
    stacks = answer["Stacks"] if answer else []
    return next((stack for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"), None)


def _delete_stack(aws: Aws, name: str) -> None:
    client = aws("cloudformation")
    if _stack(aws, name):
        with if_there():
            client.delete_stack(StackName=name)
            client.get_waiter("stack_delete_complete").wait(StackName=name)


def _is(ask: Callable[[Aws, str], Any]) -> Callable[[Aws, str], bool]:
    return lambda aws, name: ask(aws, name) is not None


def _is_found(service: str, operation: str, parameter: str) -> Callable[[Aws, str], bool]:
    return lambda aws, name: _found(lambda: getattr(aws(service), operation)(**{parameter: name})) is not None


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("stack", "cloudformation", _is(_stack), _delete_stack, lambda aws, name: _flat(_stack(aws, name)["Tags"])),
        Kind(
            "alarm", "cloudwatch", _is(_alarm), _delete_alarm, _alarm_tags, cost="a little every month that it exists"
        ),
        Kind("schedule", "scheduler", _schedule_exists, _delete_schedule),
        Kind(
            "schedule-group",
            "scheduler",
            _is_found("scheduler", "get_schedule_group", "Name"),
            _delete_schedule_group,
            _schedule_group_tags,
        ),
        Kind("rule", "events", _rule_exists, _delete_rule, _rule_tags),
        Kind("bus", "events", _is_found("events", "describe_event_bus", "Name"), _delete_bus, _bus_tags),
        Kind(
            "rest-api",
            "apigateway",
            _is(_rest_api),
            _delete_rest_api,
            lambda aws, name: dict((_rest_api(aws, name) or {}).get("tags", {})),
        ),
        Kind(
            "http-api",
            "apigatewayv2",
            _is(_http_api),
            _delete_http_api,
            lambda aws, name: dict((_http_api(aws, name) or {}).get("Tags", {})),
        ),
        Kind(
            "state-machine",
            "stepfunctions",
            lambda aws, name: _machine_arn(aws, name) is not None,
            _delete_machine,
            _machine_tags,
        ),
        Kind(
            "mapping",
            "lambda",
            _is_found("lambda", "get_event_source_mapping", "UUID"),
            lambda aws, name: _delete_mapping(aws, name),
            _mapping_tags,
        ),
        Kind(
            "function",
            "lambda",
            _is_found("lambda", "get_function", "FunctionName"),
            _delete_function,
            lambda aws, name: dict(aws("lambda").get_function(FunctionName=name).get("Tags", {})),
        ),
        Kind("layer", "lambda", _layer_exists, _delete_layer),
        Kind("topic", "sns", lambda aws, name: _topic_arn(aws, name) is not None, _delete_topic, _topic_tags),
        Kind("queue", "sqs", lambda aws, name: _queue_url(aws, name) is not None, _delete_queue, _queue_tags),
        Kind(
            "stream",
            "kinesis",
            _is_found("kinesis", "describe_stream_summary", "StreamName"),
            _delete_stream,
            lambda aws, name: _flat(aws("kinesis").list_tags_for_stream(StreamName=name)["Tags"]),
            born=lambda aws, name: _stream_born(aws, name),
            cost="every hour that it exists",
        ),
        Kind(
            "table",
            "dynamodb",
            _is_found("dynamodb", "describe_table", "TableName"),
            _delete_table,
            _table_tags,
            cost="next to nothing on demand; every hour that it exists with provisioned capacity",
        ),
        Kind(
            "bucket",
            "s3",
            _bucket_exists,
            _delete_bucket,
            lambda aws, name: _bucket_tags(aws, name),
            born=lambda aws, name: _bucket_born(aws, name),
            everywhere=True,
            cost="what is stored in it",
        ),
        Kind(
            "parameter",
            "ssm",
            _parameter_exists,
            _delete_parameter,
            lambda aws, name: _flat(
                aws("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
            ),
        ),
        Kind(
            "secret",
            "secretsmanager",
            lambda aws, name: _secret(aws, name) is not None,
            _delete_secret,
            lambda aws, name: _flat((_secret(aws, name) or {}).get("Tags")),
            cost="a little every month that it exists",
        ),
        Kind(
            "log-group",
            "logs",
            _is(log_group),
            _delete_log_group,
            _log_group_tags,
            cost="what is logged",
        ),
        Kind(
            "role",
            "iam",
            _is_found("iam", "get_role", "RoleName"),
            _delete_role,
            lambda aws, name: _flat(aws("iam").list_role_tags(RoleName=name)["Tags"]),
            everywhere=True,
        ),
        Kind(
            "user",
            "iam",
            _is_found("iam", "get_user", "UserName"),
            _delete_user,
            lambda aws, name: _flat(aws("iam").list_user_tags(UserName=name)["Tags"]),
            everywhere=True,
        ),
        Kind("group", "iam", _is_found("iam", "get_group", "GroupName"), _delete_group, everywhere=True),
        Kind(
            "policy",
            "iam",
            lambda aws, name: _policy_arn(aws, name) is not None,
            _delete_policy,
            _policy_tags,
            everywhere=True,
        ),
    )
}
"""By name, in the order in which they are deleted."""


def _delete_mapping(aws: Aws, uuid: str) -> None:
    with if_there():
        aws("lambda").delete_event_source_mapping(UUID=uuid)


def _bucket_tags(aws: Aws, name: str) -> Tags:
    answer = _found(lambda: aws("s3").get_bucket_tagging(Bucket=name))
    return _flat(answer["TagSet"]) if answer else {}


def _bucket_born(aws: Aws, name: str) -> float:
    found = [each["CreationDate"] for each in aws("s3").list_buckets()["Buckets"] if each["Name"] == name]
    return float(found[0].timestamp()) if found else 0.0


def _stream_born(aws: Aws, name: str) -> float:
    summary = aws("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    return float(summary["StreamCreationTimestamp"].timestamp())
