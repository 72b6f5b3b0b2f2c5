"""RDS: instances with real rows, their restorable windows, copies of them, and tasks."""
