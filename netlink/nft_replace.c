/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replacing the rules under traffic.
 *
 * One transaction that deletes the table and makes it anew is atomic for the ruleset, but not for a packet on its way:
 * the kernel (nf_tables_commit) flips the generation first and only then puts the contents of new interval sets in
 * place, so for a moment new rules look into empty maps, and what is allowed is refused. Seen on 6.18: one reload in
 * three lost a packet of an allowed flow. So the new generation is laid out beside the old one:
 *
 *   lay     its helpers, its sets with their elements, and its chains with their rules; nothing leads to them yet
 *   switch  the base chains' rules, one transaction: from here on packets are judged by it
 *   sweep   the old generation's chains, sets and helpers, once their counters have been read and no packet is left in
 *           them
 *
 * Nothing is refused that both generations allow, nothing passes that both refuse; lost = 0, leaked = 0.
 *
 * Sets of devices can be kept: no element of them changes between lay and sweep, old rules and new ones look into the
 * same set and find the same there, whichever of them a packet on its way is judged by. So a set can be kept only where
 * each of its elements means the right thing to both, which the caller knows; any other is laid anew beside the old
 * one, which the old rules go on to look into. A kept set keeps the name, and the number, of the generation that laid
 * it.
 */
#include <assert.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netlink/nft.h"
#include "netlink/nft_batch.h"
#include "netlink/nft_emit.h"
#include "netlink/nft_read.h"

static uint32_t next_generation(const struct nft *nft, const struct nft_objects *old)
{
	uint32_t most = nft->names.generation;

	for (size_t i = 0; i < old->count; i++) {
		uint32_t generation = nft_name_generation(old->at[i].name);

		if (generation > most)
			most = generation;
	}
	return most + 1;
}

static bool is_kept(const struct nft_names *names, const char *set)
{
	int lasting = plan_lasting_by_name(set);

	return lasting >= 0 && names->kept[lasting];
}

static void emit_rules(struct nft_batch *batch, const struct plan_chain *chain)
{
	for (size_t i = 0; i < chain->rule_count; i++)
		nft_emit_rule(batch, chain, &chain->rules[i]);
}

/* Of a fixed table at least; three quarters of them are its elements. */
#define BUCKETS_LEAST 16384U

/*
 * How many elements a set of devices that begins with ${count} may come to hold: half as many again. Told a size, the
 * kernel gives the set a fixed table, which takes half as long to fill as one that grows: there each insertion passes
 * through all the tables that growth has not emptied yet. Beyond its size a set refuses with -ENFILE, and who tells it
 * of devices replaces all. The buckets are the power of two at or above four thirds of the size (nft_hash_buckets()).
 */
static uint32_t room_for(size_t count)
{
	uint32_t buckets = BUCKETS_LEAST;

	while (buckets / 4 * 3 < count + count / 2 && buckets < UINT32_MAX / 2)
		buckets *= 2;
	return buckets / 4 * 3;
}

/* How many of ${elements} each set of devices is to have. */
static void count_lasting(const struct plan_change *elements, size_t count, size_t counts[PLAN_LASTING_COUNT])
{
	int lasting = -1;

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || elements[i].set != elements[i - 1].set)
			lasting = plan_lasting_by_name(elements[i].set);
		if (lasting >= 0)
			counts[lasting]++;
	}
}

/* Sets of devices with room for more, unless the plan tells how large they are; kept ones are there. */
static void emit_sets(struct nft_batch *batch, const struct plan *plan, const struct plan_change *elements,
                      size_t count)
{
	size_t counts[PLAN_LASTING_COUNT] = { 0 };

	count_lasting(elements, count, counts);
	for (size_t i = 0; i < plan->set_count; i++) {
		const struct plan_set *set = &plan->sets[i];
		int lasting = plan_lasting_by_name(set->name);
		bool has_room = lasting >= 0 && set->size == 0;

		if (!is_kept(&batch->names, set->name))
			nft_emit_set(batch, set, (uint32_t)i + 1, has_room ? room_for(counts[lasting]) : 0);
	}
}

/*
 * Elements that lead to chains come after the chains; rules come last, since with the first rule that looks into a
 * constant set the kernel closes it. Base chains come with them only where there is no table to switch.
 */
