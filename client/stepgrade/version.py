"""The version of the client, how it introduces itself, and the version of the engine that it is made for."""

import platform
from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("stepgrade")
except PackageNotFoundError:  # run from a copy of the sources
    __version__ = "0+unknown"

ENGINE = 2  # the first number of the engine's version: it says which form an answer has

USER_AGENT = f"stepgrade-python/{__version__} python/{'.'.join(platform.python_version_tuple()[:2])}"
