"""The command line: a module for each command, each thin; the services do the work."""