static int lay(struct nft_batch *batch, const struct plan *plan, bool whole, const struct plan_change *elements,
               size_t count, struct error *reterr)
{
	nft_emit_table(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	for (size_t i = 0; i < plan->helper_count; i++)
		nft_emit_helper(batch, &plan->helpers[i]);
	emit_sets(batch, plan, elements, count);
	for (size_t i = 0; i < plan->chain_count; i++)
		if (whole || plan->chains[i].hook == HOOK_NONE)
			nft_emit_chain(batch, &plan->chains[i], NLM_F_EXCL);
	for (size_t i = 0; i < plan->set_count; i++)
		nft_emit_elements(batch, &plan->sets[i]);
	for (size_t i = 0; i < plan->chain_count; i++)
		if (whole || plan->chains[i].hook == HOOK_NONE)
			emit_rules(batch, &plan->chains[i]);
	return nft_emit_changes(batch, plan, elements, count, 0, reterr);
}

static void switch_over(struct nft_batch *batch, const struct plan *plan)
{
	for (size_t i = 0; i < plan->chain_count; i++) {
		const struct plan_chain *chain = &plan->chains[i];

		if (chain->hook == HOOK_NONE)
			continue;
		nft_emit_chain(batch, chain, 0);
		nft_emit_delete(batch, ORIGIN_RULE, chain->name);
		emit_rules(batch, chain);
	}
}

static bool is_base_of(const struct plan *plan, const struct nft_object *object)
{
	for (size_t i = 0; i < plan->chain_count; i++)
		if (plan->chains[i].hook != HOOK_NONE && strcmp(plan->chains[i].name, object->name) == 0)
			return true;
	return false;
}

/* Whether ${object} is a set that ${names} have kept. */
static bool is_kept_set(const struct nft_names *names, const struct nft_object *object)
{
	char plain[PLAN_NAME_MAX];

	if (object->kind != OBJECT_SET)
		return false;
	nft_set_name_plain(plain, object->name, names);
	return is_kept(names, plain);
}

static bool is_swept(const struct plan *plan, const struct nft_names *names, const struct nft_object *object,
                     enum nft_object_kind kind)
{
	return object->kind == kind && !(kind == OBJECT_CHAIN && is_base_of(plan, object)) &&
	       !is_kept_set(names, object);
}

/* Rules first, then what they lead to, the sets that lead to chains before these: each may go once nothing leads to it.
 */
static void sweep(struct nft_batch *batch, const struct plan *plan, const struct nft_names *names,
                  const struct nft_objects *old)
{
	static const struct {
		enum nft_object_kind kind;
		enum nft_origin_kind part;
	} order[] = {
		{ OBJECT_CHAIN, ORIGIN_RULE },
		{ OBJECT_SET, ORIGIN_SET },
		{ OBJECT_CHAIN, ORIGIN_CHAIN },
		{ OBJECT_HELPER, ORIGIN_HELPER },
	};

	for (size_t step = 0; step < ARRAY_SIZE(order); step++)
		for (size_t i = 0; i < old->count; i++)
			if (is_swept(plan, names, &old->at[i], order[step].kind))
				nft_emit_delete(batch, order[step].part, old->at[i].name);
}

/* The first time; and where a stranger left base chains of our names but not of our kind. */
static int replace_whole(struct nft *nft, const struct plan *plan, const struct plan_change *elements, size_t count,
                         struct error *reterr)
{
	struct nft_batch batch;
	int rc;

	if (nft->farewell.read)
		nft->farewell.read(nft->farewell.context);
	nft_batch_init(&batch, nft, &nft_plain_names);
	nft_emit_clear(&batch);
	rc = lay(&batch, plan, true, elements, count, reterr);
	if (rc == 0)
		rc = nft_batch_send(&batch, nft, reterr);
	nft_batch_done(&batch);
	if (rc < 0)
		return rc;
	nft->names = nft_plain_names;
	if (nft->farewell.gone)
		nft->farewell.gone(nft->farewell.context);
	return 0;
}

static int send_lay(struct nft *nft, const struct plan *plan, const struct nft_names *names,
                    const struct plan_change *elements, size_t count, struct error *reterr)
{
	struct nft_batch batch;
	int rc;

	nft_batch_init(&batch, nft, names);
	rc = lay(&batch, plan, false, elements, count, reterr);
	if (rc == 0)
		rc = nft_batch_send(&batch, nft, reterr);
	nft_batch_done(&batch);
	return rc;
}

static int send_switch(struct nft *nft, const struct plan *plan, const struct nft_names *names, struct error *reterr)
{
	struct nft_batch batch;
	int rc;

	nft_batch_init(&batch, nft, names);
	switch_over(&batch, plan);
	rc = nft_batch_send(&batch, nft, reterr);
	nft_batch_done(&batch);
	return rc;
}

/*
 * A packet that came before the switch may still be on its way through the old rules, whose sets the sweep empties.
 * Packets are judged in sections of RCU, and this returns when those that had begun have ended (membarrier(2):
 * synchronize_rcu()). A kernel that does not offer it leaves the moment that reading the counters takes.
 */
static void wait_for_packets(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/* What cannot be swept now is listed, and swept, at the next replacement. */
static void send_sweep(struct nft *nft, const struct plan *plan, const struct nft_objects *old)
{
	struct nft_batch batch;

	if (old->count == 0)
		return;
	nft_batch_init(&batch, nft, &nft_plain_names);
	sweep(&batch, plan, &nft->names, old);
	if (batch.origin_count > 1)
		nft_batch_send(&batch, nft, NULL);
	nft_batch_done(&batch);
}

void nft_set_farewell(struct nft *nft, const struct nft_farewell *farewell)
{
	nft->farewell = *farewell;
}

/* Whether all of the sets that ${names} keep are there. */
static bool has_kept(const struct nft_names *names, const struct nft_objects *old)
{
	size_t wanted = 0, found = 0;

	for (int i = 0; i < PLAN_LASTING_COUNT; i++)
		wanted += names->kept[i] > 0;
	for (size_t i = 0; i < old->count; i++)
		found += is_kept_set(names, &old->at[i]);
	return found == wanted;
}

/* Lays ${plan} beside ${old} and switches to it; with nothing kept, whatever the switch meets is overcome. */
static int replace_beside(struct nft *nft, const struct plan *plan, const struct nft_names *names, unsigned int kept,
                          const struct nft_objects *old, const struct plan_change *elements, size_t count,
                          struct error *reterr)
{
	int rc = send_lay(nft, plan, names, elements, count, reterr);

	if (rc < 0)
		return rc;
	rc = send_switch(nft, plan, names, kept ? reterr : NULL);
	if (rc < 0)
		return kept ? rc : replace_whole(nft, plan, elements, count, reterr);
	nft->laid_out = names->generation;
	if (nft->farewell.read)
		nft->farewell.read(nft->farewell.context);
	nft->laid_out = 0;
	nft->names = *names;
	if (nft->farewell.gone)
		nft->farewell.gone(nft->farewell.context);
	wait_for_packets();
	send_sweep(nft, plan, old);
	return 0;
}

int nft_replace_keeping(struct nft *nft, const struct plan *plan, unsigned int kept, const struct plan_change *elements,
                        size_t count, struct error *reterr)
{
	struct nft_objects old;
	struct nft_names names;
	int rc;

	for (size_t i = 0; i < count; i++)
		assert(elements[i].type == CHANGE_ADD);
	rc = nft_read_objects(nft, &old, reterr);
	if (rc < 0)
		return rc;
	names = nft_names_keep(&nft->names, next_generation(nft, &old), kept);
	if (kept && (!nft->model.known || !has_kept(&names, &old)))
		rc = error_set(reterr, -ENOENT, "sets of table %s are not there any more", PLAN_TABLE);
	else if (old.count == 0)
		rc = replace_whole(nft, plan, elements, count, reterr);
	else
		rc = replace_beside(nft, plan, &names, kept, &old, elements, count, reterr);
	free(old.at);
	if (rc == 0)
		nft_model_lay(nft, plan, kept, elements, count);
	return rc;
}

int nft_replace(struct nft *nft, const struct plan *plan, const struct plan_change *elements, size_t count,
                struct error *reterr)
{
	return nft_replace_keeping(nft, plan, 0, elements, count, reterr);
}
