/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A rules file is { version: 1, rules: [ rule, … ], support: [ entry, … ], housings: [ entry, … ] };
 * policy/fingerprints/README.md describes them. All of a file is read into a batch first, so that a file with one bad
 * line adds nothing.
 */
#include "policy/identity/fingerprint_rule.h"

#include <errno.h>
#include <string.h>

#include "policy/classes.h"
#include "policy/identity/naming.h"
#include "policy/language/report.h"
#include "policy/language/yaml_tree.h"

struct loader {
	struct fingerprints *fingerprints;
	struct report report;
	struct fingerprint_batch batch;
};

/* The nodes of one rule, by the key that names each. */
enum rule_key {
	KEY_NAME,
	KEY_SOURCE,
	KEY_CLASS,
	KEY_WEIGHT,
	KEY_YIELDS,
	KEY_VENDOR,
	KEY_MODEL,
	KEY_OS,
	KEY_CITE,
	KEY_KIND, /* first of the kinds: KEY_KIND + enum fingerprint_kind */
	KEY_COUNT = KEY_KIND + KIND_COUNT
};

static const struct fingerprint_key keys[KEY_COUNT] = {
	[KEY_NAME] = { "name", FINGERPRINT_KEY_TEXT, true, "one of its kind over all files; shown as the reason" },
	[KEY_SOURCE] = { "source", FINGERPRINT_KEY_FIELD, true,
	                 "the field it looks at; host-name stands for any name" },
	[KEY_CLASS] = { "class", FINGERPRINT_KEY_CLASS, false, "what it speaks for, or against; needs a weight" },
	[KEY_WEIGHT] = { "weight", FINGERPRINT_KEY_WEIGHT, false, "natural log odds, -20 to 20, two decimals" },
	[KEY_YIELDS] = { "yields", FINGERPRINT_KEY_FLAG, false, "it speaks for its class and against no other" },
	[KEY_VENDOR] = { "vendor", FINGERPRINT_KEY_TEXT, false, "who makes the device" },
	[KEY_MODEL] = { "model", FINGERPRINT_KEY_TEXT, false, "what it is called; \"$1\" is the first star's text" },
	[KEY_OS] = { "os", FINGERPRINT_KEY_TEXT, false, "its operating system, with the version where it tells" },
	[KEY_CITE] = { "cite", FINGERPRINT_KEY_TEXT, true, "where the knowledge comes from" },
	[KEY_KIND + KIND_EXACT] = { "match", FINGERPRINT_KEY_PATTERN, false, "the whole text" },
	[KEY_KIND + KIND_PREFIX] = { "prefix", FINGERPRINT_KEY_PATTERN, false, "its beginning" },
	[KEY_KIND + KIND_CONTAINS] = { "contains", FINGERPRINT_KEY_PATTERN, false, "any part of it" },
	[KEY_KIND + KIND_GLOB] = { "glob", FINGERPRINT_KEY_PATTERN, false, "the whole text, with *, ?, [a-f], [!x]" },
	[KEY_KIND + KIND_STARTS] = { "starts", FINGERPRINT_KEY_PATTERN, false, "the beginning of a list of numbers" },
	[KEY_KIND + KIND_MAC] = { "mac", FINGERPRINT_KEY_PATTERN, false, "6, 7 or 9 hexadecimal digits of a MAC" },
	[KEY_KIND + KIND_DOMAIN] = { "domain", FINGERPRINT_KEY_PATTERN, false, "a name of the DNS and all below it" },
};

const struct fingerprint_key *fingerprints_key(size_t index)
{
	return index < KEY_COUNT ? &keys[index] : NULL;
}

