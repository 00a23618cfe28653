"""The program of a contender on CPython: `main.py ADAPTER --about`, `main.py ADAPTER JOB`."""

from __future__ import annotations

import importlib
import json
import os
import platform
import resource
import sys
from importlib.metadata import version

import uvloop

import job as jobs
from measure import Adapter, measure


def about(adapter: Adapter) -> dict:
    extras = [f"{package} {version(package)}" for package in adapter.extras]
    return {
        "name": adapter.name,
        "version": version(adapter.package),
        "runtime": ", ".join([f"CPython {platform.python_version()}", *extras]),
    }


def raise_file_limit() -> None:
    """Raises the soft limit of open files, usually 1024, for the 10 000 connections of `idle`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def run(adapter: Adapter, job: jobs.Job) -> list[dict | None]:
    return [await measure(adapter, job, cell) for cell in job.cells]


def main(name: str, argument: str) -> None:
    adapter: Adapter = importlib.import_module(name).adapter
    if argument == "--about":
        answer = about(adapter)
    else:
        raise_file_limit()
        answer = uvloop.run(run(adapter, jobs.parse(argument)))
    print(json.dumps(answer), flush=True)
    # Connections that a library has left open must not keep the process alive.
    os._exit(0)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: main.py ADAPTER --about | JOB")
    main(sys.argv[1], sys.argv[2])
