/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schema: the inventory's tables, one migration a version; PRAGMA user_version tells which have been applied.
 *
 * Owns:    nothing. Times are milliseconds since 1970-01-01 UTC. MAC addresses are lower-case colon-separated text.
 * Context: store (writes) and store_reader (reads) only.
 */
#ifndef ISOWARD_CONTROLLER_SCHEMA_H
#define ISOWARD_CONTROLLER_SCHEMA_H

#define SCHEMA_VERSION 6

/* SCHEMA_MIGRATIONS[n] brings a database of version n to version n + 1. */
static const char *const SCHEMA_MIGRATIONS[SCHEMA_VERSION] = {
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
	/* Zones as the running policy has them, in its order; rewritten at each load and with each counter reading. */
	"CREATE TABLE zone (name TEXT PRIMARY KEY, label TEXT NOT NULL, position INTEGER NOT NULL,"
	" is_default INTEGER NOT NULL, coverage TEXT NOT NULL," /* 'full', 'on-link', 'between-vlans' or 'network' */
	" refused_packets INTEGER NOT NULL) STRICT;"
	"CREATE TABLE device (mac TEXT PRIMARY KEY, name TEXT NOT NULL, host_name TEXT NOT NULL, class TEXT NOT NULL,"
	" vendor TEXT NOT NULL, os TEXT NOT NULL, confidence INTEGER NOT NULL, zone TEXT NOT NULL,"
	" zone_why TEXT NOT NULL," /* a sentence: 'pinned at site.yaml:24', 'class medical/infusion-pump' … */
	" pinned INTEGER NOT NULL, conflict INTEGER NOT NULL," /* conflict: identity changed, held in quarantine until
	                                                          pinned */
	" interface TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
	" parameter_list BLOB NOT NULL, vendor_class BLOB NOT NULL, host_name_raw BLOB NOT NULL) STRICT;"
	"CREATE TABLE binding (address TEXT PRIMARY KEY, mac TEXT NOT NULL REFERENCES device(mac) ON DELETE CASCADE,"
	" interface TEXT NOT NULL, source TEXT NOT NULL,"                /* 'dhcp', 'arp' */
	" since INTEGER NOT NULL, lease_until INTEGER NOT NULL) STRICT;" /* 0: none; never a reason to remove */
	"CREATE INDEX binding_mac ON binding(mac);"
	"CREATE TABLE evidence (mac TEXT NOT NULL REFERENCES device(mac) ON DELETE CASCADE, source TEXT NOT NULL,"
	" value TEXT NOT NULL, class TEXT NOT NULL, weight INTEGER NOT NULL, why TEXT NOT NULL,"
	" PRIMARY KEY (mac, source, value, class)) STRICT;"
	"CREATE TABLE zone_history (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, mac TEXT NOT NULL,"
	" from_zone TEXT NOT NULL, to_zone TEXT NOT NULL, why TEXT NOT NULL) STRICT;"
	"CREATE INDEX zone_history_mac ON zone_history(mac, at);"
	"CREATE TABLE denied (id INTEGER PRIMARY KEY, mac TEXT NOT NULL," /* '' where the source is no device of ours */
	" source TEXT NOT NULL, destination TEXT NOT NULL, from_zone TEXT NOT NULL, to_zone TEXT NOT NULL,"
	" protocol INTEGER NOT NULL, port INTEGER NOT NULL,"
	" kind TEXT NOT NULL," /* 'web-browsing', 'lateral-movement', 'spoof', 'to-gateway', 'rogue', 'other' */
	" why TEXT NOT NULL, flows INTEGER NOT NULL," /* reports, one per flow and interval */
	" first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
	" UNIQUE (mac, source, destination, protocol, port, kind)) STRICT;"
	"CREATE INDEX denied_last ON denied(last_seen);"
	"CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
	" kind TEXT NOT NULL," /* 'spoof', 'identity-conflict', 'rogue-dhcp', 'device-new', 'zone-changed' … */
	" mac TEXT NOT NULL, text TEXT NOT NULL, count INTEGER NOT NULL, last_at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX event_at ON event(at);"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,"
	" detail TEXT NOT NULL) STRICT;",
	"ALTER TABLE device ADD COLUMN vlan INTEGER NOT NULL DEFAULT 0;" /* 802.1Q id, 0 for none */
	/* Flows that were not refused but that a rule reports; never counted among the refused. */
	"CREATE TABLE reported (id INTEGER PRIMARY KEY, mac TEXT NOT NULL," /* '' as in denied */
	" source TEXT NOT NULL, destination TEXT NOT NULL, from_zone TEXT NOT NULL, to_zone TEXT NOT NULL,"
	" protocol INTEGER NOT NULL, port INTEGER NOT NULL,"
	" kind TEXT NOT NULL," /* 'observed': the rule would have decided; 'allowed': it did, and logs */
	" rule TEXT NOT NULL," /* "rule 'archive' at site.yaml:31" */
	" why TEXT NOT NULL,"  /* what became of the flow */
	" flows INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
	" UNIQUE (mac, source, destination, protocol, port, kind, rule)) STRICT;"
	"CREATE INDEX reported_last ON reported(last_seen);",
	/* What devices say, each different value of a field; it took three columns when three were known. */
	"CREATE TABLE fact (mac TEXT NOT NULL REFERENCES device(mac) ON DELETE CASCADE,"
	" position INTEGER NOT NULL,"                /* 0 is the oldest */
	" field TEXT NOT NULL, value BLOB NOT NULL," /* by its name in policy/field_list.h, as it was sent */
	" PRIMARY KEY (mac, position)) STRICT, WITHOUT ROWID;"
	"INSERT INTO fact SELECT mac, 0, 'dhcp-parameters', parameter_list FROM device WHERE length(parameter_list)>0;"
	"INSERT INTO fact SELECT mac, 1, 'dhcp-vendor', vendor_class FROM device WHERE length(vendor_class)>0;"
	"INSERT INTO fact SELECT mac, 2, 'host-name', host_name_raw FROM device WHERE length(host_name_raw)>0;"
	"ALTER TABLE device DROP COLUMN parameter_list; ALTER TABLE device DROP COLUMN vendor_class;"
	"ALTER TABLE device DROP COLUMN host_name_raw; ALTER TABLE device ADD COLUMN model TEXT NOT NULL DEFAULT '';"
	/* What the hospital should know of its devices: policy/finding/finding.h. */
	"CREATE TABLE finding (id INTEGER PRIMARY KEY, type TEXT NOT NULL, mac TEXT NOT NULL,"
	" address TEXT NOT NULL, peer TEXT NOT NULL," /* '' where there is none */
	" zone TEXT NOT NULL, evidence TEXT NOT NULL, count INTEGER NOT NULL,"
	" first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, UNIQUE (mac, type, peer, evidence)) STRICT;"
	"CREATE INDEX finding_last ON finding(last_seen);",
	/* doubted: identity changed, left where it is by policy; behind: the MAC that carries its packets, '' for none;
	   carried: addresses of others seen with its MAC, as many as are counted */
	"ALTER TABLE device ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE device ADD COLUMN behind TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE device ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX device_behind ON device(behind) WHERE behind<>'';"
	/* Other MACs that are the same device, told of each of the two: policy/identity/kinship.h. */
	"CREATE TABLE relation (mac TEXT NOT NULL REFERENCES device(mac) ON DELETE CASCADE, kind TEXT NOT NULL,"
	" other TEXT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (mac, other)) STRICT, WITHOUT ROWID;",
	/* Addresses that stand for DNS names of rules, learned from answers: policy/known_names.h. */
	("CREATE TABLE known_name (name TEXT NOT NULL, address TEXT NOT NULL, until INTEGER NOT NULL,"
	 " PRIMARY KEY (name, address)) STRICT, WITHOUT ROWID;"),
	/* What rules of the running policy counted, in its order, and what pairs of zones were refused; rewritten as
	   they change: controller/enforcement/counters.h. */
	"CREATE TABLE rule_counter (position INTEGER PRIMARY KEY, place TEXT NOT NULL," /* 'policy.yaml:12' */
	" name TEXT NOT NULL, services TEXT NOT NULL, verdict TEXT NOT NULL,"           /* 'allow', 'deny', 'reject' */
	" observed INTEGER NOT NULL,"                                                   /* whether it is on trial */
	" allowed_packets INTEGER NOT NULL, allowed_bytes INTEGER NOT NULL,"
	" refused_packets INTEGER NOT NULL, refused_bytes INTEGER NOT NULL,"
	" observed_packets INTEGER NOT NULL, observed_bytes INTEGER NOT NULL) STRICT;"
	"CREATE TABLE pair_counter (from_zone TEXT NOT NULL, to_zone TEXT NOT NULL," /* to_zone '': in no zone */
	" packets INTEGER NOT NULL, bytes INTEGER NOT NULL,"
	" default_packets INTEGER NOT NULL, default_bytes INTEGER NOT NULL," /* of these, what no rule decided */
	" PRIMARY KEY (from_zone, to_zone)) STRICT, WITHOUT ROWID;",
};

#endif
