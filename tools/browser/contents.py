"""What the reader's browser gets, as tables: which packages, which AWS services, what is left out, and why.

To make one more AWS service work in the page, add it to SERVICES and its moto folder to MOTO. Sizes in comments are
uncompressed. `packages.py` applies these tables; nothing else decides what goes in.
"""

from __future__ import annotations

import re
from pathlib import Path

# Taken from the virtual environment, so the page runs the versions that requirements/ locks. All are pure Python;
# compiled parts (markupsafe, PyYAML, charset_normalizer, simplejson) have a fallback in Python and lose only speed.
PACKAGES = {
    "boto3": "what the cells call",
    "botocore": "boto3 stands on it",
    "s3transfer": "upload_file and download_file",
    "jmespath": "botocore's paginators and waiters",
    "python-dateutil": "botocore's timestamps",
    "six": "python-dateutil needs it",
    "tzdata": "time zones of EventBridge Scheduler: Pyodide's zoneinfo has none",
    "urllib3": "botocore's HTTP types; it never connects in a page",
    "certifi": "botocore and requests ask it for a path; the certificates themselves are left out",
    "moto": "the state of AWS",
    "requests": "responses needs it, and so do handlers that call HTTP APIs",
    "responses": "moto catches requests with it",
    "charset-normalizer": "requests needs it",
    "idna": "requests needs it",
    "werkzeug": "moto's requests and responses",
    "jinja2": "moto's XML answers",
    "markupsafe": "jinja2 needs it",
    "xmltodict": "moto reads XML with it",
    "PyYAML": "moto's responses and templates",
    "py-partiql-parser": "moto's DynamoDB and S3 Select",
    "jsonpath-ng": "moto's event patterns",
    "airspeed": "API Gateway's mapping templates",
    "jsonschema": "API Gateway's models",
    "jsonschema-specifications": "jsonschema needs it",
    "referencing": "jsonschema needs it",
    "attrs": "jsonschema and referencing need it",
    "awslambdaric": "AWS's own runtime client: its bootstrap code calls the handler",
    "simplejson": "awslambdaric marshals with it",
    "snapshot-restore-py": "awslambdaric's SnapStart hooks",
    "Markdown": "display(Markdown(...)) in a cell",
}

# AWS services whose models (botocore/data/<service>) a cell can use. The whole of botocore's data is 100 MB and more.
SERVICES = {
    "lambda",
    "s3",
    "iam",
    "sts",
    "dynamodb",
    "dynamodbstreams",
    "sqs",
    "sns",
    "events",
    "logs",
    "cloudwatch",
    "apigateway",
    "apigatewayv2",
    "secretsmanager",
    "ssm",
    "kinesis",
    "scheduler",
}

# Names under which endpoints.json keeps an endpoint, where that is not the service's own name.
ENDPOINT_NAMES = {"monitoring", "streams.dynamodb", "execute-api", "ec2"}

# Folders below moto/ that go in: the services above, and what those import.
MOTO = {
    "apigateway",
    "apigatewaymanagementapi",
    "apigatewayv2",
    "awslambda",
    "awslambda_simple",
    "cloudwatch",
    "core",
    "dynamodb",
    "dynamodb_v20111205",
    "dynamodbstreams",
    "ecr",  # awslambda: functions from images
    "events",
    "iam",
    "kinesis",
    "logs",
    "moto_api",  # reset, and the state machines' transitions
    "s3",
    "s3bucket_path",
    "s3control",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
    "utilities",
}

# Files and folders of the packages that nobody reads in a page (prefixes of the path below site-packages).
LEFT_OUT = (
    "boto3/examples/",
    "boto3/data/cloudformation/",
    "boto3/data/ec2/",
    "boto3/data/glacier/",
    "boto3/data/opsworks/",
    "botocore/cacert.pem",
    "charset_normalizer/cli/",
    "airspeed/api.py",
    "dateutil/zoneinfo/dateutil-zoneinfo",  # an old copy of tzdata
    "jsonpath_ng/bin/",
    "jsonschema/benchmarks/",
    "jsonschema/cli.py",
    "jsonschema/tests/",
    "referencing/tests/",
    "jsonschema_specifications/tests/",
    "markdown/test_tools",
    "moto/moto_proxy/",
    "moto/moto_server/",
    "moto/server.py",
    "moto/ssm/resources/",  # 2.5 MB of AMI ids for ssm's public parameters
    "simplejson/tests/",
    "werkzeug/debug/shared/",
    "yaml/_yaml",
)
SUFFIXES_LEFT_OUT = (".pyi", ".pyx", ".pxd", ".so", ".pyd", ".typed", ".c", ".h", ".md", ".rst", ".pyc")

# Single files of packages whose rest stays at home: path, and the package it comes from.
SINGLE_FILES = {
    "IPython/lib/pretty.py": "ipython",  # lays a dict out as Jupyter does; the rest is theme/runner/IPython
}

# A few modules are too heavy, or cannot work, and are replaced by these texts. (Packages that are missing altogether,
# such as cryptography, are lambdalab.browser's affair.)
REPLACED = {
    "moto/ec2/__init__.py": (
        '"""Left out of the page (3 MB): only VPC settings of a function would look into it."""\n\n'
        "ec2_backends = None\n"
    ),
    "urllib3/contrib/emscripten/__init__.py": (
        '"""Left out of the page: it would send real requests to other hosts."""\n\n\n'
        "def inject_into_urllib3() -> None:\n"
        '    """Leave urllib3 as it is."""\n'
    ),
    "certifi/cacert.pem": "",
    "rpds/__init__.py": Path(__file__).with_name("rpds.py").read_text(encoding="utf-8"),
}

# AWS's managed policies are 10 MB in moto. These are what a course on Lambda attaches.
MANAGED_POLICIES = re.compile(
    r"(AWSLambda.*|AmazonS3(Full|Read).*|AmazonDynamoDB.*|AmazonSQS.*|AmazonSNS.*|CloudWatch(Full|Logs|Read|Lambda).*"
    r"|AdministratorAccess|ReadOnlyAccess|PowerUserAccess|AWSXRay.*|AmazonEventBridge.*|AmazonAPIGateway.*"
    r"|SecretsManagerReadWrite|AmazonSSMReadOnly.*|AmazonKinesis(Full|Read).*|IAMFull.*|IAMRead.*|SecurityAudit"
    r"|ViewOnlyAccess)"
)

# Pyodide's own files, byte for byte as npm has them. Its package index and type declarations stay at home.
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")

# Pyodide's standard library comes as source; compiled, as here, Python starts about a second earlier. What stays at
# home: parts for terminals and desktops, old protocols, and character sets that no AWS API speaks.
STDLIB_LEFT_OUT = re.compile(
    r"(pydoc_data|idlelib|turtledemo|ensurepip|xmlrpc|lib2to3|tkinter)/.*"
    r"|(imaplib|mailbox|poplib|smtplib|ftplib|pickletools|turtle|pydoc|cProfile|profile|pstats|tabnanny)\.py"
    r"|encodings/(big5|cp(?!437|1252)|euc|gb|hp_|hz|iso2022|iso8859_(?!1\.|15\.)|johab|koi|kz|mac_|palmos|ptcp|shift|tis).*"
)