/* Copies the scalar ${node} to ${to}; printable text only, so that it can be shown anywhere. errors: -EINVAL. */
static int copy_text(struct loader *loader, const struct yaml_node *node, const char *what, char *to, size_t size)
{
	size_t length;

	if (node->kind != YAML_SCALAR)
		return report_stop(&loader->report, node->place, -EINVAL, "%s: must be text", what);
	length = strlen(node->text);
	if (length == 0 || length >= size)
		return report_stop(&loader->report, node->place, -EINVAL, "%s: must be 1 to %zu bytes long", what,
		                   size - 1);
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)node->text[i];

		if (byte < 0x20 || byte == 0x7f)
			return report_stop(&loader->report, node->place, -EINVAL, "%s: holds a control character",
			                   what);
	}
	memcpy(to, node->text, length + 1);
	return 0;
}

/* "-4.25" to -425: a sign, digits, at most two decimals. */
static int parse_weight(const char *text, int *hundredths)
{
	bool negative = *text == '-';
	int whole = 0;
	int scale = 0;

	if (negative)
		text++;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text; text++) {
		if (*text == '.' && scale == 0) {
			scale = 1;
			continue;
		}
		if (*text < '0' || *text > '9' || scale > 100 || (scale == 0 && whole > FINGERPRINT_WEIGHT_MAX))
			return -EINVAL;
		whole = whole * 10 + (*text - '0');
		if (scale)
			scale *= 10;
		if (scale > 100)
			return -EINVAL;
	}
	whole *= scale == 100 ? 1 : scale == 10 ? 10 : 100;
	if (whole > FINGERPRINT_WEIGHT_MAX)
		return -EINVAL;
	*hundredths = negative ? -whole : whole;
	return 0;
}

static int find_key(const char *text)
{
	for (int key = 0; key < KEY_COUNT; key++) {
		if (strcmp(keys[key].name, text) == 0)
			return key;
	}
	return -ENOENT;
}

static int fail_key(struct loader *loader, const struct yaml_node *name)
{
	char value[REPORT_VALUE_MAX];
	struct suggest suggest;

	suggest_init(&suggest, name->text);
	for (int key = 0; key < KEY_COUNT; key++)
		suggest_consider(&suggest, keys[key].name);
	return report_stop(&loader->report, name->place, -EINVAL, "unknown key %s of a rule%s",
	                   report_value(name->text, value), suggest_text(&suggest));
}

/* Sorts the pairs of the mapping ${node} into ${parts} by key. errors: -EINVAL. */
static int read_keys(struct loader *loader, const struct yaml_node *node, const struct yaml_node *parts[KEY_COUNT])
{
	if (node->kind != YAML_MAPPING)
		return report_stop(&loader->report, node->place, -EINVAL,
		                   "a rule is a mapping: { name: …, source: …, match: …, cite: … }");
	for (const struct yaml_node *name = node->first; name; name = name->next) {
		int key = find_key(name->text);

		if (key < 0)
			return fail_key(loader, name);
		if (parts[key])
			return report_stop(&loader->report, name->place, -EINVAL, "%s: given twice", keys[key].name);
		parts[key] = name->value;
	}
	return 0;
}

static int fail_source(struct loader *loader, const struct yaml_node *node)
{
	char value[REPORT_VALUE_MAX];
	struct suggest suggest;

	suggest_init(&suggest, node->text);
	for (int field = FIELD_NONE + 1; field < FIELD_COUNT; field++)
		if (field_info((enum field)field)->keep)
			suggest_consider(&suggest, field_info((enum field)field)->name);
	return report_stop(&loader->report, node->place, -EINVAL, "source: %s is no evidence%s",
	                   report_value(node->text, value), suggest_text(&suggest));
}

static int read_source(struct loader *loader, const struct yaml_node *node, struct fingerprint_rule *rule)
{
	enum field field;

	if (node->kind != YAML_SCALAR)
		return report_stop(&loader->report, node->place, -EINVAL, "source: must be text");
	field = field_by_name(node->text, strlen(node->text));
	if (!field_info(field)->keep)
		return fail_source(loader, node);
	rule->field = (uint16_t)field;
	return 0;
}

