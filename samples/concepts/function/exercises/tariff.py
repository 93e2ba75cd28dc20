def postage(kg):
    return 5 if kg <= 2 else 9
