"""The files by which others build, test and publish the project: they parse, and name what there is."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"(actions/[\w-]+@v\d+|pypa/gh-action-pypi-publish@release/v1)")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def steps(path: Path) -> list[dict[str, Any]]:
    """The steps of all jobs of a workflow."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def test_a_workflow_pins_its_actions_and_runs_scripts_that_are_there(path: Path) -> None:
    for step in steps(path):
        assert ("uses" in step) != ("run" in step)
        assert PINNED.fullmatch(step.get("uses", "actions/checkout@v1"))
        for script in re.findall(r"\.ci/[\w.]+", step.get("run", "")):
            assert (ROOT / script).is_file()


def test_wheels_are_built_for_the_stable_abi_of_the_python_that_names_it() -> None:
    """Python 3.11 has a wheel of its own, whose nanobind cannot use the stable ABI; all later ones share one."""
    [override] = PROJECT["tool"]["scikit-build"]["overrides"]

    assert override["if"]["python-version"] == ">=3.12"
    assert override["wheel"]["py-api"] == "cp312"
    assert PROJECT["project"]["requires-python"] == ">=3.11"


def test_the_conda_recipe_needs_what_the_package_needs() -> None:
    """Of the same versions; only OpenCV is called otherwise there."""
    recipe = yaml.safe_load((ROOT / "recipe/recipe.yaml").read_text(encoding="utf-8"))
    needed = [re.sub(r"^([\w-]+)", r"\1 ", text) for text in PROJECT["project"]["dependencies"]]

    assert recipe["context"]["version"] == PROJECT["project"]["version"]
    assert recipe["requirements"]["run"] == [
        f"python {PROJECT['project']['requires-python']}",
        *(text.replace("opencv-python-headless", "py-opencv") for text in needed),
    ]


def test_the_version_to_cite_is_that_of_the_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    assert citation["version"] == PROJECT["project"]["version"]


def test_an_image_is_built_of_what_the_ignored_files_leave() -> None:
    """All that pyproject.toml and CMakeLists.txt name lies in the context of the build."""
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"}
    needed = {PROJECT["project"]["readme"], "pyproject.toml", "CMakeLists.txt", "native", "src"}

    assert allowed >= needed | {Path(name).parts[0] for name in PROJECT["project"]["license-files"]}
