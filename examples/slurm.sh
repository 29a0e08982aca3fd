#!/bin/bash
# A batch as a SLURM array: every job renders the clips of one shard.
#   sbatch slurm.sh /data/clips /data/out
#   sbatch slurm.sh s3://bucket/clips s3://bucket/out
# and once all have ended: stillplate summary /data/out (or s3://bucket/out)
# Submit it again to make what failed or was cut off; what is whole is left as it is.
#SBATCH --job-name=stillplate
#SBATCH --array=1-16
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=08:00:00
#SBATCH --output=stillplate-%A_%a.txt
set -euo pipefail

shards=16 # as in --array; SLURM's own count is smaller when single jobs of the array are submitted again
clips=$1
out=$2

exec stillplate render "$clips" -o "$out" --shard "$SLURM_ARRAY_TASK_ID/$shards" --resume
