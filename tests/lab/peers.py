# SPDX-License-Identifier: GPL-3.0-or-later
"""peers: the servers of the hospital, their sockets inside namespaces and their threads in this process."""

import http.server
import os
import selectors
import socket
import ssl
import threading
import time

from space import LabError, run

PAGE = b"<!doctype html><title>internet</title><p>You are outside.\n"


class Echo:
    """One thread that answers on many sockets: TCP and UDP come back as they were sent."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.wake_read, self.wake_write = os.pipe()
        self.selector.register(self.wake_read, selectors.EVENT_READ, "stop")
        self.running = True
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def listen_tcp(self, lab, namespace, port, address=""):
        listener = lab.socket_in(namespace, family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(64)
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, "accept")

    def listen_udp(self, lab, namespace, port, address="", answer=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = lab.socket_in(namespace, family=family, kind=socket.SOCK_DGRAM)
        server.bind((address, port))
        server.setblocking(False)
        self.selector.register(server, selectors.EVENT_READ, answer or (lambda data: data))

    def close(self):
        self.running = False
        os.write(self.wake_write, b"x")
        self.thread.join(5)
        for key in list(self.selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self.selector.close()
        os.close(self.wake_read)
        os.close(self.wake_write)

    def _serve(self):
        while self.running:
            for key, _ in self.selector.select():
                try:
                    self._handle(key)
                except (ConnectionError, OSError):
                    self._forget(key.fileobj)

    def _forget(self, sock):
        if isinstance(sock, socket.socket) and sock.type == socket.SOCK_STREAM:
            self.selector.unregister(sock)
            sock.close()

    def _handle(self, key):
        if key.data == "stop":
            return
        if key.data == "accept":
            try:
                peer, _ = key.fileobj.accept()
            except OSError:
                return
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(peer, selectors.EVENT_READ, "stream")
        elif key.data == "stream":
            data = key.fileobj.recv(65536)
            if data:
                key.fileobj.send(data)
            else:
                self._forget(key.fileobj)
        else:
            for _ in range(64):
                try:
                    data, sender = key.fileobj.recvfrom(65536)
                except BlockingIOError:
                    return
                key.fileobj.sendto(key.data(data), sender)


def ntp_answer(request):
    """A server's answer of RFC 5905 figure 8, good enough for a client to see that one came."""
    seconds = int(time.time() + 2208988800)
    stamp = seconds.to_bytes(4, "big") + b"\0\0\0\0"
    return b"\x24\x01\x04\xec" + b"\0" * 8 + b"LOCL" + stamp + request[40:48].ljust(8, b"\0") + stamp + stamp


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    context = None

    def get_request(self):
        sock, peer = self.socket.accept()
        sock.settimeout(5)
        return sock, peer

    def finish_request(self, request, client_address):
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        pass  # a peer that hangs up is not our trouble


def web_server(lab, namespace, port, certificate=None):
    """Serve PAGE by HTTP, or HTTPS with ${certificate}, and return what closes it."""
    listener = lab.socket_in(namespace)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", port))
    listener.listen(64)
    server = _Server(("", 0), _Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    if certificate:
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()

    def close():
        server.shutdown()
        thread.join(5)
        server.server_close()
    return close


def make_certificate(lab):
    key, certificate, both = lab.path("key.pem"), lab.path("cert.pem"), lab.path("both.pem")
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=internet.example", "-keyout", key, "-out", certificate)
    with open(both, "w", encoding="ascii") as out:
        for part in (key, certificate):
            with open(part, encoding="ascii") as file:
                out.write(file.read())
    return both


class Stream:
    """A sequence-numbered stream to an echo server: tells what was sent, what came back, what was lost, and when."""

    INTERVAL = 0.002

    def __init__(self, lab, namespace, address, port, protocol, source=None):
        self.protocol = protocol
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.sock = lab.socket_in(namespace, family=family, kind=kind)
        self.sock.settimeout(2)
        try:
            if source:
                self.sock.bind((source, 0))
            self.sock.connect((address, port))
        except OSError as error:
            self.sock.close()
            raise LabError(f"stream to {address} {protocol}/{port}: {error}") from error
        if protocol == "tcp":
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0
        self.received = 0
        self.out_of_order = 0
        self.last_back = 0.0
        self.longest_gap = 0.0
        self.error = None
        self.seen = set()
        self.sending = True
        self.reading = True
        self.threads = [threading.Thread(target=self._send, daemon=True), threading.Thread(target=self._read, daemon=True)]
        self.sock.settimeout(0.2)
        for thread in self.threads:
            thread.start()

    def _send(self):
        pause = threading.Event()
        while self.sending:
            try:
                self.sock.send(self.sent.to_bytes(8, "big"))
                self.sent += 1
            except TimeoutError:
                continue
            except OSError as error:
                self.error = error
                if self.protocol == "tcp":
                    return
            pause.wait(self.INTERVAL)

    def _read(self):
        pending = b""
        while self.reading:
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                continue
            except OSError as error:
                self.error = error
                if self.protocol == "tcp":
                    return
                continue
            if not data:
                return
            now = time.monotonic()
            if self.last_back:
                self.longest_gap = max(self.longest_gap, now - self.last_back)
            self.last_back = now
            pending += data
            while len(pending) >= 8:
                self._take(int.from_bytes(pending[:8], "big"))
                pending = pending[8:]

    def _take(self, number):
        if number != self.received:
            self.out_of_order += 1
        self.seen.add(number)
        self.received += 1

    def retransmitted(self):
        """
        How many segments were lost on their way; 0 for UDP. A segment that was sent again though it had arrived (the
        peer says so, RFC 2883) was late, on a machine that does other things, and not lost. tcpi_total_retrans and
        tcpi_dsack_dups stand at offsets 100 and 216 of struct tcp_info (linux/tcp.h).
        """
        lost = 0
        for _ in range(10 if self.protocol == "tcp" else 0):
            info = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 220)
            lost = int.from_bytes(info[100:104], "little") - int.from_bytes(info[216:220], "little")
            if lost <= 0:
                return 0
            time.sleep(0.05)  # the word of the last ones may be under way
        return lost

    def lost(self):
        return self.sent - len(self.seen)

    def finish(self):
        """Stop sending, wait for what is under way, and return the number lost."""
        self.sending = False
        self.threads[0].join(3)
        deadline = time.monotonic() + 2
        while self.lost() and self.threads[1].is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.reading = False
        self.threads[1].join(3)
        self.sock.close()
        return self.lost()
