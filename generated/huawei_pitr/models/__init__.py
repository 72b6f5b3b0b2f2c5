"""Contains all the data models used in inputs/outputs"""

from .accepted_restore import AcceptedRestore
from .alarm_condition import AlarmCondition
from .alarm_datapoint import AlarmDatapoint
from .alarm_dimension import AlarmDimension
from .alarm_metric import AlarmMetric
from .alarm_record import AlarmRecord
from .alarm_records import AlarmRecords
from .created_token import CreatedToken
from .created_token_token import CreatedTokenToken
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
from .list_geminidb_instances_datastore_type import ListGeminidbInstancesDatastoreType
from .list_geminidb_jobs_limit import ListGeminidbJobsLimit
from .list_rds_restore_windows_x_language import ListRdsRestoreWindowsXLanguage
from .metric_data import MetricData
from .metric_datapoint import MetricDatapoint
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
from .pitr_policy import PitrPolicy
from .restore_points import RestorePoints
from .restore_window import RestoreWindow
from .restore_windows import RestoreWindows
from .service_error import ServiceError
from .show_cloud_eye_metric_data_filter import ShowCloudEyeMetricDataFilter
from .show_cloud_eye_metric_data_period import ShowCloudEyeMetricDataPeriod

__all__ = (
    "AcceptedRestore",
    "AlarmCondition",
    "AlarmDatapoint",
    "AlarmDimension",
    "AlarmMetric",
    "AlarmRecord",
    "AlarmRecords",
    "CreatedToken",
    "CreatedTokenToken",
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
    "ListGeminidbInstancesDatastoreType",
    "ListGeminidbJobsLimit",
    "ListRdsRestoreWindowsXLanguage",
    "MetricData",
    "MetricDatapoint",
    "PasswordLogin",
    "PasswordLoginAuth",
    "PasswordLoginAuthIdentity",
    "PasswordLoginAuthIdentityMethodsItem",
    "PasswordLoginAuthIdentityPassword",
    "PasswordLoginAuthIdentityPasswordUser",
    "PasswordLoginAuthScope",
    "PasswordLoginAuthScopeProject",
    "PitrPolicy",
    "RestorePoints",
    "RestoreWindow",
    "RestoreWindows",
    "ServiceError",
    "ShowCloudEyeMetricDataFilter",
    "ShowCloudEyeMetricDataPeriod",
)
