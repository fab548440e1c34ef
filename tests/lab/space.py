# SPDX-License-Identifier: GPL-3.0-or-later
"""space: network namespaces, processes and sockets inside them, and waiting with a deadline.

Everything made here carries the maker's process id in its name, so that what a killed run left behind is found
and removed by the next one.
"""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

NETNS_DIR = "/run/netns"
PREFIX = "iwl"
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL("libc.so.6", use_errno=True)


class LabError(Exception):
    """The hospital itself failed, not the thing under test."""


def wait_for(condition, seconds=10.0, what="condition", interval=0.02):
    """Call condition() until it is true and return its value; LabError names ${what} at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise LabError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(interval)


def at_rest(read, quiet=1.5, seconds=15):
    """What read() tells once it has told the same for ${quiet} seconds."""
    deadline = time.monotonic() + seconds
    value, since = read(), time.monotonic()
    while time.monotonic() - since < quiet:
        time.sleep(0.1)
        now = read()
        if now != value:
            value, since = now, time.monotonic()
        if time.monotonic() > deadline:
            raise LabError("it does not come to rest")
    return value


def becomes(condition, seconds=10.0, interval=0.02):
    """As wait_for, but tells False at the deadline."""
    try:
        return wait_for(condition, seconds, interval=interval)
    except LabError:
        return False


def run(*argv, check=True, input=None, timeout=60):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, input=input, timeout=timeout)
    if check and done.returncode:
        raise LabError(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done


@contextlib.contextmanager
def entered(namespace):
    """Put the calling thread into ${namespace}; sockets made inside stay there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    away = os.open(f"{NETNS_DIR}/{namespace}", os.O_RDONLY)
    try:
        if _libc.setns(away, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
        try:
            yield
        finally:
            if _libc.setns(home, CLONE_NEWNET):
                os.abort()  # a thread lost in a wrong namespace must not go on
    finally:
        os.close(home)
        os.close(away)


def remove_stale():
    """Delete what runs that no longer live have left behind."""
    if not os.path.isdir(NETNS_DIR):
        return
    for name in os.listdir(NETNS_DIR):
        match = re.fullmatch(rf"{PREFIX}(\d+)[a-z]?-.*", name)
        if match and not os.path.isdir(f"/proc/{match.group(1)}"):
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)
    for name in os.listdir("/run"):
        match = re.fullmatch(rf"{PREFIX}(\d+)[a-z]?", name)
        if match and not os.path.isdir(f"/proc/{match.group(1)}"):
            shutil.rmtree(f"/run/{name}", ignore_errors=True)


class Lab:
    """Namespaces, processes, sockets and a scratch folder of one run; close() removes all of them."""

    _letters = iter("abcdefghijklmnopqrstuvwxyz" * 40)

    def __init__(self):
        remove_stale()
        self.prefix = f"{PREFIX}{os.getpid()}{next(Lab._letters)}"
        self.folder = f"/run/{self.prefix}"
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.names = []
        self.processes = []
        self.closers = []

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def namespace(self, name):
        full = f"{self.prefix}-{name}"
        self.names.append(full)
        run("ip", "netns", "add", full)
        self.ip(full, "link set lo up")
        return full

    def ip(self, namespace, *lines):
        """Run the lines of an `ip -batch` inside ${namespace}."""
        run("ip", "-netns", namespace, "-batch", "-", input="\n".join(lines) + "\n")

    def sysctl(self, namespace, name, value):
        with entered(namespace):
            with open("/proc/sys/net/" + name, "w", encoding="ascii") as file:
                file.write(str(value))

    def read_sysctl(self, namespace, name):
        with entered(namespace):
            with open("/proc/sys/net/" + name, encoding="ascii") as file:
                return file.read().strip()

    def argv_in(self, namespace, *argv):
        return ["nsenter", f"--net={NETNS_DIR}/{namespace}", *argv]

    def run_in(self, namespace, *argv, check=False, timeout=60, input=None):
        return run(*self.argv_in(namespace, *argv), check=check, timeout=timeout, input=input)

    def start_in(self, namespace, *argv, log=None, env=None, pass_fds=()):
        """Start a process that ends with this one; its output goes to the file ${log}."""
        target = open(self.path(log), "ab") if log else subprocess.DEVNULL
        try:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.argv_in(namespace, *argv)], stdin=subprocess.DEVNULL,
                stdout=target, stderr=target, env=env, pass_fds=pass_fds, start_new_session=True)
        finally:
            if log:
                target.close()
        self.processes.append(process)
        return process

    def stop(self, process, how=signal.SIGTERM, seconds=5):
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self.processes:
            self.processes.remove(process)
        return process.returncode

    def socket_in(self, namespace, family=socket.AF_INET, kind=socket.SOCK_STREAM, protocol=0):
        with entered(namespace):
            return socket.socket(family, kind, protocol)

    def close(self):
        for process in list(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in list(self.processes):
            self.stop(process, signal.SIGTERM, 3)
        for closer in reversed(self.closers):
            with contextlib.suppress(OSError):
                closer()
        self.closers.clear()
        self.end_strays()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)
        self.names.clear()
        if os.environ.get("ISOWARD_LAB_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def end_strays(self):
        """A client that made itself a daemon is still in our namespace: end it by its id."""
        for name in self.names:
            found = subprocess.run(["ip", "netns", "pids", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True)
            for pid in found.stdout.split():
                if int(pid) != os.getpid():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)


@contextlib.contextmanager
def ended_cleanly():
    """Turn SIGTERM and SIGHUP into SystemExit, so that every finally clause runs."""
    def leave(number, _frame):
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
