/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "netlink/nflog.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stddef.h>
/* cmocka.h wants the two above */
#include <cmocka.h>

#include "netlink/nflog_packets.h"
#include "netlink/nft.h"
#include "netlink_faults.h"
#include "small_plan.h"

#define IPV4(protocol)   0x45, 0, 0, 40, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
#define IPV4_PART(where) 0x45, 0, 0, 40, 0, 1, 0, where, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
#define ADDRESS6(last)   0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define IPV6(next)       0x60, 0, 0, 0, 0, 40, next, 64, ADDRESS6(1), ADDRESS6(2)
#define TCP              0x9c, 0x40, 0x0c, 0x3d, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2

static const struct {
	const char *name;
	uint8_t bytes[96];
	size_t length;
	int rc;
	uint8_t protocol;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t tcp_flags;
} packets[] = {
	{ "IPv4 TCP SYN", { IPV4(6), TCP }, 34, 0, 6, 40000, 3133, 2 },
	{ "IPv4 TCP cut before the flags", { IPV4(6), TCP }, 33, 0, 6, 40000, 3133, 0 },
	{ "IPv4 TCP cut inside the ports", { IPV4(6), TCP }, 23, 0, 6, 40000, 0, 0 },
	{ "IPv4 alone", { IPV4(6) }, 20, 0, 6, 0, 0, 0 },
	{ "IPv4 cut inside the destination", { IPV4(6) }, 19, -EBADMSG, 0, 0, 0, 0 },
	{ "IPv4 UDP", { IPV4(17), 0, 68, 0, 67 }, 24, 0, 17, 68, 67, 0 },
	{ "IPv4 echo request", { IPV4(1), 8, 0 }, 22, 0, 1, 0, 8 << 8, 0 },
	{ "IPv4 GRE has no ports", { IPV4(47), 1, 2, 3, 4 }, 24, 0, 47, 0, 0, 0 },
	{ "IPv4 later fragment", { IPV4_PART(1), 0, 68, 0, 67 }, 24, 0, 17, 0, 0, 0 },
	{ "IPv4 options",
	  { 0x46, 0, 0, 40, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 1, 0, 68, 0, 67 },
	  28,
	  0,
	  17,
	  68,
	  67,
	  0 },
	{ "IPv4 header shorter than it may be",
	  { 0x44, 0, 0, 40, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 },
	  20,
	  -EBADMSG,
	  0,
	  0,
	  0,
	  0 },
	{ "IPv6 TCP", { IPV6(6), TCP }, 54, 0, 6, 40000, 3133, 2 },
	{ "IPv6 cut inside the destination", { IPV6(6) }, 39, -EBADMSG, 0, 0, 0, 0 },
	{ "IPv6 hop-by-hop, UDP", { IPV6(0), 17, 0, 5, 2, 0, 0, 1, 0, 0, 53, 0, 53 }, 52, 0, 17, 53, 53, 0 },
	{ "IPv6 authentication, UDP",
	  { IPV6(51), 17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 53, 0, 53 },
	  56,
	  0,
	  17,
	  53,
	  53,
	  0 },
	{ "IPv6 first fragment", { IPV6(44), 17, 0, 0, 1, 0, 0, 0, 1, 0, 53, 0, 53 }, 52, 0, 17, 53, 53, 0 },
	{ "IPv6 later fragment", { IPV6(44), 17, 0, 0, 8, 0, 0, 0, 1, 0, 53, 0, 53 }, 52, 0, 17, 0, 0, 0 },
	{ "IPv6 extension longer than the packet", { IPV6(0), 17, 255, 0, 0 }, 44, 0, 17, 0, 0, 0 },
	{ "IPv6 ICMP echo", { IPV6(58), 128, 0 }, 42, 0, 58, 0, 128 << 8, 0 },
	{ "nothing", { 0 }, 0, -EBADMSG, 0, 0, 0, 0 },
	{ "ARP", { 0, 1, 8, 0, 6, 4 }, 6, -EBADMSG, 0, 0, 0, 0 },
	{ "version 5",
	  { 0x55, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 },
	  20,
	  -EBADMSG,
	  0,
	  0,
	  0,
	  0 },
};

