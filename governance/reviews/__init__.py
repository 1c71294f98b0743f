"""Who must review what; signatures on exactly what was read; approvals."""
