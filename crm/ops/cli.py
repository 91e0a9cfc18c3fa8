"""The command `crm`. Every command imports what it needs only when it runs."""

import click

from .stop import Stop

PORT = click.IntRange(1, 65535)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="rapport", prog_name="Rapport")
def main() -> None:
    """Rapport: live support and CRM in one light server."""


@main.command()
@click.option("--port", type=PORT, default=8000, help="Where Rapport answers.")
@click.option("--shop-port", type=PORT, default=8001, help="Where the demo shop answers.")
@click.option("--host", default="127.0.0.1", help="The address to listen on.")
@click.option("--empty", is_flag=True, help="Do not fill the demo on the first start.")
def up(port: int, shop_port: int, host: str, empty: bool) -> None:
    """Start everything on this machine, until Ctrl-C."""
    from .up import up

    up(port, shop_port, host, empty)


@main.command()
def reload() -> None:
    """Put new processes in the place of the running ones, for new code; nobody is cut off."""
    from .reload import reload

    reload()


@main.command()
def assets() -> None:
    """Build static/vendor and the translations."""
    from .assets import build

    build()


@main.command()
@click.option("--check", is_flag=True, help="Write nothing, only compare.")
def messages(check: bool) -> None:
    """Collect every text into the translators' catalogs, and say what is not translated."""
    from .messages import bring_up_to_date

    bring_up_to_date(check)


@main.group(name="db")
def database() -> None:
    """The database: roles and migrations."""


@database.command()
def roles() -> None:
    """Print the SQL that makes database, roles and extensions on your own server."""
    from .roles import script

    click.echo(script())


@database.command()
def migrate() -> None:
    """Bring the schema up to date (OWNER_DATABASE_URL)."""
    from .migrations import upgrade
    from .settings import adopt_instance, required

    adopt_instance()
    upgrade(required("OWNER_DATABASE_URL"))


@database.command()
@click.option("--scratch", is_flag=True, help="Migrate a throw-away database for it.")
def check(scratch: bool) -> None:
    """Say whether the migrations are in step with the models (OWNER_DATABASE_URL)."""
    from .migrations import differences, differences_from_scratch
    from .settings import adopt_instance, required

    adopt_instance()
    if problems := differences_from_scratch() if scratch else differences(required("OWNER_DATABASE_URL")):
        raise Stop("The models and the migrations differ:\n" + "\n".join(problems))


@main.command()
def demo() -> None:
    """Fill an empty instance with the demo."""
    from . import demo
    from .app import application

    with application():
        demo.fill()


@main.group()
def tenant() -> None:
    """Tenants: the businesses that work here."""


@tenant.command("create")
@click.argument("slug")
@click.option("--name", required=True, help="The business's name.")
@click.option("--owner-email", required=True, help="Who owns it, and signs in with it.")
@click.option("--owner-name", required=True, help="The owner's name, as colleagues and customers read it.")
def create_tenant(slug: str, name: str, owner_email: str, owner_name: str) -> None:
    """Open a tenant at /SLUG, and print the link with which its owner chooses a password."""
    from .app import application
    from .tenants import create

    with application():
        click.echo(create(slug, name, owner_email, owner_name))


@main.group()
def mail() -> None:
    """E-mail that comes in."""


@mail.command("receive")
@click.option("--tenant", "slug", required=True, help="Whose mail it is.")
@click.option("--recipient", default="", help="To whom the envelope addresses it.")
def receive_mail(slug: str, recipient: str) -> None:
    """Take one mail from standard input, and print what became of it as one line of JSON."""
    from .app import application
    from .mails import read_input, take

    raw = read_input()
    with application():
        click.echo(take(slug, recipient, raw))
