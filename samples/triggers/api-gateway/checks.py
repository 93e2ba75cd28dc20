"""The exercises of "API Gateway". Each check sends requests to the API, as the learner did."""

import json
from pathlib import Path

import boto3
import requests

import lambdalab
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"
ADA, BOB = "ada-1815", "bob-1923"
ADMIN, STRANGER = "https://admin.example.com", "https://elsewhere.example.com"


def send(method, path, **more):
    """A request to the HTTP API `shelf`."""
    found = [api for api in boto3.client("apigatewayv2").get_apis()["Items"] if api["Name"] == "shelf"]
    if not found:
        raise NotYet("There is no HTTP API called shelf. Run the cells from the top.")
    return requests.request(method, lambdalab.start().url(found[0]["ApiEndpoint"] + path), timeout=20, **more)


def review():
    good = send("POST", "/reviews", json={"stars": 5})
    if good.status_code == 404:
        raise NotYet("POST /reviews is not there. Run the cell that makes the route.")
    if good.status_code != 201:
        raise NotYet(f"A review with 5 stars got {good.status_code} {good.text}. It should be a 201, as before.")
    bodies = {
        "oops": "a body that is no JSON",
        "": "no body at all",
        '["stars"]': "a list",
        '{"stairs": 5}': "an object without stars",
        '{"stars": 6}': "6 stars",
        '{"stars": 0}': "0 stars",
        '{"stars": "many"}': '"many" stars',
        '{"stars": 4.5}': "4.5 stars",
        '{"stars": null}': "stars that are null",
    }
    for body, what in bodies.items():
        got = send("POST", "/reviews", data=body, headers={"Content-Type": "application/json"})
        if got.status_code == 500:
            raise NotYet(f"For {what} the answer is a 500: the function raised. Which line could not cope with it?")
        if got.status_code != 400:
            raise NotYet(f"For {what} the answer is {got.status_code} {got.text}. Whose mistake is it?")
        try:
            said = got.json()
        except ValueError:
            said = got.text
        if not said:
            raise NotYet(f"For {what} the answer is a 400 with nothing in it. What does the client learn?")
    return "Good reviews are kept, and of nine bad ones each got a 400 and a reason."


def preflight(origin, method, *names):
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if names:
        asked["Access-Control-Request-Headers"] = ",".join(names)
    answer = send("OPTIONS", "/books/0441013597", headers=asked)
    allowed = {
        name: [each.strip().lower() for each in answer.headers.get(f"Access-Control-Allow-{name}", "").split(",")]
        for name in ("Origin", "Methods", "Headers")
    }
    return allowed


def admin():
    allowed = preflight(ADMIN, "PUT", "authorization", "content-type")
    if allowed["Origin"][0] not in (ADMIN, "*"):
        api = next(each for each in boto3.client("apigatewayv2").get_apis()["Items"] if each["Name"] == "shelf")
        origins = api.get("CorsConfiguration", {}).get("AllowOrigins", [])
        raise NotYet(
            f"A page of {ADMIN} is not let in; allowed are {json.dumps(origins)}. An origin is compared as text, from "
            "its first letter on. What does the browser send as Origin?"
        )
    if "put" not in allowed["Methods"] and "*" not in allowed["Methods"]:
        raise NotYet(f"The page is let in, for {', '.join(allowed['Methods']).upper()}. What does it want to send?")
    for name in ("authorization", "content-type"):
        if name not in allowed["Headers"] and not ("*" in allowed["Headers"] and name != "authorization"):
            raise NotYet(
                f"Origin and method are allowed, and the header {name} is not. A token travels in Authorization, and "
                "JSON says so in Content-Type. Which setting names them?"
            )
    if preflight(STRANGER, "PUT")["Origin"][0]:
        raise NotYet(f"It works, also for a page of {STRANGER}. Which origin is everybody's?")
    return "The administrators' page may send its PUT, and pages of other origins may not."


def door():
    wanted = [
        (ADA, "GET", 200, "ada reads a book"),
        (ADA, "DELETE", 204, "ada deletes a book"),
        (BOB, "GET", 200, "bob reads a book"),
        (BOB, "DELETE", 403, "bob deletes a book"),
        (BOB, "PUT", 403, "bob changes a book"),
        ("stolen", "GET", 403, "somebody with a token that nobody has reads a book"),
        (None, "GET", 401, "somebody without a token reads a book"),
    ]
    send("PUT", "/books/check", json={"title": "for the check"}, headers={"Authorization": f"Bearer {ADA}"})
    for token, method, status, what in wanted:
        path = "/books/0441013597" if method == "GET" else "/books/check"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        got = send(method, path, json={"title": "?"} if method == "PUT" else None, headers=headers)
        if got.status_code == 500:
            raise NotYet(
                f"When {what}, the answer is a 500. The authorizer raised, or returned no isAuthorized that is True or "
                "False. What does its log say?"
            )
        if got.status_code != status:
            raise NotYet(f"When {what}, the answer is {got.status_code}, and should be {status}. What decides that?")
    return "ada does as she likes, bob reads, and nobody else gets in."


EXERCISES = {
    "review": Exercise(
        review,
        (
            "json.loads raises ValueError for what is no JSON, and TypeError if there is no body. A KeyError says that "
            "stars are missing. What of these may happen in one try?",
            'int("5") and int(4.5) are numbers, too. type(stars) is int looks more closely.',
            'return {"statusCode": 400, "body": json.dumps({"error": "…"})}',
        ),
        SOLUTIONS / "review.cell",
    ),
    "admin": Exercise(
        admin,
        (
            "An origin is scheme, host and port: https://admin.example.com.",
            "The preflight asks for a method and for headers, and each must be in a list of its own.",
            'AllowMethods needs "PUT", and AllowHeaders ["authorization", "content-type"].',
        ),
        SOLUTIONS / "admin.cell",
    ),
    "door": Exercise(
        door,
        (
            "The handler knows the user. What else must it know to decide?",
            'reads = event["requestContext"]["http"]["method"] == "GET"',
            'isAuthorized is True for ada, and for bob if he reads: user == "ada" or (user == "bob" and reads).',
        ),
        SOLUTIONS / "door.cell",
    ),
}
