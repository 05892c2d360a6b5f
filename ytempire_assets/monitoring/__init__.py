"""Figures for Prometheus about what the graph makes and whether it is well.

Belongs here: what is measured (``metrics``), reading it from lake, ledger, instance and machine
(``*_figures``), keeping it fresh in the background (``watching``), answering scrapes (``server``).
Rules, board and configuration are in ``deploy/monitoring``.
"""
