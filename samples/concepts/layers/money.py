def text(cents):
    return f"{cents / 100} EUR"
