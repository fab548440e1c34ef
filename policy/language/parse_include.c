/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/parse.h"

static int read_file(struct parse *parse);

/* The files a pattern stands for. */
struct found {
	char **paths;
	size_t count;
};

static void found_done(struct found *found)
{
	for (size_t i = 0; i < found->count; i++)
		free(found->paths[i]);
	free(found->paths);
}

static const char *name_of(const struct parse *parse, uint16_t file)
{
	return parse->report.texts[file].file;
}

/* The file that ${file} includes on the way to the one that is read now. */
static uint16_t next_open(const struct parse *parse, uint16_t file)
{
	for (uint16_t i = 0; i < parse->report.text_count; i++)
		if (parse->files[i].is_open && parse->files[i].included.line && parse->files[i].included.file == file)
			return i;
	return file;
}

static int refuse_again(struct parse *parse, const struct yaml_node *value, uint16_t file)
{
	const struct parse_file *seen = &parse->files[file];
	uint16_t next = next_open(parse, file);
	char where[REPORT_WHERE_MAX];

	if (file == value->place.file)
		return report_at(&parse->report, value->place, -EINVAL, "%s includes itself", name_of(parse, file));
	if (seen->is_open)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s includes %s (line %u), which includes it again%s", name_of(parse, file),
		                 name_of(parse, next), parse->files[next].included.line,
		                 next == value->place.file ? "" : " by way of others");
	return report_at(&parse->report, value->place, -EINVAL, "%s is included already, on %s; once is enough",
	                 name_of(parse, file), report_where(&parse->report, value->place, seen->included, where));
}

/* Reads the text at ${path} into the sources and makes it the report's; what is wrong is told at ${place}. */
static int read_source(struct parse *parse, const char *path, struct place place)
{
	struct sources *sources = parse->sources;
	struct source *source = &sources->at[sources->count];
	size_t most = POLICY_BYTES_MAX - sources->bytes;
	struct error error = { 0 };
	int rc;

	*source = (struct source){ 0 };
	rc = parse->reader->read(parse->reader->context, path, most, &source->text, &source->length, &error);
	if (rc < 0 && parse->report.text_count == 0)
		report_add_text(&parse->report, path, "", 0); /* for its name */
	if (rc == -ENOMEM)
		return report_memory(&parse->report);
	if (rc == -E2BIG)
		return report_stop(&parse->report, place, rc,
		                   "with %s the files are larger than %u bytes, the most a policy may have", path,
		                   POLICY_BYTES_MAX);
	if (rc < 0)
		return report_at(&parse->report, place, rc, "%s",
		                 error.text[0] ? error.text : "the file cannot be read");
	snprintf(source->path, sizeof(source->path), "%s", path);
	sources->count++;
	sources->bytes += source->length;
	report_add_text(&parse->report, source->path, source->text, source->length);
	return 1;
}

static int add_path(struct parse *parse, const struct yaml_node *value, const char *path)
{
	uint16_t reading = parse->report.reading;
	int rc;

	for (uint16_t i = 0; i < parse->report.text_count; i++)
		if (strcmp(name_of(parse, i), path) == 0)
			return refuse_again(parse, value, i);
	if (strlen(path) >= ERROR_FILE_MAX)
		return report_at(&parse->report, value->place, -E2BIG, "the path of %s is longer than %d bytes",
		                 path + strlen(path) - 32, ERROR_FILE_MAX - 1);
	if (parse->report.text_count == POLICY_FILES_MAX)
		return report_stop(&parse->report, value->place, -E2BIG,
		                   "more than %d files, the policy's own among them", POLICY_FILES_MAX);
	rc = read_source(parse, path, value->place);
	if (rc <= 0)
		return rc;
	parse->files[parse->report.reading].included = value->place;
	rc = read_file(parse);
	parse->report.reading = reading;
	return rc;
}

static int keep_include(struct parse *parse, const struct yaml_node *value, size_t count)
{
	struct policy *policy = parse->policy;
	struct policy_include *include;

	if (policy->include_count == POLICY_INCLUDES_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d includes", POLICY_INCLUDES_MAX);
	if (PARSE_RESERVE(policy->includes, &parse->include_capacity, policy->include_count + 1) < 0)
		return report_memory(&parse->report);
	include = &policy->includes[policy->include_count++];
	*include = (struct policy_include){ .file_count = count, .place = value->place };
	return parse_text(parse, "include", value, include->pattern, sizeof(include->pattern));
}

static int read_include(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	const struct source_reader *reader = parse->reader;
	struct found found = { 0 };
	struct error error = { 0 };
	int rc;

	(void)key;
	(void)into;
	if (!reader)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "this text is read by itself and can include no other file");
	if (!value->text[0])
		return report_at(&parse->report, value->place, -EINVAL,
		                 "an include names a file: packs/bd-alaris.yaml");
	rc = reader->find(reader->context, name_of(parse, value->place.file), value->text, &found.paths, &found.count,
	                  &error);
	if (rc == -ENOMEM)
		return report_memory(&parse->report);
	if (rc < 0)
		return report_at(&parse->report, value->place, -EINVAL, "%s",
		                 error.text[0] ? error.text : "there is no such file");
	rc = keep_include(parse, value, found.count);
	for (size_t i = 0; i < found.count && rc == 0; i++)
		rc = add_path(parse, value, found.paths[i]);
	found_done(&found);
	return rc;
}

static int check_document(struct parse *parse, const struct yaml_node *root)
{
	struct place begin = { 1, 1, parse->report.reading };

	if (!root || yaml_node_is_empty(root))
		return report_at(&parse->report, begin, -EINVAL, "the policy is empty; it begins with 'version: 1'");
	if (root->kind == YAML_MAPPING && parse->report.reading > 0 && !yaml_node_find(root, "version"))
		return report_at(&parse->report, root->place, -EINVAL,
		                 "an included file has no 'version'; it begins with 'version: 1' too");
	return 0;
}

/* Recursion ends: a file is read once, and there are POLICY_FILES_MAX of them. */
static int read_file(struct parse *parse)
{
	struct parse_file *file = &parse->files[parse->report.reading];
	const struct yaml_node *root;
	const struct yaml_node *include;
	int rc = yaml_tree_read(&parse->report, &parse->nodes_left, &file->tree);

	if (rc < 0) /* the other files may be read where there is room for more errors */
		return rc == -EINVAL && parse->report.error_count < parse->report.error_max ? 0 : rc;
	root = yaml_tree_root(file->tree);
	rc = check_document(parse, root);
	if (!root || rc < 0)
		return rc;
	include = yaml_node_find(root, "include");
	file->is_open = true;
	if (include)
		rc = keys_read_list(parse, "include", include, include->value, read_include, NULL);
	file->is_open = false;
	parse->roots[parse->root_count++] = root;
	return rc;
}

int parse_includes(struct parse *parse)
{
	if (parse->reader) {
		int rc = read_source(parse, parse->policy->file, (struct place){ 0 });

		if (rc <= 0)
			return rc;
	}
	return read_file(parse);
}
