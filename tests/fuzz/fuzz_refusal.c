/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packet of a refusal: whatever the bytes, a result is whole or the refusal is untouched. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "netlink/nflog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refusal refusal;
	struct refusal before;
	int rc;

	memset(&refusal, 0xa5, sizeof(refusal));
	before = refusal;
	rc = nflog_parse_packet(data, size, &refusal);
	assert(rc == 0 || rc == -EBADMSG);
	if (rc < 0) {
		assert(memcmp(&refusal, &before, sizeof(refusal)) == 0);
		return 0;
	}
	assert(refusal.source.family == refusal.destination.family);
	assert(refusal.source.family == FAMILY_IPV4 || refusal.source.family == FAMILY_IPV6);
	assert(memcmp(refusal.prefix, before.prefix, sizeof(refusal.prefix)) == 0);
	return 0;
}
