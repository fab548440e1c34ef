/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "netlink/nft_batch.h"
#include "netlink/nft_emit.h"
#include "netlink/nft_read.h"
#include "netlink/socket.h"

#define NFT_RECEIVE_BYTES (1 << 20)

static int open_socket(struct nft *nft)
{
	int on = 1;
	int rc = socket_open(NETLINK_NETFILTER, 0, NFT_RECEIVE_BYTES, &nft->socket, NULL);

	if (rc < 0)
		return rc;
	nft->port = mnl_socket_get_portid(nft->socket);
	/* Niceties: without the first an error has no text, without the second it carries the whole request. */
	mnl_socket_setsockopt(nft->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nft->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

int nft_open(struct nft **nft, struct error *reterr)
{
	struct nft *opened CLEANUP(nft_close) = calloc(1, sizeof(*opened));
	int rc = opened ? open_socket(opened) : -ENOMEM;
	uint32_t generation;

	if (rc < 0)
		return error_set(reterr, rc, "cannot open a netfilter socket: %s", strerror(-rc));
	rc = nft_read_generation(opened, &generation);
	if (rc == -EPERM)
		return error_set(reterr, rc, "nf_tables needs CAP_NET_ADMIN: run as root");
	if (rc == -EINVAL || rc == -EOPNOTSUPP)
		return error_set(reterr, -EPROTONOSUPPORT, "this kernel has no nf_tables: load the module nf_tables");
	if (rc < 0)
		return error_set(reterr, rc, "nf_tables does not answer: %s", strerror(-rc));
	*nft = take_ptr(&opened);
	return 0;
}

void nft_close(struct nft *nft)
{
	if (!nft)
		return;
	if (nft->socket)
		mnl_socket_close(nft->socket);
	nft_model_done(&nft->model);
	free(nft);
}

uint32_t nft_port(const struct nft *nft)
{
	return nft->port;
}

int nft_repair(struct nft *nft, const struct plan *plan, const struct plan_change *repairs, size_t repair_count,
               const struct plan_change *changes, size_t count, struct error *reterr)
{
	struct nft_batch batch;
	int rc;

	if (repair_count + count == 0)
		return 0;
	nft_batch_init(&batch, nft, &nft->names);
	rc = nft_emit_changes(&batch, plan, repairs, repair_count, NLM_F_EXCL, reterr);
	if (rc == 0)
		rc = nft_emit_changes(&batch, plan, changes, count, NLM_F_EXCL, reterr);
	if (rc == 0)
		rc = nft_batch_send(&batch, nft, reterr);
	nft_batch_done(&batch);
	if (rc == 0)
		nft_model_change(&nft->model, plan, changes, count);
	return rc;
}

int nft_change(struct nft *nft, const struct plan *plan, const struct plan_change *changes, size_t count,
               struct error *reterr)
{
	return nft_repair(nft, plan, NULL, 0, changes, count, reterr);
}

int nft_clear(struct nft *nft, struct error *reterr)
{
	struct nft_batch batch;
	int rc;

	nft_batch_init(&batch, nft, &nft->names);
	nft_emit_clear(&batch);
	rc = nft_batch_send(&batch, nft, reterr);
	nft_batch_done(&batch);
	if (rc == 0)
		nft_model_forget(&nft->model);
	return rc;
}

int nft_count_others(struct nft *nft, uint32_t *others, struct error *reterr)
{
	uint32_t generation = 0;
	int rc = nft_read_generation(nft, &generation);

	if (rc < 0)
		return error_set(reterr, rc, "nf_tables does not tell its generation: %s", strerror(-rc));
	*others = generation - nft->committed;
	return 0;
}
