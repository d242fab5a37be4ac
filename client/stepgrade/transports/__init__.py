"""What carries a request to the service: HTTP, or the service itself in this process; or what answers in its place, a bundle."""

from stepgrade.transports.base import Transport
from stepgrade.transports.bundled import BundleTransport
from stepgrade.transports.http import HttpTransport
from stepgrade.transports.wsgi import WsgiTransport

__all__ = ["BundleTransport", "HttpTransport", "Transport", "WsgiTransport"]
