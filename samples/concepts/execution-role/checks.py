"""The exercises of "The execution role". Each check calls the functions, and asks what else their policies allow."""

import json
from pathlib import Path

import boto3
from lambdalab.exercises import Exercise, NotYet
from lambdalab.policies import MalformedPolicy, Policies, Principal, Request, evaluate, read

SOLUTIONS = Path(__file__).parent / "solutions"


def call(name, event, session=None):
    """Invoke a function: its result, and the error, whether the caller was refused or the function failed."""
    client = (session or boto3).client("lambda")
    try:
        response = client.invoke(FunctionName=name, Payload=json.dumps(event))
    except client.exceptions.ResourceNotFoundException:
        raise NotYet(f"There is no function called {name}. Run the cells from the top.") from None
    except client.exceptions.ClientError as refusal:
        return None, refusal.response["Error"]["Message"]
    result = json.load(response["Payload"])
    if "FunctionError" in response:
        return None, result["errorMessage"]
    return result, None


def missing(error):
    """What a refusal asks for: s3:GetObject on "arn:…". Any other error as it is."""
    _, found, rest = error.partition("not authorized to perform: ")
    return (
        rest.partition(" because ")[0].partition(" with an ")[0].replace(" on resource: ", " on ") if found else error
    )


def session_arn(arn, role, name):
    """The ARN of a session of a role, in the account of this ARN."""
    return f"arn:aws:sts::{arn.split(':')[4]}:assumed-role/{role}/{name}"


def policies_of(role):
    """The permissions policies of a role, inline and attached."""
    iam = boto3.client("iam")
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        documents.append(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])
    return documents


def allowed(role, questions):
    """Those of the questions (action, resource) to which the role's policies say yes."""
    try:
        identity = tuple(read(document, "policy") for document in policies_of(role))
    except MalformedPolicy as problem:
        raise NotYet(f"IAM would not take this policy: {problem}") from None
    arn = boto3.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    principal = Principal(session_arn(arn, role, role), role=arn)
    return [
        (action, resource)
        for action, resource in questions
        if evaluate(Request(principal, action, resource), Policies(identity=identity))
    ]


def refuse_more(role, *questions):
    """Not yet, if the role may do any of this."""
    for action, resource in allowed(role, questions):
        raise NotYet(f"It works, and the role may do more: {action} on {resource}. Which statement allows that?")


def bucket_of(function):
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=function)
    return f"arn:aws:s3:::{configuration['Environment']['Variables']['BUCKET']}"


def gallery():
    result, error = call("gallery", {})
    if error:
        raise NotYet(
            f"gallery may not do {missing(error)}. Lay this ARN beside the one in your statement for the action: where "
            "do they part?"
        )
    if result != ["thumbs/cat.png"]:
        raise NotYet(f"gallery made {result}. There is one photo, photos/cat.png. Is the handler as it was?")
    bucket = bucket_of("gallery")
    if not allowed("gallery", [("s3:GetObject", f"{bucket}/photos/2027/dog.png")]):
        raise NotYet("The cat's photo is read. What about photos/2027/dog.png, which comes tomorrow?")
    if not allowed("gallery", [("s3:PutObject", f"{bucket}/thumbs/2027/dog.png")]):
        raise NotYet("The cat's thumb is written. What about thumbs/2027/dog.png, which comes tomorrow?")
    refuse_more(
        "gallery",
        ("s3:GetObject", f"{bucket}/salaries/2026.json"),
        ("s3:GetObject", f"{bucket}/thumbs/cat.png"),
        ("s3:PutObject", f"{bucket}/photos/cat.png"),
        ("s3:DeleteObject", f"{bucket}/photos/cat.png"),
        ("s3:DeleteObject", f"{bucket}/thumbs/cat.png"),
        ("s3:DeleteBucket", bucket),
        ("s3:ListBucket", "arn:aws:s3:::another-bucket"),
        ("s3:PutObject", "arn:aws:s3:::another-bucket/thumbs/cat.png"),
        ("dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:123456789012:table/totals"),
    )
    return "The photos can be read, thumbs can be written, and nothing else."


