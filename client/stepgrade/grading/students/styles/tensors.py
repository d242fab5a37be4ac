"""A tensor as courses and frameworks have them: an array with `data` and `grad`, which can be the key of a dictionary."""

from __future__ import annotations

from typing import Any

import numpy as np


class Tensor(np.ndarray[Any, Any]):
    """An array for code that looks for `p.grad` and sets `p.data`. As a key it equals itself alone."""

    grad: Any = None

    @classmethod
    def of(cls, array: Any, dtype: Any = np.float64) -> Tensor:
        """Make one of an array."""
        return np.array(array, dtype=dtype).view(cls)

    def __hash__(self) -> int:  # type: ignore[override]  # arrays have none
        """That of the object."""
        return id(self)

    @property
    def data(self) -> Any:
        """The numbers themselves."""
        return self.view(np.ndarray)

    @data.setter
    def data(self, value: Any) -> None:
        self[...] = value

    def numpy(self) -> Any:
        """The numbers themselves."""
        return self.view(np.ndarray)

    def assign(self, value: Any) -> Tensor:
        """Set the numbers."""
        self[...] = value
        return self

    def assign_sub(self, value: Any) -> Tensor:
        """Subtract from the numbers."""
        self[...] -= value
        return self

    def assign_add(self, value: Any) -> Tensor:
        """Add to the numbers."""
        self[...] += value
        return self

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.grad = None
