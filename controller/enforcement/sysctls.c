/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/enforcement/sysctls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT       "/proc/sys/net/"
#define KEPT_KEY   "sysctls"
#define KEPT_MAX   32768
#define PATH_BYTES 128
#define VALUE_MAX  32

static int read_value(const char *path, char value[VALUE_MAX])
{
	char file[sizeof(ROOT) + PATH_BYTES];
	ssize_t length;
	int fd, result;

	snprintf(file, sizeof(file), ROOT "%s", path);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, value, VALUE_MAX - 1);
	result = length < 0 ? -errno : 0;
	close(fd);
	if (result < 0)
		return result;
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

static int write_value(const char *path, const char *value)
{
	char file[sizeof(ROOT) + PATH_BYTES];
	int fd, result;

	snprintf(file, sizeof(file), ROOT "%s", path);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	result = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return result;
}

/* Keeps the value found before our first change of ${path}: the first one kept is the original. */
static int keep(struct store *store, const char *path, const char *value, struct error *reterr)
{
	char line[PATH_BYTES + VALUE_MAX + 4];
	char *kept = calloc(1, KEPT_MAX);
	int result = 0;
	size_t length;

	if (!kept)
		return error_set(reterr, -ENOMEM, "no memory");
	kept[0] = '\n';
	if (store_get_meta(store, KEPT_KEY, kept, KEPT_MAX, NULL) < 0)
		snprintf(kept, KEPT_MAX, "\n");
	snprintf(line, sizeof(line), "\n%s=", path);
	length = strlen(kept);
	if (!strstr(kept, line) && length + sizeof(line) < KEPT_MAX) {
		snprintf(kept + length, KEPT_MAX - length, "%s=%s\n", path, value);
		result = store_set_meta(store, KEPT_KEY, kept, reterr);
	}
	free(kept);
	return result;
}

static int set(struct store *store, const char *path, const char *wanted, struct error *reterr)
{
	char found[VALUE_MAX];
	int result = read_value(path, found);

	if (result == 0 && strcmp(found, wanted) == 0)
		return 0;
	if (result == 0)
		result = keep(store, path, found, reterr);
	if (result == 0)
		result = write_value(path, wanted);
	if (result < 0)
		return error_set(reterr, result, "cannot set net/%s to %s: %s", path, wanted, strerror(-result));
	return 1;
}

/* What is done with each setting: it is set, or only looked at. */
struct visit {
	struct store *store; /* NULL: only look */
	char *changed;       /* the first that is not as it should be */
};

/* shape: 1 ends the walk: a looker has found one. */
static int visit(const struct visit *visit, const char *path, const char *wanted, struct error *reterr)
{
	char found[VALUE_MAX];

	if (visit->store) {
		int result = set(visit->store, path, wanted, reterr);

		return result < 0 ? result : 0;
	}
	if (read_value(path, found) < 0 || strcmp(found, wanted) == 0)
		return 0; /* what cannot be read has gone, or was never there */
	snprintf(visit->changed, SYSCTL_TEXT_MAX, "%s is %s", path, found);
	return 1;
}

static int visit_global(const struct visit *each, struct error *reterr)
{
	static const char *const wanted[][2] = {
		/* Redirects are sent where "all" or the interface says so: both must say no. */
		{ "ipv4/conf/all/send_redirects", "0" },
		{ "ipv4/conf/default/send_redirects", "0" },
		{ "ipv4/conf/all/accept_redirects", "0" },
		/* How many packets of a flow have passed: by this the sensor gets the first of each. */
		{ "netfilter/nf_conntrack_acct", "1" },
		{ "ipv4/ip_forward", "1" },
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && result == 0; i++)
		result = visit(each, wanted[i][0], wanted[i][1], reterr);
	return result;
}

/*
 * What no device may make of the gateway: it takes no route, no redirect and no neighbour in fragments (RFC 6980) from
 * them. A kernel without IPv6 has none of these.
 */
static int visit_ip6(const struct visit *each, const char *interface, struct error *reterr)
{
	static const char *const wanted[][2] = {
		{ "accept_ra", "0" },
		{ "accept_redirects", "0" },
		{ "accept_source_route", "-1" },
		{ "suppress_frag_ndisc", "1" },
	};
	char path[PATH_BYTES];
	char found[VALUE_MAX];
	int result = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && result == 0; i++) {
		snprintf(path, sizeof(path), "ipv6/conf/%s/%s", interface, wanted[i][0]);
		if (read_value(path, found) != -ENOENT)
			result = visit(each, path, wanted[i][1], reterr);
	}
	return result;
}

static int visit_interface(const struct visit *each, const char *interface, enum policy_isolation isolation,
                           struct error *reterr)
{
	const char *const wanted[][3] = {
		{ "conf", "send_redirects", "0" },
		{ "conf", "accept_redirects", "0" },
		{ "conf", "forwarding", "1" },
		{ "conf", "proxy_arp_pvlan", isolation == ISOLATION_PROXY_ARP ? "1" : "0" },
		/* Else a proxied answer waits up to 0.8 s, and so does each refusal inside a VLAN. */
		{ "neigh", "proxy_delay", "0" },
	};
	char path[PATH_BYTES];
	int result = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && result == 0; i++) {
		snprintf(path, sizeof(path), "ipv4/%s/%s/%s", wanted[i][0], interface, wanted[i][1]);
		result = visit(each, path, wanted[i][2], reterr);
	}
	return result ? result : visit_ip6(each, interface, reterr);
}

int sysctls_set_global(struct store *store, struct error *reterr)
{
	return visit_global(&(struct visit){ .store = store }, reterr);
}

int sysctls_set_interface(struct store *store, const char *interface, enum policy_isolation isolation,
                          struct error *reterr)
{
	return visit_interface(&(struct visit){ .store = store }, interface, isolation, reterr);
}

bool sysctls_global_hold(char changed[SYSCTL_TEXT_MAX])
{
	return visit_global(&(struct visit){ .changed = changed }, NULL) == 0;
}

bool sysctls_interface_hold(const char *interface, enum policy_isolation isolation, char changed[SYSCTL_TEXT_MAX])
{
	return visit_interface(&(struct visit){ .changed = changed }, interface, isolation, NULL) == 0;
}

int sysctls_restore(struct store *store, struct error *reterr)
{
	char *kept = calloc(1, KEPT_MAX), *rest, *line;
	int result = 0;

	if (!kept)
		return error_set(reterr, -ENOMEM, "no memory");
	if (store_get_meta(store, KEPT_KEY, kept, KEPT_MAX, NULL) < 0)
		kept[0] = '\0';
	for (line = strtok_r(kept, "\n", &rest); line && result == 0; line = strtok_r(NULL, "\n", &rest)) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		result = write_value(line, value);
		if (result == -ENOENT)
			result = 0;
		if (result < 0)
			error_set(reterr, result, "cannot put net/%s back to %s: %s", line, value, strerror(-result));
	}
	free(kept);
	return result < 0 ? result : store_set_meta(store, KEPT_KEY, "\n", reterr);
}