def archive():
    for order in (
        {"id": "7", "day": "tuesday", "amount": 20},
        {"id": "8", "day": "friday", "amount": 5000},
    ):
        _, error = call("archive", order)
        if error:
            question = (
                "Monday's order was small. Which line of the handler is for large ones only?"
                if "sqs:" in missing(error)
                else "Which part of archive/monday/1.json is the same on every day?"
            )
            what = f"An order of {order['amount']} on {order['day'].title()}"
            raise NotYet(f"{what}: archive may not do {missing(error)}. {question}")
    bucket = bucket_of("archive")
    queue = boto3.client("sqs").get_queue_url(QueueName="large-orders")["QueueUrl"]
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    if not allowed("archive", [("s3:PutObject", f"{bucket}/archive/sunday/99.json")]):
        raise NotYet("Tuesday and Friday work, order 99 on Sunday would not. Which part of the key never changes?")
    refuse_more(
        "archive",
        ("s3:PutObject", f"{bucket}/salaries/2026.json"),
        ("s3:GetObject", f"{bucket}/archive/monday/1.json"),
        ("s3:DeleteObject", f"{bucket}/archive/monday/1.json"),
        ("s3:PutObject", "arn:aws:s3:::another-bucket/archive/monday/1.json"),
        ("sqs:ReceiveMessage", arn),
        ("sqs:DeleteQueue", arn),
        ("sqs:SendMessage", arn.replace("large-orders", "payments")),
        ("dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:123456789012:table/totals"),
    )
    return "Every day, small orders and large ones, and nothing else."


def courier():
    iam, sts = boto3.client("iam"), boto3.client("sts")
    role = iam.get_role(RoleName="courier")["Role"]["Arn"]
    if policies_of("courier"):
        raise NotYet(
            "The role courier has a permissions policy now. It belongs to another team: you cannot change it. Which "
            "policy belongs to stock?"
        )
    keys = sts.assume_role(RoleArn=role, RoleSessionName="check")["Credentials"]
    as_courier = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    _, refused = call("stock:live", {}, as_courier)
    _, refused_latest = call("stock", {}, as_courier)
    if refused and not refused_latest:
        raise NotYet(
            "The courier may call stock, which is $LATEST, and may not call stock:live. The policy that you wrote to "
            "is the one for the name without an alias. What says which one is meant?"
        )
    if refused:
        raise NotYet(f"The courier may not do {missing(refused)}. Which call writes into the policy of stock:live?")
    if not refused_latest:
        raise NotYet(
            "The courier may call stock:live, and stock as well, which is $LATEST. Who still lets it in there?"
        )
    lambda_client = boto3.client("lambda")
    document = lambda_client.get_policy(FunctionName="stock", Qualifier="live")["Policy"]
    alias = lambda_client.get_alias(FunctionName="stock", Name="live")["AliasArn"]
    stranger = Principal(session_arn(role, "stranger", "check"))
    if evaluate(Request(stranger, "lambda:InvokeFunction", alias), Policies(resource=read(document))):
        raise NotYet("The courier may call stock:live. So may any role of any account. Which principal is that?")
    return "stock:live is open to the courier, $LATEST is not, and nobody else is let in."


EXERCISES = {
    "gallery": Exercise(
        gallery,
        (
            "To list is an action on the bucket. To read and to write are actions on objects, whose ARNs go on behind "
            "the bucket's name.",
            "thumbs/ is one object of that name. What stands for every name that begins so?",
            'photos/* for reading, thumbs/* for writing: f"{bucket_arn}/photos/*".',
        ),
        SOLUTIONS / "gallery.cell",
    ),
    "archive": Exercise(
        archive,
        (
            'print(json.dumps(lab.permissions_used("archive"), indent=2)) shows Monday\'s policy. Which of its words '
            "are about that one order?",
            "Read the handler: which line has not run on Monday? queue_arn is at hand.",
            "s3:PutObject on archive/* in the bucket, and sqs:SendMessage on queue_arn. lab.role() has attached what "
            "the log needs.",
        ),
        SOLUTIONS / "archive.cell",
    ),
    "courier": Exercise(
        courier,
        (
            "A function has a policy, and each of its aliases has one of its own. Which of them got the statement?",
            'lambda_client.remove_permission(FunctionName="stock", StatementId="courier") takes it out again.',
            'add_permission takes Qualifier="live".',
        ),
        SOLUTIONS / "courier.cell",
    ),
}
