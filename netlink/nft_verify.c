/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_verify.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/attribute.h"
#include "netlink/nft_verify_internal.h"
#include "netlink/socket.h"

#define DATAGRAM_BYTES 32768 /* the kernel's dumps have no longer ones */
#define RECEIVE_BYTES  (256 << 10)

/* ---- socket ---- */

static int open_verify(struct nft_verify *verify)
{
	int rc;

	verify->buffer = malloc(DATAGRAM_BYTES);
	if (!verify->buffer)
		return -ENOMEM;
	rc = socket_open(NETLINK_NETFILTER, 0, RECEIVE_BYTES, &verify->socket, NULL);
	if (rc == 0)
		verify->port = mnl_socket_get_portid(verify->socket);
	return rc;
}

int nft_verify_open(struct nft_verify **verify, struct error *reterr)
{
	struct nft_verify *opened CLEANUP(nft_verify_close) = calloc(1, sizeof(*opened));
	int rc = opened ? open_verify(opened) : -ENOMEM;

	if (rc < 0)
		return error_set(reterr, rc, "cannot open a socket to read nf_tables: %s", strerror(-rc));
	*verify = take_ptr(&opened);
	return 0;
}

void nft_verify_close(struct nft_verify *verify)
{
	if (!verify)
		return;
	if (verify->socket)
		mnl_socket_close(verify->socket);
	nft_search_done(&verify->search);
	free(verify->buffer);
	free(verify);
}

int nft_verify_fd(const struct nft_verify *verify)
{
	return mnl_socket_get_fd(verify->socket);
}

bool nft_verify_active(const struct nft_verify *verify)
{
	return verify->question != ASK_NOTHING;
}

bool nft_verify_searches(const struct nft_verify *verify)
{
	return nft_verify_active(verify) && verify->searching;
}

const struct nft_verdict *nft_verify_verdict(const struct nft_verify *verify)
{
	return &verify->verdict;
}

static int receive(struct nft_verify *verify)
{
	struct iovec vector = { .iov_base = verify->buffer, .iov_len = DATAGRAM_BYTES };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	ssize_t received;

	do {
		received = recvmsg(nft_verify_fd(verify), &message, MSG_DONTWAIT);
	} while (received < 0 && errno == EINTR);
	if (received < 0)
		return -errno;
	return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : (int)received;
}

/* What is left of an answer would keep the kernel from giving the next: it is read to its end. */
void nft_verify_cancel(struct nft_verify *verify)
{
	int rc;

	do {
		rc = receive(verify);
	} while (rc >= 0 || rc == -ENOBUFS || rc == -EMSGSIZE);
	verify->question = ASK_NOTHING;
	verify->searching = false;
}

static int end(struct nft_verify *verify, int rc)
{
	nft_verify_cancel(verify);
	return rc;
}

int nft_verify_unchanged(const struct nft_verify *verify, struct nft *nft, bool *unchanged)
{
	uint32_t others;
	int rc = nft_count_others(nft, &others, NULL);

	if (rc == 0)
		*unchanged = verify->is_verified && others == verify->verified && verify->layouts == nft->model.layouts;
	return rc;
}

/* ---- asking ---- */

static void forget_found(struct nft_model *model, enum nft_part_kind kind)
{
	for (size_t i = 0; i < model->count; i++)
		if (model->parts[i].kind == kind) {
			model->parts[i].found = 0;
			model->parts[i].found_count = 0;
		}
}

static const struct {
	uint16_t type;
	uint16_t table; /* the attribute that asks for one table only; 0 for none */
	enum nft_part_kind kind;
} questions[] = {
	[ASK_TABLE] = { NFT_MSG_GETTABLE, 0, PART_TABLE },
	[ASK_CHAINS] = { NFT_MSG_GETCHAIN, 0, PART_CHAIN },
	[ASK_RULES] = { NFT_MSG_GETRULE, NFTA_RULE_TABLE, PART_RULES },
	[ASK_SETS] = { NFT_MSG_GETSET, NFTA_SET_TABLE, PART_SET },
	[ASK_HELPERS] = { NFT_MSG_GETOBJ, NFTA_OBJ_TABLE, PART_HELPER },
	[ASK_ELEMENTS] = { NFT_MSG_GETSETELEM, NFTA_SET_ELEM_LIST_TABLE, PART_ELEMENTS },
};

