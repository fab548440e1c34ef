/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft: put a plan into the kernel and change its elements, each call one transaction.
 *
 * Owns:    one NETLINK_NETFILTER socket.
 * Limits:  messages are built in batches that grow; one call is always one transaction.
 * Context: controller process, CAP_NET_ADMIN in the network namespace.
 * Source:  linux/netfilter/nf_tables.h, nfnetlink.h. libnftnl builds; replies are read with libmnl alone.
 */
#ifndef ISOWARD_NETLINK_NFT_H
#define ISOWARD_NETLINK_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/memory.h"
#include "policy/plan/plan.h"

struct nft;

/* nft_open opens the socket into a new ${nft}. errors: -EPERM no CAP_NET_ADMIN; -EPROTONOSUPPORT no nf_tables. */
int nft_open(struct nft **nft, struct error *reterr);

/* nft_close closes ${nft}; NULL is allowed. The kernel keeps what it holds. */
void nft_close(struct nft *nft);
CLEANUP_DEFINE(struct nft, nft_close);

/*
 * nft_replace puts ${plan} and the ${count} CHANGE_ADD ${elements} into the kernel in place of the table's former
 * self: laid out beside it, switched to in one transaction, the old swept away. What both allow loses nothing, what
 * both refuse does not pass. The names of sets and chains then carry a generation ("zone4.g2"), base chains' do not.
 * errors: the kernel's errno with the chain, set or rule comment it belongs to and the kernel's extended-ack text;
 *         the kernel then holds what it held before.
 */
int nft_replace(struct nft *nft, const struct plan *plan, const struct plan_change *elements, size_t count,
                struct error *reterr);

/*
 * nft_replace_keeping is nft_replace that leaves sets of devices as they are: those of the bits ${kept}, 1 << enum
 * plan_lasting. The caller vouches that both the former rules and ${plan} mean the right thing by each of their
 * elements.
 * ${elements} has none of theirs. errors: as nft_replace; -ENOENT where the kernel does not have these sets as we laid
 * them out; whatever it is, nft_replace of all elements may yet succeed.
 */
int nft_replace_keeping(struct nft *nft, const struct plan *plan, unsigned int kept, const struct plan_change *elements,
                        size_t count, struct error *reterr);

/*
 * nft_change sends ${count} ${changes} in one transaction, in order; ${plan} tells the types of the sets.
 * errors: as nft_replace; -ENOENT where a deleted element or the table is not there, -EEXIST where an added one is;
 *         -ENFILE where a set of devices has no room left: nft_replace of all elements makes more.
 */
int nft_change(struct nft *nft, const struct plan *plan, const struct plan_change *changes, size_t count,
               struct error *reterr);

/*
 * nft_repair sends in one transaction first ${repairs}, which make of what the kernel was found to hold what it was
 * told (nft_verify_changes), then ${changes} as nft_change does. errors: as nft_change.
 */
int nft_repair(struct nft *nft, const struct plan *plan, const struct plan_change *repairs, size_t repair_count,
               const struct plan_change *changes, size_t count, struct error *reterr);

/*
 * Who wants the last word of rules that are replaced. ${read} is called when they judge no more packets and before they
 * are swept, and may read their counters by nft_read_counters; ${gone} when their counters are no more. Where the table
 * has to be made anew ${read} comes before, and what they judge until then is missed.
 */
struct nft_farewell {
	void (*read)(void *context);
	void (*gone)(void *context);
	void *context;
};

/* nft_set_farewell makes nft_replace of ${nft} call ${farewell}, which is copied. */
void nft_set_farewell(struct nft *nft, const struct nft_farewell *farewell);

/* nft_clear deletes the table. errors: 0 too where there was none. */
int nft_clear(struct nft *nft, struct error *reterr);

/* One rule's counter as the kernel holds it. */
struct nft_counter {
	char chain[PLAN_NAME_MAX];
	char comment[PLAN_COMMENT_MAX];
	uint64_t packets;
	uint64_t bytes;
};

/*
 * nft_read_counters calls ${each} with ${context} for every counted rule of the base chains and of the generation in
 * force: not for what is laid out beside it. errors: negative errno.
 */
int nft_read_counters(struct nft *nft, void (*each)(const struct nft_counter *counter, void *context), void *context,
                      struct error *reterr);

/*
 * nft_read_elements counts the elements of the set ${name} into ${count}.
 * errors: -ENOENT no such table or set.
 */
int nft_count_elements(struct nft *nft, const char *name, size_t *count, struct error *reterr);

/* nft_port tells the netlink port id of ${nft}, so that a monitor can tell our own changes from a stranger's. */
uint32_t nft_port(const struct nft *nft);

/*
 * nft_count_others counts in ${others} the transactions of all but ${nft}, of any table, from some number on: where it
 * is the same as before, nobody else changed anything. errors: negative errno, others untouched.
 */
int nft_count_others(struct nft *nft, uint32_t *others, struct error *reterr);

/* A listener to changes of our table by others. */
struct nft_monitor;

/* nft_monitor_open joins the nf_tables group into a new ${monitor}. errors: negative errno. */
int nft_monitor_open(struct nft_monitor **monitor, struct error *reterr);

/* nft_monitor_close closes ${monitor}; NULL is allowed. */
void nft_monitor_close(struct nft_monitor *monitor);
CLEANUP_DEFINE(struct nft_monitor, nft_monitor_close);

/*
 * nft_monitor_pause leaves off listening until nft_monitor_resume. While anybody listens the kernel writes a
 * notification for each element of a transaction, whoever sent it: 2 s for the 100 000 devices that it takes in 0.4 s
 * unheard. What others change meanwhile is not told: nft_count_others shows whether they did.
 */
void nft_monitor_pause(struct nft_monitor *monitor);

/* nft_monitor_resume listens again. errors: negative errno. */
int nft_monitor_resume(struct nft_monitor *monitor, struct error *reterr);

/* nft_monitor_fd borrows the descriptor to poll. */
int nft_monitor_fd(const struct nft_monitor *monitor);

/* nft_monitor_losses tells how often events were lost (ENOBUFS) or cut. */
uint64_t nft_monitor_losses(const struct nft_monitor *monitor);

/*
 * nft_monitor_readable reads what is pending and ignores changes that came from ${own_port}, elements that the
 * kernel itself added or expired, and other tables. Call it once right after nft_monitor_open: from then on the kernel
 * keeps the events of ${own_port} away, so that a large change of our own cannot look like a loss.
 * shape: returns 1 where our table was changed by another or events were lost (ENOBUFS: unknown), else 0.
 * errors: negative errno.
 */
int nft_monitor_readable(struct nft_monitor *monitor, uint32_t own_port);

#endif
