"""Programs that scrape: where they come from, how they are started, and what they got."""

import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.cache import exclusive
from tests.e2e.debian import unpacked
from tests.e2e.toolchain import build, module_source

# Prometheus 3.12; that of Debian is built without the discovery of Kubernetes' objects.
PROMETHEUS_VERSION = "3.12.0"
_MODULE, _MODULE_VERSION = "github.com/prometheus/prometheus", "0.312.0"
_TAGS = "-tags=remove_all_sd,enable_kubernetes_sd"

_LONGEST_SECONDS = 120.0
# Longer than both take to hand what they discovered to what scrapes it.
_LONGEST_DISCOVERY_SECONDS = 15.0
# For so long nothing may change: a busy pod answers late, and a proxy listens before its upstream.
_STEADY_SECONDS = 4.0
_ANSWERED_LATE = ("context deadline exceeded", "timed out", "timeout")
_POD_ADDRESS = re.compile(r"\b10\.244\.\d+\.\d+\b")
_JOB = "scrape_job"
# Of the cluster, and of kube-state-metrics itself.
KINDS = ("kube_pod_info", "kube_state_metrics_build_info")


@dataclass(frozen=True, slots=True)
class Scraper:
    """A program that scrapes.

    Attributes:
        name: of the program, for people.
        address: where it answers on the node.
        flags: what it is started with; `{file}` stands for its configuration.

    """

    name: str
    address: str
    flags: tuple[str, ...]


PROMETHEUS = Scraper(
    "prometheus",
    "127.0.0.1:19090",
    (
        "--config.file={file}",
        "--web.listen-address=127.0.0.1:19090",
        "--storage.tsdb.path=storage",
        "--log.level=warn",
    ),
)
VICTORIA_METRICS = Scraper(
    "victoria-metrics",
    "127.0.0.1:18428",
    (
        "-promscrape.config={file}",
        "-httpListenAddr=127.0.0.1:18428",
        "-storageDataPath=storage",
        "-search.latencyOffset=0s",
        "-loggerLevel=WARN",
    ),
)
SCRAPERS = (PROMETHEUS, VICTORIA_METRICS)


def program(scraper: Scraper) -> Path:
    """Return the program of a scraper, put into the cache if it is not there (minutes)."""
    if scraper == VICTORIA_METRICS:
        return unpacked(scraper.name, (scraper.name,)) / "usr" / "bin" / scraper.name
    with exclusive("programs") as folder:
        target = folder / f"prometheus-{PROMETHEUS_VERSION}"
        if not target.exists():
            source = module_source(_MODULE, _MODULE_VERSION)
            build(source, "./cmd/prometheus", target, _TAGS)
    return target


@dataclass(frozen=True, slots=True)
class Scrape:
    """What a scraper got from one target.

    Attributes:
        job: the name of the job in the configuration.
        url: what was asked; the pod's address is `podIP`. Empty for a job that has no target.
        up: whether the scrape succeeded.
        error: why not, in the scraper's words.
        kinds: which of KINDS came with it.

    """

    job: str
    url: str
    up: bool
    error: str
    kinds: tuple[str, ...]


def scrape(
    scraper: Scraper, command: Path, jobs: list[dict[str, Any]], folder: Path
) -> list[Scrape]:
    """Return what a scraper gets, one Scrape a target and one a job without a target.

    Args:
        scraper: the scraper.
        command: its program.
        jobs: scrape configurations, asked once a second whatever they say.
        folder: an empty one for its files.

    Raises:
        TimeoutError: not every target was asked in time.

    """
    file = folder / "scrape.json"
    file.write_text(json.dumps({"scrape_configs": [_hurried(job) for job in jobs]}))
    flags = [flag.format(file=file) for flag in scraper.flags]
    log = folder / "log"
    with log.open("wb") as said:
        running = subprocess.Popen([command, *flags], cwd=folder, stdout=said, stderr=said)
    try:
        return _results(scraper, [str(job["job_name"]) for job in jobs])
    except TimeoutError as error:
        raise TimeoutError(f"{scraper.name}: {error}\n{log.read_text()[-4000:]}") from None
    finally:
        running.kill()
        running.wait()


def _hurried(job: dict[str, Any]) -> dict[str, Any]:
    # Many jobs ask the same pod; this tells their metrics apart.
    mark = {"target_label": _JOB, "replacement": job["job_name"]}
    relabelling = [*(job.get("relabel_configs") or ()), mark]
    every = {"scrape_interval": "1s", "scrape_timeout": "1s", "relabel_configs": relabelling}
    return job | every


def _results(scraper: Scraper, jobs: list[str]) -> list[Scrape]:
    began = time.monotonic()
    last: list[Scrape] | None = None
    since = began
    while time.monotonic() - began < _LONGEST_SECONDS:
        time.sleep(0.5)
        waited = time.monotonic() - began
        seen = _look(scraper, jobs, every=waited < _LONGEST_DISCOVERY_SECONDS)
        if seen is None or seen != last:
            last, since = seen, time.monotonic()
        elif time.monotonic() - since > _STEADY_SECONDS:
            return seen
    raise TimeoutError(f"not every target was asked: {last}")


def _look(scraper: Scraper, jobs: list[str], *, every: bool) -> list[Scrape] | None:
    """Return what is known, None as long as something is missing: with `every`, a job's targets."""
    try:
        found = _ask(scraper, "targets?state=any")
    except OSError:
        # It does not answer yet.
        return None
    active = found["activeTargets"]
    known = {_job(target) for target in (*active, *(found["droppedTargets"] or ()))}
    if (every and not known.issuperset(jobs)) or not all(map(_is_settled, active)):
        return None
    kinds = _kinds(scraper)
    seen = [_scrape(target, kinds) for target in active]
    if any(each.up and not each.kinds for each in seen):
        return None
    without = set(jobs) - {each.job for each in seen}
    seen += [Scrape(job, "", up=False, error="", kinds=()) for job in without]
    return sorted(seen, key=lambda each: (each.job, each.url))


def _kinds(scraper: Scraper) -> dict[str, tuple[str, ...]]:
    query = f'count by (__name__, {_JOB}) ({{__name__=~"{"|".join(KINDS)}"}})'
    answer = _ask(scraper, f"query?query={urllib.parse.quote(query)}")
    metrics = [each["metric"] for each in answer["result"]]
    return {
        job: tuple(sorted(m["__name__"] for m in metrics if m[_JOB] == job))
        for job in {m[_JOB] for m in metrics}
    }


def _ask(scraper: Scraper, question: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://{scraper.address}/api/v1/{question}", timeout=9) as answer:
        found: dict[str, Any] = json.load(answer)["data"]
    return found


def _is_settled(target: dict[str, Any]) -> bool:
    # Both tell a year of long ago where nothing was asked yet. A busy machine answers late; the
    # next second it may not.
    asked = target["lastScrape"] > "2000"
    return asked and not any(late in target["lastError"] for late in _ANSWERED_LATE)


def _job(target: dict[str, Any]) -> str:
    return str(target.get("labels", {}).get(_JOB) or target["discoveredLabels"]["job"])


def _scrape(target: dict[str, Any], kinds: dict[str, tuple[str, ...]]) -> Scrape:
    up, job = target["health"] == "up", _job(target)
    return Scrape(
        job=job,
        url=_POD_ADDRESS.sub("podIP", target["scrapeUrl"]),
        up=up,
        error=_POD_ADDRESS.sub("podIP", target["lastError"]),
        kinds=kinds.get(job, ()) if up else (),
    )
