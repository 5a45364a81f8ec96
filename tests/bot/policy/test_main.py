"""`python -m bot.policy`: a verdict a line."""

import io
import json
import subprocess
import sys
from typing import Any

from bot.policy import Policy
from bot.policy.__main__ import answer


def answers(policy: Policy, text: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    answer(policy, io.StringIO(text), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_plain_lines(policy: Policy) -> None:
    first, second = answers(policy, "a red cube\na nude woman\n")
    assert list(first) == ["allowed", "action", "category", "rule", "span", "normalised"]
    assert first["allowed"] is True
    assert (second["action"], second["category"], second["span"]) == ("block", "sexual", [2, 6])


def test_json_lines(policy: Policy) -> None:
    rows = [json.dumps({"prompt": "a nude\nwoman", "id": 1}), '{"prompt": 5}', "[1]", '"x', ""]
    verdicts = answers(policy, "\n".join(rows) + "\n\n")
    assert [verdict["allowed"] for verdict in verdicts] == [False, True, True, True, True, True]
    assert verdicts[0]["normalised"] == "a nude woman"


def test_lone_surrogates_and_deep_json_are_prompts_too(policy: Policy) -> None:
    assert len(answers(policy, '{"prompt": "\\ud800 cat"}\n' + "[" * 5000 + "\n")) == 2


def test_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.policy"],
        input="a cat\n\xff\n".encode("latin-1"),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert len(done.stdout.splitlines()) == 2
