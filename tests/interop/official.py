"""The official SDK, talking to the sandbox: one method an operation, in its own models."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from sandbox.huawei.cloud import HuaweiSandbox

__all__ = ["Key", "Official", "Operations", "Send", "import_sdk"]


@dataclass(frozen=True, slots=True)
class Key:
    """An access key; temporary if it has a security token."""

    access_key: str
    secret_key: str
    security_token: str | None = None


@dataclass(frozen=True, slots=True)
class Official:
    """The SDK's modules. It has no types, so all that comes out of it is Any."""

    geminidb: Any
    rds: Any
    iam: Any
    alarms: Any
    metrics: Any
    credentials: Any
    exceptions: Any
    config: Any
    signer: Any
    request: Any


def import_sdk() -> Official:
    """Import the SDK, which takes seconds: do it once a session, and only where it is needed."""
    with warnings.catch_warnings():
        # What its modules say while they are compiled is not ours to mend.
        warnings.simplefilter("ignore")
        return Official(
            geminidb=import_module("huaweicloudsdkgaussdbfornosql.v3"),
            rds=import_module("huaweicloudsdkrds.v3"),
            iam=import_module("huaweicloudsdkiam.v3"),
            alarms=import_module("huaweicloudsdkces.v2"),
            metrics=import_module("huaweicloudsdkces.v1"),
            credentials=import_module("huaweicloudsdkcore.auth.credentials"),
            exceptions=import_module("huaweicloudsdkcore.exceptions.exceptions"),
            config=import_module("huaweicloudsdkcore.http.http_config"),
            signer=import_module("huaweicloudsdkcore.signer.signer"),
            request=import_module("huaweicloudsdkcore.sdk_request"),
        )


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of the contract, sent by the SDK with one credential."""

    sdk: Official
    geminidb: Any
    rds: Any
    iam: Any
    alarms: Any
    metrics: Any

    @classmethod
    @contextmanager
    def connected(cls, sdk: Official, cloud: HuaweiSandbox, key: Key) -> Iterator[Operations]:
        """Connect the SDK's five clients to the sandbox, without retries, until the end."""
        pair = key.access_key, key.secret_key
        regional = sdk.credentials.BasicCredentials(*pair, cloud.project_id)
        everywhere = sdk.credentials.GlobalCredentials(*pair, "domain-id")
        if key.security_token is not None:
            regional.with_security_token(key.security_token)
        with ExitStack() as opened:

            def connect(kind: Any, url: str, credentials: Any) -> Any:
                builder = kind.new_builder().with_http_config(sdk.config.HttpConfig(timeout=10))
                client = builder.with_credentials(credentials).with_endpoint(url).build()
                opened.callback(client.get_http_client().close)
                return client

            yield cls(
                sdk,
                connect(sdk.geminidb.GaussDBforNoSQLClient, cloud.geminidb_url, regional),
                connect(sdk.rds.RdsClient, cloud.rds_url, regional),
                connect(sdk.iam.IamClient, cloud.iam_url, everywhere),
                connect(sdk.alarms.CesClient, cloud.ces_url, regional),
                connect(sdk.metrics.CesClient, cloud.ces_url, regional),
            )

    def restore(self, instance: str, restore_time: str) -> Any:
        """Restore in place."""
        model = self.sdk.geminidb
        body = model.RestoreRedisPitrRequestBody(restore_time=restore_time)
        request = model.RestoreRedisPitrRequest(instance_id=instance, body=body)
        return self.geminidb.restore_redis_pitr(request)

    def points(self, instance: str, **query: object) -> Any:
        """List restorable points."""
        request = self.sdk.geminidb.ListRedisPitrRestoreTimeRequest(instance_id=instance, **query)
        return self.geminidb.list_redis_pitr_restore_time(request)

    def policy(self, instance: str) -> Any:
        """Show the PITR policy."""
        request = self.sdk.geminidb.ShowRedisPitrPolicyRequest(instance_id=instance)
        return self.geminidb.show_redis_pitr_policy(request)

    def jobs(self, **query: object) -> Any:
        """List jobs."""
        return self.geminidb.list_jobs(self.sdk.geminidb.ListJobsRequest(**query))

    def instances(self, **query: object) -> Any:
        """List instances."""
        return self.geminidb.list_instances(self.sdk.geminidb.ListInstancesRequest(**query))

    def back_up(self, instance: str, **body: object) -> Any:
        """Make a manual backup."""
        model = self.sdk.geminidb
        asked = model.NoSqlCreateBackupRequestBody(**body)
        return self.geminidb.create_back(model.CreateBackRequest(instance_id=instance, body=asked))

    def backups(self, **query: object) -> Any:
        """List backups."""
        return self.geminidb.list_backups(self.sdk.geminidb.ListBackupsRequest(**query))

    def delete_backup(self, backup: str) -> Any:
        """Delete a backup."""
        request = self.sdk.geminidb.DeleteBackupRequest(backup_id=backup)
        return self.geminidb.delete_backup(request)

    def restore_to_new(self, body: Mapping[str, Any]) -> Any:
        """Restore a backup to a new instance; the body as JSON has it."""
        model = self.sdk.geminidb
        parts = {
            "datastore": model.DatastoreOption,
            "backup_strategy": model.BackupStrategyOption,
            "charge_info": model.ChargeInfoOption,
            "restore_info": model.RestoreInfo,
        }
        fields = {
            name: parts[name](**value) if name in parts else value for name, value in body.items()
        }
        fields["flavor"] = [model.CreateInstanceFlavorOption(**each) for each in body["flavor"]]
        asked = model.CreateInstanceRequestBody(**fields)
        return self.geminidb.create_instance(model.CreateInstanceRequest(body=asked))

    def delete(self, instance: str) -> Any:
        """Delete an instance."""
        request = self.sdk.geminidb.DeleteInstanceRequest(instance_id=instance)
        return self.geminidb.delete_instance(request)

    def tags(self, instance: str) -> Any:
        """List the tags of an instance."""
        request = self.sdk.geminidb.ListInstanceTagsRequest(instance_id=instance)
        return self.geminidb.list_instance_tags(request)

    def tag(self, instance: str, tags: Mapping[str, str]) -> Any:
        """Give an instance tags."""
        model = self.sdk.geminidb
        options = [model.BatchTagActionTagOption(key=key, value=tags[key]) for key in tags]
        body = model.BatchTagActionRequestBody(action="create", tags=options)
        return self.geminidb.batch_tag_action(
            model.BatchTagActionRequest(instance_id=instance, body=body)
        )

    def windows(self, instance: str, **query: object) -> Any:
        """List restorable windows."""
        request = self.sdk.rds.ListRestoreTimesRequest(instance_id=instance, **query)
        return self.rds.list_restore_times(request)

    def rds_restore(self, body: Mapping[str, Any]) -> Any:
        """Restore an RDS instance to a new one; the body as JSON has it."""
        model = self.sdk.rds
        parts = {
            "restore_point": model.RestorePoint,
            "volume": model.Volume,
            "ha": model.Ha,
            "backup_strategy": model.BackupStrategy,
            "charge_info": model.ChargeInfo,
        }
        fields = {
            name: parts[name](**value) if name in parts else value for name, value in body.items()
        }
        fields["tags"] = [model.TagWithKeyValue(**tag) for tag in body.get("tags", [])]
        asked = model.CreateRestoreInstanceRequestBody(**fields)
        return self.rds.create_restore_instance(model.CreateRestoreInstanceRequest(body=asked))

    def rds_delete(self, instance: str) -> Any:
        """Delete an RDS instance."""
        return self.rds.delete_instance(self.sdk.rds.DeleteInstanceRequest(instance_id=instance))

    def rds_instances(self, **query: object) -> Any:
        """List RDS instances."""
        return self.rds.list_instances(self.sdk.rds.ListInstancesRequest(**query))

    def rds_tasks(self, **query: object) -> Any:
        """List RDS tasks."""
        return self.rds.list_tasks(self.sdk.rds.ListTasksRequest(**query))

    def rds_job(self, job: str) -> Any:
        """Show an RDS job."""
        return self.rds.list_job_info(self.sdk.rds.ListJobInfoRequest(id=job))

    def rds_quotas(self) -> Any:
        """Show the quotas of RDS."""
        return self.rds.show_quotas(self.sdk.rds.ShowQuotasRequest())

    def rds_flavors(self, engine: str, **query: object) -> Any:
        """List the flavors of an engine."""
        request = self.sdk.rds.ListFlavorsRequest(database_name=engine, **query)
        return self.rds.list_flavors(request)

    def rds_backups(self, instance: str, **query: object) -> Any:
        """List the backups of an RDS instance."""
        request = self.sdk.rds.ListBackupsRequest(instance_id=instance, **query)
        return self.rds.list_backups(request)

    def rds_recycled(self, **query: object) -> Any:
        """List the recycle bin of RDS."""
        return self.rds.list_recycle_instances(self.sdk.rds.ListRecycleInstancesRequest(**query))

    def alarm_records(self, **query: object) -> Any:
        """List the records of alarms of Cloud Eye."""
        request = self.sdk.alarms.ListAlarmHistoriesRequest(**query)
        return self.alarms.list_alarm_histories(request)

    def metric_data(self, **query: object) -> Any:
        """Show the data of a metric."""
        return self.metrics.show_metric_data(self.sdk.metrics.ShowMetricDataRequest(**query))

    def token(self, domain: str, user: str, password: str, project: str) -> Any:
        """Get a token for a password."""
        model = self.sdk.iam
        login = model.PwdPasswordUser(
            domain=model.PwdPasswordUserDomain(name=domain), name=user, password=password
        )
        auth = model.PwdAuth(
            identity=model.PwdIdentity(
                methods=["password"], password=model.PwdPassword(user=login)
            ),
            scope=model.AuthScope(project=model.AuthScopeProject(id=project)),
        )
        body = model.KeystoneCreateUserTokenByPasswordRequestBody(auth=auth)
        request = model.KeystoneCreateUserTokenByPasswordRequest(nocatalog="true", body=body)
        return self.iam.keystone_create_user_token_by_password(request)


Send = Callable[[Operations], Any]
"""One operation, with its arguments."""
