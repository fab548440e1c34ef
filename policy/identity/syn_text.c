/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/syn_text.h"

#include <string.h>

#include "policy/base/memory.h"

#define OPTION_END       0
#define OPTION_TIMESTAMP 8
#define IPV4_HEADERS     40 /* bytes of IP and TCP without options */
#define IPV6_HEADERS     60
#define MTU_ETHERNET     1500
#define STAMPS           12 /* bytes of TCP's timestamp option, padded */

static const struct {
	const char *name;
	uint8_t code;
} options[] = { { "nop", 1 }, { "mss", 2 }, { "ws", 3 }, { "sok", 4 }, { "sack", 5 }, { "ts", OPTION_TIMESTAMP } };

static const char *const quirks[] = { "df",    "id+",   "id-",    "ecn",  "0+",   "flow", "seq-", "ack+", "ack-",
	                              "uptr+", "urgf+", "pushf+", "ts1-", "ts2+", "opt+", "exws", "bad" };

/* Characters that are being read, with sticky failure. */
struct characters {
	const char *at;
	const char *end;
	bool failed;
};

static bool take(struct characters *characters, const char *word)
{
	size_t length = strlen(word);

	if (characters->failed || (size_t)(characters->end - characters->at) < length ||
	    memcmp(characters->at, word, length) != 0)
		return false;
	characters->at += length;
	return true;
}

static void demand(struct characters *characters, const char *word)
{
	if (!take(characters, word))
		characters->failed = true;
}

static int take_number(struct characters *characters, int most)
{
	int number = 0;
	bool any = false;

	while (characters->at < characters->end && *characters->at >= '0' && *characters->at <= '9') {
		number = number * 10 + (*characters->at++ - '0');
		any = true;
		if (number > most)
			break;
	}
	if (!any || number > most)
		characters->failed = true;
	return characters->failed ? 0 : number;
}

static int take_number_or_any(struct characters *characters, int most)
{
	return take(characters, "*") ? SYN_ANY : take_number(characters, most);
}

/* "64", "64-", "62+2" or, where the distance is not to be believed, "190+?". */
static void take_ttl(struct characters *characters, struct syn_text *made)
{
	made->ttl = (uint8_t)take_number(characters, UINT8_MAX);
	if (take(characters, "-")) {
		made->has_loose_ttl = true;
		return;
	}
	if (!take(characters, "+"))
		return;
	made->is_seen = true;
	if (!take(characters, "?"))
		take_number(characters, UINT8_MAX);
}

static void take_window(struct characters *characters, struct syn_text *made)
{
	made->window_kind = take(characters, "mss*")   ? SYN_WINDOW_SEGMENTS
	                    : take(characters, "mtu*") ? SYN_WINDOW_UNITS
	                    : take(characters, "%")    ? SYN_WINDOW_MODULUS
	                    : take(characters, "*")    ? SYN_WINDOW_ANY
	                                               : SYN_WINDOW_NUMBER;
	if (made->window_kind != SYN_WINDOW_ANY)
		made->window = (uint16_t)take_number(characters, UINT16_MAX);
	if (made->window_kind == SYN_WINDOW_MODULUS && made->window == 0)
		characters->failed = true;
}

static uint8_t take_option(struct characters *characters, struct syn_text *made)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (take(characters, options[i].name))
			return options[i].code;
	if (take(characters, "eol+")) {
		made->padding = (uint8_t)take_number(characters, UINT8_MAX);
		return OPTION_END;
	}
	demand(characters, "?");
	return (uint8_t)take_number(characters, UINT8_MAX);
}

static void take_options(struct characters *characters, struct syn_text *made)
{
	if (take(characters, ":"))
		return;
	do {
		uint8_t code = take_option(characters, made);

		if (made->option_count >= SYN_OPTIONS_MAX)
			characters->failed = true;
		else
			made->option[made->option_count++] = code;
	} while (take(characters, ","));
	demand(characters, ":");
}

static void take_quirks(struct characters *characters, struct syn_text *made)
{
	if (take(characters, ":"))
		return;
	do {
		size_t i = 0;

		while (i < ARRAY_SIZE(quirks) && !take(characters, quirks[i]))
			i++;
		if (i == ARRAY_SIZE(quirks))
			characters->failed = true;
		else
			made->quirks |= 1U << i;
	} while (take(characters, ","));
	demand(characters, ":");
}

