/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/lldp.h"
#include "policy/base/memory.h"
#include "tests/unit/datagram_vectors.h"

static const struct datagram_vector vectors[] = {
	{ "switch",
	  "020704444b5d0000010408054769312f302f370602007808066265642031320a0e73772d776573742d32006a"
	  "756e6b0c0d537769746368204f5320392e310e04001400040000",
	  1,
	  "lldp-chassis=44:4b:5d:00:00:01\n"
	  "lldp-port=Gi1/0/7\n"
	  "lldp-system=sw-west-2\n"
	  "lldp-description=Switch OS 9.1\n"
	  "lldp-capabilities=20\n" },
	{ "phone",
	  "020704444b5d000001040703444b5d00000106020078fe070012bb01003f03fe0a0012bb06626f6f742032fe"
	  "090012bb07352e342e31fe080012bb0941636d65fe090012bb0a56502d3230fe2100005e0168747470733a2f"
	  "2f6d75642e6578616d706c652f767032302e6a736f6e0000",
	  1,
	  "lldp-chassis=44:4b:5d:00:00:01\n"
	  "lldp-software=boot 2\n"
	  "lldp-software=5.4.1\n"
	  "lldp-manufacturer=Acme\n"
	  "lldp-model=VP-20\n"
	  "mud-url=https://mud.example/vp20.json\n" },
	{ "named chassis", "02070770756d702d3904050765746830060200780000", 1, "lldp-port=eth0\n" },
	{ "no end", "020704444b5d0000010408054769312f302f3706020078", 1,
	  "lldp-chassis=44:4b:5d:00:00:01\n"
	  "lldp-port=Gi1/0/7\n" },
	{ "empty texts", "020704444b5d000001040105060200780a000e01000000", 1, "lldp-chassis=44:4b:5d:00:00:01\n" },
	{ "port first", "0408054769312f302f37020704444b5d000001060200780000", -EBADMSG, "" },
	{ "no time to live", "020704444b5d0000010408054769312f302f370000", -EBADMSG, "" },
	{ "value past the frame", "020704444b5d0000010408054769312f302f37060200780a20616263", -EBADMSG, "" },
	{ "empty", "", -EBADMSG, "" },
};

static void decodes_vectors(void **state)
{
	(void)state;
	vectors_check(lldp_decode, vectors, ARRAY_SIZE(vectors), "", MALFORMED_LLDP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
	};

	return cmocka_run_group_tests_name("lldp", tests, NULL, NULL);
}
