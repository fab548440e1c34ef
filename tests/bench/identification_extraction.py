# SPDX-License-Identifier: GPL-3.0-or-later
"""identification_extraction: the fields that replay prints beside what tshark and p0f read out of the same packets."""

import collections
import ipaddress
import itertools
import os
import re

from identification_data import percent, print_table, rows_of, table_of
from identification_frames import quotes_another, sent_in_capwap

AIM_PERCENT = 99.5
ZERO = {"", "00:00:00:00:00:00", "0.0.0.0", "::"}
WITHOUT_FRAMES = ("p0f",)


class Table:
    """One table of the ground truth, and what of ours belongs to it."""

    def __init__(self, name):
        self.name = name
        self.protocols = ()
        self.needs = ()
        self.columns = []  # (their columns, our field, kind, what is done first)

    def holds(self, observation):
        fields = observation["fields"]
        for need in self.needs:
            name, is_valued, value = need.partition("=")
            if name in fields and (not is_valued or value in values_of(fields[name])):
                return True
        return not self.needs


def tables():
    """The tables by name, as identification_fields.tsv describes them."""
    found = {}
    for name, column, field, *how in table_of("identification_fields.tsv"):
        table = found.setdefault(name, Table(name))
        if column == "=":
            table.protocols, table.needs = tuple(field.split()), tuple(how[0].split()) if how else ()
        else:
            kind, *first = how[0].split("+")
            table.columns.append((column.split(), field, kind, first))
    return found


def values_of(value):
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def plain(text):
    """
    Text without the ways of writing bytes that are not printable: ours \\xNN, tshark's \\n; lines part at '|'. Tshark
    leaves a backslash of the text as it is, so "\\n" may be two letters; ours, which would be \\x5cn, is read the same.
    """
    names = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
    text = re.sub(r"\\x5[cC]", lambda _: "\\", text)
    parts, at = bytearray(), 0
    for match in re.finditer(r"\\x([0-9a-fA-F]{2})|\\([nrtabfv])", text):
        parts += text[at:match.start()].encode("utf-8", "surrogateescape")
        parts += bytes([int(match[1], 16)]) if match[1] else names[match[2]].encode()
        at = match.end()
    parts += text[at:].encode("utf-8", "surrogateescape")
    return parts.decode("utf-8", "replace").replace("\n", "|")


def numbers(values):
    words = [word for value in values for word in re.split(r"[|,]", value) if word]
    return [int(word, 0) if re.fullmatch(r"0x[0-9a-fA-F]+|0|[1-9][0-9]*", word) else word for word in words]


def flags_number(text):
    return str(sum(1 << (11 - place) for place, letter in enumerate(text) if letter not in "·."))


def first_done(first, kind, values):
    """${values} after what the table says is to be done before they are compared."""
    if "line" in first:
        values = [re.sub(r"(\\r|\\n|\\x0d|\\x0a)+(?=\||$)", "", value) for value in values]
    if "note" in first:
        values = [re.sub(r" \([^|]*?\)(?=\||$)", "", value) for value in values if not value.startswith("Illegal ")]
    if "null" in first:
        values = [value for value in values if value != "NULL"]
    if "padded" in first:
        values = [value.strip() for value in values]
    if kind == "uid":
        values = [re.sub(r"^.*\(([0-9.]+)\)$", r"\1", one) for value in values for one in value.split("|")]
    return values


def as_compared(kind, first, ours, theirs):
    """Both sides in the form in which equal is equal."""
    if "flags" in first:
        theirs = [flags_number(value) for value in theirs]
    ours, theirs = first_done(first, kind, ours), first_done(first, kind, theirs)
    for word in first:
        if word.startswith("part"):
            ours = [part for value in ours for part in value.split(".")[int(word[4:]):][:1]]
    if kind == "number":
        sides = [numbers(ours), numbers(theirs)]
        if "end" in first:
            sides = [[key for key, _ in itertools.groupby(0 if one == 255 else one for one in side)] for side in sides]
    elif kind == "text":
        sides = [[plain("|".join(ours))], [plain("|".join(theirs))]]
    else:
        sides = [[one.lower() for value in side for one in value.split("|")] for side in (ours, theirs)]
    if "first" in first:
        sides = [side[:1] for side in sides]
    if "last" in first:
        sides = [side[-1:] for side in sides]
    if "set" in first:
        sides = [sorted(set(side)) for side in sides]
    return [[one for one in side if one not in ZERO] for side in sides] if kind in ("mac", "address") else sides


