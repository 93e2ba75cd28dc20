def price(grams):
    return 3.8 if grams <= 1000 else 6.4
