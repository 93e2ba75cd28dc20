"""How a REST API of API Gateway processes a request: pure functions, and what they need from outside.

    definition.py         a deployment: resources, methods and integrations as they were when it was made
    routes.py             from a path to a resource and its path parameters
    request.py            the request, and the variables of $context
    authorizers.py        Lambda authorizers: identity sources, their output, policies
    policies.py           AWS_IAM and the API's resource policy
    usage.py              throttling, and quotas of API keys
    validation.py         request validators
    mapping.py            parameter mapping, for integration requests and for method responses
    templates.py          mapping templates (VTL); paths.py: the JSONPath in them
    media.py              content types, binary bodies and header values
    gateway_responses.py  the response to a request that fails in API Gateway
    request_flow.py       the steps of a request, in AWS's order

Functions, callers and API keys are reached through `request_flow.Services`, which `data_plane.py` implements.
"""
