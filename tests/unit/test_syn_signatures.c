/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/identity/syn_signatures.h"
#include "policy/identity/syn_text.h"

#define REAL_FILE "/etc/p0f/p0f.fp"

static const char small[] = "; a comment\n"
			    "classes = win,unix\n"
			    "\n"
			    "[mtu]\n"
			    "label = Ethernet\n"
			    "sig   = 1500\n"
			    "[tcp:request]\r\n"
			    "label = g:unix:Linux:of any kind\n"
			    "sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n"
			    "label = s:unix:Linux:9 and newer\n"
			    "sys   = @unix\n"
			    "sig   = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0\n"
			    "sig   = 6:64:0:*:mss*20,9:mss,sok,ts,nop,ws:flow:0\n"
			    "label = s:win:Windows:XI\n"
			    "sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0\n"
			    "sig   = *:128:0:*:%8192,2:mss,nop,ws,nop,nop,sok:df,id+:0\n"
			    "label = s:other:Lamp:\n"
			    "sig   = 4:255:0:536:mtu*2,0:mss,eol+1:id-:0\n"
			    "sig   = 4:255:4:*:29200,0:?77,mss::+\n"
			    "label = s:!:Scanner:SYN scan\n"
			    "sig   = *:64-:0:1460:1024,0:mss::0\n"
			    "[tcp:response]\n"
			    "label = s:unix:Server:1\n"
			    "sig   = *:64:0:*:mss*10,*:mss,sok,ts,nop,ws:df:0\n"
			    "[http:request]\n"
			    "label = s:!:browser:\n"
			    "sig   = *:anything:goes\n";

static struct syn_signatures *read_small(void)
{
	struct syn_signatures *signatures = NULL;
	struct error error = { 0 };

	assert_int_equal(syn_signatures_read("small.fp", small, strlen(small), &signatures, &error), 0);
	assert_int_equal(syn_signatures_count(signatures), 9);
	return signatures;
}

struct match_vector {
	const char *raw;
	const char *told; /* "label|class|generic|fuzzy|distance", "" for none */
	bool is_answer;
};

static const struct match_vector matches[] = {
	{ "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0", "Linux 9 and newer|unix|0|0|0", false },
	{ "4:61+3:0:1380:mss*20,7:mss,sok,ts,nop,ws:df,id+:0", "Linux 9 and newer|unix|0|0|3", false },
	/* the window or its scale are another's: only the family fits */
	{ "4:64+0:0:1460:mss*21,7:mss,sok,ts,nop,ws:df,id+:0", "Linux of any kind|unix|1|0|0", false },
	{ "4:64+0:0:1460:mtu*20,7:mss,sok,ts,nop,ws:df,id+:0", "Linux of any kind|unix|1|0|0", false },
	{ "4:64+0:0:1460:65535,5:mss,sok,ts,nop,ws:df,id+:0", "Linux of any kind|unix|1|0|0", false },
	/* quirks of the other IP version do not count where the signature is for both */
	{ "6:64+0:0:1440:mss*20,7:mss,sok,ts,nop,ws::0", "Linux 9 and newer|unix|0|0|0", false },
	{ "6:64+0:0:1440:mss*20,9:mss,sok,ts,nop,ws:flow:0", "Linux 9 and newer|unix|0|0|0", false },
	{ "4:64+0:0:1440:mss*20,9:mss,sok,ts,nop,ws:flow:0", "", false },
	/* a router took "id+" or added "ecn"; the first that nearly fits is the family's */
	{ "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df:0", "Linux of any kind|unix|1|1|0", false },
	{ "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,ecn:0", "Linux of any kind|unix|1|1|0", false },
	{ "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+,seq-:0", "", false },
	/* too many hops for the signature, or none at all: nearly */
	{ "4:28+4:0:1460:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0", "Windows XI|win|0|1|4", false },
	{ "4:200+?:0:1460:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0", "Windows XI|win|0|1|55", false },
	{ "4:126+2:0:1460:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0", "Windows XI|win|0|0|2", false },
	{ "4:126+2:0:1460:16384,2:mss,nop,ws,nop,nop,sok:df,id+:0", "Windows XI|win|0|0|2", false },
	{ "4:126+2:0:1460:16385,2:mss,nop,ws,nop,nop,sok:df,id+:0", "", false },
	/* 8192 is 8 × 1024, and so written where the MSS is 1024 */
	{ "4:128+0:0:1024:mss*8,8:mss,nop,ws,nop,nop,sok:df,id+:0", "Windows XI|win|0|0|0", false },
	{ "4:128+0:0:1024:mss*9,8:mss,nop,ws,nop,nop,sok:df,id+:0", "", false },
	{ "4:255+0:0:536:mtu*2,0:mss,eol+1:id-:0", "Lamp|other|0|0|0", false },
	{ "4:255+0:0:536:mss*2,0:mss,eol+1:id-:0", "", false },
	{ "4:255+0:0:536:mtu*2,0:mss,eol+2:id-:0", "", false },
	{ "4:255+0:0:537:mtu*2,0:mss,eol+1:id-:0", "", false },
	{ "4:250+5:4:1460:mss*20,0:?77,mss::+", "Lamp|other|0|0|5", false },
	{ "4:250+5:4:1460:mss*20,0:?78,mss::+", "", false },
	{ "4:250+5:4:1460:mss*20,0:?77,mss::0", "", false },
	{ "4:250+5:0:1460:mss*20,0:?77,mss::+", "", false },
	{ "6:250+5:4:1460:mss*20,0:?77,mss::+", "", false },
	/* a scanner is told by all of it or not at all */
	{ "4:40+24:0:1460:1024,0:mss::0", "Scanner SYN scan|!|0|0|24", false },
	{ "4:3+29:0:1460:1024,0:mss::0", "Scanner SYN scan|!|0|0|61", false },
	{ "4:40+24:0:1460:1024,0:mss:id-:0", "", false },
	{ "4:65+63:0:1460:1024,0:mss::0", "", false },
	/* answers have their own */
	{ "4:64+0:0:1460:mss*10,3:mss,sok,ts,nop,ws:df:0", "Server 1|unix|0|0|0", true },
	{ "4:64+0:0:1460:mss*10,3:mss,sok,ts,nop,ws:df:0", "Linux of any kind|unix|1|1|0", false },
	{ "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0", "", true },
	/* no packet's: a set's, or nothing */
	{ "*:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0", "", false },
	{ "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:*", "", false },
	{ "", "", false },
};

