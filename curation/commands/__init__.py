"""The command line, one command a file; they drive a workspace and never need the page."""
