# SPDX-License-Identifier: GPL-3.0-or-later
"""identification_traps: the traps that stand in the data on purpose, each on a line of its own, so that one sees it hold."""

import collections
import csv
import os
import re

from identification_data import percent, print_table, rows_of, within
from identification_classes import Labels, device_of, fingerprint_cases
from identification_extraction import compare_row, tables

REGISTRY = "/usr/share/ieee-data/oui.csv"


class Traps:
    """Each trap gives (what was looked at, what fell in), both lists."""

    def __init__(self, data, isoward):
        self.data = data
        self.isoward = isoward
        self.labels = Labels()

    def truth(self, name):
        path = os.path.join(self.data, "groundtruth", name + ".tsv")
        return rows_of(path) if os.path.exists(path) else iter(())

    def manifest(self, folder):
        path = os.path.join(self.data, folder, "captures_manifest.tsv")
        for row in rows_of(path) if os.path.exists(path) else ():
            yield row, f"{folder}/captures/{row['capture']}"

    def device(self, capture, mac):
        return device_of(self.isoward.replay([capture])[capture], mac)

    def falls(self, devices, is_bad):
        """Which of ${devices}, (capture, mac), is_bad says fell in."""
        looked = sorted(set(devices))
        self.isoward.replay([capture for capture, _ in looked])
        return looked, [(capture, mac, self.device(capture, mac).get("class")) for capture, mac in looked if is_bad(self.device(capture, mac))]

    def lights(self):
        """Hue is Philips, and no medical device."""
        hue = [(row["capture"], row["mac"]) for row in self.truth("device_labels") if re.search(r"\bhue", row["evidence"], re.IGNORECASE)]
        return self.falls(hue, lambda device: within(device.get("class") or "", "medical"))

    def switch(self):
        """A Siemens switch is no medical device."""
        siemens = [(row["capture"], row["eth.src"]) for row in self.truth("lldp")
                   if re.search("siemens", row["lldp.tlv.system.desc"], re.IGNORECASE)]
        return self.falls(siemens, lambda device: within(device.get("class") or "", "medical"))

    def windows_on_apple(self):
        """Windows runs on Apple's machines: their prefix says no macOS where the device says Windows."""
        apple = prefixes_of("Apple")
        found = [(row["capture"], row["eth.src"]) for row in self.truth("dhcp")
                 if row["dhcp.option.vendor_class_id"].startswith("MSFT") and row["eth.src"].replace(":", "")[:6] in apple]
        found += [(row["capture"], row["eth.src"]) for row in self.truth("http")
                  if "Windows NT" in row["http.user_agent"] and row["eth.src"].replace(":", "")[:6] in apple]
        return self.falls(found, lambda device: "macos" in (device.get("os") or "").lower())

    def modules(self):
        """A radio module's prefix says nothing of the device around it."""
        prefixes = sorted(prefixes_of("Espressif"))[:8]
        return self.without_class([[("mac", mac_of(prefix))] for prefix in prefixes], "")

    def prefixes(self):
        """No prefix alone makes a medical device."""
        path = os.path.join(self.data, "oui", "medical_oui.tsv")
        groups = [[("mac", mac_of(row["prefix_hex"]))] for row in rows_of(path)] if os.path.exists(path) else []
        return self.without_class(groups, "medical")

    def shared_stacks(self):
        """A TLS fingerprint that browsers on several systems share decides neither class nor system."""
        path = os.path.join(self.data, "tls", "browsers_ja3_ja4.tsv")
        systems = collections.defaultdict(set)
        for row in rows_of(path) if os.path.exists(path) else ():
            systems[row["ja3"], row["ja4"]].add(re.sub(r"[\d.]+.*", "", row["os"]))
        shared = [pair for pair, seen in systems.items() if len(seen) > 1]
        return self.without_class([[("tls-ja3", ja3), ("tls-ja4", ja4)] for ja3, ja4 in shared], "", with_os=True)

    def shared_lists(self):
        """An option-55 list that devices of several kinds send decides nothing."""
        meanings = collections.defaultdict(list)
        for cases, [(field, value)] in fingerprint_cases(self.data, self.labels):
            if field == "dhcp-parameters":
                meanings[value] += [case.classes for case in cases if case.classes]
        shared = [value for value, seen in meanings.items() if any(not overlap(one, other) for one in seen for other in seen)]
        return self.without_class([[("dhcp-parameters", value)] for value in shared], "")

    def without_class(self, groups, root, with_os=False):
        """What of ${groups} is given a class below ${root}, or any where that is empty."""
        if not groups:
            return [], []
        found = self.isoward.identify(groups)
        return groups, [(group, identity.get("class") or identity.get("os")) for group, identity in zip(groups, found)
                        if (identity.get("class") and (not root or within(identity["class"], root))) or (with_os and identity.get("os"))]

    def echo(self):
        """An A-ASSOCIATE-AC repeats the caller's title: the server must not inherit it, nor the caller's class."""
        captures = [(row, capture) for row, capture in self.manifest("dicom")]
        self.isoward.replay([capture for _, capture in captures])
        fallen = []
        for row, capture in captures:
            server = self.device(capture, row["server_mac"])
            if within(server.get("class") or "", "medical/imaging"):
                fallen.append((capture, row["server_mac"], server["class"]))
        return captures, fallen

    def toolkit(self):
        """Orthanc speaks with dcmtk's identity: a toolkit is no modality."""
        toolkits = [(row["capture"], row["eth.src"]) for row in self.truth("dicom") if "DCMTK" in row["dicom.userinfo.version"]]
        return self.falls(toolkits, lambda device: within(device.get("class") or "", "medical/imaging"))

    def alert_server(self):
        """A server that passes alerts on is no pump and no monitor."""
        servers = [(capture, row["client_mac"]) for row, capture in self.manifest("hl7") if row["expected_class_client"] == "server_or_gateway"]
        return self.falls(servers, lambda device: within(device.get("class") or "", "medical") and device["class"] != "medical/server")

    def rows(self, name, is_trap):
        """Rows of ground truth that must be read right: none may differ."""
        table = tables()[name]
        looked = [row for row in self.truth(name) if is_trap(row)]
        replayed = self.isoward.replay(sorted({row["capture"] for row in looked}))
        fallen = []
        for row in looked:
            own = [observation for observation in replayed[row["capture"]]["observation"]
                   if observation["protocol"] in table.protocols and int(observation["frame"]) == int(row["frame.number"])]
            differences = list(compare_row(table, row, own)) if own else ["no observation"]
            if differences:
                fallen.append((row["capture"], row["frame.number"], differences[0]))
        return looked, fallen

    def overload(self):
        """DHCP option overload: options go on in the fields of the server's and the file's name."""
        return self.rows("dhcp", lambda row: "52" in row["dhcp.option.type"].split("|"))

    def segmented(self):
        """An A-ASSOCIATE-RQ over several segments."""
        return self.rows("dicom", lambda row: row["dicom.pctx.abss.syntax"].count("|") >= 20)

    def nameless(self):
        """No implementation version name."""
        return self.rows("dicom", lambda row: not row["dicom.userinfo.version"])


