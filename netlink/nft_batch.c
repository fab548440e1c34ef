/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_batch.h"

#include <assert.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "netlink/attribute.h"

#define REPLY_BYTES 16384

/* MNL_ALIGN for lengths without a sign. */
static size_t align(size_t length)
{
	return (length + NLMSG_ALIGNTO - 1) & ~(size_t)(NLMSG_ALIGNTO - 1);
}

static uint8_t *reserve_message(struct nft_batch *batch)
{
	void *bytes = batch->bytes;

	if (batch->failed)
		return NULL;
	batch->failed = memory_reserve(&bytes, &batch->capacity, batch->length + NFT_MESSAGE_MAX, 1);
	batch->bytes = bytes;
	return batch->failed ? NULL : batch->bytes + batch->length;
}

static int put_origin(struct nft_batch *batch, struct nft_origin origin)
{
	void *origins = batch->origins;
	int rc = memory_reserve(&origins, &batch->origin_capacity, batch->origin_count + 1, sizeof(origin));

	batch->origins = origins;
	if (rc == 0)
		batch->origins[batch->origin_count++] = origin;
	else
		batch->failed = rc;
	return rc;
}

/* The sequence number of the message whose origin was put last. */
static uint32_t last_sequence(const struct nft_batch *batch)
{
	return batch->first_sequence + (uint32_t)batch->origin_count - 1;
}

static void put_boundary(struct nft_batch *batch, struct nlmsghdr *(*put)(char *, uint32_t))
{
	uint8_t *at = reserve_message(batch);

	if (at && put_origin(batch, (struct nft_origin){ .kind = ORIGIN_TRANSACTION }) == 0)
		batch->length += put((char *)at, last_sequence(batch))->nlmsg_len;
}

void nft_batch_init(struct nft_batch *batch, struct nft *nft, const struct nft_names *names)
{
	*batch = (struct nft_batch){ .first_sequence = nft->sequence + 1, .names = *names };
	put_boundary(batch, nftnl_batch_begin);
}

void nft_batch_expect(struct nft_batch *batch, size_t bytes)
{
	size_t wanted = batch->length + bytes + NFT_MESSAGE_MAX;
	size_t size = (wanted + MEMORY_LARGE_BYTES - 1) / MEMORY_LARGE_BYTES * MEMORY_LARGE_BYTES;
	uint8_t *block;

	if (batch->failed || wanted < MEMORY_LARGE_BYTES || wanted <= batch->capacity)
		return;
	block = aligned_alloc(MEMORY_LARGE_BYTES, size);
	if (!block)
		return;
	memory_prefer_large(block, size);
	memcpy(block, batch->bytes, batch->length);
	free(batch->bytes);
	batch->bytes = block;
	batch->capacity = size;
}

void nft_batch_done(struct nft_batch *batch)
{
	free(batch->bytes);
	free(batch->origins);
}

struct nlmsghdr *nft_batch_message(struct nft_batch *batch, uint16_t type, uint16_t flags, struct nft_origin origin)
{
	uint8_t *at = reserve_message(batch);

	if (!at || put_origin(batch, origin) < 0)
		return NULL;
	return nftnl_nlmsg_build_hdr((char *)at, type, NFPROTO_INET, flags, last_sequence(batch));
}

void nft_batch_commit(struct nft_batch *batch, const struct nlmsghdr *header)
{
	assert(header->nlmsg_len <= NFT_MESSAGE_MAX);
	batch->last_offset = batch->length;
	batch->length += align(header->nlmsg_len);
}

/*
 * netlink_sendmsg() refuses what is longer than the socket's send buffer less 32 bytes; the kernel doubles what is
 * asked for. The forced form needs CAP_NET_ADMIN, the other stops at net.core.wmem_max.
 */
static void widen_send_buffer(struct nft *nft, size_t length)
{
	int fd = mnl_socket_get_fd(nft->socket);
	int wanted = length > INT32_MAX / 2 ? INT32_MAX / 2 : (int)length + 4096;

	if (wanted <= nft->send_buffer)
		return;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
	nft->send_buffer = wanted;
}

static int send_bytes(struct nft *nft, const struct nft_batch *batch, struct error *reterr)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec vector = { .iov_base = batch->bytes, .iov_len = batch->length };
	struct msghdr message = {
		.msg_name = &kernel, .msg_namelen = sizeof(kernel), .msg_iov = &vector, .msg_iovlen = 1
	};
	ssize_t sent;

	widen_send_buffer(nft, batch->length);
	do {
		sent = sendmsg(mnl_socket_get_fd(nft->socket), &message, 0);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return error_set(reterr, -errno, "cannot send %zu bytes to nf_tables: %s", batch->length,
		                 strerror(errno));
	return 0;
}