bool syn_text_read(const char *text, size_t length, struct syn_text *signature)
{
	struct characters characters = { text, text + length, false };
	struct syn_text made = { .version = SYN_ANY };

	if (!take(&characters, "*"))
		made.version = (int8_t)take_number(&characters, 6);
	demand(&characters, ":");
	take_ttl(&characters, &made);
	demand(&characters, ":");
	made.ip_options = (uint8_t)take_number(&characters, UINT8_MAX);
	demand(&characters, ":");
	made.segment_max = take_number_or_any(&characters, UINT16_MAX);
	demand(&characters, ":");
	take_window(&characters, &made);
	demand(&characters, ",");
	made.scale = (int16_t)take_number_or_any(&characters, UINT8_MAX);
	demand(&characters, ":");
	take_options(&characters, &made);
	take_quirks(&characters, &made);
	made.payload = take(&characters, "*") ? SYN_ANY : take(&characters, "+") ? 1 : 0;
	if (made.payload == 0)
		demand(&characters, "0");
	if (characters.failed || characters.at != characters.end)
		return false;
	*signature = made;
	return true;
}

bool syn_text_is_packet(const struct syn_text *signature)
{
	return signature->is_seen && (signature->version == 4 || signature->version == 6) &&
	       (signature->window_kind == SYN_WINDOW_NUMBER || signature->window_kind == SYN_WINDOW_SEGMENTS ||
	        signature->window_kind == SYN_WINDOW_UNITS) &&
	       signature->scale != SYN_ANY && signature->payload != SYN_ANY;
}

static bool has_stamp(const struct syn_text *seen)
{
	return memchr(seen->option, OPTION_TIMESTAMP, seen->option_count) && !(seen->quirks & SYN_QUIRK_OWN_STAMP_ZERO);
}

/* Whether a window of ${number} bytes can be what was seen, a multiple of one of the sizes that p0f tries in turn. */
static bool window_can_be(const struct syn_text *seen, int number)
{
	bool is_ipv6 = seen->version == 6;
	int mss = seen->segment_max;
	const struct {
		int size;
		bool tried;
		enum syn_window kind;
	} tries[] = {
		{ mss, true, SYN_WINDOW_SEGMENTS },
		{ mss - STAMPS, has_stamp(seen), SYN_WINDOW_SEGMENTS },
		{ MTU_ETHERNET - IPV4_HEADERS, true, SYN_WINDOW_SEGMENTS },
		{ MTU_ETHERNET - IPV4_HEADERS - STAMPS, true, SYN_WINDOW_SEGMENTS },
		{ MTU_ETHERNET - IPV6_HEADERS, is_ipv6, SYN_WINDOW_SEGMENTS },
		{ MTU_ETHERNET - IPV6_HEADERS - STAMPS, is_ipv6, SYN_WINDOW_SEGMENTS },
		{ mss + IPV4_HEADERS, true, SYN_WINDOW_UNITS },
		{ mss + IPV6_HEADERS, is_ipv6, SYN_WINDOW_UNITS },
		{ MTU_ETHERNET, true, SYN_WINDOW_UNITS },
	};

	if (seen->window_kind == SYN_WINDOW_NUMBER)
		return number == seen->window;
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
		if (tries[i].tried && tries[i].size > 0 && number % tries[i].size == 0)
			return tries[i].kind == seen->window_kind && number / tries[i].size == seen->window;
	return false;
}

/* A multiple is written instead of the window itself: of a modulus only the nearest size can be tried. */
static bool window_divides(const struct syn_text *seen, int modulus)
{
	int size = seen->window_kind == SYN_WINDOW_NUMBER     ? 1
	           : seen->window_kind == SYN_WINDOW_SEGMENTS ? seen->segment_max
	                                                      : seen->segment_max + IPV4_HEADERS;

	return (int64_t)size * seen->window % modulus == 0;
}

bool syn_text_window_fits(const struct syn_text *known, const struct syn_text *seen)
{
	switch ((enum syn_window)known->window_kind) {
	case SYN_WINDOW_ANY:
		return true;
	case SYN_WINDOW_NUMBER:
		return window_can_be(seen, known->window);
	case SYN_WINDOW_MODULUS:
		return window_divides(seen, known->window);
	case SYN_WINDOW_SEGMENTS:
	case SYN_WINDOW_UNITS:
		break;
	}
	return known->window_kind == seen->window_kind && known->window == seen->window;
}
