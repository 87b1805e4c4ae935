"""Kubernetes with one node: the programs of its own modules, in a machine's network, with Debian's containerd below."""

import json
import os
import shutil
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import trustme
import yaml

from tests.deploy.chart import programs
from tests.deploy.chart.cluster import SIGNING_KEY, Cluster, as_flags, kubeconfig, process, started
from tests.deploy.containers.program import Program
from tests.deploy.pods.images import name_of
from tests.deploy.pods.machine import ADDRESS, Machine

Object = dict[str, Any]

NODE = "usher-node"
PODS, SERVICES, NAMES = "10.244.0.0/16", "10.96.0.0/16", "10.96.0.10"
PATIENCE = 900.0
_KUBELET, _PROXY = f"system:node:{NODE}", "system:kube-proxy"
_SCHEDULER, _CONTROLLERS, _POLICIES = "system:kube-scheduler", "system:kube-controller-manager", "kube-router"
_RUNTIME = "unix:///run/containerd/containerd.sock"
_CONTAINERD = f"""\
version = 2
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{name_of("pause")}"
disable_apparmor = true
restrict_oom_score_adj = true
enable_unprivileged_ports = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/opt/programs"
conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""
_NETWORK: Object = {
    "cniVersion": "1.0.0",
    "name": "pods",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "pods",
            "isGateway": True,
            "ipMasq": True,
            "hairpinMode": True,
            "ipam": {"type": "host-local", "ranges": [[{"subnet": PODS}]], "routes": [{"dst": "0.0.0.0/0"}]},
        }
    ],
}


class Node:
    """The cluster with its one node, as an operator has both."""

    def __init__(self, machine: Machine, cluster: Cluster) -> None:
        self.machine = machine
        self.cluster = cluster

    def kubectl(self, *arguments: str) -> list[str]:
        """The command line of a kubectl that knows the cluster."""
        return [str(programs.node("kubectl")), f"--kubeconfig={self.cluster.kubeconfig}", *arguments]

    def start_kubelet(self) -> None:
        """Pods are started and looked after from now on."""
        flags = {
            "config": "/etc/kubernetes/kubelet",
            "kubeconfig": "/etc/kubernetes/as-kubelet",
            "hostname-override": NODE,
            "node-ip": ADDRESS,
        }
        self.machine.start("kubelet", "kubelet", *as_flags(flags))

    def stop_kubelet(self) -> None:
        """What runs goes on; nobody looks after it."""
        self.machine.stop("kubelet")

    def ready(self) -> bool:
        """Whether the node takes pods."""
        node = self.cluster.get({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}})
        found: list[Object] = (node or {}).get("status", {}).get("conditions", [])
        return any(one["type"] == "Ready" and one["status"] == "True" for one in found)

    def until(self, holds: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Waits until that is so. Raises AssertionError with what the machine's programs said last."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"{what} did not come.\n{self.said()}"
            time.sleep(0.5)

    def said(self) -> str:
        """The last lines of each program, and what is told of pods that are not ready."""
        logs = [*self.machine.folder.glob("*.log"), *self.cluster.folder.glob("*.log")]
        told = [f"== {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in sorted(logs)]
        return "\n".join([*told, self.waiting()])

    def waiting(self) -> str:
        """Each container that is not ready, and has not ended well, with why."""
        spaces = [space["metadata"]["name"] for space in self.cluster.all("v1", "Namespace", "")]
        pods = [pod for space in spaces for pod in self.cluster.all("v1", "Pod", space)]
        return "\n".join(
            f"{pod['metadata']['name']} {one['name']} {json.dumps(one['state'])}"
            for pod in pods
            for kind in ("initContainerStatuses", "containerStatuses")
            for one in pod["status"].get(kind, [])
            if not one["ready"] and one["state"].get("terminated", {}).get("exitCode") != 0
        )


@contextmanager
def running(machine: Machine, images: Path) -> Generator[Node]:
    """A cluster of one node that has the images of this archive, until the end of the block: this thread is in its
    network."""
    authority = trustme.CA()
    _place(machine, images)
    users = dict.fromkeys((_SCHEDULER, _CONTROLLERS, _PROXY), "") | {_KUBELET: "system:nodes", _POLICIES: ""}
    with machine.network(), started(ADDRESS, users, _flags(machine, authority)) as cluster, ExitStack() as deciding:
        node = Node(machine, cluster)
        for name, told in _deciding(cluster).items():
            command = [str(programs.node(name)), *as_flags({**told, "leader-elect": "false"})]
            deciding.enter_context(process(name, cluster.folder, command))
        _start_runtime(machine)
        _tell(machine, cluster, authority)
        node.start_kubelet()
        machine.start("kube-proxy", "kube-proxy", "--config=/etc/kubernetes/proxy")
        node.until(node.ready, "The node")
        _enforce_policies(node)
        yield node


def _place(machine: Machine, images: Path) -> None:
    """Programs and images into the machine's folders."""
    found = {**{name: programs.node(name) for name in ("kubelet", "kube-proxy")}}
    found |= {name: programs.cni(name) for name in programs.CNI}
    found |= {"kube-router": programs.policies()}
    for name, program in found.items():
        shutil.copy2(program, machine.programs / name)
    os.link(images, machine.images / images.name)


