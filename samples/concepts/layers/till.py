import tax


def handler(event, context):
    return {"gross": round(event["net"] * (1 + tax.RATE), 2), "rate from": tax.__file__}
