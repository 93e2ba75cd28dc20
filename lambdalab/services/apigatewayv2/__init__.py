"""HTTP APIs of API Gateway: moto's apigatewayv2 keeps what they are made of, and here they answer requests.

- `control.py`: the operations that make and change an API, put right where moto answers otherwise than AWS
- `deployments.py`: what of an API clients see: a snapshot of it, and when a new one is made
- `place.py`: a request, on its way through stage, route, authorizer and function, and back
- `authorization.py`: who is let in: JWT and Lambda authorizers, IAM
- `issuers.py`: the keys of those who issue tokens
- `access_log.py`: a line for each request, and the only place that says why one failed
- `permissions.py`: the permissions that its calls need

What is decided without looking at anything (routes, CORS, tokens, mappings) is in `lambdalab.services.apigatewayv2.gateway`.
"""

from lambdalab.rooms import Room

ROOM = Room("apigatewayv2", services=("apigatewayv2",), moto=("apigatewayv2",))
