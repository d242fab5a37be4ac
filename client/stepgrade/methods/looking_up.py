"""The methods of the client that look something up: what there is, what an objective looks like, how others write an optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from numpy.typing import ArrayLike

from stepgrade.caller import Caller
from stepgrade.choices import Convention
from stepgrade.encoding import body
from stepgrade.errors import InvalidArgument
from stepgrade.messages import Json
from stepgrade.results import Contours, Conversion
from stepgrade.results.catalogue_entry import CatalogueEntry


class Catalogues(Caller):
    """Looks up what there is: optimizers, objectives, schedules, data."""

    def optimizers(self) -> dict[str, Json]:
        """Fetch the catalogue of optimizers, by name."""
        return self._catalogue("optimizers")

    def optimizer(self, name: str) -> Json:
        """Fetch one optimizer: idea, authors, formula, defaults and differences in each convention, slots, source. Raises NotFound.

        Parameters
        ----------
        name : str
            Its name, such as `"adam"`.
        """
        return self._entry("optimizers", _segment(name))

    def objectives(self) -> dict[str, Json]:
        """Fetch the catalogue of objectives, by name."""
        return self._catalogue("objectives")

    def objective(self, objective: str | Mapping[str, Any]) -> Json:
        """Fetch one objective: formula, parameters, window, minima, saddles, condition number, named starts. Raises NotFound.

        Parameters
        ----------
        objective : str or mapping
            `"quadratic"`, or a name with parameters, `{"name": "quadratic", "condition": 50}`. The facts are those at these parameters.
        """
        if isinstance(objective, Mapping):
            return self.ask("/objectives", body(objective=objective), lambda raw, *_: CatalogueEntry(raw))
        return self._entry("objectives", _segment(objective))

    def schedules(self) -> dict[str, Json]:
        """Fetch the catalogue of schedules of the learning rate, by name."""
        return self._catalogue("schedules")

    def schedule(self, name: str) -> Json:
        """Fetch one schedule: formula, parameters, and how torch, keras and optax write it. Raises NotFound.

        Parameters
        ----------
        name : str
            Its name, such as `"cosine"`, or a framework's, such as `"CosineAnnealingLR"`.
        """
        return self._entry("schedules", _segment(name))

    def data(self) -> Json:
        """Fetch the models that take data (`models`), and the data sets that have a name (`sets`), with their examples."""
        return self.fetch("/data")

    def contours(
        self,
        objective: str | Mapping[str, Any],
        *,
        window: ArrayLike | None = None,
        levels: int | ArrayLike | None = None,
        tolerance: float | None = None,
    ) -> Contours:
        """Fetch contour lines of an objective of two parameters.

        Parameters
        ----------
        objective : str or mapping
            `"rosenbrock"`, or a name with parameters, `{"name": "quadratic", "condition": 20}`; or a formula of your own,
            `{"expression": "x**2 + 10*y**2"}`.
        window : two ranges, optional
            The part of the plane: `[[-6, 6], [-3, 3]]`. Default: the objective's usual window.
        levels : int or array, optional
            The number of levels, or their values. Default: 12.
        tolerance : float, optional
            How far a line may be from the exact one, in the units of the parameters. With a tolerance the lines have fewer points, and
            the answer is smaller. Default: every point.
        """
        fields = body(objective=objective, window=window, levels=levels, tolerance=tolerance)
        return self.ask("/contours", fields, Contours.read)

    def convert(self, optimizer: str | Mapping[str, Any], to: Convention) -> Conversion:
        """Write an optimizer in another convention, so that it makes the same steps. Raises InvalidRequest if the convention cannot.

        Parameters
        ----------
        optimizer : str or mapping
            `"adam"`, or a name with a convention and hyperparameters, or a call, `{"convention": "torch", "call": "SGD(params, lr=0.1)"}`.
        to : {"torch", "keras", "optax", "paper", "course"}
            The convention to write it in.
        """
        return self.ask("/convert", body(optimizer=optimizer, to=to), Conversion.read)

    def health(self) -> Json:
        """Ask if the service is alive."""
        return self.fetch("/healthz")

    def ready(self) -> Json:
        """Ask if the service is ready. Raises ServiceOverloaded if it is not ready after the retries."""
        return self.fetch("/readyz")


def _segment(name: str) -> str:
    """A name as part of a path; raises InvalidArgument if it is no name."""
    if not isinstance(name, str) or not name:
        raise InvalidArgument(f"expected a name, got {name!r}", pointer="/name")
    return quote(name, safe="")
