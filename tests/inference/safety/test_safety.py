"""The checks fail closed, and one job's failure is its own."""

from collections.abc import Sequence

from inference.safety.check import Check, Finding, Subject
from inference.safety.safety import run


def finding(act: str, rule: str) -> Finding:
    return Finding(act, "prompt", "spam", rule)  # type: ignore[arg-type]


def saying(answers: dict[str, Finding]) -> Check:
    def check(subjects: Sequence[Subject]) -> list[Finding | None]:
        return [answers.get(subject.prompt) for subject in subjects]

    return check


def broken_by(prompt: str) -> Check:
    def check(subjects: Sequence[Subject]) -> list[Finding | None]:
        if any(subject.prompt == prompt for subject in subjects):
            raise RuntimeError("broken")
        return [None] * len(subjects)

    return check


def asked(*prompts: str) -> list[Subject]:
    return [Subject(prompt, "upload") for prompt in prompts]


def test_a_check_that_breaks_lets_nothing_pass_and_takes_no_other_with_it() -> None:
    one, poison, two = run([broken_by("poison")], asked("one", "poison", "two"))
    assert one is None and two is None
    assert isinstance(poison, RuntimeError)


def test_what_was_refused_is_not_looked_at_again() -> None:
    seen: list[str] = []

    def last(subjects: Sequence[Subject]) -> list[Finding | None]:
        seen.extend(subject.prompt for subject in subjects)
        return [None] * len(subjects)

    block, flag = finding("block", "a"), finding("flag", "a")
    outcomes = run([saying({"bad": block, "odd": flag}), last], asked("good", "bad", "odd"))
    assert outcomes == [None, block, flag]
    assert seen == ["good", "odd"]


def test_a_later_refusal_outweighs_a_flag_and_a_later_flag_does_not() -> None:
    first, second, hold = finding("flag", "a"), finding("flag", "b"), finding("hold", "b")
    checks = [saying({"x": first, "y": first}), saying({"x": second, "y": hold})]
    assert run(checks, asked("x", "y")) == [first, hold]
