"""Publishing: what a publication is, the platform's protocol, and how one is carried through.

Belongs here: states and their order, the client of YouTube's protocol, the text that goes with a
video. Never imports dagster, resources or assets: the ledger comes in as a ``PublicationStore``.
"""
