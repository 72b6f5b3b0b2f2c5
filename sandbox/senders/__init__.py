"""Who sends alarms from outside AWS, each by its own rules: what it signs, when it tries again.

Without I/O and without a clock of its own. Source: docs/facts/senders.md, docs/facts/huawei.md.
"""
