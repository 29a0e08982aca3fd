import ast
import subprocess
import sys
from pathlib import Path

import pytest

import stillplate

ROOT = Path(__file__).parents[2]


def test_public_names_and_their_stub_agree() -> None:
    tree = ast.parse(Path(stillplate.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    docstring, *imports, exported = tree.body

    assert isinstance(docstring, ast.Expr)
    assert isinstance(exported, ast.Assign)
    assert ast.literal_eval(exported.value) == stillplate.__all__
    homes = {alias.name: node.module for node in imports if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert homes.keys() == set(stillplate.__all__) <= set(dir(stillplate))
    for name, home in homes.items():
        assert getattr(stillplate, name) is getattr(sys.modules[home or ""], name)


def test_a_name_that_is_not_public_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'plates'"):
        stillplate.plates  # type: ignore[attr-defined]  # noqa: B018


def test_import_is_silent_and_leaves_the_heavy_libraries_alone() -> None:
    code = "import sys, stillplate; print(sorted({'av', 'cv2', 'numpy', 'rich', 'cyclopts'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_help_loads_no_heavy_library() -> None:
    program = (
        "import sys, stillplate_command; sys.argv = ['stillplate', '--help']\n"
        "try: stillplate_command.main()\n"
        "finally: print({'av', 'cv2', 'numpy'} & sys.modules.keys(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "score-masks" in done.stdout
    assert done.stderr == "set()\n"


@pytest.mark.parametrize("command", ["plate", "render"])
def test_a_command_is_parsed_without_what_it_computes(command: str) -> None:
    """What votes, learns and writes is loaded beside the decoder, and what a moving camera needs, for one."""
    code = (
        f"import sys, stillplate.cli.{command}, stillplate.background.fit\n"
        "names = {name.removeprefix('stillplate.') for name in sys.modules}\n"
        "late = {'background.background', 'background.fit_still', 'background.fit_moving', 'camera.tracing',\n"
        "  'plate.plate', 'rendering.job', 'rendering.jobs', 'rendering.writing', 'segmentation.static_camera', 'av'}\n"
        "print(sorted(late & names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_a_module_is_loaded_beside() -> None:
    """Whoever imports a module that cannot be loaded has the error, and not who began it."""
    code = (
        "from stillplate.threads import load_beside\n"
        "load_beside('this'); load_beside('stillplate.not_there')\n"
        "import this, sys\n"
        "try: import stillplate.not_there\n"
        "except ModuleNotFoundError as err: print(err.name, hasattr(this, 'd'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert (done.stdout.splitlines()[-1], done.stderr) == ("stillplate.not_there True", "")


def test_public_things_are_documented() -> None:
    for name in stillplate.__all__:
        assert getattr(stillplate, name).__doc__, name
