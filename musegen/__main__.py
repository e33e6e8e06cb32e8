"""`python -m musegen`: the command line."""

import sys

from musegen.cli.command_line import main

sys.exit(main())
