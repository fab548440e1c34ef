/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file of signatures; and its first line as the raw signature of a packet, matched against a file. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/identity/syn_signatures.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char known[] =
		"[tcp:request]\nlabel = g:unix:Linux:\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n"
		"label = s:win:Windows:1\n"
		"sig = *:128:0:*:%8192,8:mss,nop,ws,nop,nop,sok:df,id+:0\n";
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t line = end ? (size_t)(end - data) : size;
	CLEANUP(syn_signatures_free) struct syn_signatures *read = NULL, *fixed = NULL;
	struct error error = { 0 };
	struct syn_match match;
	int result = syn_signatures_read("fuzz", (const char *)data, size, &read, &error);

	if ((result < 0) != !read || (result < 0 && error.text[0] == '\0'))
		abort();
	if (read)
		syn_signatures_match(read, false, data, line, &match);
	if (syn_signatures_read("fixed", known, strlen(known), &fixed, NULL) < 0)
		abort();
	syn_signatures_match(fixed, false, data, line, &match);
	return 0;
}
