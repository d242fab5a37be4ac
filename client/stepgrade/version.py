"""The version of the client, as it was installed, and how it introduces itself."""

import platform
from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("stepgrade")
except PackageNotFoundError:  # run from a copy of the sources
    __version__ = "0+unknown"

USER_AGENT = f"stepgrade-python/{__version__} python/{'.'.join(platform.python_version_tuple()[:2])}"
