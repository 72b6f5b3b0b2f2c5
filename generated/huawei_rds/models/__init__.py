"""Contains all the data models used in inputs/outputs"""

from .accepted_deletion import AcceptedDeletion
from .accepted_restore import AcceptedRestore
from .backup import Backup
from .backup_list import BackupList
from .backup_strategy import BackupStrategy
from .charge_info import ChargeInfo
from .datastore import Datastore
from .flavor import Flavor
from .flavor_az_status import FlavorAzStatus
from .flavor_list import FlavorList
from .instance import Instance
from .instance_list import InstanceList
from .job import Job
from .job_instance import JobInstance
from .legacy_rds_error import LegacyRdsError
from .list_rds_backups_backup_type import ListRdsBackupsBackupType
from .list_rds_flavors_database_name import ListRdsFlavorsDatabaseName
from .new_instance import NewInstance
from .new_volume import NewVolume
from .node import Node
from .pay_per_use import PayPerUse
from .pay_per_use_charge_mode import PayPerUseChargeMode
from .quota import Quota
from .quotas import Quotas
from .recycled import Recycled
from .recycled_list import RecycledList
from .replication import Replication
from .restore_point import RestorePoint
from .restore_point_type import RestorePointType
from .restore_to_new_instance import RestoreToNewInstance
from .service_error import ServiceError
from .shown_job import ShownJob
from .shown_quotas import ShownQuotas
from .standby import Standby
from .standby_mode import StandbyMode
from .standby_replication_mode import StandbyReplicationMode
from .tag import Tag
from .task import Task
from .task_list import TaskList
from .volume import Volume

__all__ = (
    "AcceptedDeletion",
    "AcceptedRestore",
    "Backup",
    "BackupList",
    "BackupStrategy",
    "ChargeInfo",
    "Datastore",
    "Flavor",
    "FlavorAzStatus",
    "FlavorList",
    "Instance",
    "InstanceList",
    "Job",
    "JobInstance",
    "LegacyRdsError",
    "ListRdsBackupsBackupType",
    "ListRdsFlavorsDatabaseName",
    "NewInstance",
    "NewVolume",
    "Node",
    "PayPerUse",
    "PayPerUseChargeMode",
    "Quota",
    "Quotas",
    "Recycled",
    "RecycledList",
    "Replication",
    "RestorePoint",
    "RestorePointType",
    "RestoreToNewInstance",
    "ServiceError",
    "ShownJob",
    "ShownQuotas",
    "Standby",
    "StandbyMode",
    "StandbyReplicationMode",
    "Tag",
    "Task",
    "TaskList",
    "Volume",
)
