"""The whole function: arguments, standard input and output, exit codes."""
