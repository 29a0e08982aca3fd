"""Batches in shards: each clip once, in whatever order the jobs run, and one table in the end."""

import csv
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from stillplate import join_summaries, render_many
from stillplate.errors import ParameterError
from stillplate.rendering.clips import Clip, shard_of
from tests.command import run
from tests.damage import make_clip
from tests.patience import HANGS

PLAIN: dict[str, Any] = {"threshold": 30, "cleanup": "none", "samples": 4}
QUICK = ("--threshold", "30", "--cleanup", "none", "--samples", "4")
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two clips and a file that is no video."""
    (tmp_path / "clips").mkdir()
    make_clip(tmp_path / "clips" / "b.mp4")
    make_clip(tmp_path / "clips" / "c.mp4")
    (tmp_path / "clips" / "a.mp4").write_bytes(b"no video")
    return tmp_path / "clips"


def rows(path: Path) -> list[tuple[str, str]]:
    with path.open(newline="") as file:
        return [(Path(row["clip"]).name, row["state"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_shards_part_the_clips_whatever_their_order(count: int) -> None:
    clips = [Clip(Path(f"{name}.mp4"), name) for name in "hbagcedf"]
    parts = [shard_of(clips, (number, count)) for number in range(1, count + 1)]

    assert sorted(clip.name for part in parts for clip in part) == list("abcdefgh")
    assert parts == [shard_of(clips[::-1], (number, count)) for number in range(1, count + 1)]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_every_clip_once_and_one_table(tree: Path, tmp_path: Path) -> None:
    """A shard may have nothing to do; the table is the one that the whole batch writes."""
    out = tmp_path / "out"
    done = [render_many([tree], out, shard=(number, 4), **PLAIN) for number in (4, 2, 1, 3)]
    tables = sorted(path.name for path in out.glob("*.csv"))
    joined = join_summaries(out)
    render_many([tree], tmp_path / "whole", **PLAIN)

    assert [[one.clip.name for one in part] for part in done] == [[], ["b.mp4"], ["a.mp4"], ["c.mp4"]]
    assert tables == [f"summary-{number}-of-4.csv" for number in (1, 2, 3, 4)]
    assert (joined.states, joined.missing, joined.shards) == ({"failed": 1, "done": 2}, (), 4)
    assert "cannot be opened as a video" in joined.failed[str(tree / "a.mp4")]
    assert rows(out / "summary.csv") == rows(tmp_path / "whole" / "summary.csv")


def test_what_is_missing_is_listed(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ("render", tree, "-o", out, *QUICK, "--quiet")
    first = run(*command, "--shard", "1/3")
    second = run(*command, "--shard", "3/3")
    joined = run("summary", out)

    assert (first.returncode, second.returncode) == (1, 0)
    assert joined.returncode == 1
    assert joined.stdout == f"{out}/summary.csv: 2 clips of 3 shards: 1 done, 1 failed\n"
    assert "a.mp4: cannot be opened as a video" in joined.stderr
    assert "shard 2/3 has left no table" in joined.stderr

    (tree / "a.mp4").unlink()
    make_clip(tree / "a.mp4")
    again = [run(*command, "--resume", "--shard", f"{number}/3").returncode for number in (1, 2, 3)]
    assert again == [0, 0, 0]
    assert run("summary", out).stdout == f"{out}/summary.csv: 3 clips of 3 shards: 2 done, 1 skipped\n"


@pytest.mark.parametrize("shard", ["0/4", "5/4", "1/0", "1", "x/2", "1/2/3", "-1/2", "1,2"])
def test_no_such_shard_is_told_in_a_line(tree: Path, tmp_path: Path, shard: str) -> None:
    done = run("render", tree, "-o", tmp_path / "out", f"--shard={shard}")

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "I/N with I from 1 to N is needed, such as 1/8" in done.stderr
    assert not (tmp_path / "out").exists()


def test_one_path_for_the_clips_of_all_shards_is_told(tree: Path, tmp_path: Path) -> None:
    """Though this shard has one clip."""
    with pytest.raises(ParameterError, match="several clips would write their mask there"):
        render_many([tree], tmp_path / "out", shard=(1, 3), mask=str(tmp_path / "mask.mkv"))


def test_tables_of_two_batches_or_of_none_are_told(tmp_path: Path) -> None:
    none = run("summary", tmp_path)
    for name in ("summary-1-of-2.csv", "summary-1-of-3.csv"):
        (tmp_path / name).write_text("clip\n")
    two = run("summary", tmp_path)
    (tmp_path / "summary-1-of-3.csv").unlink()
    broken = run("summary", tmp_path)

    assert "holds no table of a shard" in none.stderr
    assert "holds tables of 2 and of 3 shards" in two.stderr
    assert "summary-1-of-2.csv: is no table of a shard" in broken.stderr
    assert [done.returncode for done in (none, two, broken)] == [2, 2, 2]
    assert not (tmp_path / "summary.csv").exists()


def test_the_option_is_printed_as_it_is_read(tmp_path: Path) -> None:
    printed = run("render", "--shard", "2/3", "--print-config").stdout

    assert 'shard = "2/3"\n' in printed


def test_the_slurm_script_renders_its_shards(tree: Path, tmp_path: Path) -> None:
    """As SLURM calls it; options for the test's short clips stand in a wrapper of the command."""
    script = (EXAMPLES / "slurm.sh").read_text()
    subprocess.run(["bash", "-n", EXAMPLES / "slurm.sh"], check=True)
    wrapper = tmp_path / "bin" / "stillplate"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m stillplate "$@" {shlex.join(QUICK)}\n')
    wrapper.chmod(0o755)
    for number in ("2", "3"):
        environment = {**os.environ, "PATH": f"{wrapper.parent}:{os.environ['PATH']}", "SLURM_ARRAY_TASK_ID": number}
        command = ["bash", str(EXAMPLES / "slurm.sh"), str(tree), str(tmp_path / "out")]
        subprocess.run(command, env=environment, check=True, timeout=HANGS, capture_output=True)

    assert f"#SBATCH --array=1-{script.split('shards=')[1].split()[0]}\n" in script
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "b", "c", "summary-2-of-16.csv", "summary-3-of-16.csv",
    ]  # fmt: skip


def test_the_kubernetes_job_has_a_pod_for_each_shard() -> None:
    job = yaml.safe_load((EXAMPLES / "kubernetes.yaml").read_text())
    spec = job["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    (line,) = container["args"]
    environment = {"JOB_COMPLETION_INDEX": str(spec["completions"] - 1)}
    told = subprocess.run(
        ["/bin/sh", "-c", line.replace("exec stillplate", "echo")],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )

    assert (job["apiVersion"], job["kind"], spec["completionMode"]) == ("batch/v1", "Job", "Indexed")
    assert pod["restartPolicy"] == "Never"  # without it, backoffLimitPerIndex is refused
    assert container["command"] == ["/bin/sh", "-c"]
    assert {volume["name"] for volume in pod["volumes"]} == {mount["name"] for mount in container["volumeMounts"]}
    assert told.stdout == "render /data/clips -o /data/out --shard 16/16 --resume\n"
    assert f"/{spec['completions']}" in line
