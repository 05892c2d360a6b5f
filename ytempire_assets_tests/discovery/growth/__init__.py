"""Tests of the growth model."""
