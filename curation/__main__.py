"""``python -m curation``."""

import sys

from app import main

sys.exit(main())
