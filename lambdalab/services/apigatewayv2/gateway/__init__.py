"""What an HTTP API of API Gateway decides by itself, before and after the function: pure functions.

- `routes.py`: which route a request takes
- `cors.py`: what the API answers to a preflight, and adds to other answers
- `expressions.py`: `$request.header.name`, `$context.stage` and their like, in a request or an answer
- `mapping.py`: parameter mapping: what is changed in a request and in an answer
- `jwt.py`: whether a token is good, and for what
- `authorizers.py`: what a Lambda authorizer is asked with, and what its answer means

The events themselves are in `lambdalab.services.apigatewayv2.payloads`; what is reached with all that is
`lambdalab.services.apigatewayv2`.
"""
