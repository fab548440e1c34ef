/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "netlink/links.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
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

/* What "ip link add NAME type KIND id VLAN" makes the kernel tell; this one may have no VLAN interfaces to ask. */
struct told {
	const char *name;
	const char *kind; /* NULL: no IFLA_LINKINFO at all */
	size_t kind_length;
	size_t id_length; /* bytes of IFLA_VLAN_ID; 0 for none */
	uint32_t id;
	uint16_t vlan; /* that should be read */
};

static const struct nlmsghdr *tell(const struct told *told, uint8_t *buffer)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	struct nlattr *link, *data;

	header->nlmsg_type = RTM_NEWLINK;
	info->ifi_index = 7;
	mnl_attr_put_strz(header, IFLA_IFNAME, told->name);
	if (!told->kind)
		return header;
	link = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put(header, IFLA_INFO_KIND, told->kind_length, told->kind);
	data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
	mnl_attr_put_u16(header, IFLA_VLAN_PROTOCOL, htons(0x8100));
	if (told->id_length)
		mnl_attr_put(header, IFLA_VLAN_ID, told->id_length, &told->id);
	mnl_attr_nest_end(header, data);
	mnl_attr_nest_end(header, link);
	return header;
}

static void a_vlan_interface_tells_its_id(void **state)
{
	static const struct told all[] = {
		{ "pumps0.20", "vlan", 5, 2, 20, 20 }, { "pumps0", NULL, 0, 0, 0, 0 },
		{ "veth0", "veth", 5, 2, 20, 0 },      { "most", "vlan", 5, 2, 4094, 4094 },
		{ "reserved", "vlan", 5, 2, 4095, 0 }, { "beyond", "vlan", 5, 2, 5000, 0 },
		{ "too-long", "vlan", 5, 4, 20, 0 },   { "too-short", "vlan", 5, 1, 20, 0 },
		{ "no-id", "vlan", 5, 0, 0, 0 },       { "unended-kind", "vlan", 4, 2, 20, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		_Alignas(struct nlmsghdr) uint8_t buffer[512] = { 0 };
		struct link_event event;

		if (!links_parse(tell(&all[i], buffer), &event))
			fail_msg("%s: not read", all[i].name);
		assert_string_equal(event.name, all[i].name);
		if (event.vlan != all[i].vlan)
			fail_msg("%s: VLAN %u", all[i].name, event.vlan);
	}
}

/* Cut at any word (libmnl reads a message up to its alignment), it is read as far as it goes and never beyond. */
static void a_cut_message_has_no_vlan(void **state)
{
	static const struct told told = { "pumps0.20", "vlan", 5, 2, 20, 20 };
	_Alignas(struct nlmsghdr) uint8_t whole[512] = { 0 };
	uint32_t length = tell(&told, whole)->nlmsg_len;

	(void)state;
	for (uint32_t cut = sizeof(struct nlmsghdr); cut < length; cut += MNL_ALIGNTO) {
		struct nlmsghdr *copy = malloc(cut); /* of exactly its length, for the sanitizers */
		struct link_event event = { .vlan = 0 };

		assert_non_null(copy);
		memcpy(copy, whole, cut);
		copy->nlmsg_len = cut;
		if (links_parse(copy, &event) && event.vlan != 0)
			fail_msg("cut at %u: VLAN %u", cut, event.vlan);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vlan_interface_tells_its_id),         cmocka_unit_test(a_cut_message_has_no_vlan),
		cmocka_unit_test(a_dump_tells_interfaces_and_addresses), cmocka_unit_test(changes_are_told),
		cmocka_unit_test(leaving_a_bridge_is_not_going),         cmocka_unit_test(lost_events_are_stale),
	};

	if (namespace_enter() != 0)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
