/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "netlink/links.h"

#include <poll.h>
#include <setjmp.h>
#include <stddef.h>
/* cmocka.h wants the two above */
#include <cmocka.h>

#include "small_plan.h"

#define EVENTS_MAX 256

struct events {
	struct link_event event[EVENTS_MAX];
	size_t count;
};

static void keep(const struct link_event *event, void *context)
{
	struct events *events = context;

	assert_true(events->count < EVENTS_MAX);
	events->event[events->count++] = *event;
}

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

static const struct link_event *find_link(const struct events *events, enum link_change change, const char *name)
{
	for (size_t i = events->count; i-- > 0;)
		if (events->event[i].change == change && strcmp(events->event[i].name, name) == 0)
			return &events->event[i];
	return NULL;
}

static const struct link_event *find_address(const struct events *events, enum link_change change, const char *text)
{
	char buffer[PREFIX_TEXT_MAX];

	for (size_t i = events->count; i-- > 0;)
		if (events->event[i].change == change &&
		    strcmp(prefix_format(&events->event[i].prefix, buffer), text) == 0)
			return &events->event[i];
	return NULL;
}

static struct links *open_links(void)
{
	struct links *links = NULL;
	struct error error = { 0 };

	if (links_open(&links, &error) < 0)
		fail_msg("%s", error.text);
	return links;
}

static void a_dump_tells_interfaces_and_addresses(void **state)
{
	struct links *links CLEANUP(links_close) = open_links();
	struct events *events = calloc(1, sizeof(*events));
	const struct link_event *event;
	struct error error = { 0 };
	char mac[MAC_TEXT_MAX];

	(void)state;
	assert_non_null(events);
	run("ip link add pumps0 address 02:00:00:00:00:01 type veth peer name far0 && ip link set far0 up"
	    " && ip address add 10.3.0.1/24 dev pumps0 && ip -6 address add fd00:3::1/64 dev pumps0 nodad"
	    " && ip link set pumps0 up");
	if (links_dump(links, keep, events, &error) < 0)
		fail_msg("%s", error.text);
	event = find_link(events, LINK_PRESENT, "pumps0");
	assert_non_null(event);
	assert_true(event->up);
	assert_int_equal(event->ifindex, if_nametoindex("pumps0"));
	assert_string_equal(mac_format(&event->mac, mac), "02:00:00:00:00:01");
	assert_non_null(find_link(events, LINK_PRESENT, "lo"));
	event = find_address(events, LINK_ADDRESS_PRESENT, "10.3.0.1/24");
	assert_non_null(event);
	assert_int_equal(event->ifindex, if_nametoindex("pumps0"));
	assert_string_equal(event->name, "");
	assert_non_null(find_address(events, LINK_ADDRESS_PRESENT, "fd00:3::1/64"));
	run("ip link delete pumps0");
	free(events);
}

static void changes_are_told(void **state)
{
	struct links *links CLEANUP(links_close) = open_links();
	struct events *events = calloc(1, sizeof(*events));
	struct pollfd wait = { .fd = links_fd(links), .events = POLLIN };

	(void)state;
	assert_non_null(events);
	assert_int_equal(links_readable(links, keep, events), 0);
	run("ip link add pcs0 type veth peer name far0 && ip link set far0 up && ip link set pcs0 up"
	    " && ip address add 10.4.0.1/24 dev pcs0 && ip address delete 10.4.0.1/24 dev pcs0"
	    " && ip link set pcs0 down");
	assert_int_equal(poll(&wait, 1, 2000), 1);
	assert_int_equal(links_readable(links, keep, events), 0);
	assert_non_null(find_link(events, LINK_PRESENT, "pcs0"));
	assert_false(find_link(events, LINK_PRESENT, "pcs0")->up);
	assert_non_null(find_address(events, LINK_ADDRESS_PRESENT, "10.4.0.1/24"));
	assert_non_null(find_address(events, LINK_ADDRESS_GONE, "10.4.0.1/24"));
	assert_null(find_link(events, LINK_GONE, "pcs0"));
	run("ip link delete pcs0");
	assert_int_equal(links_readable(links, keep, events), 0);
	assert_non_null(find_link(events, LINK_GONE, "pcs0"));
	free(events);
}

/* Leaving a bridge looks like a deletion, but for its family. */
static void leaving_a_bridge_is_not_going(void **state)
{
	struct links *links CLEANUP(links_close) = open_links();
	struct events *events = calloc(1, sizeof(*events));

	(void)state;
	assert_non_null(events);
	run("ip link add ward0 type bridge && ip link add pcs0 type veth peer name far0"
	    " && ip link set pcs0 master ward0 && ip link set pcs0 nomaster");
	assert_int_equal(links_readable(links, keep, events), 0);
	assert_non_null(find_link(events, LINK_PRESENT, "pcs0"));
	assert_null(find_link(events, LINK_GONE, "pcs0"));
	run("ip link delete pcs0 && ip link delete ward0");
	free(events);
}

static void lost_events_are_stale(void **state)
{
	struct links *links CLEANUP(links_close) = open_links();
	struct events *events = calloc(1, sizeof(*events));
	int least = 1;
	int rc;

	(void)state;
	assert_non_null(events);
	assert_int_equal(setsockopt(links_fd(links), SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)), 0);
	for (int i = 0; i < 8; i++)
		run("ip link add pcs0 type veth peer name far0 && ip link delete pcs0");
	rc = links_readable(links, keep, events);
	assert_int_equal(rc, -ESTALE);
	assert_int_equal(links_readable(links, keep, events), 0);
	events->count = 0;
	assert_int_equal(links_dump(links, keep, events, NULL), 0);
	assert_non_null(find_link(events, LINK_PRESENT, "lo"));
	free(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_tells_interfaces_and_addresses),
		cmocka_unit_test(changes_are_told),
		cmocka_unit_test(leaving_a_bridge_is_not_going),
		cmocka_unit_test(lost_events_are_stale),
	};

	if (namespace_enter() != 0)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
