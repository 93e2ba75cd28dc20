"""The exercises of "How Lambda works". Each check calls the function, as its users would."""

import base64
import json
import uuid
from pathlib import Path

import boto3
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"


def call(name, event):
    """Invoke a function: its result and its log. A function that fails is an answer too."""
    client = boto3.client("lambda")
    try:
        response = client.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    except client.exceptions.ResourceNotFoundException:
        raise NotYet(f"There is no function called {name}. Run the cells from the top.") from None
    result, log = json.load(response["Payload"]), base64.b64decode(response["LogResult"]).decode()
    if "FunctionError" in response:
        raise NotYet(
            f"For {json.dumps(event)} {name} raised {result['errorType']}: {result['errorMessage']}. "
            "Its log names the line. What is different there from what you expected?"
        )
    return result, log


def start_anew(name):
    """A new revision of the function: its environments are not used again."""
    client = boto3.client("lambda")
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"CHECK": uuid.uuid4().hex}})
    client.get_waiter("function_updated_v2").wait(FunctionName=name)


def basket():
    for customer, items in (("Ada", ["tea"]), ("Grace", ["milk", "bread"]), ("Ada", [])):
        event = {"customer": customer, "items": items}
        result, _ = call("basket", event)
        if result == {"customer": customer, "basket": items}:
            continue
        found = result.get("basket") if isinstance(result, dict) else None
        if isinstance(found, list) and len(found) > len(items):
            raise NotYet(
                f"{customer} sent {json.dumps(items)} and got {json.dumps(found)}: what another customer had sent "
                "before came along. Both calls ran in the same environment. What in the file is made once, "
                "and what is made for each call?"
            )
        raise NotYet(
            f"For {json.dumps(event)} it answered {json.dumps(result)}. Wanted are the customer, and their own items."
        )
    return "Three calls in one environment, and each customer gets their own basket."


def rates():
    start_anew("rates")
    for usd, to, amount in ((100, "EUR", 92.0), (10, "GBP", 7.9), (200, "EUR", 184.0)):
        event = {"usd": usd, "to": to}
        result, log = call("rates", event)
        if result != {"amount": amount}:
            raise NotYet(f"For {json.dumps(event)} it answered {json.dumps(result)}. Wanted is {amount}.")
        cold = "Init Duration" in log
        if not cold and "loading the rates" in log:
            raise NotYet(
                "A warm call says 'loading the rates' in its log: every call waits for the download again. "
                "Which part of the file runs once for each environment?"
            )
    return "The first call of an environment loads the rates. The others find them in memory."


def invoices():
    first, _ = call("invoices", {})
    second, _ = call("invoices", {})
    start_anew("invoices")
    third, _ = call("invoices", {})
    numbers = [answer.get("invoice") if isinstance(answer, dict) else answer for answer in (first, second, third)]
    if numbers[1] == numbers[0]:
        raise NotYet(f"Two calls got the numbers {numbers[0]} and {numbers[1]}. What counts between them?")
    if numbers[2] in numbers[:2]:
        raise NotYet(
            f"Two calls got the numbers {numbers[0]} and {numbers[1]}. Then the function was updated, and the next "
            f"call got {numbers[2]}: an invoice number twice. The count was in the memory of an environment that is "
            "gone. Where would it outlive all environments?"
        )
    if not all(isinstance(number, int) for number in numbers) or numbers != sorted(numbers):
        raise NotYet(f"The numbers were {numbers}. Wanted are whole numbers that grow.")
    kept = boto3.client("dynamodb").scan(TableName="counters")["Items"]
    if not kept:
        raise NotYet(
            f"The numbers grow: {numbers}. But the table counters is empty. Is what you count with safe when "
            "two calls run at the same time?"
        )
    return (
        f"{numbers[0]}, {numbers[1]}, {numbers[2]}: the numbers go on in a new environment. The table keeps the count."
    )


EXERCISES = {
    "basket": Exercise(
        basket,
        (
            "basket = [] stands at the module's level: it runs in Init, and every call of the environment shares it.",
            "Make the list inside the handler. Then it begins empty in each call.",
        ),
        SOLUTIONS / "basket.cell",
    ),
    "rates": Exercise(
        rates,
        (
            "What stands at the module's level runs in Init, before the first call, and is still there for the next.",
            "rates = load_rates(), moved out of the handler, below the function that it calls.",
        ),
        SOLUTIONS / "rates.cell",
    ),
    "invoices": Exercise(
        invoices,
        (
            "The table counters is outside of every environment. dynamodb.update_item can add to a number in it.",
            "To read, add and write back are three steps, and another call may come between. UpdateExpression='ADD "
            "#value :one' is one step: DynamoDB adds, whoever else is adding.",
            "ReturnValues='UPDATED_NEW' brings the new number back: answer['Attributes']['value']['N'], as a string.",
        ),
        SOLUTIONS / "invoices.cell",
    ),
}
