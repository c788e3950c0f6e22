"""What all commands share: options, help texts, tables, progress, exit codes."""
