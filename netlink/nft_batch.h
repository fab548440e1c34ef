/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_batch: one transaction: messages in a buffer that grows, what each of them is for, the send and the answers.
 *
 * Owns:    its buffer and the list of origins. Origins borrow their names: they outlive the batch.
 * Limits:  a message is at most NFT_MESSAGE_MAX bytes.
 * Context: controller process; private to netlink/.
 * Source:  linux/netfilter/nfnetlink.h (batches), linux/netlink.h (extended acknowledgement).
 */
#ifndef ISOWARD_NETLINK_NFT_BATCH_H
#define ISOWARD_NETLINK_NFT_BATCH_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#include "netlink/nft.h"
#include "netlink/nft_model.h"
#include "netlink/nft_names.h"
#include "policy/base/error.h"
#include "policy/base/memory.h"

/* An attribute's length has 16 bits: one nested list of elements and its message stay below this. */
#define NFT_MESSAGE_MAX 65536U

struct nft {
	struct mnl_socket *socket;
	uint32_t port;
	uint32_t sequence;      /* the last one used */
	int send_buffer;        /* bytes asked of SO_SNDBUF so far */
	struct nft_names names; /* in force; generation 0 before the first replacement */
	uint32_t laid_out;      /* beside them, when the old ones are said farewell; 0 else */
	struct nft_farewell farewell;
	uint32_t committed;     /* transactions that the kernel took from us */
	struct nft_model model; /* what the kernel should hold */
};

/* What a message is for, to name it in an error. */
enum nft_origin_kind {
	ORIGIN_TRANSACTION,
	ORIGIN_TABLE,
	ORIGIN_SET,
	ORIGIN_ELEMENTS,
	ORIGIN_CHAIN,
	ORIGIN_RULE,
	ORIGIN_HELPER,
};

struct nft_origin {
	enum nft_origin_kind kind;
	const char *name;    /* the table's, set's or chain's; a rule's chain */
	const char *comment; /* a rule's, or what a helper is for; else NULL */
};

struct nft_batch {
	uint8_t *bytes;
	size_t length;
	size_t capacity;
	struct nft_origin *origins; /* by sequence - first_sequence */
	size_t origin_count;
	size_t origin_capacity;
	size_t last_offset; /* of the last message */
	uint32_t first_sequence;
	struct nft_names names; /* that its messages carry */
	int failed;             /* sticky: negative errno of the first failure */
};

/* nft_batch_init begins ${batch} in the caller's storage, with ${names}, which are copied, and the next sequence
 * numbers of ${nft}. */
void nft_batch_init(struct nft_batch *batch, struct nft *nft, const struct nft_names *names);

/*
 * nft_batch_expect makes room in ${batch} for ${bytes} of messages to come, where they are many in large pages: touched
 * page by page, the buffer takes longer than what is written into it. A wish: without it the buffer grows by and by.
 * No message may be begun and not committed.
 */
void nft_batch_expect(struct nft_batch *batch, size_t bytes);

/* nft_batch_done releases what ${batch} owns. */
void nft_batch_done(struct nft_batch *batch);

/*
 * nft_batch_message begins a message of nf_tables ${type} with ${flags} for what ${origin} tells.
 * shape: NULL once the batch has failed; end it with nft_batch_commit before the next. NFT_MESSAGE_MAX bytes of room.
 */
struct nlmsghdr *nft_batch_message(struct nft_batch *batch, uint16_t type, uint16_t flags, struct nft_origin origin);

/* nft_batch_commit ends the message begun at ${header}. */
void nft_batch_commit(struct nft_batch *batch, const struct nlmsghdr *header);

/*
 * nft_batch_send ends ${batch}, sends it as one transaction through ${nft} and reads the kernel's answers.
 * errors: the kernel's errno, text with the origin and the extended acknowledgement; -ENOBUFS answers were lost,
 *         which only a failed transaction can cause.
 */
int nft_batch_send(struct nft_batch *batch, struct nft *nft, struct error *reterr);

#endif
