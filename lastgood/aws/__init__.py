"""The only room that knows boto3 and the durable SDK."""
