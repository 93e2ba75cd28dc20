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


def left(context):
    return f"{context.get_remaining_time_in_millis() / 1000:.0f} s"


def handler(event, context):
    answer = {name: repr(getattr(context, name)) for name in NAMES}
    answer["left at the start"] = left(context)
    time.sleep(1)
    answer["left a second later"] = left(context)
    return answer
