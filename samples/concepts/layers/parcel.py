import postage


def handler(event, context):
    return {"price": postage.price(event["grams"]), "from": postage.__file__}
