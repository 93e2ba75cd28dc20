"""HTTP APIs of API Gateway. moto's apigatewayv2 stores what they are made of; the lab answers their requests.

- `backend.py`: the one door into moto
- `state.py`: what the room uses of moto's objects
- `control_plane.py`: operations that create and change an API, where moto's answer differs from AWS's
- `operations.py`: operations that moto does not know
- `deployments.py`: the snapshots of an API that clients see
- `data_plane.py`: a request, through stage, route, authorizer and function, and back
- `authorization.py`: JWT and Lambda authorizers, IAM
- `issuers.py`: the keys of those who issue tokens
- `payloads.py`: the events for functions and authorizers
- `permissions.py`: the permissions that its operations need
- `gateway`: the pure functions of all this: routes, CORS, tokens, mappings
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("apigatewayv2", services=("apigatewayv2",), moto=("apigatewayv2",))
