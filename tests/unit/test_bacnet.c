/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/bacnet.h"
#include "policy/base/memory.h"
#include "tests/unit/datagram_vectors.h"

static const struct datagram_vector vectors[] = {
	{ "I-Am", "810b001a0120ffff00ff1000c40200007b22040091032118", 1,
	  "bacnet-object-type=8\n"
	  "bacnet-instance=123\n"
	  "bacnet-vendor=24\n" },
	{ "forwarded", "8104002000000000000001001000c40200007b22040091032118", 1,
	  "bacnet-object-type=8\n"
	  "bacnet-other-instance=123\n"
	  "bacnet-other-vendor=24\n" },
	{ "routed", "810a00200128ffff0000050107fe1000c40200007b22040091032118", 1,
	  "bacnet-object-type=8\n"
	  "bacnet-other-instance=123\n"
	  "bacnet-other-vendor=24\n" },
	{ "without BACnet/IP", "01001000c40200007b22040091032118", 1,
	  "bacnet-object-type=8\n"
	  "bacnet-instance=123\n"
	  "bacnet-vendor=24\n" },
	{ "large vendor", "810a002001001000c40200007b2204009103220104", 1,
	  "bacnet-object-type=8\n"
	  "bacnet-instance=123\n"
	  "bacnet-vendor=260\n" },
	{ "Who-Is", "810b000801001008", 0, "" },
	{ "confirmed", "810a000801040005010c", 0, "" },
	{ "network message", "810a0008018000", 0, "" },
	{ "a result", "810000060000", 0, "" },
	{ "version 2", "02001000c40200007b22040091032118", 0, "" },
	{ "vendor missing", "810a002001001000c40200007b2204009103", -EBADMSG, "" },
	{ "tags exchanged", "810a002001001000220400c40200007b91032118", -EBADMSG, "" },
	{ "forwarded, cut", "810400200000", -EBADMSG, "" },
};

/* A broadcast management device forwards its own messages as those of others. */
static const struct datagram_vector from_itself[] = {
	{ "forwarded by who said it", "810400200a140007bac001001000c40200007b22040091032118", 1,
	  "bacnet-object-type=8\n"
	  "bacnet-instance=123\n"
	  "bacnet-vendor=24\n" },
	{ "forwarded for another", "810400200a140008bac001001000c40200007b22040091032118", 1,
	  "bacnet-object-type=8\n"
	  "bacnet-other-instance=123\n"
	  "bacnet-other-vendor=24\n" },
};

static void decodes_vectors(void **state)
{
	(void)state;
	vectors_check(bacnet_decode, from_itself, ARRAY_SIZE(from_itself), "10.20.0.7", MALFORMED_BACNET);
	vectors_check(bacnet_decode, vectors, ARRAY_SIZE(vectors), "", MALFORMED_BACNET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
	};

	return cmocka_run_group_tests_name("bacnet", tests, NULL, NULL);
}
