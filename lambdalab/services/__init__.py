"""AWS's services, a room for each: `lambdalab.rooms` says what is in a room, and has the list of them.

- `apigateway/`, `apigatewayv2/`: REST APIs and HTTP APIs of Amazon API Gateway
- `dynamodb/`, `kinesis/`: tables, streams
- `events/`, `scheduler/`: Amazon EventBridge and its Scheduler
- `iam/`, `sts/`, `kms/`: roles and policies, temporary credentials, keys
- `lambda_/`: AWS Lambda
- `cloudformation/`, `cloudwatch/`, `secretsmanager/`, `ssm/`, `stepfunctions/`, `xray/`: only their permissions so far
- `logs/`: CloudWatch Logs
- `s3/`, `sns/`, `sqs/`: buckets, topics, queues
- `opening.py`: opens a room when its service is first wanted
- `parts.py`: what of the lab rooms use
"""