static int prepare(struct nft_verify *verify, struct nft *nft)
{
	struct nft_part *part = &nft->model.parts[verify->part];

	verify->strangers = verify->settled;
	if (verify->question != ASK_ELEMENTS) {
		forget_found(&nft->model, questions[verify->question].kind);
		return 0;
	}
	if (verify->searching)
		return nft_search_set(&verify->search, part->name, part->want_count);
	part->found = 0;
	part->found_count = 0;
	return 0;
}

static int ask(struct nft_verify *verify, struct nft *nft)
{
	_Alignas(struct nlmsghdr) char bytes[512];
	char name[NFT_NAME_MAX];
	struct nlmsghdr *header = nftnl_nlmsg_build_hdr(bytes, questions[verify->question].type, NFPROTO_INET,
	                                                NLM_F_DUMP, ++verify->sequence);
	int rc = prepare(verify, nft);

	if (rc < 0)
		return rc;
	verify->torn = false;
	verify->answered = false;
	verify->failed = 0;
	verify->commits = nft->committed;
	if (questions[verify->question].table)
		mnl_attr_put_strz(header, questions[verify->question].table, PLAN_TABLE);
	if (verify->question == ASK_ELEMENTS)
		mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_SET,
		                  nft_set_name(name, nft->model.parts[verify->part].name, &nft->names));
	return mnl_socket_sendto(verify->socket, header, header->nlmsg_len) < 0 ? -errno : 0;
}

static bool differs(const struct nft_part *part)
{
	return part->found != part->wanted || part->found_count != part->want_count;
}

/* The next set whose elements are to be read, from ${part} on; past the end where there is none. */
static size_t next_elements(const struct nft_verify *verify, const struct nft_model *model, size_t part)
{
	while (part < model->count &&
	       (model->parts[part].kind != PART_ELEMENTS || (verify->searching && !differs(&model->parts[part]))))
		part++;
	return part;
}

static int begin(struct nft_verify *verify, struct nft *nft)
{
	if (nft_verify_active(verify))
		return -EBUSY;
	if (!nft->model.known)
		return -ENODATA;
	verify->layouts = nft->model.layouts;
	verify->tries = 0;
	return 0;
}

int nft_verify_begin(struct nft_verify *verify, struct nft *nft)
{
	int rc = begin(verify, nft);

	if (rc == 0)
		rc = nft_count_others(nft, &verify->others, NULL);
	if (rc < 0)
		return rc;
	verify->strangers = (struct strangers){ .count = 0 };
	verify->settled = verify->strangers;
	verify->verdict.what[0] = '\0';
	verify->is_verified = false;
	verify->searching = false;
	verify->question = ASK_TABLE;
	rc = ask(verify, nft);
	return rc < 0 ? end(verify, rc) : 0;
}

int nft_verify_search(struct nft_verify *verify, struct nft *nft, const struct plan *plan, nft_each_element *each,
                      void *context)
{
	int rc = begin(verify, nft);

	if (rc < 0)
		return rc;
	nft_search_begin(&verify->search, plan, each, context);
	verify->searching = true;
	verify->question = ASK_ELEMENTS;
	verify->part = next_elements(verify, &nft->model, 0);
	if (verify->part == nft->model.count)
		return end(verify, -ENOENT);
	rc = ask(verify, nft);
	return rc < 0 ? end(verify, rc) : 0;
}

int nft_verify_changes(const struct nft_verify *verify, const struct plan_change **changes)
{
	if (verify->search.beyond || verify->search.count > INT32_MAX)
		return -E2BIG;
	*changes = verify->search.changes;
	return (int)verify->search.count;
}

/* ---- answers ---- */

static void read_datagram(struct nft_verify *verify, struct nft *nft, int length)
{
	const struct nlmsghdr *header = (const void *)verify->buffer;

	for (; mnl_nlmsg_ok(header, length); header = mnl_nlmsg_next(header, &length)) {
		const struct nlmsgerr *reply = mnl_nlmsg_get_payload(header);

		if (header->nlmsg_seq != verify->sequence || header->nlmsg_pid != verify->port)
			continue;
		verify->torn |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (header->nlmsg_type == NLMSG_DONE) {
			verify->answered = true;
		} else if (header->nlmsg_type == NLMSG_ERROR) {
			verify->answered = true;
			verify->failed = mnl_nlmsg_get_payload_len(header) < sizeof(*reply) ? -EBADMSG : reply->error;
		} else if (header->nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES) {
			nft_verify_take(verify, nft, header);
		}
	}
}

