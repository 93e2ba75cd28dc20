"""How an HTTP API of API Gateway processes a request: pure functions.

- `routes.py`: which route a request takes
- `cors.py`: responses to preflight requests, and the CORS headers of other responses
- `expressions.py`: `$request.header.name`, `$context.stage` and the like
- `mapping.py`: parameter mapping of requests and responses
- `jwt.py`: validating JSON Web Tokens
- `authorizers.py`: identity sources and outputs of Lambda authorizers

The events are in `lambdalab.services.apigatewayv2.payloads`; `data_plane.py` puts all of it together.
"""
