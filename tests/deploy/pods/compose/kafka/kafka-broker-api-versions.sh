#!/usr/local/bin/python3
"""--bootstrap-server HOST:PORT: whether a broker answers there, as it answers every client first."""

import socket
import struct
import sys

host, port = sys.argv[-1].split(":")
asked = struct.pack(">hhih", 18, 0, 1, -1)  # ApiVersions, version 0, number 1, no name
with socket.create_connection((host, int(port)), timeout=5) as broker:
    broker.sendall(struct.pack(">i", len(asked)) + asked)
    _, number, error = struct.unpack(">iih", broker.recv(10, socket.MSG_WAITALL))
sys.exit(0 if (number, error) == (1, 0) else 1)
