"""What the app can do, as plain functions: the pages and the command line call nothing else."""