def _flags(machine: Machine, authority: trustme.CA) -> Mapping[str, object]:
    """The API server's: it is a client of the kubelet's, for logs and forwarded ports."""
    signed = authority.issue_cert(ADDRESS, common_name="api-server")
    pair = machine.folder / "api-server.pem", machine.folder / "api-server.key"
    signed.cert_chain_pems[0].write_to_path(str(pair[0]))
    signed.private_key_pem.write_to_path(str(pair[1]))
    return {
        "advertise-address": ADDRESS,
        "endpoint-reconciler-type": "master-count",
        "authorization-mode": "Node",  # beside RBAC: the flag adds to its list
        "kubelet-client-certificate": pair[0],
        "kubelet-client-key": pair[1],
        "kubelet-preferred-address-types": "InternalIP",
    }


def _deciding(cluster: Cluster) -> dict[str, Mapping[str, object]]:
    """What runs beside the API server, with its flags."""
    seen = {user: cluster.folder / f"as-{user.rpartition(':')[2]}" for user in (_SCHEDULER, _CONTROLLERS)}
    for user, file in seen.items():
        file.write_text(_kubeconfig(cluster, user))
    return {
        "kube-scheduler": {"kubeconfig": seen[_SCHEDULER]},
        "kube-controller-manager": {
            "kubeconfig": seen[_CONTROLLERS],
            "use-service-account-credentials": "true",
            "service-account-private-key-file": cluster.folder / SIGNING_KEY,
            "root-ca-file": cluster.authority,
        },
    }


def _start_runtime(machine: Machine) -> Program:
    machine.file("/etc/containerd/config.toml", _CONTAINERD)
    machine.file("/etc/cni/net.d/10-pods.conflist", json.dumps(_NETWORK))
    runtime = machine.start("containerd", "containerd")
    runtime.until(lambda: Path(f"/proc/{machine.pid}/root/run/containerd/containerd.sock").is_socket())
    for image in machine.images.iterdir():
        machine.run("ctr", "--namespace=k8s.io", "images", "import", f"/opt/images/{image.name}")
    return runtime


def _tell(machine: Machine, cluster: Cluster, authority: trustme.CA) -> None:
    """What the node's programs read."""
    folder = "/etc/kubernetes"
    machine.file(f"{folder}/authority.crt", authority.cert_pem.bytes().decode())
    for name, user in {"kubelet": _KUBELET, "proxy": _PROXY, "policies": _POLICIES}.items():
        machine.file(f"{folder}/as-{name}", _kubeconfig(cluster, user))
    kubelet = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "failCgroupV1": False,
        "cgroupDriver": "cgroupfs",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": f"{folder}/authority.crt"},
        },
        "authorization": {"mode": "AlwaysAllow"},
        "clusterDomain": "cluster.local",
        "clusterDNS": [NAMES],
        "containerRuntimeEndpoint": _RUNTIME,
        "evictionHard": {"memory.available": "100Mi"},  # how full the disk is has nothing to do with the tests
        "imageGCHighThresholdPercent": 100,
        "failSwapOn": False,
    }
    proxy = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": f"{folder}/as-proxy"},
        "mode": "iptables",
        "clusterCIDR": PODS,
        "hostnameOverride": NODE,
        # The whole kernel's settings, which are not this machine's to change.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
    machine.file(f"{folder}/kubelet", yaml.safe_dump(kubelet))
    machine.file(f"{folder}/proxy", yaml.safe_dump(proxy))


def _kubeconfig(cluster: Cluster, user: str) -> str:
    return yaml.safe_dump(kubeconfig(cluster.url, cluster.authority.read_text(), user))


def _enforce_policies(node: Node) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": _POLICIES}}
    reads = [
        {"apiGroups": [""], "resources": ["namespaces", "pods", "services", "nodes", "endpoints"]},
        {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"]},
    ]
    rules = [{**one, "verbs": ["get", "list", "watch"]} for one in reads]
    node.cluster.create({**role, "kind": "ClusterRole", "rules": rules})
    subject = {"kind": "User", "name": _POLICIES, "apiGroup": "rbac.authorization.k8s.io"}
    named = {"kind": "ClusterRole", "name": _POLICIES, "apiGroup": "rbac.authorization.k8s.io"}
    node.cluster.create({**role, "kind": "ClusterRoleBinding", "roleRef": named, "subjects": [subject]})
    flags = {
        "kubeconfig": "/etc/kubernetes/as-policies",
        "hostname-override": NODE,
        "run-firewall": "true",
        "run-router": "false",
        "run-service-proxy": "false",
        "service-cluster-ip-range": SERVICES,
    }
    node.machine.start("kube-router", "kube-router", *as_flags(flags))
