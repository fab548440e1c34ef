/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/language/yaml_tree.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "policy/language/yaml_text.h"

#define CHUNK_BYTES 32768 /* of the first; each is twice the one before, up to a large page */

/* Nodes and text live as long as the tree; they are carved from chunks and never released one by one. */
struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	_Alignas(struct yaml_node) unsigned char bytes[];
};

struct yaml_tree {
	struct chunk *nodes; /* the chunk carved from, and all before it */
	struct chunk *texts; /* apart from the nodes, so that text needs no alignment */
	struct yaml_node *root;
};

struct builder {
	struct report *report;
	struct yaml_tree *tree;
	size_t nodes_left;
	struct yaml_node *open[YAML_DEPTH_MAX]; /* the collections around the next node, outermost first */
	size_t depth;
	size_t document_count;
};

static struct chunk *add_chunk(struct chunk **chunks, size_t least)
{
	size_t size = *chunks ? ((*chunks)->size + sizeof(**chunks)) * 2 : CHUNK_BYTES;
	struct chunk *chunk;

	if (size > MEMORY_LARGE_BYTES)
		size = MEMORY_LARGE_BYTES;
	if (size < least + sizeof(*chunk))
		size = (least / CHUNK_BYTES + 2) * CHUNK_BYTES;
	chunk = size < MEMORY_LARGE_BYTES ? malloc(size) : aligned_alloc(MEMORY_LARGE_BYTES, size);
	if (!chunk)
		return NULL;
	memory_prefer_large(chunk, size);
	*chunk = (struct chunk){ .next = *chunks, .size = size - sizeof(*chunk) };
	*chunks = chunk;
	return chunk;
}

static void *carve(struct chunk **chunks, size_t size)
{
	struct chunk *chunk = *chunks;

	if (!chunk || chunk->size - chunk->used < size)
		chunk = add_chunk(chunks, size);
	if (!chunk)
		return NULL;
	chunk->used += size;
	return chunk->bytes + chunk->used - size;
}

static void free_chunks(struct chunk *chunk)
{
	while (chunk) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

static struct place place_of(const struct builder *builder, yaml_mark_t mark)
{
	return (struct place){ (unsigned int)mark.line + 1, (unsigned int)mark.column + 1, builder->report->reading };
}

static int refuse_duplicate(struct builder *builder, const struct yaml_node *first, const struct yaml_node *second)
{
	char value[REPORT_VALUE_MAX];

	return report_stop(builder->report, second->place, -EINVAL, "key %s stands here twice; the first is on line %u",
	                   report_value(second->text, value), first->place.line);
}

static int compare_keys(const void *a, const void *b)
{
	const struct yaml_node *const *left = a;
	const struct yaml_node *const *right = b;
	int order = strcmp((*left)->text, (*right)->text);

	if (order != 0)
		return order;
	if ((*left)->place.line != (*right)->place.line)
		return (*left)->place.line < (*right)->place.line ? -1 : 1;
	return (*left)->place.column < (*right)->place.column ? -1 : 1;
}

/* Sorted, so that a mapping of 100 000 keys is checked in n log n. */
static int check_duplicates(struct builder *builder, const struct yaml_node *mapping)
{
	size_t count = mapping->child_count;
	const struct yaml_node **keys;
	size_t filled = 0;
	int rc = 0;

	if (count < 2)
		return 0;
	keys = calloc(count, sizeof(*keys));
	if (!keys)
		return report_memory(builder->report);
	for (const struct yaml_node *key = mapping->first; key; key = key->next)
		keys[filled++] = key;
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < count && rc == 0; i++)
		if (strcmp(keys[i - 1]->text, keys[i]->text) == 0)
			rc = refuse_duplicate(builder, keys[i - 1], keys[i]);
	free(keys);
	return rc;
}

static int attach(struct builder *builder, struct yaml_node *node)
{
	struct yaml_node *parent = builder->depth ? builder->open[builder->depth - 1] : NULL;

	if (!parent) {
		builder->tree->root = node;
		return 0;
	}
	if (parent->kind == YAML_MAPPING && parent->last && !parent->last->value) {
		parent->last->value = node;
		return 0;
	}
	if (parent->kind == YAML_MAPPING && node->kind != YAML_SCALAR)
		return report_stop(builder->report, node->place, -EINVAL,
		                   "%s as a key; a key is one word before ':' (a value with '{' or '[' needs quotes)",
		                   yaml_kind_name(node));
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->child_count++;
	return 0;
}

