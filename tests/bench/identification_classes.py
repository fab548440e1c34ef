# SPDX-License-Identifier: GPL-3.0-or-later
"""identification_classes: what Isoward takes devices and strings for, beside what their labels say."""

import base64
import collections
import fnmatch
import itertools
import os
import re

from identification_data import percent, print_table, rows_of, table_of, within

AIM_RIGHT_PERCENT, AIM_WRONG_PERCENT = 95.0, 1.0
AIMED = ("medical", "computer")  # where the share of right ones has an aim
WINDOWS_VERSION = re.compile(r"\b(95|98|ME|NT|2000|XP|Vista|7|8(?:\.1)?|10|11|2003|2008|2012|2016|2019|2022)\b", re.IGNORECASE)

Case = collections.namedtuple("Case", "source label classes systems what")


class Labels:
    """identification_labels.tsv."""

    def __init__(self):
        self.lines = [(words + [""] * 4)[:4] for words in table_of("identification_labels.tsv")]

    def meaning(self, table, label):
        """The classes, the operating systems and the line's own pattern of ${label}; None where it is not scored."""
        for name, pattern, classes, systems in self.lines:
            if name == table and fnmatch.fnmatchcase(label.lower(), pattern.lower()):
                return tuple(filter(None, classes.split(","))), tuple(filter(None, systems.split(","))), pattern
        return None

    def case(self, source, tables, label, what):
        """A case of the first of ${tables} that knows its label."""
        for table, word in tables:
            meaning = self.meaning(table, word.strip()) if word.strip() else None
            if meaning:
                classes, systems, pattern = meaning
                return Case(source, pattern if classes else label.strip() or word.strip(), classes, systems, what)
        return None


def judge_system(case, found):
    if not found:
        return "unknown"
    if not any(word.lower() in found.lower() for word in case.systems):
        return "wrong"
    said, meant = (set(WINDOWS_VERSION.findall(text.replace("9x", "95 98 ME"))) if "windows" in text.lower() else set() for text in (found, case.label))
    return "wrong" if said and meant and not said & meant else "right"


def judge(case, identity):
    """right, coarser (an ancestor of what it is), unknown or wrong."""
    if not case.classes:
        return judge_system(case, identity.get("os") or "")
    found = identity.get("class") or ""
    if found in ("", "unknown"):
        return "right" if "-" in case.classes else "unknown"
    if any(within(found, wanted) for wanted in case.classes):
        return "right"
    return "coarser" if any(within(wanted, found) for wanted in case.classes) else "wrong"


# ---- captures ----

def captured_cases(data, labels):
    """(case, capture, mac) of every labelled device."""
    path = os.path.join(data, "groundtruth", "device_labels.tsv")
    for row in rows_of(path) if os.path.exists(path) else ():
        source = "device_labels " + row["capture"].split("/")[1]
        label = row["expected_class"]
        case = labels.case(source, [("device_labels", label)], label, f"{row['capture']} {row['mac']} ({row['evidence']})")
        if case:
            yield case, row["capture"], row["mac"]
    for folder in ("dicom", "hl7"):
        path = os.path.join(data, folder, "captures_manifest.tsv")
        for row in rows_of(path) if os.path.exists(path) else ():
            capture, label = f"{folder}/captures/{row['capture']}", row["expected_class_client"]
            case = labels.case(folder, [("manifest", label)], label, f"{capture} ({row['note']})")
            if case:
                yield case, capture, row["client_mac"]


def device_of(found, mac):
    for device in found["device"]:
        if device.get("mac") == mac:
            return device
    return {}


def score_captures(data, isoward, labels):
    cases = list(captured_cases(data, labels))
    replayed = isoward.replay(sorted({capture for _, capture, _ in cases}))
    for case, capture, mac in cases:
        yield case, device_of(replayed[capture], mac)


# ---- strings ----

def recog_text(row):
    if row["encoding"] == "base64":
        return base64.b64decode(re.sub(r"\\n|\s", "", row["example"]) + "==").decode("utf-8", "surrogateescape")
    return row["example"]


def recog_cases(data, labels):
    path = os.path.join(data, "recog", "examples.tsv")
    for row in rows_of(path) if os.path.exists(path) else ():
        field = labels.meaning("recog-field", row["protocol"])
        if not field:
            continue
        device = row["expected_hw_device"] or row["expected_os_device"]
        system = row["expected_os_family"] or row["expected_os_product"]
        shown = device or row["expected_os_product"] or system
        case = labels.case("recog " + row["protocol"], [("recog", device), ("recog-os", row["expected_os_product"]), ("recog-os", system)],
                           shown, row["example"])
        text = recog_text(row)
        if field[0][0] == "mdns-model":
            text = text.partition("=")[2] if text.startswith("model=") else text
        if case:
            yield case, [(field[0][0], text)]


def fingerprint_cases(data, labels):
    """DHCP fingerprints. A value of more than one label is right where any of them is; shared() asks about those."""
    path = os.path.join(data, "dhcp_fingerprints", "normalised.tsv")
    values = collections.OrderedDict()
    for row in rows_of(path) if os.path.exists(path) else ():
        kind = row["kind"].partition("~")[0]
        field = {"option55": "dhcp-parameters", "option60": "dhcp-vendor"}.get(kind)
        value = re.sub(r"\s", "", row["value"]).strip(",") if field == "dhcp-parameters" else row["value"]
        if not field or (field == "dhcp-parameters" and not re.fullmatch(r"[0-9]+(,[0-9]+)*", value)):
            continue
        if row["source"].startswith("fingerbank"):
            case = labels.case(f"fingerbank {kind}", [("fingerbank", f"{row['class']} / {row['label']}")], row["class"], value)
        else:
            case = labels.case(f"satori {kind}", [("satori", row["class"]), ("satori-os", row["os"])], row["class"] or row["os"], value)
        if case:
            values.setdefault((case.source, field, value), []).append(case)
    for (_, field, value), cases in values.items():
        yield cases, [(field, value)]


