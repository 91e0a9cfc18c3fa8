"""The one way an operator's command fails: a sentence on standard error and exit code 1, never a traceback."""

import click


class Stop(click.ClickException):
    def show(self, file=None) -> None:
        click.echo(self.message, err=True)
