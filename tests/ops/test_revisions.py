from alembic.config import Config
from alembic.script import ScriptDirectory

from crm.revisions import VERSIONS, newest, up_to_date


def test_the_newest_revision_is_the_one_alembic_knows():
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    assert newest() == set(ScriptDirectory.from_config(config).get_heads())


def test_a_migrated_database_is_up_to_date_and_others_are_not(servers):
    assert up_to_date(servers.owner_database_url)
    assert not up_to_date(servers.superuser_database_url.replace("/rapport", "/postgres"))
    assert not up_to_date("postgresql://nobody@127.0.0.1:1/nothing")
