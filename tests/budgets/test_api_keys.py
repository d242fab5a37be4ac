"""The keys by which clients are known."""

from __future__ import annotations

import hashlib

import pytest

from stepgrade_service.budgets.api_keys import ApiKey, KeyRing, made_key, read_keys

HASH = hashlib.sha256(b"secret").hexdigest()


def test_a_list_has_names_hashes_and_budgets():
    text = f"course-a:{HASH}, grader:{HASH.upper()}:6e9\n# a comment, with a comma\nother:{HASH}:0 # the end of a line\n"
    digest = bytes.fromhex(HASH)
    assert read_keys(text) == (ApiKey("course-a", digest), ApiKey("grader", digest, 6e9), ApiKey("other", digest, 0.0))
    assert read_keys(" \n, # nothing\n") == ()


@pytest.mark.parametrize("entry", ["secret", "a:secret", f"a b:{HASH}", f"a:{HASH}:much", f"a:{HASH}:e", f"{'n' * 65}:{HASH}", f":{HASH}"])
def test_an_entry_that_cannot_be_read_is_told_by_its_number_and_not_quoted(entry):
    with pytest.raises(ValueError, match=r"^entry 2: expected `name:hash`") as told:
        read_keys(f"good:{HASH}\n{entry}")
    assert "secret" not in str(told.value)


def test_a_budget_is_a_number_that_can_be_counted_down():
    with pytest.raises(ValueError, match="entry 1: the budget is too large; 0 has no limit"):
        read_keys(f"a:{HASH}:1e999")


def test_a_name_stands_for_one_client():
    with pytest.raises(ValueError, match="the name a stands there twice"):
        read_keys(f"a:{HASH},a:{HASH}")


def test_a_key_is_found_by_its_hash_and_nothing_else_is_a_key():
    ring = KeyRing(read_keys(f"a:{HASH},b:{hashlib.sha256(b'other').hexdigest()}"))
    assert [ring.find("secret").name, ring.find("other").name] == ["a", "b"]
    assert [ring.find(text) for text in ("", "Secret", HASH, "secret ", "\ud800")] == [None] * 5


def test_a_key_that_is_made_is_known_by_its_entry_which_does_not_hold_it():
    (key, entry), (another, _) = made_key("course-a"), made_key("course-a")
    assert KeyRing(read_keys(entry)).find(key).name == "course-a"
    assert key not in entry
    assert key != another
    assert len(key) > 43, "256 bits"
    with pytest.raises(ValueError, match="expected a name"):
        made_key("a name")
