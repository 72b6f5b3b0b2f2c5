"""Huawei Cloud and AWS on this machine, over real HTTP, with scripted faults.

For tests, the demo and `lastgood sandbox`. Handlers never import it, and of lastgood only the
command line does, on demand. The rooms: `huawei` and `aws`, which do not know each other, and above
them the `stage` with both clouds and the functions, and the `story` that the demo tells on it.
"""
