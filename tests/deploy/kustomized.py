"""What `kubectl kustomize` makes of a directory, as far as deploy/kubernetes uses it; another key of a kustomization is an error."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]

#: What a generator makes.
GENERATORS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}


def kustomized(directory: Path) -> list[Object]:
    """The objects that the kustomization of a directory makes; names that are generated have no hash here."""
    plan = yaml.safe_load((directory / "kustomization.yaml").read_text(encoding="utf-8"))
    assert plan.keys() <= {"apiVersion", "kind", "namespace", "resources", "images", "patches", *GENERATORS}, "not known here"
    objects = [each for resource in plan.get("resources", []) for each in _resource(directory, resource)]
    for generator, kind in GENERATORS.items():
        for asked in plan.get(generator, []):
            _generate(objects, directory, kind, asked)
    for patch in plan.get("patches", []):
        _patch(objects, **patch)
    images = {image["name"]: f"{image['newName']}:{image['newTag']}" for image in plan.get("images", [])}
    for container in containers(objects):
        container["image"] = images.get(container["image"], container["image"])
    for each in objects:
        if each["kind"] != "Namespace" and "namespace" in plan:
            each["metadata"]["namespace"] = plan["namespace"]
    return objects


def _resource(directory: Path, resource: str) -> list[Object]:
    path = (directory / resource).resolve()
    assert not directory.resolve().is_relative_to(path), "kustomize refuses a directory above its own"
    return kustomized(path) if path.is_dir() else [*yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def containers(objects: list[Object]) -> list[Object]:
    """The containers of all pods."""
    return [container for each in objects if each["kind"] == "Deployment" for container in each["spec"]["template"]["spec"]["containers"]]


def _generate(objects: list[Object], directory: Path, kind: str, asked: Object) -> None:
    data = {}
    for line in asked["files"]:
        key, _, path = line.rpartition("=")
        found = (directory / path).resolve()
        assert found.is_relative_to(directory.resolve()), "kustomize reads no file outside its directory"
        data[key or found.name] = found.read_text(encoding="utf-8")
    same = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, asked["name"])]
    assert bool(same) == (asked.get("behavior") == "merge")
    if same:
        same[0]["data"] |= data
    else:
        field = "data" if kind == "ConfigMap" else "stringData"
        objects.append({"apiVersion": "v1", "kind": kind, "metadata": {"name": asked["name"]}, field: data})


def _patch(objects: list[Object], target: Object, patch: str) -> None:
    [goal] = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (target["kind"], target["name"])]
    change = yaml.safe_load(patch)
    if isinstance(change, dict):
        _merge(goal, change)
        return
    for line in change:
        assert line["op"] == "replace"
        *path, last = [int(part) if part.isdigit() else part for part in line["path"].split("/")[1:]]
        place: Any = goal
        for part in path:
            place = place[part]
        place[last]  # it is there
        place[last] = copy.deepcopy(line["value"])


def _merge(goal: Object, change: Object) -> None:
    """Merge as Kubernetes does: objects by their keys, the items of these lists by their names."""
    for key, value in change.items():
        if isinstance(value, dict):
            _merge(goal.setdefault(key, {}), value)
        elif key in ("containers", "env"):
            for item in value:
                same = [each for each in goal[key] if each["name"] == item["name"]]
                _merge(same[0], item) if same else goal[key].append(item)
        else:
            goal[key] = value
