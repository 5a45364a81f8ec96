"""The settings: defaults, the file, the environment, and the sentence for each mistake."""

from pathlib import Path

import pytest

from config import Config, ConfigError, CreditsConfig, load

SHIPPED = Path(__file__).parent.parent / "config.toml"


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_shipped_file_names_every_setting_with_its_default():
    assert load(SHIPPED, {}) == Config(data_dir=SHIPPED.parent / "data")
    text = SHIPPED.read_text(encoding="utf-8")
    names = [
        "data_dir database_url image_store model",
        "run_worker device max_batch lease_seconds accept_licence port listen public_url",
        "first_month monthly text_to_image_cost edit_cost pack_credits pack_price_usd",
    ]
    for name in " ".join(names).split():
        assert f"\n{name} = " in text


def test_an_empty_file_gives_the_defaults(write):
    config = load(write(""), {})
    assert config.credits == CreditsConfig(50, 15, 1, 1, 115, 15.0)
    assert config.discord_token is None


def test_addresses_follow_the_data_folder_which_follows_the_file(write, tmp_path):
    config = load(write('data_dir = "here"'), {})
    assert config.data_dir == tmp_path / "here"
    assert config.database_url == f"sqlite+aiosqlite:///{tmp_path}/here/fivesquares.db"
    assert config.image_store == (tmp_path / "here/images").as_uri()


def test_the_environment_wins(write):
    environ = {
        "DATABASE_URL": "postgresql+asyncpg://me:secret@db/art",
        "IMAGE_STORE": "s3://bucket/art",
        "DISCORD_TOKEN": " abc ",
    }
    config = load(write('database_url = "sqlite+aiosqlite:///x.db"'), environ)
    assert config.database_url == environ["DATABASE_URL"]
    assert config.image_store == "s3://bucket/art"
    assert config.discord_token == "abc"
    assert "secret" not in repr(config)
    assert "abc" not in repr(config)


def test_an_empty_variable_is_no_variable(write):
    config = load(write(""), {"DATABASE_URL": "", "DISCORD_TOKEN": ""})
    assert config.database_url.startswith("sqlite+aiosqlite:///")
    assert config.discord_token is None


def test_tables_are_read(write):
    text = '[policy]\nviolence = "flag"\nguard = "./guard"\n'
    text += "[credits]\nmonthly = 0\npack_price_usd = 9\n"
    config = load(write(text), {})
    assert config.policy.actions == {"violence": "flag"}
    assert config.policy.guard == "./guard"
    assert (config.credits.monthly, config.credits.pack_price_usd) == (0, 9.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("modle = 'mini'", "config.toml: modle is not a setting; did you mean model?"),
        (
            "[web]\npublic_ulr = ''",
            "config.toml: [web] public_ulr is not a setting; did you mean [web] public_url?",
        ),
        ("monthly = 3", "config.toml: monthly is not a setting; did you mean [credits] monthly?"),
        ("[web]\nxyzzy = 1", "config.toml: [web] xyzzy is not a setting."),
        ("[credit]\n", "config.toml: credit is not a setting; did you mean credits?"),
        (
            "[local]\nport = 70000",
            "config.toml: [local] port must be a port from 1 to 65535, not 70000.",
        ),
        (
            "[inference]\nmax_batch = '8'",
            "config.toml: [inference] max_batch must be a whole number from 1 to 1000000, not '8'.",
        ),
        (
            "[inference]\nmax_batch = true",
            "config.toml: [inference] max_batch must be a whole number from 1 to 1000000, "
            "not True.",
        ),
        (
            "[inference]\nrun_worker = 'yes'",
            "config.toml: [inference] run_worker must be true or false, not 'yes'.",
        ),
        (
            "[policy]\nviolence = 'no'",
            "config.toml: [policy] violence must be block or flag or allow, not 'no'.",
        ),
        (
            "[retention]\nflag_days = 1000000",
            "config.toml: [retention] flag_days must be days from 1 to 36500, not 1000000.",
        ),
        (
            "[web]\nlisten = '0.0.0.0:70000'",
            "config.toml: [web] listen must be HOST:PORT with a port up to 65535, "
            "not '0.0.0.0:70000'.",
        ),
        (
            "[web]\npublic_url = 'https://example.org/art'",
            "config.toml: [web] public_url must be empty or https:// and a host name of its own, "
            "no path, not 'https://example.org/art'.",
        ),
        (
            "image_store = 'file://data/images'",
            "config.toml: image_store must be empty or a URL: file:///…, s3://… or gs://…, "
            "not 'file://data/images'.",
        ),
        (
            "[policy]\ntoken = 'x'",
            "config.toml: token is a secret; set it as DISCORD_TOKEN in the environment, not here.",
        ),
        (
            "database_url = 'postgresql+asyncpg://me:secret@db/art'",
            "config.toml: database_url is a secret; "
            "set it as DATABASE_URL in the environment, not here.",
        ),
        ("local = 5", "config.toml: local must be a table of settings, not 5."),
        ("data_dir = '~no-such-user/x'", "config.toml: data_dir names nobody's home."),
        ("data_dir = 3", "config.toml: data_dir must be a folder's path in quotes, not 3."),
        (
            "DISCORD_TOKEN = 'x'",
            "config.toml: DISCORD_TOKEN is a secret; "
            "set it as DISCORD_TOKEN in the environment, not here.",
        ),
    ],
)
def test_a_mistake_is_named_in_one_sentence(write, text, sentence):
    with pytest.raises(ConfigError) as error:
        load(write(text), {})
    assert str(error.value) == sentence


def test_a_refused_address_keeps_its_password(write):
    with pytest.raises(ConfigError, match=r"^DATABASE_URL must be empty, sqlite") as error:
        load(write(""), {"DATABASE_URL": "mysql://me:secret@db/art"})
    assert "secret" not in str(error.value)


def test_a_file_as_windows_saves_it(write, tmp_path):
    assert load(write("\ufeffmodel = 'karlo'\r\n"), {}).model == "karlo"
    (tmp_path / "config.toml").write_text("model = 'karlo'", encoding="utf-16")
    with pytest.raises(ConfigError, match=r"^config.toml is not UTF-8 text; save it as that\.$"):
        load(tmp_path / "config.toml", {})


def test_an_address_as_providers_give_it_is_told_how_to_be_written(write):
    with pytest.raises(ConfigError) as error:
        load(write(""), {"DATABASE_URL": "postgresql+asyncpg://me@db/art?sslmode=require"})
    assert str(error.value) == "DATABASE_URL must be an address with ssl= instead of sslmode=."


def test_a_file_that_is_not_toml_or_not_there(write, tmp_path):
    with pytest.raises(ConfigError, match=r"^config.toml is not valid TOML: .*line 1"):
        load(write("model = \nport"), {})
    with pytest.raises(ConfigError, match=r"^There is no nowhere\.toml in this folder; start in"):
        load(tmp_path / "nowhere.toml", {})
