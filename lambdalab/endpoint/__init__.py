"""The HTTP endpoint: how requests reach AWS's services, as moto keeps them, over loopback.

    server ─▶ framing ─▶ unsigned ─▶ a function URL, an API of API Gateway
                             └─▶ access ─▶ response_streaming ─▶ moto

- `server.py`: the lab's HTTP server on loopback
- `connections.py`: who is connected to it, and which threads answer
- `exchange.py`: one request and its response, as WSGI has them
- `framing.py`: where a request begins and ends, checked before anything else looks at it
- `access.py`: who may use the AWS API: signatures, Host, Origin
- `unsigned.py`: requests that nobody signs, to function URLs and APIs
- `public_endpoints.py`: the addresses that answer such requests, and how they are found
- `fetch.py`: what a service gets when it fetches a URL that belongs to the lab
- `response_streaming.py`: responses that begin while the function still runs
- `request_context.py`: who sent the request that is being answered, and its trace header
- `moto_application.py`: moto as a WSGI application
- `not_implemented.py`: operations that AWS has and moto lacks are refused in words
"""
