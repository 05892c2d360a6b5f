"""The review desk: a page on this machine where a person says yes or no to videos.

Belongs here: what waits and why, as pages, and passing the decision to the ledger. What a decision
means is the ledger's and publishing's.
"""
