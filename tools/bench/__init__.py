"""`make bench`: what the course costs in time and memory, measured on this machine, side by side in one run.

    figures  a measured number, with its unit and the limit we set ourselves
    engine   warm and cold invocations, against the peers
    peers    aws-lambda-rie, bare awslambdaric, a bare pipe
    offline  serverless-offline, another way to run functions on one's own machine
    scale    many environments at once, many calls a second
    sources  from an event at its source to the function's first line: S3
    apis     API Gateway's requests a second, against serverless-offline
    load     many clients at once, in a process of their own
    polled   a queue's messages a second through an event source mapping, against a loop by hand
    soak     ten thousand messages through each polled source while things go wrong: none is lost
    timing   samples of things that are measured in turn
    page     the reader's browser: bytes and seconds until the first output
    course   the site's build, the notebooks, a kernel

A further module holds functions that return figures; `__main__` lists them in MEASURES.
"""
