"""Lets these tests run from a checkout, before the distribution is installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