def hl7_fits(ours, theirs):
    """Theirs are all fields that are not empty, of all segments; ours the header's, with one that is left off."""
    own = [part for part in plain("|".join(ours)).split("|") if part]
    other = iter(plain("|".join(theirs)).split("|")[:len(own) + 1])
    return bool(own) and all(part in other for part in own)


def fits_hidden(ours, theirs):
    """A password in an address is never taken: ours says "***", where theirs may say anything up to the next part."""
    return re.fullmatch("[^&@]*".join(re.escape(part) for part in ours.split("***")), theirs) is not None


def same(kind, first, ours, theirs):
    if "hl7" in first:
        return hl7_fits(ours, theirs)
    if "told" in first and not theirs:
        return True
    if "secret" in first and "***" in "".join(ours):
        return fits_hidden(plain("|".join(ours)), plain("|".join(theirs)))
    own, other = as_compared(kind, first, ours, theirs)
    if own == other:
        return True
    if kind == "text" and own and "\ufffd" in other[0]:  # bytes that tshark could not show
        pattern = ".+?".join(re.escape(part) for part in re.split("\ufffd+", other[0]))
        return re.fullmatch(pattern, re.sub("\ufffd+", "\ufffd", own[0]), re.DOTALL) is not None
    return False


def own_values(observations, field):
    if field == "@mac":
        return [observation.get("source") or "" for observation in observations[-1:]]
    if field.startswith("@"):
        told = observations[-1].get("conversation") or {}
        value = told.get(field[1:])
        return [] if value is None else [str(value)]
    return [value for observation in observations for name in field.split() for value in values_of(observation["fields"].get(name, []))]


def columns_of_packet(columns, conversation):
    """Of columns for one thing in two protocols, one carried in the other perhaps, the one of the packet that we read."""
    if not conversation:
        return columns
    other = ["ipv6." if ":" not in conversation.get("source", "") else "ip.", "udp." if conversation.get("protocol") == 6 else "tcp."]
    return [column for column in columns if not column.startswith(tuple(other))]


def compare_row(table, row, observations):
    """What differs between a row and our observations of its frame: (column, our field, ours, theirs)."""
    conversation = observations[-1].get("conversation") or {}
    for columns, field, kind, first in table.columns:
        own_columns = columns_of_packet(columns, conversation) if len(columns) > 1 else columns
        theirs = [row[column] for column in own_columns if row.get(column)]
        if ("v4" in first and ":" in conversation.get("source", "")) or ("alpn" in first and not row["tls.handshake.extensions_alpn_str"].isascii()):
            continue
        ours = own_values(observations, field)
        if not same(kind, first, ours, theirs):
            yield "/".join(columns), field, "|".join(ours), "|".join(theirs)


def score_frames(table, truth, replayed, data):
    """Count the rows of a table that are ours as well. What an ICMP error quotes was not sent by it: no row of it counts."""
    score = {"rows": 0, "equal": 0, "differ": 0, "missing": 0, "extra": 0, "quoted": 0, "differences": []}
    own = collections.defaultdict(list)
    for capture, found in replayed.items():
        for observation in found["observation"]:
            if observation["protocol"] in table.protocols and table.holds(observation):
                own[capture, int(observation["frame"])].append(observation)
    for row in truth:
        key = row["capture"], int(row["frame.number"])
        observations = own.pop(key, None)
        if observations is None and quotes_another(os.path.join(data, key[0]), key[1]):
            score["quoted"] += 1
            continue
        if observations is None and not any(row.get(column) for columns, field, _, _ in table.columns for column in columns
                                            if not field.startswith("@")):
            continue  # nor does tshark tell more of it than who sent it
        score["rows"] += 1
        if observations is None:
            score["missing"] += 1
            score["differences"].append((*key, "(row)", "-", "", "|".join(value for value in list(row.values())[2:] if value)))
            continue
        differences = [difference for difference in compare_row(table, row, observations)
                       if difference[1] != "@mac" or not sent_in_capwap(os.path.join(data, key[0]), key[1], difference[2])]
        score["differ" if differences else "equal"] += 1
        score["differences"] += [(*key, *difference) for difference in differences]
    score["extra"] = len(own)
    score["differences"] += [(*key, "(no row)", "-", str(observations[0]["fields"])[:200], "") for key, observations in own.items()]
    return score


