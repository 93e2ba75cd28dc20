"""REST APIs of API Gateway. moto's apigateway stores what they are made of; the lab answers their requests.

- `backend.py`: the one door into moto
- `lazy_imports.py`: what moto imports with API Gateway and hardly ever uses
- `state.py`: what the room uses of moto's objects
- `control_plane.py`: operations that create and change an API, where moto's answer differs from AWS's
- `operations.py`: operations that moto does not know: TestInvokeMethod and updates
- `openapi_import.py`: APIs from an OpenAPI document
- `errors.py`, `handlers.py`: the errors of all these operations, and how moto calls them
- `deployments.py`: the snapshots of an API that clients see
- `data_plane.py`: requests to an API, and what is needed to answer them: functions, callers, API keys
- `invocation.py`: how API Gateway invokes functions
- `payloads.py`: the events for functions and authorizers, and what a function's output means
- `stage_logs.py`, `access_log.py`: what a stage writes about its requests
- `permissions.py`: the permissions that its operations need
- `gateway`: the pure functions of all this
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted

HTTP APIs (`lambdalab.services.apigatewayv2`) share errors, throttling, invocation and the access log.
"""

from lambdalab.rooms import Room

ROOM = Room("apigateway", services=("apigateway",), moto=("apigateway",))
