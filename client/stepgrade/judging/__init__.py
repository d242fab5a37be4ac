"""The one judge of submitted numbers: tolerance, first mismatch, score and fit. NumPy alone; the service and the bundles both ask it."""

from stepgrade.judging.fit import EXPLAINED, EXPLAINED_BY_TWO, UNLIKE, Fit, Quantity, explain, fits_of_rows, fitted, nearest
from stepgrade.judging.float32 import ORDERS, Growing
from stepgrade.judging.mismatch import STATE, Mismatch, Numbers, Room, first_mismatch, telling_at
from stepgrade.judging.rounding import decimals_of, rounded_to
from stepgrade.judging.score import CaseJudgement, Judgement, judge, together
from stepgrade.judging.submission import POINTS, Flat, Layout, Miscounted, Misshapen, Submission, as_count, as_flat, end_or_points, paired
from stepgrade.judging.tolerance import FLOAT32, PRECISIONS, Precision, Tolerance, agree

__all__ = [
    "EXPLAINED",
    "EXPLAINED_BY_TWO",
    "FLOAT32",
    "ORDERS",
    "POINTS",
    "PRECISIONS",
    "STATE",
    "UNLIKE",
    "CaseJudgement",
    "Fit",
    "Flat",
    "Growing",
    "Judgement",
    "Layout",
    "Miscounted",
    "Mismatch",
    "Misshapen",
    "Numbers",
    "Precision",
    "Quantity",
    "Room",
    "Submission",
    "Tolerance",
    "agree",
    "as_count",
    "as_flat",
    "decimals_of",
    "end_or_points",
    "explain",
    "first_mismatch",
    "fits_of_rows",
    "fitted",
    "judge",
    "nearest",
    "paired",
    "rounded_to",
    "telling_at",
    "together",
]