static int read_yields(struct loader *loader, const struct yaml_node *node, struct fingerprint_rule *rule)
{
	bool is_true = node->kind == YAML_SCALAR && strcmp(node->text, "true") == 0;

	if (!is_true && (node->kind != YAML_SCALAR || strcmp(node->text, "false") != 0))
		return report_stop(&loader->report, node->place, -EINVAL, "yields: must be true or false");
	if (is_true && rule->weight <= 0)
		return report_stop(&loader->report, node->place, -EINVAL, "yields: needs a class and a weight above 0");
	rule->yields = is_true;
	return 0;
}

static bool class_is_medical(const char *class)
{
	return strncmp(class, "medical", 7) == 0 && (class[7] == '\0' || class[7] == '/');
}

static int read_weight(struct loader *loader, const struct yaml_node *node, struct fingerprint_rule *rule)
{
	int hundredths = 0;

	if (node->kind != YAML_SCALAR || parse_weight(node->text, &hundredths) < 0 || hundredths == 0)
		return report_stop(&loader->report, node->place, -EINVAL,
		                   "weight: must be a number from -20 to 20 with at most two decimals, and not 0");
	if (hundredths < 0 && !*rule->class)
		return report_stop(&loader->report, node->place, -EINVAL, "weight: below 0 needs a class");
	/* Radio modules and the PCs inside modalities carry other makers' prefixes, and these makers make PCs too. */
	if (rule->field == FIELD_OUI && class_is_medical(rule->class) && hundredths >= IDENTITY_THRESHOLD)
		return report_stop(&loader->report, node->place, -EINVAL,
		                   "weight: a vendor prefix alone must not decide a medical class: below %d.%02d",
		                   IDENTITY_THRESHOLD / 100, IDENTITY_THRESHOLD % 100);
	rule->weight = (int16_t)hundredths;
	return 0;
}

static int read_class(struct loader *loader, const struct yaml_node *class, struct fingerprint_rule *rule)
{
	char value[REPORT_VALUE_MAX];
	struct suggest suggest;
	int rc = copy_text(loader, class, "class", rule->class, sizeof(rule->class));

	if (rc < 0 || class_known(rule->class))
		return rc;
	suggest_init(&suggest, class->text);
	for (size_t i = 0; class_names[i]; i++)
		suggest_consider(&suggest, class_names[i]);
	return report_stop(&loader->report, class->place, -EINVAL, "class: %s is not in the tree of classes%s",
	                   report_value(class->text, value), suggest_text(&suggest));
}

/* Reads class and weight; a weight without a class is that of the names. errors: -EINVAL. */
static int read_verdict(struct loader *loader, const struct yaml_node *class, const struct yaml_node *weight,
                        struct fingerprint_rule *rule)
{
	int rc = class ? read_class(loader, class, rule) : 0;

	if (rc < 0)
		return rc;
	if (class && !weight)
		return report_stop(&loader->report, class->place, -EINVAL, "class: needs a weight");
	return weight ? read_weight(loader, weight, rule) : 0;
}

/* Whether the pattern gives what "$1" … in the rule's names ask for. errors: -EINVAL. */
static int check_stars(struct loader *loader, const struct yaml_node *node, const struct fingerprint_pattern *pattern)
{
	size_t model = naming_needs(pattern->rule->model), os = naming_needs(pattern->rule->os);
	size_t needs = model > os ? model : os;

	if (needs <= naming_stars(pattern) && (!needs || pattern->field != FIELD_OUI))
		return 0;
	return report_stop(
		&loader->report, node->place, -EINVAL,
		"\"$%zu\" is asked for, and this pattern has %zu stars (of a glob, or what follows a prefix; "
		"not of oui)",
		needs, naming_stars(pattern));
}

