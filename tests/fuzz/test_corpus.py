"""What fuzzing has found once stays mended."""

from __future__ import annotations

import pytest
from fuzz.case import kept
from fuzz.worker import SURFACES


@pytest.mark.parametrize("name", SURFACES)
def test_the_corpus_is_answered_as_the_contract_says(new_surface, name):
    cases = kept(name)
    surface = new_surface(name) if cases else None
    assert {key: look.found for key, case in cases.items() if (look := surface.look(case, often=True)).found} == {}