static void packets_are_read_or_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		struct refusal refusal = { .prefix = "deny", .tcp_flags = 7 };
		struct refusal before = refusal;
		char text[ADDRESS_TEXT_MAX];
		bool v6 = packets[i].bytes[0] >> 4 == 6;

		if (nflog_parse_packet(packets[i].bytes, packets[i].length, &refusal) != packets[i].rc)
			fail_msg("%s", packets[i].name);
		if (packets[i].rc < 0) {
			assert_memory_equal(&refusal, &before, sizeof(before));
			continue;
		}
		if (refusal.protocol != packets[i].protocol || refusal.source_port != packets[i].source_port ||
		    refusal.destination_port != packets[i].destination_port ||
		    refusal.tcp_flags != packets[i].tcp_flags)
			fail_msg("%s: %u %u %u %u", packets[i].name, refusal.protocol, refusal.source_port,
			         refusal.destination_port, refusal.tcp_flags);
		assert_string_equal(address_format(&refusal.source, text), v6 ? "fd00::1" : "10.0.0.1");
		assert_string_equal(address_format(&refusal.destination, text), v6 ? "fd00::2" : "10.0.0.2");
		assert_string_equal(refusal.prefix, "deny");
	}
}

static void endless_extensions_end(void **state)
{
	uint8_t packet[40 + 64 * 8] = { IPV6(60) };
	struct refusal refusal = { .in_ifindex = 0 };

	(void)state;
	for (size_t i = 40; i < sizeof(packet); i += 8)
		packet[i] = 60;
	assert_int_equal(nflog_parse_packet(packet, sizeof(packet), &refusal), 0);
	assert_int_equal(refusal.destination_port, 0);
}

/* A table that reports to the group what comes by loopback for UDP port 4242. */
static void put_logging_table(struct nft *nft)
{
	static const uint8_t udp = 17, port[] = { 4242 >> 8, 4242 & 0xff };
	struct plan_chain chain = { .name = "input", .hook = HOOK_INPUT };
	struct plan plan = { .chains = &chain, .chain_count = 1 };
	struct plan_rule *rule = small_plan_rule(&chain, "");
	struct error error = { 0 };

	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_L4PROTO), &udp, 1);
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_TH_DPORT), port, 2);
	small_plan_say(rule, STATEMENT_LOG, "deny", 0)->number = PLAN_NFLOG_GROUP;
	small_plan_say(rule, STATEMENT_COUNTER, "", 0);
	if (nft_replace(nft, &plan, NULL, 0, &error) < 0)
		fail_msg("%s", error.text);
	free(chain.rules);
}

static void send_refused(unsigned int count)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		                  .sin_port = htons(4242),
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	for (unsigned int i = 0; i < count; i++)
		sendto(fd, "x", 1, 0, (const struct sockaddr *)(const void *)&to, sizeof(to));
	close(fd);
}

static void check_refusal(const struct refusal *refusal, void *context)
{
	char text[ADDRESS_TEXT_MAX];
	unsigned int *count = context;

	assert_string_equal(refusal->prefix, "deny");
	assert_string_equal(address_format(&refusal->source, text), "127.0.0.1");
	assert_int_equal(refusal->protocol, 17);
	assert_int_equal(refusal->destination_port, 4242);
	assert_int_equal(refusal->in_ifindex, 1);
	assert_int_equal(refusal->out_ifindex, 0);
	(*count)++;
}

