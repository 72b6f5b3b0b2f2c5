"""What happens: from an alarm to the end of a recovery, and from a schedule to its findings."""