def overlap(one, other):
    return any(within(first, second) or within(second, first) for first in one for second in other)


def mac_of(prefix):
    digits = prefix.lower().replace(":", "").ljust(12, "0")
    return ":".join(digits[at:at + 2] for at in range(0, 12, 2))


def prefixes_of(owner):
    """The 24 bit prefixes whose owner's name begins so, as six hexadecimal digits."""
    if not os.path.exists(REGISTRY):
        return set()
    with open(REGISTRY, encoding="utf-8", newline="") as file:
        return {row[1].lower() for row in csv.reader(file) if len(row) > 2 and row[2].startswith(owner)}


TRAPS = ("lights", "switch", "windows_on_apple", "modules", "prefixes", "toolkit", "echo", "nameless", "segmented", "overload", "shared_stacks",
         "shared_lists", "alert_server")


def run(data, isoward, options):
    traps = Traps(data, isoward)
    lines, results = [], []
    for name in TRAPS:
        method = getattr(traps, name)
        looked, fallen = method()
        state = "absent" if not looked else "FELL IN" if fallen else "holds"
        lines.append([method.__doc__, len(looked), len(fallen), state])
        results.append({"name": f"trap {name}", "unit": "fell in", "ours": {"looked_at": len(looked), "fell_in": len(fallen),
                        "percent": round(percent(len(fallen), len(looked)), 2) if looked else 0}, "peers": {}, "aim": 0, "met": not fallen})
        for one in fallen[:options.show_differences or 3]:
            print(f"  trap {name}: {one}")
    print_table("Traps", ["trap", "looked at", "fell in", ""], lines)
    return results
