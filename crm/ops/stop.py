"""The one way an operator's command fails: a sentence on standard error and exit code 1, never a traceback."""

import click


class Stop(click.ClickException):
    def show(self, file=None) -> None:
        click.echo(self.message, err=True)


def reason(problem: Exception) -> str:
    """The part of a driver's message that says why, without its advice and the address again."""
    lines = str(problem).splitlines() or [type(problem).__name__]
    return lines[0].rpartition("failed: ")[2]
