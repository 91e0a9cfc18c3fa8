"""Settings: read once, every problem named at once, secrets from files and never shown."""

import pytest

from crm.config import Config, ConfigError

GOOD = {"DATABASE_URL": "postgresql://app:secret-word@db:5432/rapport", "REDIS_URL": "redis://:secret-word@bell:6379/0",
        "SECRET_KEY": "secret-word-" * 4}  # fmt: skip


def problems(**changed: str | None) -> list[str]:
    environ = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    try:
        Config.from_env(environ)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def test_the_required_settings_are_enough():
    config = Config.from_env(GOOD)
    assert (config.public_url, config.signup, config.trusted_proxies) == ("http://127.0.0.1:8000", True, 0)
    assert config.sqlalchemy_url == "postgresql+psycopg://app:secret-word@db:5432/rapport"


def test_every_problem_is_named_at_once():
    found = problems(DATABASE_URL=None, REDIS_URL="http://x", SECRET_KEY="short", SIGNUP="maybe", TRUSTED_PROXIES="two")
    assert [line.split(" ")[0] for line in found] == [
        "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SIGNUP", "TRUSTED_PROXIES"]  # fmt: skip
    assert found[0] == "DATABASE_URL is not set (or DATABASE_URL_FILE)."
    assert found[4] == "TRUSTED_PROXIES must be a whole number."


WRONG = [
    ("DATABASE_URL", "mysql://db/x"), ("DATABASE_URL", ""), ("DATABASE_URL", "postgresql://db:port/x"),
    ("REDIS_URL", ""), ("REDIS_URL", "redis://bell:many"), ("SECRET_KEY", ""), ("SECRET_KEY", "x" * 31),
    ("PUBLIC_URL", "support.example.com"), ("PUBLIC_URL", "ftp://x.org"), ("PUBLIC_URL", "https://x.org:a"),
    ("PUBLIC_URL", "https://x.org/path"), ("PUBLIC_URL", "https://x.org?a=b"), ("PUBLIC_URL", "https://user@x.org"),
    ("SMTP_URL", "mail.example.com:587"), ("SMTP_URL", "smtp://"), ("SMTP_URL", "smtp://host:many"),
    ("MAIL_FROM", "Rapport"), ("MAIL_FROM", ""), ("MAIL_FROM", "a@b\r\nBcc: c@d"),
    ("TRUSTED_PROXIES", "-1"), ("TRUSTED_PROXIES", ""), ("DATABASE_POOL", "0"), ("DATABASE_POOL", "-3"),
    ("WEB_WORKERS", "0"), ("WEB_WORKERS", "many"),
    ("DATABASE_URL", "postgresql://me:p@ss@db/x"), ("DATABASE_URL", "postgresql://me:100%@db/x"),
    ("LOG_LEVEL", "LOUD"), ("LOG_FORMAT", "xml"), ("SIGNUP", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_sentence_that_names_the_setting(name, value):
    [sentence] = problems(**{name: value})
    assert sentence.startswith(f"{name} ") and sentence.endswith(".") and "Traceback" not in sentence


RIGHT = [
    ("PUBLIC_URL", "https://support.example.com/"), ("PUBLIC_URL", "http://[::1]:8000"), ("LOG_LEVEL", "debug"),
    ("SMTP_URL", "smtp+starttls://me:p%40ss@mail.example.com:587"), ("SMTP_URL", ""), ("MAIL_FROM", "a@example.com"),
    ("MAIL_FROM", "Müller <support@example.com>"), ("REDIS_URL", "unix:///run/valkey.sock"), ("SIGNUP", "OFF"),
    ("DATABASE_URL", "postgres://db/rapport"), ("DATABASE_URL", "postgresql://me:100%25p%40@db/x"), ("DATABASE_URL", "postgresql:///rapport?host=/run/postgresql"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_what_people_write_is_taken(name, value):
    assert problems(**{name: value}) == []


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from-a-file-" * 4 + "\n")
    environ = {**GOOD, "SECRET_KEY_FILE": str(tmp_path / "key")}
    del environ["SECRET_KEY"]
    assert Config.from_env(environ).secret_key == "from-a-file-" * 4
    [sentence] = problems(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "missing"))
    assert sentence.startswith("SECRET_KEY cannot be read from ")


def test_a_configuration_never_shows_its_secrets():
    assert "secret-word" not in repr(Config.from_env(GOOD)) + str(Config.from_env(GOOD))
    assert not any("hunter2" in line for line in problems(DATABASE_URL="mysql://me:hunter2@db/x", SECRET_KEY="hunter2"))


def test_links_and_cookies_follow_the_public_address():
    config = Config.from_env({**GOOD, "PUBLIC_URL": "https://support.example.com/"})
    assert config.public_url == "https://support.example.com" and config.secure
    assert not Config.from_env(GOOD).secure
