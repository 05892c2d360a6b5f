"""What connects the graph to the outside: stores, the ledger, the platform, progress.

Each is a small class behind which the embedded default and the real part look the same. Assets are
handed these; domain packages never see them.
"""
