"""What carries a request to the service: HTTP, or the service itself in this process."""

from stepgrade.transports.base import Transport
from stepgrade.transports.http import HttpTransport
from stepgrade.transports.wsgi import WsgiTransport

__all__ = ["HttpTransport", "Transport", "WsgiTransport"]
