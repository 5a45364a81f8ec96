"""Who may know whom, read from the imports; and the README's tree against the folders."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "db", "inference", "training", "benchmarks")
LEAVES = ("config", "uploads", "fingerprint", "blurring", "manifest", "verification")
MAY_KNOW = {
    **{leaf: set() for leaf in LEAVES},
    "verification": {"db", "fingerprint", "manifest", "uploads"},
    "db": {"config", "fingerprint"},
    "bot": {*LEAVES, "db"},
    "inference": {*LEAVES, "db"},
    "training": {*LEAVES, "inference", "bot.policy"},
    "benchmarks": {*LEAVES, "db", "inference", "training", "bot.policy"},
}
ONLY_IN = {
    "discord": {"bot"},
    "simcord": {"bot"},
    "sqlalchemy": {"db"},
    "alembic": {"db"},
    "torch": {"inference", "training", "benchmarks"},
    "diffusers": {"inference", "training", "benchmarks"},
    "transformers": {"inference", "training", "benchmarks"},
    "cv2": {"inference"},
    "c2pa": {"inference", "manifest"},
    "cryptography": {"inference"},
}


def name_of(path: Path) -> str:
    """The dotted name of a module's file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, module: str) -> Iterator[str]:
    """The dotted names a file imports anywhere in it; `from a import b` gives a and a.b."""
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            source = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


FILES = [
    *(ROOT / f"{leaf}.py" for leaf in LEAVES),
    *(path for room in ROOMS for path in (ROOT / room).rglob("*.py")),
]
IMPORTS = {name_of(path): set(imported(path, name_of(path))) for path in FILES}


def within(name: str, place: str) -> bool:
    """Whether a dotted name is the place or lies in it."""
    return name == place or name.startswith(place + ".")


def reached(start: str) -> set[str]:
    """Every name that importing a room or a module brings in, through modules of this project."""
    seen: set[str] = set()
    ahead = [module for module in IMPORTS if within(module, start)]
    while ahead:
        module = ahead.pop()
        if module not in seen:
            seen.add(module)
            ahead.extend(IMPORTS.get(module, ()))
    return seen


def imports() -> Iterator[tuple[str, str, str]]:
    """Every import: the room that it is in, the name, and a sentence about it."""
    for module, names in IMPORTS.items():
        for name in names:
            yield module.partition(".")[0], name, f"{module} imports {name}"


def test_a_room_knows_only_the_rooms_below_it():
    wrong = [
        said
        for room, name, said in imports()
        if name.partition(".")[0] in {*ROOMS, *LEAVES} - {room}
        and not any(within(name, place) or within(place, name) for place in MAY_KNOW[room])
    ]
    assert wrong == []


def test_a_library_stays_in_its_room():
    wrong = [
        said
        for room, name, said in imports()
        if room not in ONLY_IN.get(name.partition(".")[0], {room})
    ]
    assert wrong == []


@pytest.mark.parametrize("module", ["bot.submit", "bot.policy"])
def test_another_front_door_can_use_it(module: str):
    assert module in IMPORTS
    assert not {name for name in reached(module) if within(name, "discord")}


def test_the_policy_knows_only_itself_and_the_settings():
    known = {"config", "re2", *sys.stdlib_module_names}
    for name in reached("bot.policy"):
        assert within(name, "bot.policy") or name.partition(".")[0] in known, name


def test_views_and_presenters_know_no_cogs():
    for part in ("bot.views", "bot.presenters", "bot.delivery"):
        for module in (module for module in IMPORTS if within(module, part)):
            assert not {name for name in IMPORTS[module] if within(name, "bot.cogs")}, module


def test_only_the_worker_and_its_parts_know_the_database():
    knowing = {
        m for m in IMPORTS if within(m, "inference") and any(within(n, "db") for n in IMPORTS[m])
    }
    parts = ("worker", "held", "screening", "storing", "verifying", "__main__")
    assert knowing <= {f"inference.{part}" for part in parts}


def test_networks_know_nothing_above_them():
    """Nor does what they are made of, whatever its name."""
    above = {f"inference.{part}" for part in ("pipeline", "worker", "commands", "__main__")}
    assert above <= set(IMPORTS)
    networks = reached("inference.model")
    assert {"inference.clip", "inference.decoder"} <= networks and not networks & above


def tree() -> set[Path]:
    """The paths in the README's block marked `tree`: two spaces a level, the name first."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^```tree\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert block, "README.md has no block marked tree"
    paths: list[tuple[int, Path]] = []
    for line in block[1].splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        parent = next((path for level, path in reversed(paths) if level == depth - 1), Path())
        paths.append((depth, parent / line.split()[0].rstrip("/")))
    return {path for _, path in paths}


def entries(folder: Path) -> set[Path]:
    """What a folder holds of the project, as paths from its root."""
    made = {"__pycache__", "__init__.py", "data", "runs"}
    return {
        path.relative_to(ROOT)
        for path in folder.iterdir()
        if path.name not in made and path.name[0] != "." and (path.is_file() or any(path.iterdir()))
    }


def test_the_readme_prints_the_tree():
    """Every line exists; the root and each folder opened in the tree are listed in full."""
    listed = tree()
    opened = {Path(), *(path.parent for path in listed)}
    assert {Path("bot"), Path("db")} <= opened
    assert listed == {path for folder in opened for path in entries(ROOT / folder)}
