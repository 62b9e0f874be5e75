"""Every benchmark, one after the other: `CONDUIT_DATA=folder python -m benchmarks`."""

import runpy
import sys

NAMES = (
    "encoder",
    "speed",
    "mining",
    "redaction",
    "mail",
    "store",
    "search",
    "custom",
    "bursts",
    "drift",
    "themes",
    "review",
)

if __name__ == "__main__":
    sys.argv = sys.argv[:1]  # each takes its defaults
    for name in NAMES:
        print(f"\n## {name}\n", flush=True)
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
