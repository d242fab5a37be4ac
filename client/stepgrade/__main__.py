"""`python -m stepgrade` is `stepgrade`."""

import sys

from stepgrade.cli import main

sys.exit(main())
