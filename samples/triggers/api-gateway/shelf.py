import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    isbn = event.get("pathParameters", {}).get("isbn")
    match event["routeKey"]:
        case "GET /books":
            return table.scan()["Items"]
        case "POST /books":
            book = json.loads(event["body"])
            table.put_item(Item=book)
            return {"statusCode": 201, "body": json.dumps(book)}
        case "GET /books/{isbn}":
            book = table.get_item(Key={"isbn": isbn}).get("Item")
            return book or {"statusCode": 404, "body": f"no book {isbn}"}
        case "PUT /books/{isbn}":
            book = {**json.loads(event["body"]), "isbn": isbn}
            table.put_item(Item=book)
            return book
        case "DELETE /books/{isbn}":
            table.delete_item(Key={"isbn": isbn})
            return {"statusCode": 204}
