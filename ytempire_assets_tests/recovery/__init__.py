"""What is lost when parts die: nothing."""
