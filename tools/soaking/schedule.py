# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens in a soak: the kinds of events, and when they come. All is drawn from the seed.

An event is drawn from a generator of its own (seed and number), so that what it does depends on no clock.
"""
import asyncio
import random
import time

from judge import Event
from network import DEAD_NETWORK, MASQUERADES

KINDS = {}


def kind(name, weight, text):
    def keep(function):
        KINDS[name] = (function, weight, text)
        return function
    return keep


class Schedule:
    def __init__(self, record, network, lines, calls, options):
        self.record, self.network, self.lines, self.calls = record, network, lines, calls
        self.seed, self.only, self.longest, self.log = options.seed, options.only, options.longest, options.log
        self.number = 0
        self.whole = True  # there is a path now
        self.random = self.event = None

    # What events are made of

    def outage(self):
        """Seconds: half of them short, some long."""
        low, high = self.random.choices(((0.05, 1), (1, 5), (5, max(6, self.longest))), (5, 3, 2))[0]
        return min(self.random.uniform(low, high), self.longest)

    def say(self, text):
        self.event.text += f"{', ' if self.event.text else ''}{text}"

    async def at_once(self, *changes):
        """Changes after which there is a path, if another."""
        self.whole = False
        self.event.broke = self.event.broke or time.monotonic()
        for change in changes:
            await change
        self.event.back = time.monotonic()
        self.whole = True

    async def broken(self, seconds, breaking, *mending):
        """No path for that long. A rule would lead to the default route when its own route is gone: it goes first."""
        if self.network.rule:
            await self.at_once(self.network.use_routes(self.network.rule))
        self.say(f"for {seconds:.2f} s")
        self.whole = False
        self.event.broke = self.event.broke or time.monotonic()
        await breaking()
        self.event.broken = time.monotonic()
        await self.meanwhile(self.event.broken + seconds)
        self.event.mending = time.monotonic()
        for change in mending:
            await change()
        self.event.back = time.monotonic()
        self.whole = True

    async def meanwhile(self, until):
        """Long outages have other events in them."""
        while until - time.monotonic() > 2:
            await asyncio.sleep(self.random.uniform(0.3, 1.5))
            if self.random.random() < 0.5 and not self.only:
                function = KINDS[self.random.choice(("control-good", "control-bad", "trigger", "unrelated"))][0]
                await function(self)
        await asyncio.sleep(max(0, until - time.monotonic()))

    # The course

    async def run(self, seconds):
        end = time.monotonic() + seconds
        names = self.only or list(KINDS)
        weights = [KINDS[name][1] for name in names]
        while time.monotonic() < end:
            self.number += 1
            self.random = random.Random(f"{self.seed}/{self.number}")
            name = self.random.choices(names, weights)[0]
            self.event = Event(self.number, name, "", time.monotonic())
            self.record.events.append(self.event)
            await KINDS[name][0](self)
            self.log(self.event)
            await self.rest(end)

    async def rest(self, end):
        """Mostly some seconds, and until data flows again; sometimes hardly any."""
        if self.random.random() < 0.15:
            return await asyncio.sleep(self.random.uniform(0.05, 0.5))
        await asyncio.sleep(self.random.uniform(1.2, 4))
        since, patience = self.event.back or self.event.began, time.monotonic() + 15
        while time.monotonic() < min(patience, end):
            if all(self.record.arrivals[flow][-1:] > [max(since, time.monotonic() - 1)] for flow in ("up", "down")):
                return None
            await asyncio.sleep(0.05)
        return None


# ---- What the client sees ----

@kind("address-change", 3, "another address on the network in use")
async def address_change(self):
    new_first = self.random.random() < 0.5
    self.say("the new one first" if new_first else "the old one goes first")
    await self.at_once(self.network.replace_address(self.network.used, new_first))


@kind("address-outage", 3, "the address is gone for a while")
async def address_outage(self):
    network, used = self.network, self.network.used
    old = network.address[used]
    again = self.random.choice(("the same", "another", "elsewhere"))
    self.say(f"then {again}")
    mending = [lambda: network.add_address(used, old if again == "the same" else network.new_address(used))]
    if again == "elsewhere":
        mending.append(lambda: network.use_routes(3 - used))
    await self.broken(self.outage(), lambda: network.delete_address(used), *mending)


@kind("route-flip", 3, "the default route leads to the other network")
async def route_flip(self):
    network = self.network
    await self.at_once(network.use_routes(network.other))


@kind("route-outage", 2, "no default route for a while")
async def route_outage(self):
    network, then = self.network, self.random.choice((1, 2))
    self.say(f"then network {then}")
    await self.broken(self.outage(), network.delete_default, lambda: network.set_default(then))


@kind("link-flip", 3, "the link goes down, and the default route leads to the other network")
async def link_flip(self):
    network, used = self.network, self.network.used
    await self.at_once(network.link(used, False), network.use_routes(3 - used))
    await asyncio.sleep(self.random.uniform(0.5, 3))
    await network.link(used, True)


@kind("link-outage", 3, "the link is down for a while")
async def link_outage(self):
    network, used = self.network, self.network.used
    await self.broken(self.outage(), lambda: network.link(used, False), lambda: network.link(used, True))


@kind("carrier-outage", 3, "the other end of the link is down for a while")
async def carrier_outage(self):
    network, used = self.network, self.network.used
    await self.broken(self.outage(), lambda: network.carrier(used, False), lambda: network.carrier(used, True))


@kind("rule-flip", 3, "a rule leads to the other network")
async def rule_flip(self):
    network = self.network
    there = network.other if network.rule is None or network.default == network.rule else None
    self.say(f"{'added' if there else 'deleted'}")
    await self.at_once(network.set_rule(there))


@kind("rule-outage", 2, "a rule makes the server unreachable for a while")
async def rule_outage(self):
    network = self.network
    await self.broken(self.outage(), lambda: network.forbid("add"), lambda: network.forbid("del"))


@kind("source-rules", 1, "the rules that let both networks work at once go for a while")
async def source_rules(self):
    network = self.network
    await self.at_once(network.source_rules("del"))
    await asyncio.sleep(self.random.uniform(1, 4))
    await network.source_rules("add")


# ---- What it does not see ----

@kind("silent-outage", 4, "the router drops everything for a while")
async def silent_outage(self):
    network = self.network
    await self.broken(self.outage(), lambda: network.drop(True), lambda: network.drop(False))


@kind("far-outage", 2, "the link between router and server is down for a while, the NAT forgets")
async def far_outage(self):
    network = self.network
    await self.broken(self.outage(), lambda: network.far_link(False), lambda: network.far_link(True))


@kind("nat-flush", 3, "the NAT forgets its bindings")
async def nat_flush(self):
    network = self.network
    await self.at_once(network.set_masquerade(1), network.flush_nat())


@kind("nat-ports", 2, "the NAT takes ports in another way, and forgets its bindings")
async def nat_ports(self):
    network, number = self.network, self.random.randrange(len(MASQUERADES))
    self.say(MASQUERADES[number])
    await self.at_once(network.set_masquerade(number), network.flush_nat())


@kind("nat-address", 3, "the NAT gets another address")
async def nat_address(self):
    await self.at_once(self.network.move_nat())


@kind("nat-reboot", 2, "the NAT forgets, after a while in which nothing passes")
async def nat_reboot(self):
    network = self.network
    await self.broken(self.outage(), lambda: network.drop(True),
                      lambda: network.set_masquerade(1), network.flush_nat, lambda: network.drop(False))


# ---- What does not touch the path ----

@kind("control-good", 3, "roam migrate, to the other network, back, or to where the kernel leads")
async def control_good(self):
    network = self.network
    there = [network.used] if network.rule else [1, 2]  # a rule leaves the other network no way out
    local = self.random.choice([None] + [network.address[n] for n in there])
    self.say(f"to {local or 'where the kernel leads'}")
    await self.calls.good(local)


@kind("control-bad", 2, "roam migrate and the control socket, with what makes no sense")
async def control_bad(self):
    what = self.random.choice(self.calls.bad)
    self.say(what[0])
    await what[1](self.random)


@kind("control-idle", 1, "seventeen clients of the control socket that say nothing")
async def control_idle(self):
    await self.calls.idle(17)


@kind("trigger", 2, "datagrams to the trigger socket, with and without sense")
async def trigger(self):
    text = self.random.choice((b"changed", b"migrate server", b"migrate nobody", b"\0\xff\n", b"migrate " + b"x" * 3000,
                               f"migrate server timeout=300ms local={self.network.address[DEAD_NETWORK]}".encode()))
    self.say(repr(text[:60])[1:])
    await self.calls.trigger(text)


@kind("unrelated", 2, "addresses, routes, rules and links that no packet needs")
async def unrelated(self):
    await self.network.unrelated(self.random.randrange(5))


@kind("two-at-once", 1, "two changes of the path within a debounce time")
async def two_at_once(self):
    network, there = self.network, self.network.other
    await self.at_once(network.use_routes(there), asyncio.sleep(self.random.uniform(0, 0.25)),
                       network.replace_address(there, True))
