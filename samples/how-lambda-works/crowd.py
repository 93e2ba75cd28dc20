import time

calls = 0


def handler(event, context):
    global calls
    calls += 1
    time.sleep(event.get("work_s", 0))
    return calls
