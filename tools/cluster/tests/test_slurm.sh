#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The job scripts under Slurm as it is, of one machine: an array of 8, of which one task is killed and queued again, gives
# the store that one sweep gives. All daemons are this test's own: their state is in its directory, their ports are free ones.
set -euo pipefail

for program in munged slurmctld slurmd sbatch scontrol squeue; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed (tools/setup --cluster)" && exit 77; }
done
[[ $(id -u) == 0 ]] || { echo 'skipped: slurmd needs root' && exit 77; }

source "$(dirname "$0")/../../tests/command.sh"
cluster=$root/tools/cluster
daemons=()

finish() {
    local pid
    if ((${#daemons[@]} > 1)); then
        timeout 10 scancel --state=RUNNING 2>/dev/null || true
        timeout 10 scancel --state=PENDING 2>/dev/null || true
        for ((i = 0; i < 50; i++)); do
            [[ $(timeout 10 squeue --noheader 2>/dev/null || true) ]] || break
            sleep 0.1
        done
    fi
    for pid in "${daemons[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${daemons[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$scratch"
}
trap finish EXIT

# until_true SECONDS COMMAND...
until_true() {
    local i seconds=$1
    shift
    for ((i = 0; i < seconds * 10; i++)); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    echo "FAIL: not within $seconds s: $*"
    tail -n 20 "$scratch"/*.log
    exit 1
}

mapfile -t ports < <(python3 -c 'import socket
all = [socket.socket() for _ in range(2)]
for s in all: s.bind(("127.0.0.1", 0))
for s in all: print(s.getsockname()[1])')
chmod 755 "$scratch"
(umask 077 && head -c 1024 /dev/urandom >munge.key && mkdir state spool)
mkdir -m 755 munge
cat >slurm.conf <<CONF
ClusterName=test
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$scratch/munge/socket,cred_expire=5
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,sched_min_interval=0,requeue_setup_env_fail
BatchStartTimeout=60
KillWait=5
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$(hostname -s) NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=8 RealMemory=100 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$scratch/slurm.conf
munged --foreground --force --key-file="$scratch/munge.key" --socket="$scratch/munge/socket" --num-threads=2 \
    --pid-file="$scratch/munge/pid" --seed-file="$scratch/munge/seed" --log-file="$scratch/munged.log" >munged.out 2>&1 &
daemons+=("$!")
until_true 10 test -S munge/socket
slurmctld -D -i >slurmctld.out 2>&1 &
daemons+=("$!")
until_true 20 scontrol ping
slurmd -D >slurmd.out 2>&1 &
daemons+=("$!")
is_idle() { [[ $(sinfo --noheader --format %T) == idle ]]; }
until_true 30 is_idle

# Each run takes long enough that a task can be met at work.
moves move wifi=', jitter: 4ms' cellular=', jitter: 10ms, loss: 2%' traffic='{flow: laptop -> server, send: 400B, every: 5ms}' \
    duration=20s expect='{delivered: all}' vary='networks.cellular.delay: [10ms, 35ms]' >move.yaml
readonly seeds=1..120 runs=240
status 0 "$roam" sweep --quiet --db whole.db --seeds $seeds move.yaml
same "$(sqlite3 whole.db 'SELECT count(*) FROM runs')" $runs 'runs of the whole'

export ROAM=$roam
array=$(sbatch --parsable --array=1-8 --output="$scratch/task-%a.log" "$cluster/sweep.sbatch" 8 parts --quiet --seeds $seeds move.yaml)
merging=$(sbatch --parsable --dependency=afterok:"$array" --output="$scratch/merge.log" "$cluster/merge.sbatch" 8 parts all.db)

has_some() { (($(sqlite3 -readonly "parts/part-$1.db" 'SELECT count(*) FROM runs') > 0)); }
# One is told to end, as before its time limit; it queues itself again. One is killed.
until_true 60 has_some 5
scancel --batch --signal=TERM "${array}_5"
until_true 60 has_some 3
before=$(sqlite3 -readonly parts/part-3.db 'SELECT count(*) FROM runs')
scontrol requeue "${array}_3"
echo "task 3 was killed after $before runs"
has_ended() { [[ ! $(squeue --noheader --jobs "$1" 2>/dev/null) ]]; }
until_true 120 has_ended "$array"
until_true 60 has_ended "$merging"
[[ -e all.db ]] || { fail "nothing was joined: $(tail -n 5 merge.log task-*.log)" && exit 1; }
same "$(grep -c '^shard 3/8: start' task-3.log)" 2 'starts of task 3'
same "$(grep -c '^shard 5/8: start' task-5.log)" 2 'starts of task 5'
same "$(cat task-[124678].log | grep -c '^shard ./8: start')" 6 'starts of the others'
(($(sqlite3 -readonly parts/part-3.db 'SELECT count(*) FROM runs') > before)) || fail 'task 3 was killed when it had done everything'

# All that a store holds but wall-clock times.
content() { sqlite3 -readonly "$1" .dump | grep -v '^INSERT INTO timings' | LC_ALL=C sort; }
content whole.db >whole
content all.db | cmp - whole || fail 'the joined store is not that of one sweep'
exit $failed