static int refuse_features(struct builder *builder, struct place place, const yaml_char_t *anchor,
                           const yaml_char_t *tag)
{
	char value[REPORT_VALUE_MAX];

	if (anchor)
		return report_stop(builder->report, place, -EINVAL,
		                   "anchor %s; anchors and aliases are not taken, write the value out",
		                   report_value((const char *)anchor, value));
	if (tag)
		return report_stop(builder->report, place, -EINVAL, "tag %s; tags are not taken, leave it out",
		                   report_value((const char *)tag, value));
	return 0;
}

static int add_node(struct builder *builder, enum yaml_kind kind, struct place place, struct yaml_node **added)
{
	struct yaml_node *node;

	if (builder->nodes_left == 0)
		return report_stop(builder->report, place, -E2BIG, "more than %d values and keys", YAML_NODES_MAX);
	builder->nodes_left--;
	node = carve(&builder->tree->nodes, sizeof(*node));
	if (!node)
		return report_memory(builder->report);
	*node = (struct yaml_node){ .kind = kind, .place = place, .text = "" };
	*added = node;
	return 0;
}

static int take_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct place place = place_of(builder, event->start_mark);
	size_t length = event->data.scalar.length;
	struct yaml_node *node;
	char *text;
	int rc;

	rc = refuse_features(builder, place, event->data.scalar.anchor, event->data.scalar.tag);
	if (rc == 0 && memchr(event->data.scalar.value, '\0', length))
		rc = report_stop(builder->report, place, -EINVAL, "a NUL character in a value; a policy is text");
	if (rc == 0)
		rc = add_node(builder, YAML_SCALAR, place, &node);
	if (rc < 0)
		return rc;
	text = carve(&builder->tree->texts, length + 1);
	if (!text)
		return report_memory(builder->report);
	memcpy(text, event->data.scalar.value, length);
	text[length] = '\0';
	node->text = text;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return attach(builder, node);
}

static int take_start(struct builder *builder, enum yaml_kind kind, const yaml_event_t *event)
{
	struct place place = place_of(builder, event->start_mark);
	bool mapping = kind == YAML_MAPPING;
	struct yaml_node *node;
	int rc;

	rc = refuse_features(builder, place,
	                     mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
	                     mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag);
	if (rc == 0 && builder->depth == YAML_DEPTH_MAX)
		rc = report_stop(builder->report, place, -E2BIG, "nested deeper than %d levels", YAML_DEPTH_MAX);
	if (rc == 0)
		rc = add_node(builder, kind, place, &node);
	if (rc == 0)
		rc = attach(builder, node);
	if (rc == 0)
		builder->open[builder->depth++] = node;
	return rc;
}

static int take_end(struct builder *builder)
{
	const struct yaml_node *node = builder->open[--builder->depth];

	return node->kind == YAML_MAPPING ? check_duplicates(builder, node) : 0;
}

