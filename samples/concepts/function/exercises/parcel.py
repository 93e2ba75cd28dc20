import tariff
import xmltodict


def handler(event, context):
    parcel = xmltodict.parse(event["xml"])["parcel"]
    return {"to": parcel["to"], "postage": tariff.postage(float(parcel["kg"]))}
