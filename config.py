"""The settings: one frozen table each, read once from config.toml and the environment.

Every limit stands in a field's annotation, so a wrong value is refused with the sentence
that stands beside it. Knows nothing of who uses a setting; imports nothing of this project.
"""

import os
import re
import tomllib
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

CONFIG_FILE = Path("config.toml")
SECRETS = {"discord_token": "DISCORD_TOKEN", "token": "DISCORD_TOKEN", "hf_token": "HF_TOKEN"}
OVERRIDES = {"DATABASE_URL": "database_url", "IMAGE_STORE": "image_store"}

UNUSABLE = 78
"""How a process ends that can't serve until a person changes the settings, or what they name."""

Action = Literal["block", "flag", "allow"]


class ConfigError(Exception):
    """The settings can't be used; the message is one sentence for whoever edits the file."""


@dataclass(frozen=True)
class Expected:
    """What a value must be: in words for the reader, and as a check."""

    words: str
    holds: Callable[[Any], bool]


def matching(pattern: str, words: str) -> Expected:
    """A limit on text: it must match the pattern from end to end."""
    return Expected(words, lambda text: re.fullmatch(pattern, text) is not None)


def between(low: int, high: int, what: str = "a whole number") -> Expected:
    """A limit on numbers, both ends included."""
    return Expected(f"{what} from {low} to {high}", lambda n: low <= n <= high)


Positive = Annotated[int, between(1, 1_000_000)]
Natural = Annotated[int, between(0, 1_000_000)]
Days = Annotated[int, between(1, 36_500, "days")]
Port = Annotated[int, between(1, 65_535, "a port")]
Price = Annotated[float, Expected("an amount of 0 or more", lambda n: 0 <= n < float("inf"))]
Lease = Annotated[int, between(5, 3600, "seconds")]
Months = Annotated[int, between(1, 1200, "months")]
Name = Annotated[
    str,
    matching(
        r"[\w.~/\\:-][\w.~/\\: -]{0,199}",
        "mini, karlo, kandinsky-2.2, OWNER/NAME or ./FOLDER",
    ),
]
Device = Annotated[
    str, matching(r"auto|cpu|mps|cuda(:\d+)?", "auto, cpu, cuda, cuda:0, cuda:1 … or mps")
]
DatabaseUrl = Annotated[
    str,
    matching(
        r"|sqlite\+aiosqlite:///.+|postgresql\+asyncpg://.+",
        "empty, sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER@HOST/NAME",
    ),
    Expected("an address with ssl= instead of sslmode=", lambda url: "sslmode=" not in url),
]
StoreUrl = Annotated[
    str, matching(r"|file:///.+|s3://.+|gs://.+", "empty or a URL: file:///…, s3://… or gs://…")
]
Sku = Annotated[str, matching(r"|\d{1,20}", "empty or the number of a SKU, in quotes")]
Listen = Annotated[
    str,
    matching(r"|[^\s:]+:\d{1,5}|\[[0-9a-f:]+\]:\d{1,5}", "empty or HOST:PORT"),
    Expected(
        "HOST:PORT with a port up to 65535",
        lambda text: int(text.rpartition(":")[2] or 0) <= 65_535,
    ),
]
PublicUrl = Annotated[
    str, matching(r"|https?://[^\s/]+/?", "empty or https:// and a host name of its own, no path")
]


Weights = Annotated[
    Mapping[str, Price],
    Expected(
        "words with their weights, such as { tall = 1, short = 2 }",
        lambda table: all(re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)*", word) for word in table),
    ),
]


GENDERS = types.MappingProxyType({"female": 1.0, "male": 1.0})
DESCENTS = types.MappingProxyType(
    dict.fromkeys(
        ("Black", "East Asian", "Hispanic", "Middle Eastern", "South Asian", "white"), 1.0
    )
)


@dataclass(frozen=True)
class InferenceConfig:
    """The worker: where it computes, how much at once, how long a job is its own."""

    run_worker: bool = True
    device: Device = "auto"
    max_batch: Positive = 8
    """Pictures in one forward pass, and so the most pictures that one claim takes."""
    lease_seconds: Lease = 30
    accept_licence: str = ""
    """The licence that the host accepts, where the model's own does not allow every use."""


