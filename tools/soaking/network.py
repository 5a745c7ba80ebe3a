# SPDX-License-Identifier: GPL-2.0-or-later
"""The networks between the nodes: what the soak does to the kernel, and what must hold there because of it.

core/live/tests/namespaces.sh builds them. The client has two of them, 1 and 2, and a third whose router forwards
nothing. Nothing else in the soak changes the kernel. A path exists when the route of the kernel to the server, as a
socket without an address would take it, leads through links, addresses and a NAT that all work.
"""
import asyncio
import contextlib
import ctypes
import os
import socket
import struct

SERVER = "10.9.0.2"
DEAD_NETWORK = 3
CLONE_NEWNET = 0x40000000
NETLINK_NETFILTER = 12
CONNTRACK_DELETE = 1 << 8 | 2  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE: without a tuple, all
REQUEST_WITH_ACK = 1 | 4
MASQUERADES = ("masquerade", "masquerade fully-random", "masquerade to :20000-29999")
libc = ctypes.CDLL(None, use_errno=True)


class Trouble(Exception):
    """The soak itself failed, or the machine: never a fault of what is tried."""


@contextlib.contextmanager
def inside(namespace):
    """What is opened here belongs to that network namespace. There must be no await in it."""
    with open("/proc/self/ns/net") as ours, open(f"/run/netns/{namespace}") as theirs:
        if libc.setns(theirs.fileno(), CLONE_NEWNET):
            raise Trouble(f"setns {namespace}: {os.strerror(ctypes.get_errno())}")
        try:
            yield
        finally:
            libc.setns(ours.fileno(), CLONE_NEWNET)


