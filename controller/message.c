/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/message.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEADER_BYTES offsetof(struct message, capture)

static uint32_t length_of(uint32_t type)
{
	switch ((enum message_type)type) {
	case MESSAGE_CAPTURE_ADD:
	case MESSAGE_CAPTURE_DELETE:
		return sizeof(struct message_capture);
	case MESSAGE_OBSERVATION:
		return sizeof(struct observation);
	case MESSAGE_SENSOR_STATISTICS:
		return sizeof(struct sensor_statistics);
	case MESSAGE_STATUS:
		return sizeof(struct status);
	}
	return 0;
}

void message_make(struct message *message, enum message_type type)
{
	memset(message, 0, sizeof(*message));
	message->type = (uint32_t)type;
	message->length = length_of((uint32_t)type);
}

void message_fit(struct message *message)
{
	if (message->type == MESSAGE_OBSERVATION)
		message->length = (uint32_t)observation_size(&message->observation);
}

static bool address_holds(const struct address *address)
{
	static const uint8_t zero[16];
	unsigned int used = address_length(address->family);

	if (address->family != FAMILY_NONE && used == 0)
		return false;
	return memcmp(address->byte + used, zero, sizeof(zero) - used) == 0;
}

static bool octets_hold(const struct octets *octets)
{
	return octets->cut <= 1;
}

static bool dhcp4_holds(const struct observation_dhcp4 *dhcp4)
{
	return dhcp4->message >= DHCP4_DISCOVER && dhcp4->message <= DHCP4_INFORM && dhcp4->from_server <= 1 &&
	       address_holds(&dhcp4->client_address) && address_holds(&dhcp4->your_address) &&
	       address_holds(&dhcp4->relay_address) && address_holds(&dhcp4->requested_address) &&
	       address_holds(&dhcp4->server) && octets_hold(&dhcp4->host_name) && octets_hold(&dhcp4->parameter_list) &&
	       octets_hold(&dhcp4->vendor_class) && octets_hold(&dhcp4->client_id) && octets_hold(&dhcp4->fqdn) &&
	       octets_hold(&dhcp4->relay_info) && octets_hold(&dhcp4->mud_url) && octets_hold(&dhcp4->options) &&
	       octets_hold(&dhcp4->user_class) && octets_hold(&dhcp4->vendor_options);
}

static bool conversation_holds(const struct conversation *conversation)
{
	return address_holds(&conversation->source) && address_holds(&conversation->destination) &&
	       conversation->source.family == conversation->destination.family && conversation->from_server <= 1;
}

static bool observation_holds(const struct observation *observation)
{
	if (observation->outgoing > 1 || observation->vlan > 4095 || observation->ifindex == 0 ||
	    observation->protocol >= PROTOCOL_COUNT || !conversation_holds(&observation->conversation))
		return false;
	switch ((enum observation_type)observation->type) {
	case OBSERVATION_DHCP4:
		return dhcp4_holds(&observation->dhcp4);
	case OBSERVATION_ARP:
		return address_holds(&observation->arp.sender_address) &&
		       address_holds(&observation->arp.target_address);
	case OBSERVATION_FIELDS:
		return fields_hold(&observation->fields);
	case OBSERVATION_FLOW:
		return true;
	}
	return false;
}

/* The size of an observation stands in what has come for sure, once it is long enough to have no bytes of fields. */
static bool length_holds(const struct message *message)
{
	if (message->type != MESSAGE_OBSERVATION)
		return message->length == length_of(message->type);
	return message->length >= offsetof(struct observation, fields.byte) &&
	       message->length == observation_size(&message->observation);
}

static bool capture_holds(const struct message_capture *capture)
{
	return capture->kind == CAPTURE_FLOWS ? capture->ifindex == 0
	                                      : capture->ifindex != 0 && capture->kind < CAPTURE_RING_COUNT;
}

static bool text_ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool reasons_end(const struct status *status)
{
	for (size_t i = 0; i < STATUS_REASONS_MAX; i++)
		if (!text_ends(status->malformed[i].reason, sizeof(status->malformed[i].reason)))
			return false;
	return true;
}

static bool status_holds(const struct status *status)
{
	return status->enforcement <= ENFORCEMENT_DEGRADED && status->sensor_alive <= 1 && status->rules_equal <= 1 &&
	       text_ends(status->site, sizeof(status->site)) &&
	       text_ends(status->policy_file, sizeof(status->policy_file)) &&
	       text_ends(status->included_files, sizeof(status->included_files)) &&
	       text_ends(status->trouble, sizeof(status->trouble)) && reasons_end(status);
}

int message_check(const struct message *message, uint32_t size)
{
	bool holds = false;

	if (size < HEADER_BYTES || message->length == 0 || size != HEADER_BYTES + message->length ||
	    !length_holds(message))
		return -EBADMSG;
	switch ((enum message_type)message->type) {
	case MESSAGE_CAPTURE_ADD:
	case MESSAGE_CAPTURE_DELETE:
		holds = capture_holds(&message->capture);
		break;
	case MESSAGE_OBSERVATION:
		holds = observation_holds(&message->observation);
		break;
	case MESSAGE_SENSOR_STATISTICS:
		holds = true; /* any counts are possible */
		break;
	case MESSAGE_STATUS:
		holds = status_holds(&message->status);
		break;
	}
	return holds ? 0 : -EBADMSG;
}

int message_send(int fd, const struct message *message, int passed_fd)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)message, .iov_len = HEADER_BYTES + message->length };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr envelope = { .msg_iov = &part, .msg_iovlen = 1 };

	if (passed_fd >= 0) {
		envelope.msg_control = control.bytes;
		envelope.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &passed_fd, sizeof(int));
	}
	if (sendmsg(fd, &envelope, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return 0;
}

/* Only one descriptor fits the control buffer: the kernel closes any more itself and says MSG_CTRUNC. */
static int descriptor_in(struct msghdr *envelope)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(envelope); c; c = CMSG_NXTHDR(envelope, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

int message_receive(int fd, struct message *message, int *passed_fd)
{
	struct iovec part = { .iov_base = message, .iov_len = sizeof(*message) };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr envelope = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t size = recvmsg(fd, &envelope, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int received_fd, result;

	if (passed_fd)
		*passed_fd = -1;
	if (size < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (size == 0)
		return 0;
	received_fd = descriptor_in(&envelope);
	result = envelope.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? -EBADMSG : message_check(message, (uint32_t)size);
	if (received_fd >= 0 && result == 0 && passed_fd)
		*passed_fd = received_fd;
	else if (received_fd >= 0)
		close(received_fd);
	return result < 0 ? result : 1;
}
