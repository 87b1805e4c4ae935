#!/bin/sh
# Process 1 of a machine for pods, in namespaces that end with it. Called by machine.py: FOLDER own|shared [INSIDE OUTSIDE]…
# The folder has: root (Debian's, read alone), upper and work (what the machine changes), disk (of its /var/lib), programs,
# images. What is OUTSIDE can be read INSIDE.
set -eu
folder=$1 network=$2 root=$1/merged
mount --make-rprivate /
mkdir -p "$root"
mount -t overlay overlay -o "lowerdir=$folder/root,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
for place in run tmp; do mount -t tmpfs -o mode=1777 tmpfs "$root/$place"; done

# Layers of images cannot lie on what is layered itself.
for place in containerd containers kubelet; do
    mkdir -p "$folder/disk/$place" "$root/var/lib/$place"
    mount --bind "$folder/disk/$place" "$root/var/lib/$place"
done
mkdir -p "$root/opt/programs" "$root/opt/images"
mount --bind "$folder/programs" "$root/opt/programs"
mount --bind "$folder/images" "$root/opt/images"
shift 2
while [ $# -gt 0 ]; do
    if [ -d "$2" ]; then mkdir -p "$root$1"; else mkdir -p "$(dirname "$root$1")" && touch "$root$1"; fi
    mount --bind "$2" "$root$1"
    mount -o remount,bind,ro "$root$1"
    shift 2
done

# Control groups of version 1: each controller's tree from this machine's own group on.
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
    for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
        mkdir "$root/sys/fs/cgroup/$controller"
        mount -t cgroup -o "$controller" cgroup "$root/sys/fs/cgroup/$controller"
    done
    mkdir "$root/sys/fs/cgroup/systemd"
    mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
else
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
fi

# The kubelet sets these for the whole kernel, other people's processes included. It finds them set, and leaves them.
set_already() {
    printf '%s\n' "$2" >"$folder/kernel.$1"
    mount --bind "$folder/kernel.$1" "$root/proc/sys/$(printf %s "$1" | tr . /)"
}
set_already vm.overcommit_memory 1
set_already vm.panic_on_oom 0
set_already kernel.panic 10
set_already kernel.panic_on_oops 1
set_already kernel.keys.root_maxkeys 1000000
set_already kernel.keys.root_maxbytes 25000000

if [ "$network" = own ]; then
    ip link set lo up
    ip link add uplink type veth peer name nowhere
    ip address add 198.18.0.1/24 dev uplink
    ip link set uplink up
    ip link set nowhere up
    ip route add default via 198.18.0.254 # nobody: what asks for a way out finds one, and no answer
    printf 1 >"$root/proc/sys/net/ipv4/ip_forward"
    : >"$root/etc/resolv.conf"
else
    touch "$root/etc/resolv.conf"
    mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
fi

cd "$root"
mkdir -p before
pivot_root . before
umount -l /before
mount --make-rshared /
exec /usr/bin/tini -- sleep infinity
