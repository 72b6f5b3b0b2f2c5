"""The adapters on AWS: the only package that knows botocore and the durable SDK."""
