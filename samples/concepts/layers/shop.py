import greeting
import rates


def handler(event, context):
    return f"{greeting.TEXT} That is {event['usd'] * rates.EUR:.2f} EUR."
