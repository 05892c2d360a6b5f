"""Autonomy: jobs, schedules and sensors, thin shells over pure planners."""
