import time


def shrink(picture):
    time.sleep(0.3)  # stands for work
    return f"small-{picture}"


def handler(event, context):
    done, left = [], list(event["pictures"])
    while left:
        done.append(shrink(left.pop(0)))
    return {"done": done, "left": left}
