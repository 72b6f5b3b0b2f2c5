"""Contains all the data models used in inputs/outputs"""

from .accepted_restore import AcceptedRestore
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
from .pitr_policy import PitrPolicy
from .restore_points import RestorePoints
from .restore_window import RestoreWindow
from .restore_windows import RestoreWindows
from .service_error import ServiceError

__all__ = (
    "AcceptedRestore",
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
    "PitrPolicy",
    "RestorePoints",
    "RestoreWindow",
    "RestoreWindows",
    "ServiceError",
)
