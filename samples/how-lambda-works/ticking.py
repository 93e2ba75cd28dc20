import threading
import time

ticks = 0


def count():
    global ticks
    while True:
        time.sleep(0.1)
        ticks += 1


threading.Thread(target=count, daemon=True).start()


def handler(event, context):
    time.sleep(event.get("work_s", 0))
    return ticks
