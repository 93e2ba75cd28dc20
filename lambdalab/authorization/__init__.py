"""Who may do what in the lab: every request that a role or a user signs is held to their policies.

The reader's own credentials are an administrator's, and not held. A function signs with its role's.

    gate.py        stands in moto's way of answering: asks, and refuses
    principals.py  from an access key to who signs, and the policies that apply to them
    actions.py     from an operation and its parameters to actions on resources, as policies name them
    s3.py          the same for S3, whose actions are named otherwise
    deletion.py    S3's DeleteObjects, object by object
    federation.py  sessions by web identity or SAML: not part of this lab
    parameters.py  a request's parameters, from where they travel
    keys.py        which key a call to KMS means
    items.py       the same for items of DynamoDB: dynamodb:LeadingKeys
    context.py     the condition keys of a request
    attributes.py  the condition keys of a resource: its tags, a role's boundary
    resources.py   policies that resources have: of buckets, queues, topics, functions
    refusals.py    "no", as each service says it
    reply.py       a refusal in the form of the service's protocol
    used.py        what was really used, as a policy

`lambdalab.policies` decides; nothing of how a policy reads is here.
"""

from .enforcement import Enforcement

__all__ = ["Enforcement"]
