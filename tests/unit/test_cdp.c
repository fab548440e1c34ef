/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/cdp.h"
#include "policy/base/memory.h"
#include "tests/unit/datagram_vectors.h"

static const struct datagram_vector vectors[] = {
	{ "switch",
	  "02b400000001000d73772d776573742d32000300144661737445746865726e6574302f313300040008000000"
	  "28000500154f532031322e320a436f707972696768740006000c61636d65204333351003000578",
	  1,
	  "cdp-device=sw-west-2\n"
	  "cdp-port=FastEthernet0/13\n"
	  "cdp-capabilities=40\n"
	  "cdp-version=OS 12.2\\x0aCopyright\n"
	  "cdp-platform=acme C35\n" },
	{ "version 1", "01b4000000010007723100", 1, "cdp-device=r1\n" },
	{ "version 3", "03b40000000100067231", 0, "" },
	{ "version 0", "00b40000", 0, "" },
	{ "length 3", "02b4000000010003", -EBADMSG, "" },
	{ "past the frame", "02b40000000100097231", -EBADMSG, "" },
	{ "short capabilities", "02b400000004000500", 1, "" },
};

static void decodes_vectors(void **state)
{
	(void)state;
	vectors_check(cdp_decode, vectors, ARRAY_SIZE(vectors), "", MALFORMED_CDP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
	};

	return cmocka_run_group_tests_name("cdp", tests, NULL, NULL);
}
