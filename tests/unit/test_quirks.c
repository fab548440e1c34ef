/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/base/memory.h"
#include "policy/identity/quirks.h"

struct vector {
	const char *mac;
	const char *address; /* NULL: of the MAC alone */
	const char *quirk;   /* NULL: none */
};

static const struct vector vectors[] = {
	{ "00:a0:37:12:34:56", "126.18.52.86", "ge-dash-126" },
	{ "00:a0:37:12:34:56", "126.18.52.87", NULL },
	{ "00:a0:37:12:34:56", "126.17.52.86", NULL },
	{ "00:a0:37:12:34:56", "10.18.52.86", "mac-octets" },
	{ "00:a0:37:12:34:56", "10.18.53.86", NULL },
	{ "44:4b:5d:00:00:07", "10.20.0.7", NULL },
	{ "44:4b:5d:00:00:07", "fe80::464b:5dff:fe00:7", "eui-64" },
	{ "44:4b:5d:00:00:07", "2001:db8::464b:5dff:fe00:8", NULL },
	{ "44:4b:5d:00:00:07", "2001:db8::464b:5dfe:ff00:7", NULL },
	{ "44:4b:5d:00:00:07", NULL, NULL },
	{ "46:4b:5d:00:00:07", NULL, "randomised" },
	{ "da:a1:19:00:00:07", NULL, "randomised" },
	{ "52:54:00:00:00:07", NULL, "virtual" },
	{ "52:54:01:00:00:07", NULL, "randomised" },
	{ "02:42:ac:11:00:02", NULL, "virtual" },
	{ "03:00:00:00:00:01", NULL, NULL },
	{ "ff:ff:ff:ff:ff:ff", NULL, NULL },
};

static void names_quirks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *vector = &vectors[i];
		struct address address;
		const char *quirk;
		struct mac mac;

		assert_int_equal(mac_parse(vector->mac, &mac), 0);
		if (vector->address)
			assert_int_equal(address_parse(vector->address, &address), 0);
		quirk = vector->address ? quirk_of_address(&mac, &address) : quirk_of_mac(&mac);
		if (!quirk != !vector->quirk || (quirk && strcmp(quirk, vector->quirk) != 0))
			fail_msg("%s %s: %s", vector->mac, vector->address ? vector->address : "",
			         quirk ? quirk : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_quirks),
	};

	return cmocka_run_group_tests_name("quirks", tests, NULL, NULL);
}
