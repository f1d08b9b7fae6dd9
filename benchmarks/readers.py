"""Many readers at once: how long they wait, and what that takes of the processor.

    python benchmarks/readers.py                the three measurements below
    python benchmarks/readers.py --maps 10 --roaming 10 --pause 2

Readers are WebSocket clients that speak Streamlit's protocol to a real server, as browsers do, but
draw nothing. (1) so many ask at once for a gradient map each, T = 1000, H = 64, of a seed of their
own, while (2) one changes the seed of a light page once a second; (3) so many roam all pages, with
settings drawn at random and a pause between two visits. Printed are the medians and the longest of
what they waited, and the server's processor time a visit; on a machine that has other work to do,
the latter alone can be compared.
"""

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.reaction import ROOT, server
from lstm_viz.studies import STUDIES

LIGHT = "gradient_flow"
TICKS = os.sysconf("SC_CLK_TCK")


class Reader:
    """One session with the server."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("http://", "ws://") + "/_stcore/stream"

    async def __aenter__(self) -> "Reader":
        self.socket = await websockets.connect(self.url, max_size=None, ping_interval=None)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.socket.close()

    async def visit(self, page: str, **settings: object) -> float:
        """Open a page with these settings; return the seconds until it is whole."""
        start, message = time.perf_counter(), BackMsg()
        message.rerun_script.query_string = urlencode(settings)
        message.rerun_script.page_name = "" if page == LIGHT else page
        await self.socket.send(message.SerializeToString())
        while not await self._ended():
            pass
        return time.perf_counter() - start

    async def _ended(self) -> bool:
        answer = ForwardMsg()
        received = await self.socket.recv()
        answer.ParseFromString(received if isinstance(received, bytes) else received.encode())
        finished = ForwardMsg.FINISHED_SUCCESSFULLY
        return answer.WhichOneof("type") == "script_finished" and (
            answer.script_finished == finished
        )


async def maps(url: str, readers: int) -> list[float]:
    """What so many wait who ask for a map at the same time."""
    found: list[float] = []

    async def one(seed: int) -> None:
        async with Reader(url) as reader:
            found.append(await reader.visit("gradient_map", T=1000, H=64, seed=seed))

    await asyncio.gather(*(one(1000 + k) for k in range(readers)))
    return found


async def light(url: str, until: asyncio.Future) -> list[float]:
    """What one waits who looks at a light page meanwhile."""
    found: list[float] = []
    async with Reader(url) as reader:
        while not until.done():
            found.append(await reader.visit(LIGHT, seed=5000 + len(found)))
            await asyncio.sleep(1)
    return found


async def roaming(url: str, readers: int, visits: int, pause: float) -> list[float]:
    """What so many wait who go from page to page."""
    found: list[float] = []

    async def one(number: int) -> None:
        chance = random.Random(number)
        async with Reader(url) as reader:
            for _visit in range(visits):
                await asyncio.sleep(chance.uniform(0, 2 * pause))
                page = chance.choice(list(STUDIES))
                settings = {"T": chance.choice([20, 50, 100, 200]), "seed": chance.randrange(50)}
                found.append(await reader.visit(page, **settings))

    await asyncio.gather(*(one(k) for k in range(readers)))
    return found


def processor_seconds() -> float:
    """What the server, the one child of this process, has taken of the processor; Linux alone."""
    total, children = 0.0, Path(f"/proc/self/task/{os.getpid()}/children")
    for pid in children.read_text().split():
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


@contextmanager
def told(what: str, found: list[float]) -> Iterator[None]:
    """Print how long was waited within."""
    start, before = time.perf_counter(), processor_seconds()
    yield
    took, used = time.perf_counter() - start, processor_seconds() - before
    print(
        f"{what}: {len(found)} visits in {took:.1f} s, median {statistics.median(found):.2f} s,"
        f" longest {max(found):.2f} s, {used / len(found):.2f} s of processor time each",
        flush=True,
    )


async def measure(url: str, options: argparse.Namespace) -> None:
    """Do the measurements, one after the other."""
    async with Reader(url) as reader:  # imports are no part of it
        await reader.visit(LIGHT)
    if options.maps:
        found, beside = [], []
        with told(f"{options.maps} maps at once", found):
            until = asyncio.ensure_future(maps(url, options.maps))
            beside = await light(url, until)
            found += await until
        print(f"a light page meanwhile: median {statistics.median(beside):.2f} s", end="")
        print(f", longest {max(beside):.2f} s")
    if options.roaming:
        found = []
        with told(f"{options.roaming} readers roaming", found):
            found += await roaming(url, options.roaming, options.visits, options.pause)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--maps", type=int, default=30)
    parser.add_argument("--roaming", type=int, default=20)
    parser.add_argument("--visits", type=int, default=10, help="of each who roams")
    parser.add_argument("--pause", type=float, default=5, help="mean seconds between two visits")
    options = parser.parse_args()
    with server(ROOT / "app.py") as url:
        asyncio.run(measure(url, options))


if __name__ == "__main__":
    main()