static void the_kernel_reports_refusals(void **state)
{
	enum {
		PACKETS = 100
	};
	struct nft *nft CLEANUP(nft_close) = NULL;
	struct nflog *nflog CLEANUP(nflog_close) = NULL;
	struct nflog *second = NULL;
	struct error error = { 0 };
	unsigned int count = 0;

	(void)state;
	assert_int_equal(nft_open(&nft, &error), 0);
	if (nflog_open(PLAN_NFLOG_GROUP, &nflog, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(nflog_open(PLAN_NFLOG_GROUP, &second, &error), -EBUSY);
	assert_null(second);
	put_logging_table(nft);
	assert_int_equal(nflog_readable(nflog, 10, check_refusal, &count), 0);
	send_refused(PACKETS);
	while (count < PACKETS) {
		struct pollfd wait = { .fd = nflog_fd(nflog), .events = POLLIN };
		unsigned int before = count;
		int got;

		assert_int_equal(poll(&wait, 1, 2000), 1);
		got = nflog_readable(nflog, 40, check_refusal, &count);
		assert_true(got > 0 && got <= 40);
		assert_int_equal(got, count - before);
	}
	assert_int_equal(count, PACKETS);
}

static void count_refusal(const struct refusal *refusal, void *context)
{
	(void)refusal;
	++*(unsigned int *)context;
}

/* Whether a packet sent now, once it is quiet, is told of. */
static bool still_hears(struct nflog *nflog)
{
	struct pollfd wait = { .fd = nflog_fd(nflog), .events = POLLIN };
	unsigned int count = 0;

	while (poll(&wait, 1, 50) == 1)
		nflog_readable(nflog, 1000, count_refusal, &count);
	count = 0;
	send_refused(1);
	return poll(&wait, 1, 2000) == 1 && nflog_readable(nflog, 40, count_refusal, &count) == 1;
}

/* Opens with a failing call: the group is bound, or it is said why not and nothing stays bound. */
static int open_with_fault(enum way way, int code, int at)
{
	struct nflog *nflog CLEANUP(nflog_close) = NULL;
	struct error error = { 0 };
	int injected, rc;

	fault.impatient = true;
	fault_arm(way, code, at);
	rc = nflog_open(PLAN_NFLOG_GROUP, &nflog, &error);
	injected = fault_disarm();
	fault.impatient = false;
	if (rc < 0) {
		assert_null(nflog);
		assert_true(error.code == rc && error.text[0]);
		assert_int_equal(nflog_open(PLAN_NFLOG_GROUP, &nflog, &error), 0);
	}
	assert_true(still_hears(nflog));
	return injected;
}

/* Reads reports with a failing call: the error is told or there was none, and what comes later is read. */
static int read_with_fault(struct nflog *nflog, enum way way, int code, int at)
{
	struct pollfd wait = { .fd = nflog_fd(nflog), .events = POLLIN };
	unsigned int count = 0;
	int injected, rc;

	send_refused(40);
	assert_int_equal(poll(&wait, 1, 2000), 1);
	fault_arm(way, code, at);
	rc = nflog_readable(nflog, 40, count_refusal, &count);
	injected = fault_disarm();
	assert_true(rc < 0 ? rc == -code : rc == (int)count);
	assert_true(still_hears(nflog));
	return injected;
}

static void each_call_fails_once(void **state)
{
	struct nft *nft CLEANUP(nft_close) = NULL;
	struct nflog *nflog CLEANUP(nflog_close) = NULL;
	struct error error = { 0 };
	int opening = 0, reading = 0;

	(void)state;
	assert_int_equal(nft_open(&nft, &error), 0);
	put_logging_table(nft);
	for (size_t i = 0; i < ARRAY_SIZE(fault_cases); i++)
		for (int at = 0; open_with_fault(fault_cases[i].way, fault_cases[i].code, at); at++)
			opening++;
	assert_int_equal(nflog_open(PLAN_NFLOG_GROUP, &nflog, &error), 0);
	for (size_t i = 0; i < ARRAY_SIZE(fault_cases); i++)
		for (int at = 0; read_with_fault(nflog, fault_cases[i].way, fault_cases[i].code, at); at++)
			reading++;
	assert_true(opening >= (int)ARRAY_SIZE(fault_cases));
	assert_true(reading >= (int)ARRAY_SIZE(fault_cases) - 2); /* it sends nothing */
	print_message("%d faults while it opened, %d while it read\n", opening, reading);
}

/* The rule that the plan begins its chains with, for UDP port 4242. */
static void put_first_packets_table(struct nft *nft)
{
	static const uint8_t udp = 17, first[8] = { [7] = 1 }, last[8] = { [7] = PLAN_FIRST_PACKETS };
	struct plan_chain chain = { .name = "input", .hook = HOOK_INPUT };
	struct plan plan = { .chains = &chain, .chain_count = 1 };
	struct plan_rule *rule = small_plan_rule(&chain, "");
	struct plan_statement *range, *limit;
	struct error error = { 0 };

	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_L4PROTO), &udp, 1);
	range = small_plan_say(rule, STATEMENT_MATCH_RANGE, "", 1, KEY_CT_PACKETS);
	small_plan_value(range, first, sizeof(first));
	memcpy(range->value_end, last, sizeof(last));
	limit = small_plan_say(rule, STATEMENT_LIMIT_OVER, "", 0);
	limit->invert = true;
	limit->number = PLAN_FIRST_RATE;
	limit->seconds = 1;
	small_plan_say(rule, STATEMENT_LOG, PLAN_REPORT_FIRST, 0)->number = PLAN_FIRST_GROUP;
	if (nft_replace(nft, &plan, NULL, 0, &error) < 0)
		fail_msg("%s", error.text);
	free(chain.rules);
}

