"""Contains all the data models used in inputs/outputs"""

from .accepted_backup import AcceptedBackup
from .accepted_copy import AcceptedCopy
from .accepted_deletion import AcceptedDeletion
from .accepted_restore import AcceptedRestore
from .alarm_condition import AlarmCondition
from .alarm_datapoint import AlarmDatapoint
from .alarm_dimension import AlarmDimension
from .alarm_metric import AlarmMetric
from .alarm_record import AlarmRecord
from .alarm_records import AlarmRecords
from .backup import Backup
from .backup_list import BackupList
from .backup_strategy import BackupStrategy
from .created_token import CreatedToken
from .created_token_token import CreatedTokenToken
from .datastore import Datastore
from .domain_name import DomainName
from .identity_error import IdentityError
from .identity_error_detail import IdentityErrorDetail
from .in_place_restore import InPlaceRestore
from .instance import Instance
from .instance_list import InstanceList
from .job import Job
from .job_instance import JobInstance
from .job_list import JobList
from .legacy_rds_error import LegacyRdsError
from .list_geminidb_backups_backup_type import ListGeminidbBackupsBackupType
from .list_geminidb_instances_datastore_type import ListGeminidbInstancesDatastoreType
from .list_geminidb_jobs_limit import ListGeminidbJobsLimit
from .list_rds_restore_windows_x_language import ListRdsRestoreWindowsXLanguage
from .metric_data import MetricData
from .metric_datapoint import MetricDatapoint
from .new_backup import NewBackup
from .new_datastore import NewDatastore
from .new_datastore_storage_engine import NewDatastoreStorageEngine
from .new_datastore_type import NewDatastoreType
from .new_nodes import NewNodes
from .new_nodes_storage import NewNodesStorage
from .nothing import Nothing
from .password_login import PasswordLogin
from .password_login_auth import PasswordLoginAuth
from .password_login_auth_identity import PasswordLoginAuthIdentity
from .password_login_auth_identity_methods_item import (
    PasswordLoginAuthIdentityMethodsItem,
)
from .password_login_auth_identity_password import PasswordLoginAuthIdentityPassword
from .password_login_auth_identity_password_user import (
    PasswordLoginAuthIdentityPasswordUser,
)
from .password_login_auth_scope import PasswordLoginAuthScope
from .password_login_auth_scope_project import PasswordLoginAuthScopeProject
from .pay_per_use import PayPerUse
from .pay_per_use_charge_mode import PayPerUseChargeMode
from .pitr_policy import PitrPolicy
from .restore_info import RestoreInfo
from .restore_points import RestorePoints
from .restore_to_new_instance import RestoreToNewInstance
from .restore_window import RestoreWindow
from .restore_windows import RestoreWindows
from .service_error import ServiceError
from .show_cloud_eye_metric_data_filter import ShowCloudEyeMetricDataFilter
from .show_cloud_eye_metric_data_period import ShowCloudEyeMetricDataPeriod
from .tag import Tag
from .tag_list import TagList
from .tags_action import TagsAction
from .tags_action_action import TagsActionAction

__all__ = (
    "AcceptedBackup",
    "AcceptedCopy",
    "AcceptedDeletion",
    "AcceptedRestore",
    "AlarmCondition",
    "AlarmDatapoint",
    "AlarmDimension",
    "AlarmMetric",
    "AlarmRecord",
    "AlarmRecords",
    "Backup",
    "BackupList",
    "BackupStrategy",
    "CreatedToken",
    "CreatedTokenToken",
    "Datastore",
    "DomainName",
    "IdentityError",
    "IdentityErrorDetail",
    "InPlaceRestore",
    "Instance",
    "InstanceList",
    "Job",
    "JobInstance",
    "JobList",
    "LegacyRdsError",
    "ListGeminidbBackupsBackupType",
    "ListGeminidbInstancesDatastoreType",
    "ListGeminidbJobsLimit",
    "ListRdsRestoreWindowsXLanguage",
    "MetricData",
    "MetricDatapoint",
    "NewBackup",
    "NewDatastore",
    "NewDatastoreStorageEngine",
    "NewDatastoreType",
    "NewNodes",
    "NewNodesStorage",
    "Nothing",
    "PasswordLogin",
    "PasswordLoginAuth",
    "PasswordLoginAuthIdentity",
    "PasswordLoginAuthIdentityMethodsItem",
    "PasswordLoginAuthIdentityPassword",
    "PasswordLoginAuthIdentityPasswordUser",
    "PasswordLoginAuthScope",
    "PasswordLoginAuthScopeProject",
    "PayPerUse",
    "PayPerUseChargeMode",
    "PitrPolicy",
    "RestoreInfo",
    "RestorePoints",
    "RestoreToNewInstance",
    "RestoreWindow",
    "RestoreWindows",
    "ServiceError",
    "ShowCloudEyeMetricDataFilter",
    "ShowCloudEyeMetricDataPeriod",
    "Tag",
    "TagList",
    "TagsAction",
    "TagsActionAction",
)
