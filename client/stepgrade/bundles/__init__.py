"""Answers kept in a file, for graders without a network: build a bundle, ask it through `Client(bundle=...)`, hold it to the service."""

from stepgrade.bundles.building import build
from stepgrade.bundles.bundle import Bundle
from stepgrade.bundles.verifying import Change, Verification, verify

__all__ = ["Bundle", "Change", "Verification", "build", "verify"]