@dataclass(frozen=True)
class SafetyConfig:
    """What looks at pictures beside what is built in: a classifier's folder, a YuNet's file."""

    classifier: str = ""
    face_detector: str = ""


@dataclass(frozen=True)
class LocalConfig:
    """The browser mode that runs when there is no Discord token."""

    port: Port = 8000


@dataclass(frozen=True)
class CreditsConfig:
    """What members get, what a request costs, what a pack holds."""

    first_month: Natural = 50
    monthly: Natural = 15
    text_to_image_cost: Natural = 1
    edit_cost: Natural = 1
    pack_credits: Positive = 115
    pack_price_usd: Price = 15.0
    pack_months: Months = 12
    pack_sku: Sku = ""
    """The pack among what the application sells at Discord; empty: moderators hand packs out."""


@dataclass(frozen=True)
class PolicyConfig:
    """What happens to a prompt of a category; a category not named keeps its rule's action.

    In the file the actions stand in the table itself, beside `guard`: a folder or a repository.
    """

    actions: Mapping[str, Action] = field(default_factory=lambda: types.MappingProxyType({}))
    guard: str = ""


@dataclass(frozen=True)
class RetentionConfig:
    """How long things are kept, in days."""

    upload_days: Days = 30
    flag_days: Days = 90
    picture_days: Annotated[int, between(0, 36_500, "days")] = 0
    """0 keeps pictures until their member deletes them."""


@dataclass(frozen=True)
class SteeringConfig:
    """Words added before a person whose looks a prompt leaves open, each with its weight."""

    gender: Weights = field(default_factory=lambda: GENDERS)
    descent: Weights = field(default_factory=lambda: DESCENTS)

    def shares(self) -> tuple[Mapping[str, float], ...]:
        """The words in the order in which they stand before a noun."""
        return self.descent, self.gender


@dataclass(frozen=True)
class WebConfig:
    """The web pages: the address they listen on and the one members see."""

    listen: Listen = ""
    public_url: PublicUrl = ""
    metrics_listen: Listen = ""
    """Where Prometheus reads numbers; never the address of the pages."""

    def __post_init__(self) -> None:
        """Raises ConfigError for numbers among the pages."""
        if self.metrics_listen and self.metrics_listen == self.listen:
            raise ConfigError(
                "[web] metrics_listen must be an address of its own: what listens there is for "
                "you, and listen for everybody."
            )


@dataclass(frozen=True)
class Config:
    """Every setting. Empty addresses are filled in with places under `data_dir`."""

    data_dir: Path = Path("data")
    database_url: DatabaseUrl = field(default="", repr=False)
    image_store: StoreUrl = ""
    model: Name = "mini"
    inference: InferenceConfig = InferenceConfig()
    safety: SafetyConfig = SafetyConfig()
    local: LocalConfig = LocalConfig()
    credits: CreditsConfig = CreditsConfig()
    policy: PolicyConfig = PolicyConfig()
    retention: RetentionConfig = RetentionConfig()
    steering: SteeringConfig = SteeringConfig()
    web: WebConfig = WebConfig()
    discord_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Makes `data_dir` absolute and fills in the two addresses that follow from it."""
        data_dir = self.data_dir.absolute()
        database = f"sqlite+aiosqlite:///{(data_dir / 'fivesquares.db').as_posix()}"
        object.__setattr__(self, "data_dir", data_dir)
        object.__setattr__(self, "database_url", self.database_url or database)
        object.__setattr__(self, "image_store", self.image_store or (data_dir / "images").as_uri())


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Reads the file, lets the environment override it, and returns the checked settings.

    Without a path it is config.toml in the current folder. A relative `data_dir` is taken
    from the file's folder. Raises ConfigError.
    """
    path = CONFIG_FILE if path is None else path
    environ = os.environ if environ is None else environ
    table = _read(path)
    config: Config = _table(Config, table, path.name, "")
    for name, key in OVERRIDES.items():
        if re.search("//[^/@]*:[^/@]*@", table.get(key, "")):
            raise ConfigError(_secret(key, name, path.name))
    overrides = {
        key: _value(get_type_hints(Config, include_extras=True)[key], environ[name], name)
        for name, key in OVERRIDES.items()
        if environ.get(name)
    }
    token = environ.get("DISCORD_TOKEN", "").strip() or None
    return replace(config, discord_token=token, **overrides)


