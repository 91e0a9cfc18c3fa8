"""Some hundred processes are started here: what one of them has compiled, the others need not, whatever the machine prefers."""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
