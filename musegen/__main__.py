"""`python -m musegen`: the command line."""

import sys

try:
    from musegen.cli.command_line import main

    sys.exit(main())
except KeyboardInterrupt:  # stopped before the command began
    sys.exit(130)
