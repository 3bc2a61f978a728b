"""What people see and do about an incident and its graph."""
