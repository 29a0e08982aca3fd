import ast
import subprocess
import sys
from pathlib import Path

import stillplate

ROOT = Path(__file__).parents[2]


def test_init_holds_imports_and_a_sorted_all_and_nothing_else() -> None:
    tree = ast.parse(Path(stillplate.__file__).read_text(encoding="utf-8"))
    docstring, *imports, exported = tree.body

    assert isinstance(docstring, ast.Expr)
    assert all(isinstance(node, ast.ImportFrom) for node in imports)
    assert isinstance(exported, ast.Assign)
    assert sorted(stillplate.__all__) == stillplate.__all__
    names = {alias.name for node in imports if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert names == set(stillplate.__all__)


def test_import_is_silent_and_leaves_the_heavy_libraries_alone() -> None:
    code = "import sys, stillplate; print(sorted({'av', 'cv2', 'rich', 'cyclopts'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_public_things_are_documented() -> None:
    for name in stillplate.__all__:
        assert getattr(stillplate, name).__doc__, name
