/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/message.h"

static int set_up(void **state)
{
	static int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	*state = pair;
	return 0;
}

static int tear_down(void **state)
{
	int *pair = *state;

	close(pair[0]);
	close(pair[1]);
	return 0;
}

static struct message arp_message(void)
{
	struct message message;

	message_make(&message, MESSAGE_OBSERVATION);
	message.observation.type = OBSERVATION_ARP;
	message.observation.ifindex = 1;
	message.observation.arp.sender_address = address_v4((const uint8_t[]){ 10, 0, 0, 1 });
	message_fit(&message);
	return message;
}

static void arrives_whole(void **state)
{
	int *pair = *state;
	struct message sent = arp_message(), received;

	assert_int_equal(message_send(pair[0], &sent, -1), 0);
	assert_int_equal(message_receive(pair[1], &received, NULL), 1);
	assert_memory_equal(&sent.observation, &received.observation, observation_size(&sent.observation));
	assert_int_equal(message_receive(pair[1], &received, NULL), -EAGAIN);
}

static void fields_travel_without_their_unused_end(void **state)
{
	int *pair = *state;
	struct message sent = arp_message(), received;
	struct field_value value;

	sent.observation.type = OBSERVATION_FIELDS;
	fields_clear(&sent.observation.fields);
	fields_add_text(&sent.observation.fields, FIELD_TLS_NAME, "a.example");
	message_fit(&sent);
	assert_true(sent.length < 256);
	assert_int_equal(message_send(pair[0], &sent, -1), 0);
	assert_int_equal(message_receive(pair[1], &received, NULL), 1);
	assert_true(fields_find(&received.observation.fields, FIELD_TLS_NAME, &value));
	assert_memory_equal(value.bytes, "a.example", 9);
}

static void descriptor_travels(void **state)
{
	int *pair = *state, fd = -1;
	struct message message;

	message_make(&message, MESSAGE_CAPTURE_ADD);
	message.capture.ifindex = 7;
	assert_int_equal(message_send(pair[0], &message, STDIN_FILENO), 0);
	assert_int_equal(message_receive(pair[1], &message, &fd), 1);
	assert_true(fd > STDERR_FILENO);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

/* A descriptor nobody asked for must not pile up in the receiver. */
static void unwanted_descriptor_is_closed(void **state)
{
	int *pair = *state, before = dup(STDIN_FILENO), after;
	struct message message = arp_message();

	close(before);
	assert_int_equal(message_send(pair[0], &message, STDIN_FILENO), 0);
	assert_int_equal(message_receive(pair[1], &message, NULL), 1);
	after = dup(STDIN_FILENO);
	assert_int_equal(after, before);
	close(after);
}

static void end_is_told(void **state)
{
	int *pair = *state;
	struct message message;

	close(pair[0]);
	pair[0] = dup(STDIN_FILENO);
	assert_int_equal(message_receive(pair[1], &message, NULL), 0);
}

struct lie {
	const char *name;
	void (*tell)(struct message *message);
};

static void lie_type(struct message *message)
{
	message->type = 99;
}

static void lie_length(struct message *message)
{
	message->length--;
}

static void lie_observation_type(struct message *message)
{
	message->observation.type = 77;
}

static void lie_family(struct message *message)
{
	message->observation.arp.sender_address.family = 5;
}

static void lie_address_tail(struct message *message)
{
	message->observation.arp.sender_address.byte[15] = 1;
}

static void lie_ifindex(struct message *message)
{
	message->observation.ifindex = 0;
}

static void lie_vlan(struct message *message)
{
	message->observation.vlan = 4096;
}

static void lie_outgoing(struct message *message)
{
	message->observation.outgoing = 2;
}

static void lie_dhcp_message(struct message *message)
{
	memset(&message->observation.dhcp4, 0, sizeof(message->observation.dhcp4));
	message->observation.type = OBSERVATION_DHCP4;
	message->observation.dhcp4.message = 9;
	message_fit(message);
}

static void lie_fields(struct message *message)
{
	message->observation.type = OBSERVATION_FIELDS;
	fields_clear(&message->observation.fields);
	fields_add_text(&message->observation.fields, FIELD_TLS_NAME, "a.example");
	message->observation.fields.byte[3]++; /* longer than what there is */
	message_fit(message);
}

static void lie_protocol(struct message *message)
{
	message->observation.protocol = PROTOCOL_COUNT;
}

static void lie_families(struct message *message)
{
	message->observation.conversation.source.family = FAMILY_IPV4;
}

static void lie_status_text(struct message *message)
{
	message_make(message, MESSAGE_STATUS);
	memset(message->status.site, 'x', sizeof(message->status.site));
}

static void lie_capture_kind(struct message *message)
{
	message_make(message, MESSAGE_CAPTURE_ADD);
	message->capture.ifindex = 1;
	message->capture.kind = CAPTURE_KIND_COUNT;
}

static void lies_are_refused(void **state)
{
	static const struct lie lies[] = {
		{ "unknown type", lie_type },
		{ "wrong length", lie_length },
		{ "unknown observation", lie_observation_type },
		{ "unknown family", lie_family },
		{ "bytes behind an IPv4 address", lie_address_tail },
		{ "no interface", lie_ifindex },
		{ "VLAN out of range", lie_vlan },
		{ "direction out of range", lie_outgoing },
		{ "DHCP message out of range", lie_dhcp_message },
		{ "field longer than the fields", lie_fields },
		{ "unknown protocol", lie_protocol },
		{ "a packet from one family to another", lie_families },
		{ "text without an end", lie_status_text },
		{ "unknown ring", lie_capture_kind },
	};
	int *pair = *state;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct message message = arp_message(), received;

		lies[i].tell(&message);
		assert_int_equal(message_send(pair[0], &message, -1), 0);
		if (message_receive(pair[1], &received, NULL) != -EBADMSG)
			fail_msg("taken for honest: %s", lies[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(arrives_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fields_travel_without_their_unused_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(descriptor_travels, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unwanted_descriptor_is_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(end_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lies_are_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
