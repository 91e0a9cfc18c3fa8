"""The ways in which people talk with us, one file each. What is said between colleagues ("internal") is none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

channels: dict[str, "Channel"] = {}


@dataclass(frozen=True)
class Channel:
    """`kind` is that of its conversations and of what is said in them; `word` and `icon` say it in lists.

    `sends`: whether its answers go out by `send(message)`, called in the worker at least once for each; else the push to
    the page is the delivery. `may_reply(conversation)`: whether an answer would reach anybody. `composer`: a template
    with what stands above the text where one writes, "" for nothing. `written`: whether its customers write there.
    """

    kind: str
    icon: str
    word: Any
    send: Callable[[Any], None]
    sends: bool = False
    may_reply: Callable[[Any], bool] = lambda conversation: True
    composer: str = ""
    written: bool = True


def channel(kind: str, icon: str, word: Any, **more: Any) -> Callable[[Any], Any]:
    """Register a channel on the function that sends an answer."""

    def decorate(send: Any) -> Any:
        channels[kind] = Channel(kind, icon, word, send, **more)
        return send

    return decorate


def channel_of(conversation: Any) -> Channel:
    """Between colleagues one talks as in a chat."""
    return channels.get(conversation.channel, channels["chat"])


def that_send() -> list[str]:
    """Kinds of conversations whose answers find their way by themselves: nobody need be told of them by mail."""
    return [one.kind for one in channels.values() if one.sends]
