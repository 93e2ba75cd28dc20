import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    isbn = (event["pathParameters"] or {}).get("isbn")
    match event["httpMethod"], event["resource"]:
        case "GET", "/books":
            return answer(200, table.scan()["Items"])
        case "POST", "/books":
            book = json.loads(event["body"])
            table.put_item(Item=book)
            return answer(201, book)
        case "GET", "/books/{isbn}":
            book = table.get_item(Key={"isbn": isbn}).get("Item")
            if book is None:
                return answer(404, {"error": f"no book {isbn}"})
            return answer(200, book)
        case "PUT", "/books/{isbn}":
            book = {**json.loads(event["body"]), "isbn": isbn}
            table.put_item(Item=book)
            return answer(200, book)
        case "DELETE", "/books/{isbn}":
            table.delete_item(Key={"isbn": isbn})
            return {"statusCode": 204}


def answer(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }
