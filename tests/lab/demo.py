# SPDX-License-Identifier: GPL-3.0-or-later
"""demo: the hospital with Isoward in its gateway; tests/demo calls this when all is built."""

import argparse
import os
import signal
import subprocess
import sys

import space
import story
from hospital import ISOWARD, Hospital


def show_devices(hospital):
    print(f"\n{'device':<10} {'MAC':<18} {'address':<14} {'zone':<12} class, and why")
    for device in hospital.devices.values():
        row = hospital.device_row(device.mac) or {}
        print(f"{device.name:<10} {device.mac:<18} {device.address:<14} {row.get('zone', '-'):<12} "
              f"{row.get('class') or 'unknown'}: {row.get('zone_why', 'not seen yet')}")


def tell_story(hospital):
    results = []
    for row in story.ROWS:
        holds, seen = row(hospital)
        results.append((row, holds, seen))
        print(f"  {'ok    ' if holds else 'FAILED'} {row.route}: {row.what}", file=sys.stderr, flush=True)
    print(story.table_text(results))
    held = sum(holds for _, holds, _ in results)
    print(f"{held} of {len(results)} rows hold")
    return held == len(results)


def stay(hospital):
    """A little of what goes on in a hospital, so that the page has something to show; then wait."""
    story.pump_to_pump(hospital)
    story.modality_to_internet(hospital)
    hospital.join(hospital.devices["static"])
    hospital.tcp(hospital.devices["static"].namespace, story.PACS, 11112, 0.2)
    space.becomes(lambda: hospital.device_row(hospital.devices["static"].mac), 3)
    show_devices(hospital)
    print(f"\nThe page: http://127.0.0.1:{hospital.port}/    (Ctrl-C ends the hospital)\n"
          f"A shell in a device: nsenter --net=/run/netns/{hospital.devices['pump-1'].namespace}", flush=True)
    while hospital.daemon.poll() is None:
        try:
            hospital.daemon.wait(1)
        except subprocess.TimeoutExpired:
            continue
    print(hospital.read("isoward.log")[-3000:], file=sys.stderr)
    sys.exit(f"tests/demo: isoward ended with {hospital.daemon.returncode}")


def main():
    parser = argparse.ArgumentParser(prog="tests/demo")
    parser.add_argument("--once", action="store_true", help="run the story, print its table and exit")
    parser.add_argument("--port", type=int, default=None, help="port of the page on 127.0.0.1")
    options = parser.parse_args()
    if not os.access(ISOWARD, os.X_OK):
        sys.exit(f"tests/demo: no daemon at {ISOWARD}: leave out --no-build")
    port = options.port if options.port is not None else (0 if options.once else 8080)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell started us with it ignored
    with space.ended_cleanly():
        hospital = Hospital()
        try:
            story.open_hospital(hospital, port)
            story.settle(hospital)
            if options.once:
                return 0 if tell_story(hospital) else 1
            stay(hospital)
        except space.LabError as error:
            print(f"tests/demo: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nclosing the hospital", file=sys.stderr)
            return 0 if not options.once else 130
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not stop the cleaning up
            if hospital.daemon and hospital.daemon.poll() is None:
                hospital.stop_isoward()
            hospital.close()


if __name__ == "__main__":
    sys.exit(main())
