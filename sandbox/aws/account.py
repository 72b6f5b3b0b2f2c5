"""The AWS account: moto's server with the resources that lastgood's template creates."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.request import Request, urlopen

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

ACCOUNT = "123456789012"  # moto's own, so that its ARNs and ours are the same
REGION: Final = "eu-west-1"
TABLE = "lastgood"
BUS = "lastgood"
BUCKET = "lastgood-evidence"
POLICY_PARAMETER = "/lastgood/policy"
DEAD_LETTER_QUEUE = "lastgood-dead-letters"
CAPTURE_QUEUE = "lastgood-sandbox-events"
TOPIC = "lastgood-operators"
NOTICE_QUEUE = "lastgood-sandbox-notices"
INBOX = "lastgood-inbox.fifo"
WEBHOOK_SECRET = "lastgood-webhook"  # noqa: S105 - the name of a secret, not a secret
RECOVER_FUNCTION = "lastgood-recover"
ALIAS = "live"

# Not valid keys: AWS rejects a request that reaches it by mistake.
ACCOUNT_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "sandbox",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # Everything runs on this machine: a configured proxy must not be used.
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
_POLL_SECONDS = 0.05


def function_arn(name: str, qualifier: str = ALIAS) -> str:
    """Return the qualified ARN of a sandbox function, as durable invocations need it."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:{qualifier}"


@contextmanager
def sandbox_account() -> Iterator[boto3.Session]:
    """Replace the AWS settings of this process with the sandbox's, and restore them afterwards.

    moto and the durable runner make boto3 clients of their own, from the environment and from
    boto3's default session; the user's own keys, profile and endpoints must not reach them.
    """
    outer = {name: value for name, value in os.environ.items() if _is_replaced(name)}
    outer_session = boto3.DEFAULT_SESSION
    try:
        _replace_settings(ACCOUNT_SETTINGS)
        boto3.DEFAULT_SESSION = session = boto3.Session()
        yield session
    finally:
        _replace_settings(outer)
        boto3.DEFAULT_SESSION = outer_session


def _is_replaced(name: str) -> bool:
    return name.startswith("AWS_") or name in ACCOUNT_SETTINGS


def _replace_settings(settings: dict[str, str]) -> None:
    for name in filter(_is_replaced, list(os.environ)):
        del os.environ[name]
    os.environ.update(settings)


class _QuietHandler(WSGIRequestHandler):
    """Keeps a line for each request off stderr."""

    def log(self, *_: Any, **__: Any) -> None:
        """Log nothing."""


def _moto_server() -> BaseWSGIServer:
    # One request at a time: moto checks a condition and writes in two steps without a lock, and a
    # cancelled transaction restores a copy of the whole table, which loses concurrent writes.
    app = DomainDispatcherApplication(create_backend_app)
    return make_server("127.0.0.1", 0, app, threaded=False, request_handler=_QuietHandler)


