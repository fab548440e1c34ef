/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load: how long the elements of many devices take into an empty kernel: by the product's own nft_replace, and by
 * libmnl alone as the floor below which no program comes.
 *
 * usage: bench_load ours POLICY COUNT   the policy's whole table with two elements a device, one transaction
 *        bench_load heard POLICY COUNT  the same with the daemon's own listener to changes open
 *        bench_load floor COUNT         the same elements into the table "inet floor", which must have the set guard
 *                                       (ifname . ether_addr . ipv4_addr) and the map zone (ipv4_addr : mark), of
 *                                       the size that ours have where it is to be a floor
 * It prints the microseconds from having the elements in hand to the kernel's acknowledgement: by the clock on the
 * wall, and of processor time, the kernel's work for it included.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/local_time.h"
#include "netlink/nft.h"
#include "policy/base/memory.h"
#include "policy/plan/plan.h"
#include "policy/policy.h"
#include "policy/table/table.h"

#define ADDRESS_BASE  0x0a120000U
#define MESSAGE_BYTES 60000U /* an attribute's length has 16 bits */
#define ELEMENT_BYTES 64U
#define CALENDAR_DAYS 33

struct stamp {
	long wall; /* microseconds */
	long cpu;  /* of this process */
};

static long microseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static struct stamp stamp_now(void)
{
	return (struct stamp){ microseconds(CLOCK_MONOTONIC), microseconds(CLOCK_PROCESS_CPUTIME_ID) };
}

static void print_since(struct stamp begin)
{
	struct stamp end = stamp_now();

	printf("%ld %ld\n", end.wall - begin.wall, end.cpu - begin.cpu);
}

static struct mac mac_at(unsigned int number)
{
	return (struct mac){ { 0x00, 0x12, 0x21, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number } };
}

static int fail(const struct error *error)
{
	fprintf(stderr, "%s:%u: %s\n", error->file, error->line, error->text);
	return 1;
}

/* ---- ours ---- */

static int make_plan(const char *path, struct policy **policy, struct table **table, struct plan **plan,
                     struct error *error)
{
	struct calendar calendar;
	char *text = malloc(POLICY_BYTES_MAX);
	FILE *file = fopen(path, "r");
	size_t length;
	int result;

	if (!text || !file)
		return error_set(error, -EIO, "cannot read %s", path);
	length = fread(text, 1, POLICY_BYTES_MAX, file);
	fclose(file);
	local_time_calendar(time(NULL), CALENDAR_DAYS, &calendar);
	result = policy_parse(path, text, length, policy, error);
	if (result == 0)
		result = table_compile(*policy, table, error);
	if (result == 0)
		result = plan_build(*policy, *table, 1, &calendar, plan, error);
	free(text);
	return result;
}

/* All of the guard, then all of the zones, as the daemon hands them over. */
static struct plan_change *make_elements(unsigned int count)
{
	struct plan_change *elements = calloc((size_t)count * 2, sizeof(*elements));

	for (unsigned int number = 0; elements && number < count; number++) {
		uint32_t address_be = htonl(ADDRESS_BASE + number);
		struct mac mac = mac_at(number);
		struct address address;
		uint8_t bytes[4];

		memcpy(bytes, &address_be, sizeof(bytes));
		address = address_v4(bytes);
		plan_change_guard(&elements[number], CHANGE_ADD, "pumps0", &mac, &address);
		plan_change_zone(&elements[count + number], CHANGE_ADD, &address, 0);
	}
	return elements;
}

static int load_ours(const char *path, unsigned int count, bool heard)
{
	CLEANUP(nft_close) struct nft *nft = NULL;
	CLEANUP(nft_monitor_close) struct nft_monitor *monitor = NULL;
	CLEANUP(policy_free) struct policy *policy = NULL;
	CLEANUP(table_free) struct table *table = NULL;
	CLEANUP(plan_free) struct plan *plan = NULL;
	struct plan_change *elements = make_elements(count);
	struct error error = { 0 };
	struct stamp begin;
	int result = make_plan(path, &policy, &table, &plan, &error);

	if (result == 0)
		result = nft_open(&nft, &error);
	if (result == 0 && heard)
		result = nft_monitor_open(&monitor, &error);
	if (result == 0 && heard)
		result = nft_monitor_readable(monitor, nft_port(nft));
	begin = stamp_now();
	if (result == 0)
		result = nft_replace(nft, plan, elements, (size_t)count * 2, &error);
	if (result == 0)
		print_since(begin);
	free(elements);
	return result == 0 ? 0 : fail(&error);
}

/* ---- the floor ---- */

struct writer {
	uint8_t *bytes;
	size_t length;
	uint32_t sequence;
	struct nlmsghdr *header;
	struct nlattr *list;
};

