import sys

import money


def handler(event, context):
    return {"found": money.__file__, "search path": sys.path[:3]}
