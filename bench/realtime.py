"""What sockets cost: memory of idle ones, time and processor until a message has reached everybody, a burst.

    .venv/bin/python -m bench.realtime [--quick]

One server process, embedded; with REDIS_URL two that share that Redis. The clients are a process on the same machine. Latency is from before the message's transaction until a client has it.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from contextlib import AsyncExitStack, ExitStack

from websockets.asyncio.client import ClientConnection, connect

from bench.harness import Server, Table, free_port, prepare, serving, session_of

SOCKETS = 1000
LISTENING = 500
P99_MS = 150
PER_MESSAGE_US = 150
KB_EACH = 60
BURST, BURST_TO, BURST_SECONDS = 600, 300, 30
# Of one person.
EACH = 20


class Clients:
    """Connections of this process, and when each message reached them."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.stack = stack
        self.open: list[ClientConnection] = []
        self.heard: list[list[tuple[int, float]]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def dial(self, servers: list[Server], cookies: list[str], count: int, path: str = "/ws/v1/") -> None:
        for first in range(0, count, 25):
            batch = [self._one(servers, cookies, number, path) for number in range(first, min(first + 25, count))]
            self.open += await asyncio.gather(*batch)

    async def _one(self, servers: list[Server], cookies: list[str], number: int, path: str) -> ClientConnection:
        server = servers[number % len(servers)]
        client = await self.stack.enter_async_context(
            connect(
                f"ws://127.0.0.1:{server.port}{path}",
                subprotocols=["aumbry.v1"] if path == "/ws/v1/" else None,
                origin=f"http://127.0.0.1:{server.port}",
                additional_headers={"Cookie": cookies[number // EACH % len(cookies)]},
                ping_interval=None,
                compression=None,
                proxy=None,
            )
        )
        if path == "/ws/v1/":
            await client.send(json.dumps({"v": 1, "t": "hello"}))
            assert json.loads(await client.recv())["t"] == "welcome"
        return client

    async def listen(self, count: int, topic: str | None) -> None:
        self.heard = [[] for _each in range(count)]
        for number, client in enumerate(self.open[:count]):
            if topic:
                await client.send(json.dumps({"v": 1, "t": "sub", "topic": topic}))
                assert json.loads(await client.recv())["t"] == "sync"
            self._tasks.append(asyncio.create_task(self._take(client, self.heard[number])))

    async def _take(self, client: ClientConnection, heard: list[tuple[int, float]]) -> None:
        async for text in client:
            now = time.perf_counter()
            frame = json.loads(text)
            if frame["t"] == "items":
                heard += [(item["body"]["n"], now) for item in frame["items"]]

    async def all_heard(self, count: int, seconds: float) -> float:
        """How long it took until everybody had ``count`` messages."""
        began = time.perf_counter()
        while any(len(heard) < count for heard in self.heard):
            if time.perf_counter() - began > seconds:
                break
            await asyncio.sleep(0.02)
        return time.perf_counter() - began

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []


def say(topic: str, number: int) -> None:
    from django.db import transaction

    from core.realtime import announce

    with transaction.atomic():
        announce(topic, {"n": number})


def commits() -> int:
    """Changes with each commit of somebody else's."""
    from django.db import connection

    with connection.cursor() as cursor:
        return int(cursor.execute("PRAGMA data_version").fetchone()[0])


async def measure(table: Table, name: str, servers: list[Server], cookies: list[str], rounds: int, quick: bool) -> None:
    many = 300 if quick else SOCKETS
    some = min(LISTENING, many)
    in_thread = asyncio.to_thread
    async with AsyncExitStack() as stack:
        before = sum(server.pss_megabytes() for server in servers)
        clients = Clients(stack)
        await clients.dial(servers, cookies, many)
        grown = sum(server.pss_megabytes() for server in servers) - before
        table.add(f"{name}: sockets held", len(clients.open))
        table.add(f"{name}: memory of an idle socket", grown * 1024 / many, "KB", at_most=KB_EACH)
        if not os.environ.get("DATABASE_URL"):
            seen, changed = await in_thread(commits), 0
            for _each in range(50):
                await asyncio.sleep(0.1)
                now = await in_thread(commits)
                changed, seen = changed + (now != seen), now
            table.add(f"{name}: writes a second of idle sockets", changed / 5, at_most=1)
        await clients.listen(some, "bench.a")
        sent: list[float] = []
        cpu = sum(server.cpu_seconds() for server in servers)
        for number in range(rounds):
            sent.append(time.perf_counter())
            await in_thread(say, "bench.a", number)
            await asyncio.sleep(max(0, 1 - (time.perf_counter() - sent[-1])))
        await clients.all_heard(rounds, 10)
        cpu = sum(server.cpu_seconds() for server in servers) - cpu
        waits = sorted((at - sent[number]) * 1000 for heard in clients.heard for number, at in heard)
        table.add(f"{name}: one a second to {some}: delivered", len(waits), at_most=rounds * some)
        table.missed |= len(waits) != rounds * some
        table.add(f"{name}: one a second to {some}: median", statistics.median(waits), "ms")
        table.add(f"{name}: one a second to {some}: p99", waits[int(len(waits) * 0.99) - 1], "ms", at_most=P99_MS)
        table.add(f"{name}: processor of a delivered message", cpu / len(waits) * 1e6, "µs", at_most=PER_MESSAGE_US)
        clients.stop()
    async with AsyncExitStack() as stack:
        clients = Clients(stack)
        await clients.dial(servers, cookies, BURST_TO)
        await clients.listen(BURST_TO, "bench.b")
        began = time.perf_counter()
        for number in range(BURST):
            await in_thread(say, "bench.b", number)
        await clients.all_heard(BURST, BURST_SECONDS)
        table.add(
            f"{name}: burst of {BURST} to {BURST_TO}: drained", time.perf_counter() - began, "s", at_most=BURST_SECONDS
        )
        wrong = sum([number for number, _at in heard] != list(range(BURST)) for heard in clients.heard)
        table.add(f"{name}: burst: clients with one lost, double or out of order", wrong, at_most=0)
        clients.stop()
    async with AsyncExitStack() as stack:
        clients = Clients(stack)
        await clients.dial(servers[:1], cookies, some + 1, "/bench/group/")
        speaker = clients.open.pop()
        await clients.listen(some, None)
        cpu = servers[0].cpu_seconds()
        for number in range(rounds):
            await speaker.send(json.dumps({"n": number}))
            await asyncio.sleep(0.2)
        await clients.all_heard(rounds, 10)
        delivered = sum(len(heard) for heard in clients.heard)
        each = (servers[0].cpu_seconds() - cpu) / max(delivered, 1) * 1e6
        table.add(f"{name}: for comparison, group_add for each socket", each, "µs")
        clients.stop()


def cookies_of(count: int) -> list[str]:
    from accounts.models import User

    users = [User(email=f"socket{n}@example.org", name=f"Socket {n}", password="unusable") for n in range(count)]
    cookies = []
    for user in users:
        user.save()
        cookies.append(session_of(user))
    return cookies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer sockets and messages, under a minute")
    quick = parser.parse_args().quick
    prepare("bench.settings")
    os.environ["BRIDGE_PORT"] = str(free_port())
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    cookies = cookies_of(SOCKETS // EACH + 1)
    table = Table()
    shared = bool(os.environ.get("REDIS_URL"))
    with ExitStack() as stack:
        count = 2 if shared else 1
        servers = [stack.enter_context(serving(free_port(), "bench.sockets:application")) for _each in range(count)]
        name = "two processes and Redis" if shared else "one process"
        asyncio.run(measure(table, name, servers, cookies, 6 if quick else 20, quick))
    table.leave()


if __name__ == "__main__":
    main()
