"""Tests of runs in other processes and in a cluster."""
