import uuid

from snapshot_restore_py import register_after_restore

token = str(uuid.uuid4())
name = None


@register_after_restore
def christen():
    global name
    name = str(uuid.uuid4())


def handler(event, context):
    return {"made by Init": token, "made after the restore": name}