static int read_pattern(struct loader *loader, const struct yaml_node *node, enum fingerprint_kind kind,
                        const struct fingerprint_rule *rule)
{
	struct fingerprint_batch *batch = &loader->batch;
	CLEANUP(free) struct fingerprint_pattern *pattern = calloc(1, sizeof(*pattern));
	const char *complaint;
	int rc;

	if (!pattern)
		return report_memory(&loader->report);
	pattern->rule = rule;
	pattern->kind = (uint8_t)kind;
	pattern->field = rule->field;
	rc = copy_text(loader, node, keys[KEY_KIND + (int)kind].name, pattern->text, sizeof(pattern->text));
	if (rc < 0)
		return rc;
	complaint = fingerprint_pattern_prepare(pattern);
	if (complaint)
		return report_stop(&loader->report, node->place, -EINVAL, "%s", complaint);
	rc = check_stars(loader, node, pattern);
	if (rc < 0)
		return rc;
	if (memory_reserve((void **)&batch->patterns, &batch->pattern_capacity, batch->pattern_count + 1,
	                   sizeof(struct fingerprint_pattern *)) < 0)
		return report_memory(&loader->report);
	batch->patterns[batch->pattern_count++] = take_ptr(&pattern);
	return 0;
}

/* Reads one pattern or a list of them. errors: -EINVAL, -ENOMEM. */
static int read_patterns(struct loader *loader, const struct yaml_node *node, enum fingerprint_kind kind,
                         const struct fingerprint_rule *rule)
{
	if (node->kind != YAML_SEQUENCE)
		return read_pattern(loader, node, kind, rule);
	if (node->child_count < 1 || node->child_count > FINGERPRINT_PATTERNS_MAX)
		return report_stop(&loader->report, node->place, -EINVAL, "%s: a list has 1 to %d entries",
		                   keys[KEY_KIND + (int)kind].name, FINGERPRINT_PATTERNS_MAX);
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		int rc = read_pattern(loader, item, kind, rule);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Reads the parts that are text or a number. errors: -EINVAL. */
static int read_fields(struct loader *loader, const struct yaml_node *node,
                       const struct yaml_node *const parts[KEY_COUNT], struct fingerprint_rule *rule)
{
	static const uint8_t needed[] = { KEY_NAME, KEY_SOURCE, KEY_CITE };
	int rc;

	for (size_t i = 0; i < sizeof(needed); i++) {
		if (!parts[needed[i]])
			return report_stop(&loader->report, node->place, -EINVAL, "rule without %s",
			                   keys[needed[i]].name);
	}
	if (!parts[KEY_CLASS] && !parts[KEY_VENDOR] && !parts[KEY_MODEL] && !parts[KEY_OS])
		return report_stop(&loader->report, node->place, -EINVAL,
		                   "rule without class, vendor, model or os: it would say nothing");
	rc = copy_text(loader, parts[KEY_NAME], "name", rule->name, sizeof(rule->name));
	if (rc == 0)
		rc = read_source(loader, parts[KEY_SOURCE], rule);
	if (rc == 0)
		rc = copy_text(loader, parts[KEY_CITE], "cite", rule->cite, sizeof(rule->cite));
	if (rc == 0 && parts[KEY_VENDOR])
		rc = copy_text(loader, parts[KEY_VENDOR], "vendor", rule->vendor, sizeof(rule->vendor));
	if (rc == 0 && parts[KEY_MODEL])
		rc = copy_text(loader, parts[KEY_MODEL], "model", rule->model, sizeof(rule->model));
	if (rc == 0 && parts[KEY_OS])
		rc = copy_text(loader, parts[KEY_OS], "os", rule->os, sizeof(rule->os));
	rule->place = parts[KEY_NAME]->place;
	if (rc == 0)
		rc = read_verdict(loader, parts[KEY_CLASS], parts[KEY_WEIGHT], rule);
	if (rc == 0 && parts[KEY_YIELDS])
		rc = read_yields(loader, parts[KEY_YIELDS], rule);
	return rc;
}

static int read_rule(struct loader *loader, const struct yaml_node *node)
{
	const struct yaml_node *parts[KEY_COUNT] = { NULL };
	struct fingerprint_batch *batch = &loader->batch;
	CLEANUP(free) struct fingerprint_rule *rule = calloc(1, sizeof(*rule));
	const struct fingerprint_rule *kept;
	int kind = -1;
	int rc;

	if (!rule)
		return report_memory(&loader->report);
	rc = read_keys(loader, node, parts);
	if (rc == 0)
		rc = read_fields(loader, node, parts, rule);
	if (rc < 0)
		return rc;
	for (int i = 0; i < KIND_COUNT; i++) {
		if (!parts[KEY_KIND + i])
			continue;
		if (kind >= 0)
			return report_stop(&loader->report, node->place, -EINVAL, "rule with both %s and %s",
			                   keys[KEY_KIND + kind].name, keys[KEY_KIND + i].name);
		kind = i;
	}
	if (kind < 0)
		return report_stop(&loader->report, node->place, -EINVAL,
		                   "rule without match, prefix, contains, glob, starts, domain or mac");
	if (loader->fingerprints->rule_count + batch->rule_count >= FINGERPRINT_RULES_MAX)
		return report_stop(&loader->report, node->place, -EINVAL, "more than %d rules", FINGERPRINT_RULES_MAX);
	if (memory_reserve((void **)&batch->rules, &batch->rule_capacity, batch->rule_count + 1,
	                   sizeof(struct fingerprint_rule *)) < 0)
		return report_memory(&loader->report);
	kept = rule;
	batch->rules[batch->rule_count++] = take_ptr(&rule);
	return read_patterns(loader, parts[KEY_KIND + kind], (enum fingerprint_kind)kind, kept);
}

/* ---- a file ---- */

enum section {
	SECTION_VERSION,
	SECTION_RULES,
	SECTION_SUPPORT,
	SECTION_HOUSINGS,
	SECTION_COUNT
};

static int read_version(struct loader *loader, const struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR && strcmp(node->text, "1") == 0)
		return 0;
	return report_stop(&loader->report, node->place, -EINVAL, "version: must be 1");
}

