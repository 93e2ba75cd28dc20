"""A REST API in the page: the `requests` library reaches it in process, with templates, models and an authorizer."""

from __future__ import annotations

import json

from .page import run
from .test_lab import printed

CELLS = {
    "write": """
%%writefile app.py
import json
def handler(event, context):
    if event.get("type") == "TOKEN":
        effect = "Allow" if event["authorizationToken"] == "please" else "Deny"
        statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
        return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    if "resource" not in event:
        return event
    return {"statusCode": 201, "body": json.dumps([event["pathParameters"], event["requestContext"]["stage"]])}
""",
    "wire": """
import boto3, json, lambdalab, requests
lab = lambdalab.start()
aws_lambda, gateway = boto3.client("lambda"), boto3.client("apigateway")
arn = aws_lambda.create_function(
    FunctionName="x", Runtime="python3.14", Role=lab.role("r"), Handler="app.handler",
    Code={"ZipFile": lab.package("app.py")},
)["FunctionArn"]
aws_lambda.add_permission(
    FunctionName="x", StatementId="a", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
)
uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
made = gateway.create_rest_api(name="pets")
api, root = made["id"], made["rootResourceId"]
guard = gateway.create_authorizer(
    restApiId=api, name="g", type="TOKEN", authorizerUri=uri, identitySource="method.request.header.Authorization"
)["id"]
gateway.create_model(
    restApiId=api, name="Pet", contentType="application/json",
    schema=json.dumps({"type": "object", "required": ["name"]}),
)
validator = gateway.create_request_validator(restApiId=api, name="v", validateRequestBody=True)["id"]

pet = gateway.create_resource(restApiId=api, parentId=root, pathPart="{id}")["id"]
gateway.put_method(
    restApiId=api, resourceId=pet, httpMethod="GET", authorizationType="CUSTOM", authorizerId=guard
)
gateway.put_integration(
    restApiId=api, resourceId=pet, httpMethod="GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri
)
gateway.put_method(
    restApiId=api, resourceId=root, httpMethod="POST", authorizationType="NONE",
    requestValidatorId=validator, requestModels={"application/json": "Pet"},
)
gateway.put_integration(
    restApiId=api, resourceId=root, httpMethod="POST", type="AWS", integrationHttpMethod="POST", uri=uri,
    requestTemplates={"application/json": '{"said": $input.json("$.name"), "stage": "$context.stage"}'},
)
gateway.put_method_response(restApiId=api, resourceId=root, httpMethod="POST", statusCode="200")
gateway.put_integration_response(restApiId=api, resourceId=root, httpMethod="POST", statusCode="200")
gateway.create_deployment(restApiId=api, stageName="prod")
""",
    "call": """
url = lab.url(f"https://{api}.execute-api.us-east-1.amazonaws.com/prod")
answers = [
    requests.get(f"{url}/7", headers={"Authorization": "please"}),
    requests.get(f"{url}/7", headers={"Authorization": "no"}),
    requests.get(f"{url}/7"),
    requests.post(f"{url}/", json={"name": "Rex"}),
    requests.post(f"{url}/", json={"nam": "Rex"}),
    requests.delete(f"{url}/"),
]
print(json.dumps([[each.status_code, each.json()] for each in answers]))
""",
}


def test_a_rest_api_in_the_page() -> None:
    cells = [{"id": name, "source": source.lstrip(), "skip": False} for name, source in CELLS.items()]
    outputs = run({"lab": cells})["lab"]
    assert printed(outputs["wire"]) == ""
    assert json.loads(printed(outputs["call"])) == [
        [201, [{"id": "7"}, "prod"]],
        [403, {"Message": "User is not authorized to access this resource with an explicit deny"}],
        [401, {"message": "Unauthorized"}],
        [200, {"said": "Rex", "stage": "prod"}],
        [400, {"message": "Invalid request body"}],
        [403, {"message": "Missing Authentication Token"}],
    ]
