import ast
import subprocess
import sys
from pathlib import Path

import stillplate

ROOT = Path(__file__).parents[1]


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


def test_imports_go_down_only() -> None:
    """Every module imports from its own level or below; the rooms are DESIGN's."""
    levels = [
        {"errors", "phases", "_native"},
        {"video", "files", "ending", "kernels", "pipeline", "span", "worker", "jobs"},
        {
            "stack",
            "stack_builder",
            "stores",
            "similarity",
            "region",
            "exclusion",
            "light",
            "bands",
            "specks",
            "mixture",
            "motion",
            "cleanup",
            "cast",
            "camera_path",
            "camera_head",
            "homography",
            "placing",
            "looks",
            "bundle",
            "layout",
            "corners",
            "template",
            "keyframe",
            "refinement",
            "thumbnails",
            "working_size",
        },
        {"sampling", "votes", "plate", "metrics", "synthetic", "composite", "matte", "alignment", "backdrop", "shade"},
        {
            "camera_file",
            "tracer",
            "tracing",
            "knock",
            "clean",
            "soft_shadow",
            "light_shift",
            "noise",
            "standing",
            "levelling",
            "light_states",
            "lights",
            "flicker",
            "canvas",
            "outline",
        },
        {"camera_motion"},
        {
            "assumptions",
            "ground",
            "archive",
            "objects",
            "timeline",
            "config",
            "handoff",
            "canvas_noise",
            "back_projection",
        },
        {"panorama", "panorama_fit"},
        {"background"},
        {"fitting", "deep"},
        {"inspection", "subtractor", "doubts", "report", "pictures"},
        {"drawing", "chart", "page", "outputs"},
        {"writing", "asked"},
        {"rendering"},
        {"demo", "batch", "clips"},
        {"cli"},
    ]
    level = {name: height for height, names in enumerate(levels) for name in names}
    package = ROOT / "src" / "stillplate"
    for path in package.rglob("*.py"):
        own = path.relative_to(package).parts[0].removesuffix(".py")
        if own in ("__init__", "__main__"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stillplate"):
                parts = node.module.split(".")
                targets = [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
                for target in targets:
                    if target in level:
                        assert level[target] <= level[own], f"{own} imports {target}"
