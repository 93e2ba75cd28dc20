import time

NAMES = (
    "function_name",
    "function_version",
    "invoked_function_arn",
    "memory_limit_in_mb",
    "aws_request_id",
    "log_group_name",
    "log_stream_name",
    "identity",
    "client_context",
    "tenant_id",
)


def handler(event, context):
    answer = {name: repr(getattr(context, name)) for name in NAMES}
    answer["left at the start"] = context.get_remaining_time_in_millis()
    time.sleep(1)
    answer["left a second later"] = context.get_remaining_time_in_millis()
    return answer