def agent_cases(data, labels):
    for name, table, column in (("uap_os", "ua-os", "os_family"), ("uap_device", "ua-device", "device_family"), ("uap_browser", "ua-browser", "browser_family")):
        path = os.path.join(data, "ua", name + ".tsv")
        for row in rows_of(path) if os.path.exists(path) else ():
            case = labels.case("ua " + name, [(table, row[column])], row[column], row["user_agent"])
            if case:
                yield case, [("http-user-agent", row["user_agent"])]


def expand(text):
    """a{b,c}d is abd and acd; {0-3} counts."""
    match = re.search(r"\{([^{}]*)\}", text)
    if not match:
        return [text]
    words = itertools.chain.from_iterable(
        range(int(ends[1]), int(ends[2]) + 1) if (ends := re.fullmatch(r"(\d+)-(\d+)", word)) else [word] for word in match[1].split(","))
    return [whole for word in words for whole in expand(f"{text[:match.start()]}{word}{text[match.end():]}")]


def uid_cases(data, labels):
    path = os.path.join(data, "dicom", "implementation_uids.tsv")
    for row in rows_of(path) if os.path.exists(path) else ():
        if not re.match(r"[0-9.{},-]+$", row["implementation_class_uid"]):
            continue
        case = labels.case("dicom uids", [("uids", row["class"])], row["class"], f"{row['implementation_class_uid']} {row['vendor_product']}")
        version = row["implementation_version_name"]
        versions = [word for word in re.split(r" / ", version) if re.fullmatch(r"[\w. ,/-]+", word) and "x" not in word[-3:]] or [""]
        for uid in expand(row["implementation_class_uid"]):
            if case:
                yield case, [("dicom-implementation", uid)] + ([("dicom-version", versions[0])] if versions[0] else [])


def string_cases(data, labels):
    for case, group in itertools.chain(recog_cases(data, labels), agent_cases(data, labels), uid_cases(data, labels)):
        yield [case], group
    yield from fingerprint_cases(data, labels)


def score_strings(data, isoward, labels):
    """A value that bears several labels is scored with the one that it fits best."""
    asked = list(string_cases(data, labels))
    order = ("right", "coarser", "unknown", "wrong")
    for (cases, _), identity in zip(asked, isoward.identify(group for _, group in asked)):
        yield min(cases, key=lambda case, found=identity: order.index(judge(case, found))), identity


# ---- together ----

def run(data, isoward, options):
    labels = Labels()
    counts = collections.OrderedDict()
    for case, identity in itertools.chain(score_captures(data, isoward, labels), score_strings(data, isoward, labels)):
        verdict = judge(case, identity)
        counts.setdefault((case.source, case.label), (case, collections.Counter()))[1][verdict] += 1
        if options.show_differences and verdict != "right":
            told = identity.get("class") if case.classes else identity.get("os")
            print(f"{verdict}\t{case.source}\t{case.label}\t{told or '-'}\t{case.what!r}")
    order = ("right", "coarser", "unknown", "wrong")
    lines = [[source, label, ("/".join(case.classes) if case.classes else "os: " + ",".join(case.systems))[:44], sum(count.values()),
              *[count[verdict] for verdict in order]] for (source, label), (case, count) in sorted(counts.items())]
    print_table("Class per label", ["source", "label", "meaning", "all", *order], lines)
    return summaries(counts)


def summaries(counts):
    """Per source, and in it what has an aim of its own."""
    sums = collections.OrderedDict()
    for (source, _), (case, count) in counts.items():
        is_aimed = bool(case.classes) and all(one.split("/")[0] in AIMED for one in case.classes)
        for part in [""] + ([" medical and computers"] if is_aimed else []):
            sums.setdefault(source + part, collections.Counter()).update(count)
    results, lines = [], []
    for name, count in sorted(sums.items()):
        right, wrong = (percent(count[verdict], sum(count.values())) for verdict in ("right", "wrong"))
        is_met = wrong < AIM_WRONG_PERCENT and (right >= AIM_RIGHT_PERCENT or not name.endswith("medical and computers"))
        lines.append([name, sum(count.values()), right, percent(count["coarser"], sum(count.values())),
                      percent(count["unknown"], sum(count.values())), wrong, "met" if is_met else "missed"])
        results.append({"name": f"class {name}", "unit": "percent", "ours": {"all": sum(count.values()), **dict(count), "right_percent": round(right, 2),
                        "wrong_percent": round(wrong, 2)}, "peers": {}, "met": is_met,
                        "aim": f"wrong < {AIM_WRONG_PERCENT:g}" + (f", right >= {AIM_RIGHT_PERCENT:g}" if name.endswith("computers") else "")})
    print_table(f"Class per source, in percent; aim: wrong < {AIM_WRONG_PERCENT:g}, of medical and computers right >= {AIM_RIGHT_PERCENT:g}",
                ["source", "all", "right", "coarser", "unknown", "wrong", "aim"], lines)
    return results
