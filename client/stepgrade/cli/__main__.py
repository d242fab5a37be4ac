"""`python -m stepgrade.cli` is `stepgrade`."""

import sys

from stepgrade.cli import main

sys.exit(main())
