"""The job document: one model for the command line, the service and batch."""
