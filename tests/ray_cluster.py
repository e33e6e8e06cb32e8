"""A Ray cluster of several nodes on this machine, for tests: a head, and nodes of one core that can be killed."""

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = "Ray is not installed (requirements-ray.txt), so work of several machines is not tried"


class RayNodes:
    """A cluster; `address` is how other machines reach it, `attached` how programs of this one do."""

    def __init__(self, nodes=2):
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        from ray.cluster_utils import Cluster

        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        small = {"object_store_memory": 80 * 2**20}
        self._small = small
        head = {"num_cpus": 0, "include_dashboard": False, "include_log_monitor": False,
                "ray_client_server_port": port, **small}  # fmt: skip
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.nodes = []
        for _ in range(nodes):
            self.add()
        self.address, self.attached = f"ray://127.0.0.1:{port}", self._cluster.address

    def add(self):
        """Let one more node come."""
        self.nodes.append(self._cluster.add_node(num_cpus=1, include_log_monitor=False, **self._small))
        return self.nodes[-1]

    def kill(self, node_id):
        """Kill -9 a node with all its processes, as a machine that loses its power."""
        node = next(node for node in self.nodes if node.node_id == node_id)
        self.nodes.remove(node)
        own = [info.process.pid for processes in node.all_processes.values() for info in processes]
        for pid in [*own, *(pid for parent in own for pid in _children(parent))]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def end(self):
        """End all of it."""
        self._cluster.shutdown()


def _children(parent):
    """The processes that a process has started: the workers of a node."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(status.parent.name)


def wait_for(what, seconds=60):
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it has not come to that"
        time.sleep(0.05)
