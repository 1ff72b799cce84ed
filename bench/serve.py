"""Serves an ASGI application exactly as `veche web` does, or on another server for comparison:
`python -m bench.serve bench.canned:create_app --port 8123`."""

import argparse
from importlib.util import find_spec

from granian import Granian
from granian.constants import Interfaces, Loops

SERVERS = ("granian", "granian-asyncio", "uvicorn")


def available(server: str) -> bool:
    """Whether the server is installed; only granian comes with the product."""
    return server.startswith("granian") or find_spec(server) is not None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.serve")
    parser.add_argument("target")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--server", choices=SERVERS, default="granian")
    chosen = parser.parse_args()
    if chosen.server == "uvicorn":
        import uvicorn

        uvicorn.run(
            chosen.target,
            factory=True,
            host="127.0.0.1",
            port=chosen.port,
            workers=chosen.workers,
            loop="uvloop",
            http="httptools",
            ws="none",
            access_log=False,
            proxy_headers=False,
            log_level="warning",
        )
        return
    Granian(
        chosen.target,
        factory=True,
        address="127.0.0.1",
        port=chosen.port,
        interface=Interfaces.ASGI,
        workers=chosen.workers,
        loop=Loops.asyncio if chosen.server == "granian-asyncio" else Loops.uvloop,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
