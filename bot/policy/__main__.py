"""`python -m bot.policy`: prompts on stdin, one verdict on stdout for each, as JSON lines.

A line that is a JSON object with a text `prompt` stands for that prompt, any other for itself.
Knows nothing of the rules.
"""

import argparse
import io
import json
import sys
from dataclasses import asdict
from typing import TextIO

from bot.policy import Policy, RuleError


def main() -> int:
    """Returns the exit code: 1 when the rules can't be read."""
    try:
        policy = Policy.load()
    except RuleError as error:
        print(error, file=sys.stderr)
        return 1
    prompts = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace", newline="\n")
    answer(policy, prompts, sys.stdout)
    return 0


def answer(policy: Policy, lines: TextIO, out: TextIO) -> None:
    """Writes the verdict on every line, in order."""
    for line in lines:
        verdict = policy.check(prompt(line.rstrip("\r\n")))
        print(json.dumps(asdict(verdict)), file=out, flush=True)


def prompt(line: str) -> str:
    """The prompt that a line of input gives."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return line
    given = row.get("prompt") if isinstance(row, dict) else None
    return given if isinstance(given, str) else line


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m bot.policy", description=__doc__).parse_args()
    sys.exit(main())
