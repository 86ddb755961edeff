"""Parts of the command line, one group of commands a file; gateway/cli.py mounts them."""
