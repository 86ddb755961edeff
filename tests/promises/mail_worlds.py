"""Two worlds that live through the same events but the hidden ones, and the letters of each compared."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from tests.gateway.delivery.receiver import Receiver
from tests.live import temporary_folder
from tests.promises.asking import first_difference
from tests.promises.house import FixedClock, Template
from tests.promises.mail import Letter, Recipient, Replies, World, world
from tests.promises.worlds import Step


@dataclass(slots=True)
class Worlds:
    """The poor world and the rich one, and the letters of each by step."""

    poor: World
    rich: World
    clock: FixedClock
    alone: list[str] = field(default_factory=list)
    letters: list[tuple[str, bool, list[Letter]]] = field(default_factory=list)

    async def live_through(
        self, recipient: Recipient, chosen: random.Random, steps: Sequence[Step], missing: float = 0
    ) -> None:
        """These events in both, the hidden ones in the rich alone; a part of these is left out by chance."""
        for step in steps:
            self.clock.step()
            hidden = recipient.client in step.hidden_from
            if hidden and chosen.random() < missing:
                continue
            for made in (self.rich,) if hidden else (self.poor, self.rich):
                self.clock.again()
                await step.do(made.house)
                await made.delivered()
                self.letters.append((step.name, made is self.rich, made.collected(recipient)))
            self.alone += [step.name] if hidden else []

    def got(self, recipient: Recipient, *, rich: bool) -> list[tuple[str, Letter]]:
        """All letters of one world, each under the step that it came in."""
        found = [(name, each) for name, where, letters in self.letters if where is rich for each in letters]
        plain = (self.rich if rich else self.poor).plain([each for _, each in found], recipient)
        return [(name, each) for (name, _), each in zip(found, plain, strict=True)]

    def differences(self, recipient: Recipient) -> list[str]:
        """How the letters of the two worlds differ, in a few lines."""
        poor, rich = (self.got(recipient, rich=each) for each in (False, True))
        found = [f"{len(poor)} letters became {len(rich)}"] if len(poor) != len(rich) else []
        found += [
            f"{one[0]} {one[1].way} {one[1].name}: {first_difference(repr(one), repr(other))}"
            for one, other in zip(poor, rich, strict=False)
            if one != other
        ]
        return found


@asynccontextmanager
async def worlds_opened(template: Template, receiver: Receiver, clock: FixedClock) -> AsyncIterator[Worlds]:
    """Both worlds; they share the receivers, so that even the addresses are the same."""
    replies = Replies()
    server = await asyncio.start_server(replies.serve, "127.0.0.1", 0)
    replies.to = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, AsyncExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        poor, rich = [
            await stack.enter_async_context(world(template, folder / name, receiver, replies))
            for name in ("poor", "rich")
        ]
        yield Worlds(poor, rich, clock)