def _read(path: Path) -> dict[str, Any]:
    """The file as TOML, with `data_dir` resolved against the file's folder."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"There is no {path.name} in this folder; start in the one that holds it."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name} is not UTF-8 text; save it as that.") from error
    except OSError as error:
        raise ConfigError(f"{path.name} can't be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}.") from error
    data_dir = table.get("data_dir", "data")
    if isinstance(data_dir, str):
        try:
            table["data_dir"] = str(path.absolute().parent / Path(data_dir).expanduser())
        except RuntimeError as error:
            raise ConfigError(f"{path.name}: data_dir names nobody's home.") from error
    return table


def _table(kind: type[Any], table: Mapping[str, Any], file: str, section: str) -> Any:
    """One TOML table as its dataclass."""
    for key in table:
        if key.lower() in SECRETS:
            raise ConfigError(_secret(key, SECRETS[key.lower()], file))
    if kind is PolicyConfig:
        actions = {key: value for key, value in table.items() if key != "guard"}
        table = {"actions": actions, "guard": table.get("guard", "")}
    hints = get_type_hints(kind, include_extras=True)
    for key in table:
        if key not in hints:
            raise ConfigError(_unknown(key, file, section))
    values = {}
    for key, value in table.items():
        if is_dataclass(hints[key]) and isinstance(value, dict):
            values[key] = _table(hints[key], value, file, f"[{key}] ")
        else:
            values[key] = _value(hints[key], value, f"{file}: {section}{key}")
    return kind(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    """One value as its annotation wants it; `where` opens the sentence when it doesn't fit."""
    kind, *limits = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if is_dataclass(kind):
        raise ConfigError(f"{where} must be a table of settings, not {value!r}.")
    if get_origin(kind) is Mapping:
        if not isinstance(value, dict) or not all(limit.holds(value) for limit in limits):
            raise ConfigError(f"{where} must be {limits[0].words}{_shown(value)}.")
        inner = where.removesuffix("actions") if kind == _ACTIONS else f"{where} "
        return {key: _value(get_args(kind)[1], item, inner + key) for key, item in value.items()}
    if get_origin(kind) is Literal:
        choices = " or ".join(get_args(kind))
        limits, kind = [Expected(choices, lambda text: text in get_args(hint))], str
    if kind is float and type(value) is int:
        value = float(value)
    raw = str if kind is Path else kind
    if type(value) is not raw:
        words = limits[0].words if limits else _WORDS[kind]
        raise ConfigError(f"{where} must be {words}{_shown(value)}.")
    for limit in limits:
        if not limit.holds(value):
            raise ConfigError(f"{where} must be {limit.words}{_shown(value)}.")
    return kind(value)


_ACTIONS = Mapping[str, Action]
_WORDS = {bool: "true or false", str: "text in quotes", Path: "a folder's path in quotes"}


def _shown(value: Any) -> str:
    """The refused value, unless it may hold a password."""
    return "" if "@" in str(value) else f", not {value!r}"


def _secret(key: str, variable: str, file: str) -> str:
    """The sentence for what must not stand in a file that is shared."""
    return f"{file}: {key} is a secret; set it as {variable} in the environment, not here."


def _unknown(key: str, file: str, section: str) -> str:
    """The sentence for a key that is no setting, with the nearest one that is."""
    known = {name: place for place, name in _settings(Config, "")}
    nearest = get_close_matches(key.lower(), known, n=1)
    hint = f"; did you mean {known[nearest[0]]}{nearest[0]}?" if nearest else "."
    return f"{file}: {section}{key} is not a setting{hint}"


def _settings(kind: type[Any], section: str) -> Iterator[tuple[str, str]]:
    """Every (section, name) that the file may hold."""
    for name, hint in get_type_hints(kind).items():
        if is_dataclass(hint):
            yield "", name
            yield from _settings(hint, f"[{name}] ")  # type: ignore[arg-type]
        elif name not in SECRETS and kind is not PolicyConfig:
            yield section, name