/* Finds the sections of a file. errors: -EINVAL. */
static int find_sections(struct loader *loader, const struct yaml_node *root,
                         const struct yaml_node *sections[SECTION_COUNT])
{
	static const char *const names[SECTION_COUNT] = { "version", "rules", "support", "housings" };

	if (!root || root->kind != YAML_MAPPING)
		return report_stop(&loader->report, root ? root->place : (struct place){ 1, 1, 0 }, -EINVAL,
		                   "a rules file is a mapping: version: 1 and rules: [ … ]");
	for (const struct yaml_node *key = root->first; key; key = key->next) {
		size_t section = 0;

		while (section < SECTION_COUNT && strcmp(key->text, names[section]) != 0)
			section++;
		if (section == SECTION_COUNT || sections[section])
			return report_stop(&loader->report, key->place, -EINVAL,
			                   "unknown or repeated key; a rules file has version, rules, support and "
			                   "housings, each once");
		if (section != SECTION_VERSION && key->value->kind != YAML_SEQUENCE)
			return report_stop(&loader->report, key->value->place, -EINVAL, "%s: must be a list",
			                   names[section]);
		sections[section] = key->value;
	}
	if (!sections[SECTION_VERSION] ||
	    (!sections[SECTION_RULES] && !sections[SECTION_SUPPORT] && !sections[SECTION_HOUSINGS]))
		return report_stop(&loader->report, root->place, -EINVAL,
		                   "a rules file needs version, and rules, support or housings");
	return read_version(loader, sections[SECTION_VERSION]);
}

