/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define PACKED_BUFFER (256U << 10)

struct capture_file {
	char name[ERROR_FILE_MAX];
	gzFile packed; /* zlib hands on what is not packed as it is */
	struct capture_reader *reader;
};

static long source(void *context, uint8_t *bytes, size_t size, struct error *reterr)
{
	struct capture_file *file = context;
	int got = gzread(file->packed, bytes, (unsigned int)size);
	int code = Z_OK;
	const char *text;

	if (got > 0)
		return got;
	text = gzerror(file->packed, &code);
	if (code == Z_ERRNO)
		return error_set(reterr, errno ? -errno : -EIO, "%s", strerror(errno));
	if (code == Z_BUF_ERROR)
		return error_set(reterr, -EBADMSG, "the gzip file is cut");
	if (code != Z_OK && code != Z_STREAM_END)
		return error_set(reterr, -EBADMSG, "the gzip file is damaged: %s", text);
	return 0;
}

static int open_descriptor(const char *path, struct error *reterr)
{
	bool is_input = strcmp(path, "-") == 0;
	int fd = is_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return error_set_at(reterr, -errno, path, 0, 0, "%s", strerror(errno));
	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
		close(fd);
		return error_set_at(reterr, -EISDIR, path, 0, 0, "this is a folder, not a capture file");
	}
	return fd;
}

int capture_file_open(const char *path, struct capture_file **file, struct error *reterr)
{
	struct capture_file *made;
	int fd = open_descriptor(path, reterr);

	if (fd < 0)
		return fd;
	made = calloc(1, sizeof(*made));
	if (made)
		made->packed = gzdopen(fd, "rb");
	if (made && made->packed)
		gzbuffer(made->packed, PACKED_BUFFER);
	else
		close(fd);
	if (!made || !made->packed || capture_reader_new(source, made, &made->reader) < 0) {
		capture_file_close(made);
		return error_set_at(reterr, -ENOMEM, path, 0, 0, "no memory to read it");
	}
	snprintf(made->name, sizeof(made->name), "%s", path);
	*file = made;
	return 0;
}

void capture_file_close(struct capture_file *file)
{
	if (!file)
		return;
	if (file->packed)
		gzclose_r(file->packed);
	capture_reader_free(file->reader);
	free(file);
}

int capture_file_next(struct capture_file *file, struct frame *frame, struct error *reterr)
{
	struct error error = { .code = 0 };
	int result = capture_reader_next(file->reader, frame, &error);

	return result < 0 ? error_set_at(reterr, result, file->name, 0, 0, "%s", error.text) : result;
}
