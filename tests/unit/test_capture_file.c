/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A capture on disk: plain, packed, cut, damaged, missing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "controller/replay/capture_file.h"
#include "tests/unit/made_capture.h"

static struct error failure;

static char path[] = "/tmp/isoward-capture-XXXXXX";

static void write_file(const void *bytes, size_t length)
{
	FILE *stream = fopen(path, "wb");

	assert_non_null(stream);
	assert_int_equal(fwrite(bytes, 1, length, stream), length);
	fclose(stream);
}

static int read_file(const char *name, int *frames)
{
	struct capture_file *file CLEANUP(capture_file_close) = NULL;
	struct frame frame;
	int result;

	failure = (struct error){ .code = 0 };
	*frames = 0;
	result = capture_file_open(name, &file, &failure);
	while (result == 0 && (result = capture_file_next(file, &frame, &failure)) == 1) {
		++*frames;
		result = 0;
	}
	return result;
}

static void files(void **state)
{
	int frames, fd = mkstemp(path);
	gzFile packed;
	size_t size;
	long half;
	FILE *stream;
	static uint8_t bytes[1U << 16];

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	pcap_header(0xa1b2c3d4, 1);
	for (unsigned int i = 0; i < 1000; i++)
		pcap_frame(i * 2654435761U, i * 40503, "a frame's bytes");
	write_file(made.bytes, made.length);
	assert_int_equal(read_file(path, &frames), 0);
	assert_int_equal(frames, 1000);

	packed = gzopen(path, "wb");
	assert_int_equal(gzwrite(packed, made.bytes, (unsigned int)made.length), made.length);
	gzclose(packed);
	assert_int_equal(read_file(path, &frames), 0);
	assert_int_equal(frames, 1000);

	stream = fopen(path, "rb");
	size = fread(bytes, 1, sizeof(bytes), stream);
	fclose(stream);
	half = (long)size / 2;
	assert_int_equal(truncate(path, half), 0);
	assert_int_equal(read_file(path, &frames), -EBADMSG);
	assert_true(frames > 0 && frames < 1000);
	assert_string_equal(failure.file, path);
	assert_non_null(strstr(failure.text, "the gzip file is cut"));

	memset(bytes + half, 0xaa, 64);
	write_file(bytes, size);
	assert_int_equal(read_file(path, &frames), -EBADMSG);
	assert_non_null(strstr(failure.text, "the gzip file is damaged"));
	unlink(path);

	assert_int_equal(read_file(path, &frames), -ENOENT);
	assert_string_equal(failure.file, path);
	assert_int_equal(read_file("/tmp", &frames), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
