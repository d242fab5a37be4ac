"""Answers in a file, for graders without a network: build a bundle, use it with `Client(bundle=...)`, verify it with the service."""

from stepgrade.bundles.building import build
from stepgrade.bundles.bundle import Bundle
from stepgrade.bundles.verifying import Change, Verification, verify

__all__ = ["Bundle", "Change", "Verification", "build", "verify"]
