import re

PRICE_REQUEST = 0.20 / 1_000_000
PRICE_GB_SECOND = 0.0000166667
REPORT = re.compile(r"\tDuration: ([\d.]+) ms.*\tMemory Size: (\d+) MB")


def handler(event, context):
    usd = 0
    for line in event["log"]:
        if match := REPORT.search(line):
            seconds = float(match[1]) / 1000
            usd += seconds * int(match[2]) / 1024 * PRICE_GB_SECOND
    return {"usd": usd}
