"""A program for a test: many threads of one process ask for the same access token, all at once.

``python asking.py CONNECTION_ID THREADS FOLDER`` writes ``FOLDER/ready.PID`` when its threads stand waiting, lets them
go when ``FOLDER/go`` is there, and prints what each was given as a JSON list.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import UUID

from domain.acting import in_background
from entrypoints.opening import open_portside


def main(connection_id: UUID, threads: int, folder: Path) -> None:
    """Ask, and print the answers."""
    portside = open_portside()
    everybody = Barrier(threads + 1)

    def ask() -> str:
        everybody.wait(60)
        with in_background():
            return portside.services.tokens.for_connection(connection_id).text

    with ThreadPoolExecutor(threads) as pool:
        answers = [pool.submit(ask) for _ in range(threads)]
        (folder / f"ready.{os.getpid()}").touch()
        while not (folder / "go").exists():
            time.sleep(0.002)
        everybody.wait(60)
        json.dump([answer.result() for answer in answers], sys.stdout)


if __name__ == "__main__":
    main(UUID(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