static void count_flow_packets(const char *value)
{
	FILE *file = fopen("/proc/sys/net/netfilter/nf_conntrack_acct", "we");

	assert_non_null(file);
	assert_true(fputs(value, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

#define PAYLOAD 1200

static void check_first(const struct nflog_packet *packet, void *context)
{
	assert_int_equal(packet->length, 20 + 8 + PAYLOAD);
	assert_int_equal(packet->bytes[0], 0x45);
	assert_int_equal(packet->bytes[packet->length - 1], 'x');
	assert_int_equal(packet->in_ifindex, 1);
	++*(unsigned int *)context;
}

static unsigned int read_first(int fd, uint8_t *buffer)
{
	unsigned int count = 0;

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };

		if (poll(&wait, 1, 200) == 0)
			return count;
		assert_true(nflog_packets_read(fd, buffer, 8, check_first, &count) > 0);
	}
}

static void send_flow(unsigned int datagrams)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		                  .sin_port = htons(4242),
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char payload[PAYLOAD];

	memset(payload, 'x', sizeof(payload));
	assert_true(fd >= 0);
	for (unsigned int i = 0; i < datagrams; i++)
		assert_true(sendto(fd, payload, sizeof(payload), 0, (const struct sockaddr *)(const void *)&to,
		                   sizeof(to)) > 0 ||
		            errno == ECONNREFUSED);
	close(fd);
}

static void the_first_packets_of_a_flow_come_whole(void **state)
{
	struct nft *nft CLEANUP(nft_close) = NULL;
	CLEANUP(free) uint8_t *buffer = malloc(NFLOG_PACKETS_BYTES);
	struct error error = { 0 };
	int fd = -1, second = -1;

	(void)state;
	assert_non_null(buffer);
	assert_int_equal(nft_open(&nft, &error), 0);
	put_first_packets_table(nft);
	if (nflog_packets_open(PLAN_FIRST_GROUP, &fd, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(nflog_packets_open(PLAN_FIRST_GROUP, &second, &error), -EBUSY);
	assert_int_equal(second, -1);
	count_flow_packets("0");
	send_flow(10); /* not counted: none of them is the first */
	assert_int_equal(read_first(fd, buffer), 0);
	count_flow_packets("1");
	send_flow(2);
	assert_int_equal(read_first(fd, buffer), 2);
	send_flow(PLAN_FIRST_PACKETS + 100);
	assert_int_equal(read_first(fd, buffer), PLAN_FIRST_PACKETS);
	close(fd);
	/* the group is free again */
	assert_int_equal(nflog_packets_open(PLAN_FIRST_GROUP, &fd, NULL), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest pure[] = {
		cmocka_unit_test(packets_are_read_or_left),
		cmocka_unit_test(endless_extensions_end),
	};
	const struct CMUnitTest privileged[] = {
		cmocka_unit_test(the_kernel_reports_refusals),
		cmocka_unit_test(each_call_fails_once),
		cmocka_unit_test(the_first_packets_of_a_flow_come_whole),
	};
	int failed = cmocka_run_group_tests(pure, NULL, NULL);

	if (failed)
		return failed;
	if (namespace_enter() != 0)
		return SKIPPED;
	return cmocka_run_group_tests(privileged, NULL, NULL);
}
