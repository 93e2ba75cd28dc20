"""Subscribers of the engine that tell AWS's monitoring services what happened."""