async def feed(text, *command):
    """Runs the command with that text as its input; its output."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate(text.encode())
    if process.returncode:
        raise Trouble(f"{' '.join(command)} <<< {text!r}: {output.decode().strip()}")
    return output.decode()


async def ip(namespace, *lines):
    await feed("\n".join(lines) + "\n", "ip", "-n", namespace, "-batch", "-")


async def nft(namespace, text):
    await feed(text, "ip", "netns", "exec", namespace, "nft", "-f", "-")


def device(network):
    return f"eth{network - 1}"


def gateway(network):
    return f"10.{network}.0.1"


def table(network):
    return 100 + network


class Network:
    """The state that the soak has made. Each method returns when the kernel has taken the change."""

    def __init__(self):
        self.address = {n: f"10.{n}.0.2" for n in (1, 2, DEAD_NETWORK)}
        self.default = 1  # the network of the default route
        self.rule = None  # the network to which a rule sends what goes to the server
        self.hosts = 2
        self.nat_host = 1
        self.masquerade = 0

    @property
    def used(self):
        """The network that leads to the server when nothing is broken."""
        return self.rule or self.default

    @property
    def other(self):
        return 3 - self.used

    async def prepare(self):
        """What the networks of the tests lack: source rules, the dead network, filters, fast neighbours."""
        for namespace, text in (("client", "all.promote_secondaries=1"), ("router", "all.promote_secondaries=1"),
                                ("router", "all.rp_filter=1"), ("client", "all.rp_filter=0")):
            await feed("", "ip", "netns", "exec", namespace, "sysctl", "-qw", f"net.ipv4.conf.{text}")
        for namespace, names in (("client", ("eth0", "eth1", "eth2")), ("router", ("up-eth0", "up-eth1", "core")),
                                 ("server", ("core",))):
            for name in names:  # else an address is asked for once a second, and a path is back later than it looks
                await feed("", "ip", "netns", "exec", namespace, "sysctl", "-qw",
                           f"net.ipv4.neigh.{name}.retrans_time_ms=20")
        await nft("router", "table ip filter {\nchain forward {\ntype filter hook forward priority 0;\n"
                            "ip saddr 10.3.0.0/24 drop\n}\nchain outage {\n"
                            "type filter hook forward priority 1;\n}\n}\n")
        for network in self.address:
            await ip("client", self.table_route(network), self.source_rule("add", network))
        await self.flush_nat()

    # What the client sees

    def table_route(self, network):
        return f"route replace default via {gateway(network)} dev {device(network)} table {table(network)}"

    def default_route(self, network):
        return f"route replace default via {gateway(network)} dev {device(network)}"

    @staticmethod
    def source_rule(verb, network):
        return f"rule {verb} from 10.{network}.0.0/24 lookup {table(network)} pref {1000 + network}"

    def routes(self, network):
        """All routes over that network that the state asks for."""
        return [self.table_route(network)] + ([self.default_route(network)] if self.default == network else [])

    def new_address(self, network):
        self.hosts = self.hosts % 250 + 1
        if self.hosts == 1:
            self.hosts = 2
        return f"10.{network}.0.{self.hosts}"

    async def add_address(self, network, address):
        self.address[network] = address
        await ip("client", f"addr add {address}/24 dev {device(network)}", *self.routes(network))

    async def delete_address(self, network):
        await ip("client", f"addr del {self.address[network]}/24 dev {device(network)}")

    async def replace_address(self, network, new_first):
        old, new = self.address[network], self.new_address(network)
        while new == old:
            new = self.new_address(network)
        steps = [f"addr del {old}/24 dev {device(network)}", f"addr add {new}/24 dev {device(network)}"]
        self.address[network] = new
        await ip("client", *(reversed(steps) if new_first else steps), *self.routes(network))

    async def set_default(self, network):
        self.default = network
        await ip("client", self.default_route(network))

    async def delete_default(self):
        await ip("client", "route del default")

    async def set_rule(self, network):
        """A rule sends what goes to the server over that network; None: there is no such rule any more."""
        steps = [f"rule add to 10.9.0.0/24 lookup {table(network)} pref 500"] if network else []
        if self.rule:
            steps.append(f"rule del to 10.9.0.0/24 lookup {table(self.rule)} pref 500")
        self.rule = network
        await ip("client", *steps)

    async def use_routes(self, network):
        """That network leads to the server, by the default route alone."""
        await self.set_default(network)
        if self.rule:
            await self.set_rule(None)

    async def forbid(self, verb):
        await ip("client", f"rule {verb} to 10.9.0.0/24 unreachable pref 400")

    async def source_rules(self, verb):
        await ip("client", *(self.source_rule(verb, n) for n in (1, 2)))

    async def link(self, network, up):
        if up:
            await ip("client", f"link set {device(network)} up", *self.routes(network))
        else:
            await ip("client", f"link set {device(network)} down")

    # What it does not see

    async def carrier(self, network, up):
        await ip("router", f"link set up-{device(network)} {'up' if up else 'down'}")

    async def far_link(self, up):
        await ip("router", f"link set core {'up' if up else 'down'}")

    @staticmethod
    async def drop(dropping):
        await nft("router", "add rule ip filter outage drop\n" if dropping else "flush chain ip filter outage\n")

    async def set_masquerade(self, number):
        self.masquerade = number
        await nft("router", "flush chain ip nat post\n"
                            f"add rule ip nat post oifname core {'meta l4proto udp ' if number == 2 else ''}"
                            f"{MASQUERADES[number]}\n")

    async def move_nat(self):
        old, self.nat_host = self.nat_host, 7 + (self.nat_host - 6) % 3
        await ip("router", f"addr del 10.9.0.{old}/24 dev core", f"addr add 10.9.0.{self.nat_host}/24 dev core")

    @staticmethod
    async def flush_nat():
        """The NAT forgets all bindings."""
        with inside("router"):
            asked = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        with asked:
            asked.settimeout(5)
            asked.send(struct.pack("=IHHIIBBH", 20, CONNTRACK_DELETE, REQUEST_WITH_ACK, 1, 0, 0, 0, 0))
            error, = struct.unpack_from("=i", asked.recv(4096), 16)
        if error:
            raise Trouble(f"flushing the NAT: {os.strerror(-error)}")

    # What has nothing to do with the path

    @staticmethod
    async def unrelated(number):
        """Changes, and takes back, something that no packet to the server depends on."""
        there, back = (
            (["addr add 10.3.0.77/24 dev eth2"], ["addr del 10.3.0.77/24 dev eth2"]),
            (["route add 10.77.0.0/24 via 10.3.0.1"], ["route del 10.77.0.0/24 via 10.3.0.1"]),
            (["route add default via 10.3.0.1 dev eth2 metric 500"], ["route del default via 10.3.0.1 dev eth2 metric 500"]),
            (["rule add from 10.99.0.0/16 lookup 103 pref 700"], ["rule del from 10.99.0.0/16 lookup 103 pref 700"]),
            (["link set eth2 down"],
             ["link set eth2 up", "route replace default via 10.3.0.1 dev eth2 table 103"]))[number]
        await ip("client", *there)
        await asyncio.sleep(0.05)
        await ip("client", *back)
