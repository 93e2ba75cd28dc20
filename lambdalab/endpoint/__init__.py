"""AWS as moto keeps it, reached over loopback; what moto gets wrong is put right here.

- `server.py`: the lab's HTTP server on loopback
- `connections.py`: who is connected to it, and which threads answer
- `exchange.py`: one request and its response, as WSGI has them
- `access.py`: who may talk to it
- `front_door.py`: the way in to function URLs and APIs, which need no signature
- `doors.py`: what kinds of addresses there are behind it, and what is there
- `web.py`: what an address of the lab answers when a service fetches a document
- `framing.py`: where a request begins and ends, checked before anybody looks at it
- `early.py`: responses that begin while the function still runs
- `requests.py`: who sent the request that is being answered
- `seams.py`: how moto is changed, with a check that it still looks as expected
- `late.py`: what moto imports and hardly ever uses is imported when it is used
- `absent.py`: how the lab says that something of AWS is not part of it
- `not_implemented.py`: what AWS's model knows and moto does not is refused in words
- `lambdas/`: Lambda's operations that moto answers otherwise than AWS
- `sources/`: what happens in a service, and reaches functions
- `destinations.py`: sends messages to queues, topics, event buses and buckets
- `managed_policies.py`: AWS's managed policies, read once
- `permissions/`: every request that a role or a user signs is held to their policies
- `roles.py`: the credentials of an execution role
"""
