/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * truncate: every frame of captures through the dissector, whole and cut at every byte, built with sanitizers.
 *
 * usage: truncate CAPTURE...    frames in order through one dissector, then each cut of each frame through another
 *
 * A cut frame is a heap block of its exact size, so that each byte read past its end is seen. The dissector of the cut
 * frames lives on from one to the next, as after a snap length: flows and streams that were cut go on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/replay/capture_file.h"
#include "controller/sensor/dissect/dissector.h"

static const struct dissector_options options = {
	.flows_max = 4096, .streams_max = 64, .messages_max = 0, .report_flows = true, .applications = true
};

static unsigned long long observed, given;

static void count(const struct observation *observation, void *context)
{
	struct fields fields;

	(void)context;
	observation_fields(observation, &fields);
	if (!fields_hold(&fields))
		abort();
	observed++;
}

static void give(struct dissector *dissector, const struct frame *frame, size_t length)
{
	uint8_t *exact = malloc(length ? length : 1);
	struct frame cut = *frame;

	if (!exact)
		abort();
	memcpy(exact, frame->bytes, length);
	cut.bytes = exact;
	cut.length = length;
	dissector_take(dissector, &cut);
	free(exact);
	given++;
}

/* What cannot be read to its end was read as far as it goes. */
static int read_capture(const char *path, struct dissector *whole, struct dissector *cut)
{
	CLEANUP(capture_file_close) struct capture_file *file = NULL;
	struct error error = { 0 };
	struct frame frame;

	if (capture_file_open(path, &file, &error) < 0) {
		fprintf(stderr, "%s: %s\n", path, error.text);
		return 1;
	}
	while (capture_file_next(file, &frame, &error) > 0) {
		give(whole, &frame, frame.length);
		for (size_t length = 0; length < frame.length; length++)
			give(cut, &frame, length);
	}
	dissector_flush(whole);
	dissector_flush(cut);
	return 0;
}

int main(int argc, char **argv)
{
	CLEANUP(dissector_free) struct dissector *whole = NULL;
	CLEANUP(dissector_free) struct dissector *cut = NULL;
	int failed = 0;

	if (argc < 2 || dissector_new(&options, count, NULL, &whole) < 0 ||
	    dissector_new(&options, count, NULL, &cut) < 0) {
		fprintf(stderr, "usage: truncate CAPTURE...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		failed |= read_capture(argv[i], whole, cut);
	printf("%d captures, %llu frames whole and cut, %llu observations\n", argc - 1, given, observed);
	return failed;
}
