import os
import platform
import shutil


def handler(event, context):
    return {
        "operating system": platform.system(),
        "processor": platform.machine(),
        "processors": os.cpu_count(),
        "user id": os.getuid(),
        "Python": platform.python_version(),
        "free in /tmp": f"{shutil.disk_usage('/tmp').free >> 20} MB",
        "folder of the code": os.environ["LAMBDA_TASK_ROOT"],
        "region": os.environ["AWS_REGION"],
        "memory": f"{context.memory_limit_in_mb} MB",
    }