/* Whether each rule has a name of its own, over all files. errors: -EINVAL, -ENOMEM. */
static int check_names(struct loader *loader)
{
	size_t count = loader->batch.rule_count;
	CLEANUP(free)
	const struct fingerprint_rule **sorted = calloc(count + 1, sizeof(const struct fingerprint_rule *));
	const struct fingerprint_rule *taken = NULL;

	if (!sorted)
		return report_memory(&loader->report);
	for (size_t i = 0; i < count; i++)
		sorted[i] = loader->batch.rules[i];
	qsort(sorted, count, sizeof(const struct fingerprint_rule *), fingerprint_compare_names);
	for (size_t i = 0; i < count && !taken; i++) {
		if ((i && strcmp(sorted[i - 1]->name, sorted[i]->name) == 0) ||
		    (loader->fingerprints->rule_count &&
		     bsearch(&sorted[i], loader->fingerprints->by_name, loader->fingerprints->rule_count,
		             sizeof(const struct fingerprint_rule *), fingerprint_compare_names)))
			taken = sorted[i];
	}
	if (!taken)
		return 0;
	return report_stop(&loader->report, taken->place, -EINVAL, "name: \"%s\" is taken by another rule",
	                   taken->name);
}

static int read_rules(struct loader *loader, const struct yaml_node *rules)
{
	for (const struct yaml_node *rule = rules ? rules->first : NULL; rule; rule = rule->next) {
		int rc = read_rule(loader, rule);

		if (!report_goes_on(&loader->report, rc))
			return rc;
	}
	return check_names(loader);
}

static int read_document(struct loader *loader)
{
	CLEANUP(yaml_tree_free) struct yaml_tree *tree = NULL;
	const struct yaml_node *sections[SECTION_COUNT] = { NULL };
	size_t nodes_left = YAML_NODES_MAX;
	int rc = yaml_tree_read(&loader->report, &nodes_left, &tree);

	if (rc == 0)
		rc = find_sections(loader, yaml_tree_root(tree), sections);
	if (rc < 0)
		return rc;
	rc = read_rules(loader, sections[SECTION_RULES]);
	if (report_goes_on(&loader->report, rc) && sections[SECTION_SUPPORT])
		rc = fingerprint_read_support(&loader->report, sections[SECTION_SUPPORT],
		                              &loader->fingerprints->support, &loader->batch.support);
	if (report_goes_on(&loader->report, rc) && sections[SECTION_HOUSINGS])
		rc = fingerprint_read_housings(&loader->report, sections[SECTION_HOUSINGS],
		                               &loader->fingerprints->housings, &loader->batch.housings);
	if (rc < 0 || loader->report.code < 0)
		return rc < 0 ? rc : loader->report.code;
	rc = fingerprints_take(loader->fingerprints, &loader->batch);
	return rc == -ENOMEM ? report_memory(&loader->report) : rc;
}

int fingerprints_check_yaml(struct fingerprints *fingerprints, const char *file, const char *text, size_t length,
                            struct error *errors, size_t max, size_t *count)
{
	struct loader loader = { .fingerprints = fingerprints };
	int rc;

	if (length > POLICY_BYTES_MAX) {
		*count = 1;
		return error_set_at(&errors[0], -EINVAL, file, 0, 0, "larger than %u bytes", POLICY_BYTES_MAX);
	}
	report_init(&loader.report, errors, max);
	report_add_text(&loader.report, file, text, length);
	rc = read_document(&loader);
	fingerprint_batch_done(&loader.batch);
	report_sort(&loader.report);
	*count = loader.report.error_count;
	return rc == -E2BIG ? -EINVAL
	                    : rc; /* whatever the tree's own limit, to the caller it is a file that will not do */
}

int fingerprints_add_yaml(struct fingerprints *fingerprints, const char *file, const char *text, size_t length,
                          struct error *reterr)
{
	struct error error = { 0 };
	size_t count = 0;
	int rc = fingerprints_check_yaml(fingerprints, file, text, length, &error, 1, &count);

	if (rc < 0 && reterr && !reterr->code) {
		*reterr = error;
		reterr->code = rc;
	}
	return rc;
}