/* ---- the verdict ---- */

static void say_part(struct nft_verdict *verdict, const struct nft_part *part)
{
	static const char *const words[PART_KIND_COUNT] = {
		[PART_TABLE] = "table",
		[PART_CHAIN] = "chain",
		[PART_RULES] = "rules of chain",
		[PART_SET] = "set",
		[PART_ELEMENTS] = "elements of set",
		[PART_HELPER] = "helper",
	};
	bool counted = part->kind == PART_RULES || part->kind == PART_ELEMENTS;

	if (part->found_count == part->want_count)
		snprintf(verdict->what, sizeof(verdict->what), "%s %s changed", words[part->kind], part->name);
	else if (counted)
		snprintf(verdict->what, sizeof(verdict->what), "%s %s: %zu instead of %zu", words[part->kind],
		         part->name, part->found_count, part->want_count);
	else
		snprintf(verdict->what, sizeof(verdict->what), "%s %s is gone", words[part->kind], part->name);
}

static void conclude(struct nft_verify *verify, const struct nft *nft)
{
	const struct nft_model *model = &nft->model;
	struct nft_verdict *verdict = &verify->verdict;

	verdict->differing = verify->strangers.count;
	verdict->elements_only = verify->strangers.count == 0;
	for (size_t i = 0; i < model->count; i++) {
		const struct nft_part *part = &model->parts[i];

		if (!differs(part))
			continue;
		if (verdict->differing++ == 0)
			say_part(verdict, part);
		verdict->elements_only &= part->kind == PART_ELEMENTS && part->changeable;
	}
	verdict->equal = verdict->differing == 0;
	verdict->elements_only &= !verdict->equal;
	verdict->wanted = nft_model_digest(model, false);
	verdict->found = nft_model_digest(model, true) + verify->strangers.digest;
	verify->is_verified = verdict->equal;
	verify->verified = verify->others;
}

/* Where sets or rules differ the whole is replaced, whatever the elements are. */
static bool structure_differs(const struct nft_verify *verify, const struct nft_model *model)
{
	if (verify->strangers.count)
		return true;
	for (size_t i = 0; i < model->count; i++)
		if (model->parts[i].kind != PART_ELEMENTS && differs(&model->parts[i]))
			return true;
	return false;
}

/* On to the next question; false where that was the last. */
static bool go_on(struct nft_verify *verify, const struct nft_model *model)
{
	verify->tries = 0;
	verify->settled = verify->strangers;
	if (verify->question == ASK_ELEMENTS) {
		verify->part = next_elements(verify, model, verify->part + 1);
	} else {
		verify->question++;
		if (verify->question == ASK_ELEMENTS && structure_differs(verify, model))
			return false;
		verify->part = next_elements(verify, model, 0);
	}
	return verify->question != ASK_ELEMENTS || verify->part < model->count;
}

static int answered(struct nft_verify *verify, struct nft *nft)
{
	int rc = 0;

	if (verify->failed < 0 && verify->failed != -ENOENT)
		return verify->failed; /* ENOENT: the set is gone, and so are its elements */
	if (verify->torn || verify->commits != nft->committed)
		return ++verify->tries < NFT_VERIFY_TRIES ? ask(verify, nft) : -ESTALE;
	if (verify->searching)
		rc = nft_search_end(&verify->search);
	if (rc < 0)
		return rc;
	if (go_on(verify, &nft->model))
		return ask(verify, nft);
	if (!verify->searching)
		conclude(verify, nft);
	verify->question = ASK_NOTHING;
	verify->searching = false;
	return 1;
}

int nft_verify_step(struct nft_verify *verify, struct nft *nft, unsigned int datagrams)
{
	int rc = 0;

	if (!nft_verify_active(verify))
		return 1;
	while (datagrams-- > 0 && rc == 0) {
		int length = receive(verify);

		if (length == -EAGAIN)
			return 0;
		if (length < 0)
			return end(verify, length);
		if (verify->layouts == nft->model.layouts)
			read_datagram(verify, nft, length);
		else
			return end(verify, -ECANCELED);
		if (verify->answered)
			rc = answered(verify, nft);
	}
	return rc < 0 ? end(verify, rc) : rc;
}
