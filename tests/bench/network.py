"""Earliest arrivals in a large network: 1,000 nodes and 100,000 contacts.

    python -m tests.bench.network [--nodes 1000] [--contacts 100000] [--bundles 20]

Processor time of making the table, and of one bundle from each of some nodes.
"""

from __future__ import annotations

import argparse
import random
import time


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.network", description=__doc__)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--bundles", type=int, default=20)
    options = parser.parse_args()
    from sim.core.time import Span
    from sim.planning.arrival import earliest_arrival
    from sim.planning.contacts import Contact, ContactTable

    draw, day = random.Random(1), 86_400.0
    names = [f"n{i}" for i in range(options.nodes)]
    begun = time.process_time()
    contacts = []
    for _ in range(options.contacts):
        one, other = draw.sample(names, 2)
        start = draw.uniform(0.0, day - 600.0)
        contacts.append(Contact(one, other, start, start + draw.uniform(60.0, 600.0), 1e6, draw.uniform(0.01, 1.4)))
    table = ContactTable(tuple(contacts), Span(0.0, day))
    made = time.process_time() - begun
    begun = time.process_time()
    found = [earliest_arrival(table, name, names[-1], 0.25 * day, 8e6) for name in names[: options.bundles]]
    searched = time.process_time() - begun
    arrived = sum(each.arrival is not None for each in found)
    size = f"{options.nodes:,} nodes, {options.contacts:,} contacts"
    print(f"{size}: table {made:.1f} s, {len(found)} bundles {searched:.2f} s ({arrived} arrive)")


if __name__ == "__main__":
    main()
