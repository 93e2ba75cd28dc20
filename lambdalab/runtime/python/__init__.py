"""What runs inside a Python execution environment's process, beside AWS's own runtime client."""
