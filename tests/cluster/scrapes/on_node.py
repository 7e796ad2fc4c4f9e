"""What is done on the node itself: scrapers ask the pods, as if they ran in a pod of their own.

`python -m tests.cluster.scrapes.on_node` reads its order as JSON on stdin, in namespaces of its own
for mounts and processes: what it writes below /run is gone when it ends, and so are the scrapers.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from .scrapers import SCRAPERS, Scrape, scrape

# The address of the API server's service.
_API_SERVER = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def main() -> None:
    """Do as the order says, and write what scrapers got to stdout as JSON.

    The order has `files`, path below /run -> content; `hosts`, name -> address; and `scrapers`,
    name -> [program, jobs].
    """
    order = json.load(sys.stdin)
    run = Path("/run")
    subprocess.run(["mount", "-t", "tmpfs", "scrapers", run], check=True)
    for name, content in order["files"].items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content)
    hosts = run / "hosts"
    named = "".join(f"{address}\t{name}\n" for name, address in order["hosts"].items())
    hosts.write_text(f"127.0.0.1\tlocalhost\n{named}")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    os.environ.update(_API_SERVER)

    def ask(scraper: str) -> list[Scrape]:
        program, jobs = order["scrapers"][scraper]
        (kind,) = (each for each in SCRAPERS if each.name == scraper)
        folder = run / scraper
        folder.mkdir()
        return scrape(kind, Path(program), jobs, folder)

    with ThreadPoolExecutor() as pool:
        found = [asdict(each) for got in pool.map(ask, order["scrapers"]) for each in got]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