static void begin_message(struct writer *writer, const char *set)
{
	writer->header = nftnl_nlmsg_build_hdr((char *)writer->bytes + writer->length, NFT_MSG_NEWSETELEM, NFPROTO_INET,
	                                       NLM_F_CREATE, writer->sequence++);
	mnl_attr_put_strz(writer->header, NFTA_SET_ELEM_LIST_TABLE, "floor");
	mnl_attr_put_strz(writer->header, NFTA_SET_ELEM_LIST_SET, set);
	writer->list = mnl_attr_nest_start(writer->header, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static void end_message(struct writer *writer)
{
	mnl_attr_nest_end(writer->header, writer->list);
	writer->length += (writer->header->nlmsg_len + NLMSG_ALIGNTO - 1) & ~(size_t)(NLMSG_ALIGNTO - 1);
}

static void put_key(struct nlmsghdr *header, const void *key, size_t length, const uint32_t *mark)
{
	struct nlattr *one = mnl_attr_nest_start(header, NFTA_LIST_ELEM);
	struct nlattr *nested = mnl_attr_nest_start(header, NFTA_SET_ELEM_KEY);

	mnl_attr_put(header, NFTA_DATA_VALUE, length, key);
	mnl_attr_nest_end(header, nested);
	if (mark) {
		nested = mnl_attr_nest_start(header, NFTA_SET_ELEM_DATA);
		mnl_attr_put(header, NFTA_DATA_VALUE, sizeof(*mark), mark);
		mnl_attr_nest_end(header, nested);
	}
	mnl_attr_nest_end(header, one);
}

static void put_device(struct writer *writer, unsigned int number, bool guard)
{
	uint32_t address_be = htonl(ADDRESS_BASE + number);
	struct mac mac = mac_at(number);
	uint8_t key[28] = "pumps0"; /* 16 bytes of name, 8 of MAC, 4 of address */
	uint32_t mark = 1;

	memcpy(key + 16, mac.byte, sizeof(mac.byte));
	memcpy(key + 24, &address_be, sizeof(address_be));
	if (guard)
		put_key(writer->header, key, sizeof(key), NULL);
	else
		put_key(writer->header, &address_be, sizeof(address_be), &mark);
}

static void put_set(struct writer *writer, unsigned int count, bool guard)
{
	const char *set = guard ? "guard" : "zone";

	begin_message(writer, set);
	for (unsigned int number = 0; number < count; number++) {
		if (writer->header->nlmsg_len > MESSAGE_BYTES) {
			end_message(writer);
			begin_message(writer, set);
		}
		put_device(writer, number, guard);
	}
	writer->header->nlmsg_flags |= guard ? 0 : NLM_F_ACK;
	end_message(writer);
}

/* Every answer waits when sendmsg() returns; the acknowledgement of the last message is the only one. */
static int send_floor(struct mnl_socket *socket, const struct writer *writer)
{
	uint8_t answer[8192];
	int wanted = (int)writer->length + 4096;
	ssize_t received;

	setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted));
	if (mnl_socket_sendto(socket, writer->bytes, writer->length) < 0)
		return -errno;
	received = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	return mnl_cb_run(answer, (size_t)received, 0, mnl_socket_get_portid(socket), NULL, NULL) < 0 ? -errno : 0;
}

static int load_floor(unsigned int count)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_NETFILTER);
	size_t room = ((size_t)count * 2 * ELEMENT_BYTES / MEMORY_LARGE_BYTES + 1) * MEMORY_LARGE_BYTES;
	struct writer writer = { .bytes = aligned_alloc(MEMORY_LARGE_BYTES, room), .sequence = 1 };
	struct stamp begin;
	int result;

	if (!socket || !writer.bytes || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		fprintf(stderr, "floor: %s\n", strerror(errno));
		return 1;
	}
	memory_prefer_large(writer.bytes, room); /* as ours */
	begin = stamp_now();
	writer.length += nftnl_batch_begin((char *)writer.bytes, writer.sequence++)->nlmsg_len;
	put_set(&writer, count, true);
	put_set(&writer, count, false);
	writer.length += nftnl_batch_end((char *)writer.bytes + writer.length, writer.sequence)->nlmsg_len;
	result = send_floor(socket, &writer);
	if (result == 0)
		print_since(begin);
	else
		fprintf(stderr, "floor: %s\n", strerror(-result));
	mnl_socket_close(socket);
	free(writer.bytes);
	return result < 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "floor") == 0)
		return load_floor((unsigned int)strtoul(argv[2], NULL, 10));
	if (argc == 4 && strcmp(argv[1], "ours") == 0)
		return load_ours(argv[2], (unsigned int)strtoul(argv[3], NULL, 10), false);
	if (argc == 4 && strcmp(argv[1], "heard") == 0)
		return load_ours(argv[2], (unsigned int)strtoul(argv[3], NULL, 10), true);
	fprintf(stderr, "usage: bench_load ours|heard POLICY COUNT, bench_load floor COUNT\n");
	return 2;
}
