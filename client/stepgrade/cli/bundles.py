"""`stepgrade bundle build` and `stepgrade bundle verify`."""

from __future__ import annotations

import argparse

from stepgrade.bundles import Verification, build, verify
from stepgrade.cli.calls import as_json
from stepgrade.cli.outcomes import FAILED, PASSED, Output
from stepgrade.client import Client
from stepgrade.messages import Json


def build_file(asked: argparse.Namespace, client: Client) -> Output:
    """Build a bundle from a spec."""
    bundle = build(asked.spec, client)
    bundle.write(asked.output)
    facts = {"title": bundle.title, "answers": len(bundle.answers), "engine": bundle.engine, "fingerprint": bundle.fingerprint}
    if asked.json:
        return Output(as_json(facts))
    return Output(f"{asked.output}: {len(bundle.answers)} answers of engine {bundle.engine}\nfingerprint {bundle.fingerprint}")


def verify_file(asked: argparse.Namespace, client: Client) -> Output:
    """Compare a bundle with the service."""
    found = verify(asked.answers, client)
    return Output(as_json(_facts(found)) if asked.json else found.table(), PASSED if found.passed else FAILED)


def _facts(found: Verification) -> Json:
    changes = [{**change.call.written(), "pointer": change.pointer, "largest": change.largest} for change in found.changes]
    engines = {"engine": found.engine, "built_with": found.bundle.engine}
    return {"passed": found.passed, **engines, "answers": len(found.bundle.answers), "changes": changes}
