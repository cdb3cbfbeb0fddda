"""Quality of official files, without building anything: what is read, set aside, repaired, old."""

from .checked import Checked, CheckedFile, Notice
from .checking import MAX_AGE_DAYS, check_files
from .report import write_report

__all__ = ["MAX_AGE_DAYS", "Checked", "CheckedFile", "Notice", "check_files", "write_report"]