static int take_document(struct builder *builder, const yaml_event_t *event)
{
	struct place place = place_of(builder, event->start_mark);

	if (event->data.document_start.version_directive ||
	    event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
		return report_stop(builder->report, place, -EINVAL,
		                   "a '%%' directive; directives are not taken, leave it out");
	if (++builder->document_count > 1)
		return report_stop(builder->report, place, -EINVAL,
		                   "a second document begins; a policy is one document, remove the '---'");
	return 0;
}

static int take_event(struct builder *builder, const yaml_event_t *event)
{
	char value[REPORT_VALUE_MAX];

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return take_document(builder, event);
	case YAML_SCALAR_EVENT:
		return take_scalar(builder, event);
	case YAML_SEQUENCE_START_EVENT:
		return take_start(builder, YAML_SEQUENCE, event);
	case YAML_MAPPING_START_EVENT:
		return take_start(builder, YAML_MAPPING, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return take_end(builder);
	case YAML_ALIAS_EVENT:
		return report_stop(builder->report, place_of(builder, event->start_mark), -EINVAL,
		                   "alias %s; anchors and aliases are not taken, write the value out",
		                   report_value((const char *)event->data.alias.anchor, value));
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

/* libyaml's words, with what usually is the reason. */
static const char *hint_for(const char *problem)
{
	static const struct {
		const char *part;
		const char *hint;
	} hints[] = {
		{ "mapping values are not allowed", "; a value that holds ': ' needs quotes" },
		{ "expected ',' or '}'", "; is a '}', a comma or a quote missing?" },
		{ "expected ',' or ']'", "; is a ']', a comma or a quote missing? (\"::/0\" needs quotes)" },
		{ "cannot start any token", "; quote a value that begins with a sign" },
		{ "expected key", "; is this line indented like its neighbours?" },
		{ "block end", "; is this line indented like its neighbours?" },
		{ "could not find expected ':'", "; a key is followed by ': ' and its value" },
		{ "unexpected end of stream", "; is a quote missing?" },
		{ "undefined tag handle", "; tags are not taken, quote a value that begins with '!'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strstr(problem, hints[i].part))
			return hints[i].hint;
	return "";
}

static int parser_failed(struct builder *builder, const yaml_parser_t *parser)
{
	const char *problem = parser->problem ? parser->problem : "the text cannot be read";

	if (parser->error == YAML_MEMORY_ERROR || parser->error == YAML_NO_ERROR)
		return report_memory(builder->report);
	if (parser->context && strstr(problem, "end of stream"))
		return report_stop(builder->report, place_of(builder, parser->context_mark), -EINVAL,
		                   "not YAML: what begins here has no end%s", hint_for(problem));
	if (parser->context && parser->context_mark.line != parser->problem_mark.line)
		return report_stop(builder->report, place_of(builder, parser->problem_mark), -EINVAL,
		                   "not YAML: %s (%s that begins on line %zu)%s", problem, parser->context,
		                   parser->context_mark.line + 1, hint_for(problem));
	return report_stop(builder->report, place_of(builder, parser->problem_mark), -EINVAL, "not YAML: %s%s", problem,
	                   hint_for(problem));
}

static int build(struct builder *builder, yaml_parser_t *parser)
{
	bool ended = false;
	int rc = 0;

	while (rc == 0 && !ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return parser_failed(builder, parser);
		ended = event.type == YAML_STREAM_END_EVENT;
		rc = take_event(builder, &event);
		yaml_event_delete(&event);
	}
	return rc;
}

int yaml_tree_read(struct report *report, size_t *nodes_left, struct yaml_tree **tree)
{
	struct yaml_tree *made CLEANUP(yaml_tree_free) = NULL;
	struct builder builder = { .report = report, .nodes_left = *nodes_left };
	yaml_parser_t parser;
	int rc = yaml_text_check(report);

	if (rc < 0)
		return rc;
	made = calloc(1, sizeof(*made));
	if (!made || !yaml_parser_initialize(&parser))
		return report_memory(report);
	builder.tree = made;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)report->texts[report->reading].text,
	                             report->texts[report->reading].length);
	rc = build(&builder, &parser);
	yaml_parser_delete(&parser);
	if (rc < 0)
		return rc;
	*tree = take_ptr(&made);
	*nodes_left = builder.nodes_left;
	return 0;
}

void yaml_tree_free(struct yaml_tree *tree)
{
	if (!tree)
		return;
	free_chunks(tree->nodes);
	free_chunks(tree->texts);
	free(tree);
}

const struct yaml_node *yaml_tree_root(const struct yaml_tree *tree)
{
	return tree->root;
}

const struct yaml_node *yaml_node_find(const struct yaml_node *mapping, const char *name)
{
	const struct yaml_node *key = mapping->kind == YAML_MAPPING ? mapping->first : NULL;

	while (key && (key->text[0] != name[0] || strcmp(key->text, name) != 0))
		key = key->next;
	return key;
}

bool yaml_node_is_empty(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && !node->quoted && !node->text[0];
}

const char *yaml_kind_name(const struct yaml_node *node)
{
	if (yaml_node_is_empty(node))
		return "nothing";
	return node->kind == YAML_SCALAR ? "text" : node->kind == YAML_SEQUENCE ? "a list" : "a mapping";
}
