"""A SLURM of two nodes on one machine, for tests and for trying: no systemd, no cgroups, everything in one folder.

From a shell: `python tests/slurm/cluster.py start FOLDER`, then `export SLURM_CONF=FOLDER/slurm.conf`, and in the end
`python tests/slurm/cluster.py stop FOLDER`. Needs munged, slurmctld and slurmd (Debian: munge, slurm-wlm), and psutil.
"""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

NODES = ("n1", "n2")
MARK = "TRIAL_SLURM"
"""In the environment of every daemon: the folder of the cluster that it belongs to."""

PATIENCE = 30.0
"""Seconds that a busy machine may take until the nodes are idle, or until nothing runs any more."""

LONGEST = 70
"""Characters of a folder's path: sockets are made in it, whose paths Linux keeps in 108 bytes."""

CONF = Path(__file__).with_name("slurm.conf.in")


class StartError(RuntimeError):
    """The cluster is not there, with what its daemons said."""


def start(folder: Path) -> Path:
    """Start the daemons and wait until both nodes are idle; the path of `slurm.conf`, for the variable SLURM_CONF.

    Raises `StartError` with the ends of the logs when they are not in time; nothing runs on then.
    """
    folder = folder.absolute()
    if len(str(folder)) > LONGEST:
        raise StartError(f"{folder} is too long a path for sockets: name a folder of at most {LONGEST} characters")
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder)
    try:
        _daemon(folder, "munged", "--foreground", "--force", *_munge(folder))
        _until((folder / "munge.socket").exists, folder, "munged makes no socket")
        _daemon(folder, "slurmctld", "-D")
        for name in NODES:
            _daemon(folder, "slurmd", "-D", "-N", name)
        _until(lambda: states(folder) == ["idle"] * len(NODES), folder, "the nodes are not idle")
    except BaseException:
        stop(folder)
        raise
    return folder / "slurm.conf"


def stop(folder: Path) -> None:
    """Cancel every job, end every process of the cluster, and wait until none is left; the logs stay."""
    folder = folder.absolute()
    if states(folder):
        names = ",".join(NODES)
        command(folder, "scancel", "--full", "--signal=KILL", f"--nodelist={names}")
        command(folder, "scancel", f"--nodelist={names}")
        _until(lambda: not command(folder, "squeue", "--noheader", "--states=R,CG"), folder, "jobs go on")
    processes = _ours(folder)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _, alive = psutil.wait_procs(processes, PATIENCE)
    if any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in alive):
        raise RuntimeError(f"these processes of the cluster in {folder} cannot be killed: {alive}")


def command(folder: Path, *words: str) -> str:
    """What a command of SLURM prints about this cluster."""
    return subprocess.run(
        words, env=environment(folder), capture_output=True, text=True, timeout=PATIENCE, check=True
    ).stdout


def environment(folder: Path) -> dict[str, str]:
    """The variables of this process for a command of this cluster: without those of a job that it is itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "SBATCH_"))}
    return kept | {"SLURM_CONF": str(folder.absolute() / "slurm.conf")}


def states(folder: Path) -> list[str]:
    """The state of each node; empty while nobody answers."""
    try:
        return command(folder, "sinfo", "--noheader", "--Node", "--format=%T").split()
    except subprocess.SubprocessError:
        return []


def _write(folder: Path) -> None:
    """The files that the daemons read."""
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(128))
    (folder / "state").mkdir(exist_ok=True)
    ports = dict(zip(("port", *NODES), _free_ports(1 + len(NODES)), strict=True))
    host = socket.gethostname().split(".")[0]
    conf = CONF.read_text().format(folder=folder, user=getpass.getuser(), host=host, **ports)
    (folder / "slurm.conf").write_text(conf)
    (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")


def _munge(folder: Path) -> list[str]:
    socket_path = f"--socket={folder / 'munge.socket'}"
    return [socket_path, *(f"--{kind}-file={folder / 'munge'}.{kind}" for kind in ("key", "pid", "log", "seed"))]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _daemon(folder: Path, program: str, *options: str) -> None:
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise StartError(f"{program} is missing: install it (Debian: munge slurm-wlm)")
    env = environment(folder) | {MARK: str(folder)}
    detached = ("setsid", "--fork", found, *options)
    with (folder / f"{program}.out").open("ab") as out:
        subprocess.run(detached, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=True)


def _until(there: Callable[[], bool], folder: Path, complaint: str) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > end:
            logs = "\n".join(f"{path.name}: {path.read_text()[-1000:]}" for path in sorted(folder.glob("*.log")))
            raise StartError(f"{complaint} after {PATIENCE:g} seconds\n{logs}")
        time.sleep(0.2)


def _ours(folder: Path) -> list[psutil.Process]:
    """The daemons, their helpers, and what runs in jobs."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            env, conf = process.environ(), str(folder / "slurm.conf")
            job = "SLURM_JOB_ID" in env and env.get("SLURM_CONF") == conf
            helper = process.name().startswith("slurm") and process.cwd() == str(folder)  # these wipe their variables
            if process.pid != os.getpid() and (job or helper or env.get(MARK) == str(folder)):
                found.append(process)
    return found


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["start", folder]:
            print(f"export SLURM_CONF={start(Path(folder))}")
        case ["stop", folder]:
            stop(Path(folder))
        case _:
            sys.exit("cluster.py start FOLDER, or cluster.py stop FOLDER")
