import settings
import words


def handler(event, context):
    return f"{words.TOTAL} ({settings.CURRENCY})"
