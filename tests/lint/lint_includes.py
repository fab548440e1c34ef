#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may include what: the direction between the folders, and which folder sees which library."""
import os
import re

import lintlib

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)

# controller -> {netlink, web} -> policy -> nothing of ours
MAY_INCLUDE = {
    "policy": {"policy"},
    "netlink": {"netlink", "policy"},
    "web": {"web", "policy"},
    "controller": {"controller", "netlink", "web", "policy"},
}

# The same between the rooms of controller/; what stands beside them (options, files, message, local_time, policy_files)
# may be used by all and uses none, but for main, options and what starts a process.
ROOMS = {
    "inventory": set(),
    "store": {"inventory"},
    "enforcement": {"inventory", "store"},
    "learner": {"inventory", "store", "enforcement"},
    "process": {"store"},
    "runtime": {"inventory", "store", "enforcement", "learner", "process", "sensor"},
    "sensor": set(),
    "replay": {"inventory", "sensor"},
    "cli": {"replay"},
}

# Library headers and the folders that may see them; tests may see all. A header of ours counts as its folder's.
LIBRARIES = [
    (r"yaml\.h$", {"policy"}),
    (r"ut(hash|list|array|string|stack|ringbuffer)\.h$", {"policy", "netlink", "controller"}),
    (r"libmnl/", {"netlink"}),
    (r"libnftnl/", {"netlink"}),
    (r"(event2/|event\.h$|evhttp\.h$)", {"web", "controller"}),
    (r"jansson\.h$", {"web", "controller/cli", "controller/replay"}),
    (r"openssl/", {"web", "controller/sensor/decode"}),
    (r"sqlite3\.h$", {"controller"}),
    (r"seccomp\.h$", {"controller"}),
    (r"cap-ng\.h$", {"controller"}),
    (r"(linux/landlock\.h|sys/capability\.h)$", {"controller"}),
    (r"systemd/", {"controller"}),
    (r"(ndpi|libndpi)/", {"controller/sensor/dissect"}),
    (r"zlib\.h$", {"controller/replay"}),
    (r"cmocka\.h$", set()),
    # policy/ is pure: no clock, no file, no socket
    (r"(time|sys/time|fcntl|sys/socket|sys/stat|sys/ioctl|netdb|poll|dirent)\.h$", {"netlink", "web", "controller"}),
    (r"unistd\.h$", {"policy/base/log.c", "netlink", "web", "controller"}),
    # the kernel's firewall interface is netlink's alone
    (r"linux/netfilter/", {"netlink"}),
]


def room_may(path, name):
    """Whether the direction between the rooms of controller/ allows it."""
    room, target = (place.split("/")[1] if place.startswith("controller/") and place.count("/") > 1 else None for place in (path, name))
    return room is None or target is None or target == room or target in ROOMS[room]


def complaints_of(path, text):
    folder = path.split("/")[0]
    places = {folder, path, os.path.dirname(path)}
    for delimiter, name in INCLUDE.findall(text):
        if delimiter == '"':
            target = name.split("/")[0]
            if "/" not in name or target not in MAY_INCLUDE:
                yield f'{path}: "{name}": includes of ours start at the repository root'
            elif target not in MAY_INCLUDE[folder]:
                yield f'{path}: "{name}": {folder}/ may not include {target}/'
            elif not room_may(path, name):
                yield f'{path}: "{name}": {os.path.dirname(path)}/ may not include {os.path.dirname(name)}/'
            continue
        for pattern, folders in LIBRARIES:
            if re.match(pattern, name) and not places & folders:
                yield f"{path}: <{name}>: {folder}/ may not see this header"


def check(root):
    complaints = []
    seen = 0
    for path in lintlib.files(root, ".c", ".h"):
        if path.split("/")[0] in MAY_INCLUDE:
            seen += 1
            complaints += complaints_of(path, lintlib.read(root, path))
    if seen == 0:
        complaints.append(f"{os.path.abspath(root)}: no C file found")
    return complaints


GOOD = {
    "policy/a.c": '#include "policy/base/error.h"\n\n#include <yaml.h>\n#include <string.h>\n',
    "policy/base/log.c": "#include <unistd.h>\n",
    "netlink/a.c": '#include "netlink/a.h"\n#include "policy/plan/plan.h"\n#include <libnftnl/rule.h>\n',
    "web/a.c": '#include "web/a.h"\n#include "policy/plan/plan.h"\n#include <event2/http.h>\n#include <jansson.h>\n',
    "controller/a.c": '#include "web/a.h"\n#include "netlink/a.h"\n#include <sqlite3.h>\n#include <event2/event.h>\n',
    "tests/unit/test_a.c": '#include "web/a.h"\n#include <cmocka.h>\n',
}
FAULTS = {
    "policy includes netlink": {"policy/b.c": '#include "netlink/nft.h"\n'},
    "policy includes controller": {"policy/b.h": '#include "controller/store/schema.h"\n'},
    "netlink includes web": {"netlink/b.c": '#include "web/status.h"\n'},
    "web includes netlink": {"web/b.c": '#include "netlink/nft.h"\n'},
    "web includes controller": {"web/b.c": '#  include "controller/store/schema.h"\n'},
    "a relative include": {"policy/b.c": '#include "error.h"\n'},
    "policy includes tests": {"policy/b.c": '#include "tests/unit/faults.h"\n'},
    "libmnl outside netlink": {"controller/b.c": "#include <libmnl/libmnl.h>\n"},
    "libnftnl outside netlink": {"policy/b.c": "#include <libnftnl/set.h>\n"},
    "libyaml outside policy": {"controller/b.c": "#include <yaml.h>\n"},
    "SQLite in web": {"web/b.c": "#include <sqlite3.h>\n"},
    "libevent in netlink": {"netlink/b.c": "#include <event2/event.h>\n"},
    "jansson in the controller": {"controller/b.c": "#include <jansson.h>\n"},
    "a clock in policy": {"policy/b.c": "#include <time.h>\n"},
    "a system call in policy": {"policy/b.c": "#include <unistd.h>\n"},
    "the store looks at the learner": {"controller/store/b.c": '#include "controller/learner/learner.h"\n'},
    "the sensor looks at the inventory": {"controller/sensor/decode/b.c": '#include "controller/inventory/inventory.h"\n'},
    "nf_tables in the controller": {"controller/b.c": "#include <linux/netfilter/nf_tables.h>\n"},
}

if __name__ == "__main__":
    lintlib.main(check, GOOD, FAULTS)