class AwsSandbox:
    """moto's server on a free loopback port, with the table, the bus, the bucket and the queues.

    moto keeps its state per process: entering starts with an empty account, and only one can be
    open in a process at a time.
    """

    def __enter__(self) -> Self:
        """Start the server, empty the account and create the resources."""
        self._clients: dict[str, Any] = {}
        self._published: list[dict[str, Any]] = []
        self._dead: list[str] = []
        self._sent: list[tuple[str, str]] = []
        with ExitStack() as undo:
            self._session = undo.enter_context(sandbox_account())
            self._server = _moto_server()
            self._thread = Thread(
                target=self._server.serve_forever, args=(_POLL_SECONDS,), name="sandbox-aws"
            )
            self._thread.start()
            undo.callback(self._stop)
            self._reset()
            self._create_resources()
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server and discard its data."""
        self._undo.close()

    @property
    def url(self) -> str:
        """The base URL of every AWS service except Lambda, which `LambdaSandbox` serves."""
        return f"http://127.0.0.1:{self._server.port}"

    def client(self, service: str) -> Any:
        """Return a boto3 client of a service ("dynamodb", "events", ...) of this sandbox."""
        if service not in self._clients:
            client: Any = self._session.client(
                service,  # type: ignore[call-overload] # only a literal name has a typed overload
                endpoint_url=self.url,
            )
            _ = client.exceptions  # made at their first use, which no two threads may share
            self._clients[service] = client
        return self._clients[service]

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which functions and the CLI use this sandbox.

        LASTGOOD_POLICY names the parameter that `put_parameter(POLICY_PARAMETER, ...)` fills.
        """
        return ACCOUNT_SETTINGS | {
            "AWS_ENDPOINT_URL": self.url,
            "LASTGOOD_POLICY": f"ssm:{POLICY_PARAMETER}",
            "LASTGOOD_TABLE": TABLE,
            "LASTGOOD_BUS": BUS,
            "LASTGOOD_BUCKET": BUCKET,
            "LASTGOOD_TOPIC": self._topic,
            "LASTGOOD_INBOX": self._inbox,
            "LASTGOOD_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "LASTGOOD_SMN_TOPICS": "",
            "LASTGOOD_RECOVER_FUNCTION": function_arn(RECOVER_FUNCTION),
            "LASTGOOD_ENDPOINTS": "127.0.0.1",  # where HuaweiSandbox is
        }

    def put_secret(self, name: str, value: str) -> None:
        """Create a secret, or replace its value."""
        secrets = self.client("secretsmanager")
        try:
            secrets.create_secret(Name=name, SecretString=value)
        except secrets.exceptions.ResourceExistsException:
            secrets.put_secret_value(SecretId=name, SecretString=value)

    def put_parameter(self, name: str, value: str) -> None:
        """Create or overwrite an SSM parameter, an advanced one: standard ones hold only 4 KB."""
        self.client("ssm").put_parameter(
            Name=name, Value=value, Type="String", Tier="Advanced", Overwrite=True
        )

    def add_dead_letter(self, event: bytes) -> None:
        """Send an event whose last attempt failed to the dead-letter queue."""
        self.client("sqs").send_message(QueueUrl=self._dead_letters, MessageBody=event.decode())

    def dead_letters(self) -> list[str]:
        """Return the bodies of all dead letters so far, oldest first."""
        self._dead += self._drain(self._dead_letters)
        return list(self._dead)

    def events(self) -> list[dict[str, Any]]:
        """Return all events published on the bus so far, oldest first, in EventBridge's envelope.

        The keys are those of EventBridge: source, detail-type, detail (already an object), time.
        """
        self._published += [json.loads(body) for body in self._drain(self._captured)]
        return list(self._published)

    def notices(self) -> list[tuple[str, str]]:
        """Return the subject and the text of all notices so far, oldest first."""
        bodies = map(json.loads, self._drain(self._noticed))
        self._sent += [(body["Subject"], body["Message"]) for body in bodies]
        return list(self._sent)

    def messages(self) -> list[dict[str, Any]]:
        """Take all messages out of the inbox, as records of an event of SQS."""
        queues = self.client("sqs")
        records: list[dict[str, Any]] = []
        while batch := queues.receive_message(
            QueueUrl=self._inbox, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in batch:
                queues.delete_message(QueueUrl=self._inbox, ReceiptHandle=message["ReceiptHandle"])
                attributes = {
                    name: {"stringValue": each["StringValue"], "dataType": each["DataType"]}
                    for name, each in message["MessageAttributes"].items()
                }
                ids = {"messageId": message["MessageId"], "eventSource": "aws:sqs"}
                records.append({**ids, "body": message["Body"], "messageAttributes": attributes})
        return records

    def _create_resources(self) -> None:
        self.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )
        self.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        queues = self.client("sqs")
        self._dead_letters = queues.create_queue(QueueName=DEAD_LETTER_QUEUE)["QueueUrl"]
        self._captured = queues.create_queue(QueueName=CAPTURE_QUEUE)["QueueUrl"]
        self._noticed = queues.create_queue(QueueName=NOTICE_QUEUE)["QueueUrl"]
        self._inbox = queues.create_queue(QueueName=INBOX, Attributes={"FifoQueue": "true"})[
            "QueueUrl"
        ]
        topics = self.client("sns")
        self._topic = topics.create_topic(Name=TOPIC)["TopicArn"]
        noticed = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NOTICE_QUEUE}"
        topics.subscribe(TopicArn=self._topic, Protocol="sqs", Endpoint=noticed)
        self._capture_events()

    def _capture_events(self) -> None:
        events = self.client("events")
        events.create_event_bus(Name=BUS)
        everything = json.dumps({"source": [{"prefix": ""}]})
        events.put_rule(Name="capture", EventBusName=BUS, EventPattern=everything)
        queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{CAPTURE_QUEUE}"
        events.put_targets(
            Rule="capture", EventBusName=BUS, Targets=[{"Id": "capture", "Arn": queue_arn}]
        )

    def _drain(self, queue: str) -> list[str]:
        queues = self.client("sqs")
        bodies: list[str] = []
        while batch := queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in batch:
                bodies.append(message["Body"])
                queues.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def _reset(self) -> None:
        reset = Request(f"{self.url}/moto-api/reset", method="POST")  # noqa: S310 # loopback
        urlopen(reset).close()  # noqa: S310 # the same

    def _stop(self) -> None:
        for client in self._clients.values():
            client.close()
        self._server.shutdown()
        self._thread.join()
