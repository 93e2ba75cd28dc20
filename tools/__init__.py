"""What builds, checks and serves the course. Each module or package here is run by a target of the Makefile."""
