"""The events that services send: pure functions, one module a service, each compared with AWS's published samples."""
