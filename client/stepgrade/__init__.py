"""Stepgrade, the reference answer for gradient-descent steps: the thin client.

>>> from stepgrade import Client
>>> with Client("http://127.0.0.1:8000") as client:
...     step = client.step({"name": "adam", "lr": 0.1}, params=[1.0, 2.0], gradient=[0.5, -4.0])
"""

import logging

from stepgrade.client import Client
from stepgrade.encoding import Floats, NamedFloats
from stepgrade.errors import (
    ApiError,
    BadRequest,
    ConfigurationError,
    FieldError,
    InvalidArgument,
    InvalidRequest,
    NotFound,
    NotInBundle,
    OfflineError,
    ReferenceMismatch,
    RequestTimeout,
    ServerError,
    ServiceOverloaded,
    ServiceTimeout,
    ServiceUnreachable,
    StepgradeError,
    TooManyRequests,
    UnexpectedAnswer,
)
from stepgrade.expressions import expression
from stepgrade.grading import Audit, CheckResult, Finding, Mismatch, Probe
from stepgrade.grading.defaults import check_function, check_step, check_trajectory, compare_step, compare_trajectory
from stepgrade.messages import Answer, Request
from stepgrade.results import Comparison, Contours, Decomposition, Map, Outcome, Result, Rotation, Run, Solution, Step, Trajectory
from stepgrade.results.measures import Summary
from stepgrade.sweeps import Sweep, SweepResults, Swept, grid, load_sweep, zipped
from stepgrade.transports import HttpTransport, Transport, WsgiTransport
from stepgrade.version import __version__

__all__ = [
    "Answer",
    "ApiError",
    "Audit",
    "BadRequest",
    "CheckResult",
    "Client",
    "Comparison",
    "ConfigurationError",
    "Contours",
    "Decomposition",
    "FieldError",
    "Finding",
    "Floats",
    "HttpTransport",
    "InvalidArgument",
    "InvalidRequest",
    "Map",
    "Mismatch",
    "NamedFloats",
    "NotFound",
    "NotInBundle",
    "OfflineError",
    "Outcome",
    "Probe",
    "ReferenceMismatch",
    "Request",
    "RequestTimeout",
    "Result",
    "Rotation",
    "Run",
    "ServerError",
    "ServiceOverloaded",
    "ServiceTimeout",
    "ServiceUnreachable",
    "Solution",
    "Step",
    "StepgradeError",
    "Summary",
    "Sweep",
    "SweepResults",
    "Swept",
    "TooManyRequests",
    "Trajectory",
    "Transport",
    "UnexpectedAnswer",
    "WsgiTransport",
    "__version__",
    "check_function",
    "check_step",
    "check_trajectory",
    "compare_step",
    "compare_trajectory",
    "expression",
    "grid",
    "load_sweep",
    "zipped",
]

# Some graders read anything on stderr as a failed exercise: this library speaks only to those who ask.
logging.getLogger("stepgrade").addHandler(logging.NullHandler())