static void tells_the_stack(void **state)
{
	CLEANUP(syn_signatures_free) struct syn_signatures *signatures = read_small();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
		const char *raw = matches[i].raw;
		struct syn_match match;
		char told[2 * SYN_LABEL_MAX + 32] = "";

		memset(&match, 0x5a, sizeof(match));
		if (syn_signatures_match(signatures, matches[i].is_answer, (const uint8_t *)raw, strlen(raw), &match))
			snprintf(told, sizeof(told), "%s|%s|%d|%d|%u", match.label, match.class, match.is_generic,
			         match.is_fuzzy, match.distance);
		else
			assert_int_equal(match.label[0], 0x5a);
		if (strcmp(told, matches[i].told) != 0)
			fail_msg("%s: %s", raw, told);
	}
}

struct bad_file {
	const char *text;
	unsigned int line;
};

static const struct bad_file bad_files[] = {
	{ "[tcp:request]\nsig = *:64:0:*:1,0:mss::0\n", 2 },
	{ "[tcp:request]\nlabel = x:unix:Linux:\n", 2 },
	{ "[tcp:request]\nlabel = s:unix\n", 2 },
	{ "[tcp:request]\nlabel = s:unix:Linux:\n\nsig = *:64:0:*:1,0:mss\n", 4 },
	{ "[tcp:request]\nlabel = s:unix:Linux:\nsig = *:64:0:*:%0,0:mss::0\n", 3 },
	{ "[tcp:response]\nsomething = else\n", 2 },
	{ "[tcp:response]\nlabel = s:unix:Linux:\n[tcp:request]\nsig = *:64:0:*:1,0:mss::0\n", 4 },
};

static void refuses_bad_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_files); i++) {
		struct syn_signatures *signatures = NULL;
		struct error error = { 0 };
		const char *text = bad_files[i].text;

		assert_int_equal(syn_signatures_read("bad.fp", text, strlen(text), &signatures, &error), -EINVAL);
		assert_null(signatures);
		assert_string_equal(error.file, "bad.fp");
		if (error.line != bad_files[i].line)
			fail_msg("file %zu: line %u: %s", i, error.line, error.text);
	}
}

static const char *const bad_texts[] = {
	"4:64+0:0:1460:1,0:mss::",         /* no payload class */
	"4:64+0:0:1460:1,0:mss:df,:0",     /* a quirk missing */
	"4:64+0:0:1460:1,0:mss,,ws::0",    /* an option missing */
	"4:64+0:0:1460:1,0:mss:unknown:0", /* no quirk */
	"4:64+0:0:1460:65536,0:mss::0",    /* too large */
	"4:64+0:0:1460:99999999999,0:::0", /* larger */
	"4:256:0:1460:1,0:mss::0",         /* no hop count */
	"7:64:0:1460:1,0:mss::0",          /* no IP version */
	"4:64+0:0:1460:1:mss::0",          /* no scale */
	"4:64+0:0:1460:1,0:mss::0 ",       /* something behind */
	"4:64+0:0:1460:1,0:eol::0",        /* no padding */
	/* 25 options */
	("4:64+0:0:1460:1,0:nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,"
	 "nop,"
	 "nop,nop::0"),
};

static void refuses_what_is_no_signature(void **state)
{
	static const char good[] = "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws,eol+1:df,id+:0";
	struct syn_text text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_texts); i++)
		if (syn_text_read(bad_texts[i], strlen(bad_texts[i]), &text))
			fail_msg("%s", bad_texts[i]);
	for (size_t cut = 0; cut < strlen(good); cut++)
		if (syn_text_read(good, cut, &text))
			fail_msg("%.*s", (int)cut, good);
	assert_true(syn_text_read(good, strlen(good), &text));
	assert_int_equal(text.option_count, 6);
	assert_int_equal(text.padding, 1);
	assert_int_equal(text.quirks, SYN_QUIRK_DONT_FRAGMENT | SYN_QUIRK_ID_SET);
}

/* The file of the p0f package, where it is installed. */
static void reads_the_real_file(void **state)
{
	static const char linux_syn[] = "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0";
	static char text[1 << 20];
	CLEANUP(syn_signatures_free) struct syn_signatures *signatures = NULL;
	FILE *file = fopen(REAL_FILE, "re");
	struct error error = { 0 };
	struct syn_match match;
	size_t length;

	(void)state;
	if (!file)
		skip();
	length = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_int_equal(syn_signatures_read(REAL_FILE, text, length, &signatures, &error), 0);
	assert_true(syn_signatures_count(signatures) > 100);
	assert_true(syn_signatures_match(signatures, false, (const uint8_t *)linux_syn, strlen(linux_syn), &match));
	assert_string_equal(match.label, "Linux 3.11 and newer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_stack),
		cmocka_unit_test(refuses_bad_files),
		cmocka_unit_test(refuses_what_is_no_signature),
		cmocka_unit_test(reads_the_real_file),
	};

	return cmocka_run_group_tests_name("syn_signatures", tests, NULL, NULL);
}
