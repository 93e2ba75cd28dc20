import time


def handler(event, context):
    print("asking the warehouse")
    time.sleep(event["work_s"])
    print("the warehouse has answered")
    return "done"
