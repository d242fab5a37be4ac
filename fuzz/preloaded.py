"""What every worker is forked with: the service and its kernels, which take far longer to load than most pieces of work."""

from stepgrade_service.engine.warm import load_all

from .surfaces import in_process, over_http  # noqa: F401

load_all()
