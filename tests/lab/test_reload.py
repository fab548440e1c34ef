# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies replaced under traffic: what is allowed by both loses nothing, what is allowed by neither never passes."""

import socket
import threading

import pytest

import story
from hospital import INTERNET, PUMP_SERVER, policy_text
from space import wait_for

RELOADS = 25


@pytest.fixture(scope="module")
def settled(running):
    story.settle(running)
    return running


def reload_and_wait(house, number):
    loaded = house.read("isoward.log").count("policy-loaded")
    house.reload(policy_text(telemetry=bool(number % 2)))
    wait_for(lambda: house.read("isoward.log").count("policy-loaded") > loaded, 5, "the policy is loaded")


def test_nothing_allowed_is_lost(settled):
    pump = settled.devices["pump-1"]
    streams = [settled.stream(pump, PUMP_SERVER, 3613, protocol) for protocol in ("tcp", "udp", "udp", "udp")]
    wait_for(lambda: all(stream.received > 100 for stream in streams), 10, "the streams run")
    for number in range(RELOADS):
        reload_and_wait(settled, number)
    retransmitted = streams[0].retransmitted()
    errors = [stream.error for stream in streams]
    lost = [stream.finish() for stream in streams]
    assert not any(lost) and not retransmitted and not any(errors), (lost, retransmitted, errors)
    settled.reload(policy_text())


def test_nothing_refused_leaks(settled):
    """A flood that no policy allows, and one with a spoofed source: not one frame of them on the far side."""
    pump, modality = settled.devices["pump-1"], settled.devices["ct-2"]
    ears = []
    for space in (settled.internet, settled.devices["pump-2"].namespace):
        ear = settled.socket_in(space, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        ear.bind(("eth0", 0x0800))
        ear.setblocking(False)
        ears.append(ear)
    ways = [(modality, INTERNET, 443), (pump, settled.devices["pump-2"].address, 3389)]
    going = threading.Event()
    sent = [0, 0]

    def flood(index):
        device, address, port = ways[index]
        sock = settled.socket_in(device.namespace, kind=socket.SOCK_DGRAM)
        while not going.wait(0.0005):
            try:
                sock.sendto(b"LEAKED-THROUGH", (address, port))
                sent[index] += 1
            except OSError:
                pass
        sock.close()
    threads = [threading.Thread(target=flood, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(RELOADS):
            reload_and_wait(settled, number)
    finally:
        going.set()
        for thread in threads:
            thread.join()
    leaked = sum(read_leaks(ear) for ear in ears)
    assert min(sent) > 100 and leaked == 0, (sent, leaked)
    settled.reload(policy_text())


def read_leaks(ear):
    count = 0
    while True:
        try:
            count += b"LEAKED-THROUGH" in ear.recv(2048)
        except BlockingIOError:
            ear.close()
            return count
