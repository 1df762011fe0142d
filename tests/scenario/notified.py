# SPDX-License-Identifier: ISC
"""notified.py SOCKET: plays the service manager: prints each line that is sent
to the socket, up to the line END."""
import os
import socket
import sys

path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
print("ready", flush=True)
while True:
    for line in s.recv(65536).decode().split("\n"):
        print(line, flush=True)
        if line == "END":
            os.unlink(path)
            sys.exit(0)
