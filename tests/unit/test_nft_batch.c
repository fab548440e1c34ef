/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A batch keeps its messages whatever room it was told to make, and however far that was wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "netlink/nft_batch.h"

#define MESSAGES 200U

/* Each message says its ${number} many times over, so that it has some length. */
static void put_message(struct nft_batch *batch, uint32_t number)
{
	struct nft_origin origin = { .kind = ORIGIN_ELEMENTS, .name = "guard" };
	struct nlmsghdr *header = nft_batch_message(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, origin);

	assert_non_null(header);
	for (unsigned int i = 0; i < 5000; i++)
		mnl_attr_put_u32(header, NFTA_SET_ELEM_LIST_SET_ID, number);
	nft_batch_commit(batch, header);
}

static int take_number(const struct nlattr *attribute, void *context)
{
	const unsigned int *number = context;

	assert_int_equal(mnl_attr_get_u32(attribute), *number);
	return MNL_CB_OK;
}

/* The messages of ${batch} behind its begin, which say 0 and onwards. */
static unsigned int count_messages(const struct nft_batch *batch)
{
	const struct nlmsghdr *header = (const void *)batch->bytes;
	int left = (int)batch->length;
	unsigned int count = 0;

	for (header = mnl_nlmsg_next(header, &left); mnl_nlmsg_ok(header, left);
	     header = mnl_nlmsg_next(header, &left)) {
		mnl_attr_parse(header, sizeof(struct nfgenmsg), take_number, &count);
		count++;
	}
	return count;
}

static void test_expected_room_keeps_messages(void **state)
{
	struct nft nft = { .sequence = 7 };
	struct nft_batch batch;
	uint8_t *room;

	(void)state;
	nft_batch_init(&batch, &nft, &nft_plain_names);
	put_message(&batch, 0);
	nft_batch_expect(&batch, 3U << 20);
	room = batch.bytes;
	assert_int_equal(count_messages(&batch), 1);
	while (batch.length < 3U << 20)
		put_message(&batch, (uint32_t)batch.origin_count - 1);
	assert_ptr_equal(batch.bytes, room); /* which did not have to grow */
	while (batch.origin_count <= MESSAGES)
		put_message(&batch, (uint32_t)batch.origin_count - 1);
	assert_int_equal(count_messages(&batch), MESSAGES);
	nft_batch_done(&batch);
}

static void test_small_expectation_changes_nothing(void **state)
{
	struct nft nft = { .sequence = 7 };
	struct nft_batch batch;
	size_t capacity;

	(void)state;
	nft_batch_init(&batch, &nft, &nft_plain_names);
	capacity = batch.capacity;
	nft_batch_expect(&batch, 64);
	assert_int_equal(batch.capacity, capacity);
	nft_batch_done(&batch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expected_room_keeps_messages),
		cmocka_unit_test(test_small_expectation_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
