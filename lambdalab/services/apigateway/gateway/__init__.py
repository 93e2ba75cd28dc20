"""What a REST API of API Gateway decides about a request, as pure functions, and what it needs to be told.

    definition.py    a deployment: resources, methods, integrations, as they were when it was made
    routes.py        a path → a resource and its path parameters
    received.py      the request, and the variables of $context
    authorizers.py   Lambda authorizers: identity sources, their answers, policies
    policies.py      AWS_IAM and the API's own policy
    usage.py         throttling, API keys' quotas
    validation.py    request validators
    mapping.py       parameters from requests to integrations, and from integrations to responses
    templates.py     mapping templates (VTL); paths.py: the JSONPath in them
    media.py         which bodies are binary
    refusals.py      what the client gets when it gets no further: gateway responses
    gateway.py       the way of a request through all that, in AWS's order

The way out, to functions, callers and keys, is `gateway.Behind`, which `lambdalab/cloud/sources/rest_api/` implements.
"""
