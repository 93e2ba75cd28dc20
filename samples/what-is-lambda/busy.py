import time


def handler(event, context):
    time.sleep(event["seconds"])  # work, or a slow database
    return {"environment": context.log_stream_name}