def flow_of(observation, is_answer):
    told = observation["conversation"]
    ends = [end_of(f"{told['source']}/{told['source_port']}"), end_of(f"{told['destination']}/{told['destination_port']}")]
    return tuple(reversed(ends) if is_answer else ends)


def end_of(text):
    """An address and a port, in the one way of writing them: p0f leaves no zeros out of IPv6."""
    address, _, port = text.partition("/")
    return ipaddress.ip_address(address), int(port)


def score_flows(table, truth, replayed, _):
    """p0f tells no frame: its raw signatures of each flow must be among ours of the flow."""
    score = {"rows": 0, "equal": 0, "differ": 0, "missing": 0, "extra": 0, "quoted": 0, "differences": []}
    own = collections.defaultdict(list)
    fields = {columns[0]: field for columns, field, _, _ in table.columns}
    for capture, found in replayed.items():
        for observation in found["observation"]:
            for kind, field in fields.items():
                if observation["protocol"] in table.protocols and field in observation["fields"]:
                    own[capture, kind, flow_of(observation, kind == "syn+ack")] += values_of(observation["fields"][field])
    flows = set()
    for row in truth:
        if row["mod"] not in fields:
            continue
        score["rows"] += 1
        key = row["capture"], row["mod"], (end_of(row["cli"]), end_of(row["srv"]))
        flows.add(key)
        if row["raw_sig"] in own.get(key, ()):
            own[key].remove(row["raw_sig"])
            score["equal"] += 1
            continue
        score["missing" if key not in own else "differ"] += 1
        score["differences"].append((row["capture"], "-", f"{row['mod']} {row['cli']} {row['srv']}", fields[row["mod"]],
                                     " ".join(own.get(key, [])), row["raw_sig"]))
    score["extra"] = sum(1 for key, left in own.items() if left and key not in flows)
    return score


def captures_of(data):
    """All captures that stand in the folder's list, and the ones of the manifests."""
    found = [row["path"] for row in rows_of(os.path.join(data, "captures.tsv"))]
    for folder in ("dicom", "hl7"):
        manifest = os.path.join(data, folder, "captures_manifest.tsv")
        if os.path.exists(manifest):
            found += [f"{folder}/captures/{row['capture']}" for row in rows_of(manifest)]
    return sorted({path for path in found if os.path.exists(os.path.join(data, path))})


def run(data, isoward, options):
    """Score the extraction. Gives the results, and prints the table."""
    replayed = isoward.replay(captures_of(data))
    results, lines = [], []
    for name, table in tables().items():
        path = os.path.join(data, "groundtruth", name + ".tsv")
        if not os.path.exists(path) or (options.protocol and name != options.protocol):
            continue
        score = (score_flows if name in WITHOUT_FRAMES else score_frames)(table, rows_of(path), replayed, data)
        share = percent(score["equal"], score["rows"])
        results.append({"name": f"extraction {name}", "unit": "percent of rows equal",
                        "ours": {"percent": round(share, 3), **{key: score[key] for key in ("rows", "equal", "differ", "missing", "extra", "quoted")}},
                        "peers": {}, "aim": AIM_PERCENT, "met": share >= AIM_PERCENT})
        lines.append([name, score["rows"], score["equal"], score["differ"], score["missing"], score["extra"], score["quoted"], share,
                      "met" if share >= AIM_PERCENT else "missed"])
        show_differences(name, score["differences"], options.show_differences)
    print_table(f"Fields beside tshark's and p0f's, aim {AIM_PERCENT} % of rows equal",
                ["table", "rows", "equal", "differ", "missing", "extra", "quoted", "percent", "aim"], lines)
    for capture, why in sorted(isoward.broken.items()):
        print(f"  replay failed: {capture}: {why}")
    return results


def show_differences(name, differences, limit):
    if not limit or not differences:
        return
    kinds = collections.Counter(f"{difference[2].partition(' ')[0]} {difference[3]}" for difference in differences)
    print(f"\n{name}: {len(differences)} differences: " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    for capture, frame, column, field, ours, theirs in differences[:limit]:
        print(f"  {capture}:{frame} {column} {field}\n    ours   {ours[:300]!r}\n    theirs {theirs[:300]!r}")
