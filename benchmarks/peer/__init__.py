"""The same job as lastgood's three functions, written the usual way: something to measure against.

The official Huawei Cloud SDK, boto3, Powertools with its parser, everything imported at the top and
every client made there, as the guides of all three advise. It is kept honest and short, not safe:
it has no ledger, no fence, no reconciliation.
"""