/* The text of the extended acknowledgement after ${header}, or NULL. With NETLINK_CAP_ACK no payload precedes it. */
static const char *extended_text(const struct nlmsghdr *header)
{
	const struct nlattr *slots[NLMSGERR_ATTR_MSG + 1];
	const struct nlmsgerr *reply = mnl_nlmsg_get_payload(header);
	size_t skip = sizeof(*reply);

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += align(reply->msg.nlmsg_len) - sizeof(reply->msg);
	attribute_parse(header, skip, slots, NLMSGERR_ATTR_MSG);
	return attribute_text(slots[NLMSGERR_ATTR_MSG]);
}

static int report(const struct nft_batch *batch, const struct nlmsghdr *header, int code, struct error *reterr)
{
	static const char *const words[] = {
		[ORIGIN_TRANSACTION] = "the transaction",
		[ORIGIN_TABLE] = "table",
		[ORIGIN_SET] = "set",
		[ORIGIN_ELEMENTS] = "elements of set",
		[ORIGIN_CHAIN] = "chain",
		[ORIGIN_RULE] = "rule in chain",
		[ORIGIN_HELPER] = "helper",
	};
	uint32_t index = header->nlmsg_seq - batch->first_sequence;
	struct nft_origin origin = { .kind = ORIGIN_TRANSACTION };
	const char *extended = extended_text(header);

	if (index < batch->origin_count)
		origin = batch->origins[index];
	/* The one refusal that an operator can bring about: by a policy for which this kernel is not made. */
	if (origin.kind == ORIGIN_HELPER && (code == -ENOENT || code == -EOPNOTSUPP))
		return error_set(
			reterr, code,
			"this kernel cannot follow %s: %s needs its module nf_conntrack_%s, which is not there",
			origin.name, origin.comment, origin.name);
	return error_set(reterr, code, "the kernel refused %s%s%s%s%s%s: %s%s%s%s", words[origin.kind],
	                 origin.name ? " " : "", origin.name ? origin.name : "",
	                 origin.comment && origin.comment[0] ? " (" : "", origin.comment ? origin.comment : "",
	                 origin.comment && origin.comment[0] ? ")" : "", strerror(-code), extended ? " (" : "",
	                 extended ? extended : "", extended ? ")" : "");
}

/* One datagram of answers. ${answered} becomes true at the acknowledgement of the last message. */
static int read_datagram(const struct nft_batch *batch, const void *bytes, size_t length, bool *answered,
                         struct error *reterr)
{
	const struct nlmsghdr *header = bytes;
	int left = (int)length;
	int rc = 0;

	for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
		const struct nlmsgerr *reply = mnl_nlmsg_get_payload(header);
		int code;

		/* Answers to an earlier transaction that was given up, were there any, are not ours. */
		if (header->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(header) < sizeof(*reply) ||
		    header->nlmsg_seq - batch->first_sequence >= batch->origin_count)
			continue;
		code = reply->error;
		if (code < 0)
			code = report(batch, header, code, reterr);
		if (code < 0 && rc == 0)
			rc = code;
		/* The last message before the batch's end asks for the acknowledgement. */
		if (header->nlmsg_seq == last_sequence(batch) - 1)
			*answered = true;
	}
	return rc;
}

/*
 * nfnetlink_rcv_batch() works inside sendmsg(): every answer waits already when that returns, so this reads without
 * blocking until there is none.
 */
static int read_answers(struct nft_batch *batch, struct nft *nft, struct error *reterr)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[REPLY_BYTES];
	bool answered = false;
	int rc = 0;

	for (;;) {
		struct iovec vector = { .iov_base = buffer, .iov_len = sizeof(buffer) };
		struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
		ssize_t received = recvmsg(mnl_socket_get_fd(nft->socket), &message, MSG_DONTWAIT);
		int one;

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0 && errno == EAGAIN)
			break;
		if (received < 0) {
			one = error_set(reterr, -errno, "the answers of nf_tables were lost: %s", strerror(errno));
			if (one != -ENOBUFS)
				return rc ? rc : one;
		} else {
			one = read_datagram(batch, buffer, (size_t)received, &answered, reterr);
		}
		if (one < 0 && rc == 0)
			rc = one;
	}
	if (rc == 0 && !answered)
		rc = error_set(reterr, -EIO, "nf_tables did not answer");
	return rc;
}

int nft_batch_send(struct nft_batch *batch, struct nft *nft, struct error *reterr)
{
	int rc;

	if (!batch->failed)
		((struct nlmsghdr *)(void *)(batch->bytes + batch->last_offset))->nlmsg_flags |= NLM_F_ACK;
	put_boundary(batch, nftnl_batch_end);
	if (batch->failed)
		return error_set(reterr, batch->failed, "cannot build a transaction: %s", strerror(-batch->failed));
	nft->sequence = last_sequence(batch);
	rc = send_bytes(nft, batch, reterr);
	if (rc == 0)
		rc = read_answers(batch, nft, reterr);
	nft->committed += rc == 0;
	return rc;
}
