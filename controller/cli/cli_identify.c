/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_json.h"
#include "controller/files.h"
#include "policy/identity/identity.h"
#include "policy/language/report.h"

/* One device as its lines describe it. */
struct described {
	struct mac mac;
	struct fields fields;
	bool is_empty;
};

struct asking {
	struct fingerprints *fingerprints;
	struct described device;
	unsigned long line;
	bool json;
};

static int hex_value(char digit)
{
	const char *digits = "0123456789abcdef";
	const char *found = digit == '\0' ? NULL : strchr(digits, tolower((unsigned char)digit));

	return found ? (int)(found - digits) : -1;
}

static int hex_byte(const char *text)
{
	int high = hex_value(text[0]);
	int low = high < 0 ? -1 : hex_value(text[1]);

	return low < 0 ? -1 : high << 4 | low;
}

/* As field_show writes text: \xNN is a byte. */
static int add_text(struct fields *fields, enum field field, const char *text)
{
	uint8_t bytes[FIELD_VALUE_MAX];
	size_t length = 0;

	for (size_t at = 0; text[at] && length < sizeof(bytes);) {
		int byte = text[at] == '\\' && text[at + 1] == 'x' ? hex_byte(text + at + 2) : -1;

		bytes[length++] = (uint8_t)(byte < 0 ? text[at] : byte);
		at += byte < 0 ? 1 : 4;
	}
	fields_add(fields, field, bytes, length);
	return 0;
}

static int add_hex(struct fields *fields, enum field field, const char *text)
{
	uint8_t bytes[FIELD_VALUE_MAX];
	size_t length = 0;

	for (size_t at = 0; text[at]; at += 2) {
		int byte = hex_byte(text + at);

		if (byte < 0 || length == sizeof(bytes))
			return -EINVAL;
		bytes[length++] = (uint8_t)byte;
	}
	fields_add(fields, field, bytes, length);
	return 0;
}

/* "1,3,6", each of at most ${most}, in ${width} bytes. */
static int add_list(struct fields *fields, enum field field, const char *text, size_t width)
{
	uint8_t bytes[FIELD_VALUE_MAX];
	size_t length = 0;

	while (*text) {
		char *end;
		unsigned long number = strtoul(text, &end, 10);

		if (!isdigit((unsigned char)*text) || number >> (8 * width) || length + width > sizeof(bytes) ||
		    (*end != ',' && *end != '\0') || (*end == ',' && end[1] == '\0'))
			return -EINVAL;
		for (size_t i = width; i > 0; i--)
			bytes[length++] = (uint8_t)(number >> (8 * (i - 1)));
		text = *end == ',' ? end + 1 : end;
	}
	fields_add(fields, field, bytes, length);
	return 0;
}

static int add_number(struct fields *fields, enum field field, const char *text)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end != '\0')
		return -EINVAL;
	fields_add_number(fields, field, number);
	return 0;
}

static int add_mac(struct fields *fields, enum field field, const char *text)
{
	struct mac mac;
	int result = mac_parse(text, &mac);

	if (result >= 0)
		fields_add_mac(fields, field, &mac);
	return result;
}

static int add_address(struct fields *fields, enum field field, const char *text)
{
	struct address address;
	int result = address_parse(text, &address);

	if (result >= 0)
		fields_add_address(fields, field, &address);
	return result;
}

/* The reverse of field_show. errors: -EINVAL not of the field's shape. */
static int add_value(struct fields *fields, enum field field, const char *text)
{
	switch (field_info(field)->shape) {
	case SHAPE_TEXT:
		return add_text(fields, field, text);
	case SHAPE_BYTES:
		return add_hex(fields, field, text);
	case SHAPE_NUMBER:
		return add_number(fields, field, text);
	case SHAPE_NUMBERS8:
		return add_list(fields, field, text, 1);
	case SHAPE_NUMBERS16:
		return add_list(fields, field, text, 2);
	case SHAPE_MAC:
		return add_mac(fields, field, text);
	case SHAPE_ADDRESS:
		return add_address(fields, field, text);
	}
	return -EINVAL;
}

static int refuse(const struct asking *asking, const char *what, const char *word)
{
	char shown[REPORT_VALUE_MAX];

	fprintf(stderr, "isoward identify: line %lu: %s %s\n", asking->line, what, report_value(word, shown));
	return -EINVAL;
}

/* "field<TAB>value", without its end. */
static int take_line(struct asking *asking, char *line)
{
	char *value = strchr(line, '\t');
	enum field field;

	asking->device.is_empty = false;
	if (!value)
		return refuse(asking, "a field, a tab and a value are needed, not", line);
	*value++ = '\0';
	if (strcmp(line, "mac") == 0)
		return mac_parse(value, &asking->device.mac) < 0 ? refuse(asking, "no MAC address:", value) : 0;
	field = field_by_name(line, strlen(line));
	if (field == FIELD_NONE)
		return refuse(asking, "there is no field", line);
	return add_value(&asking->device.fields, field, value) < 0 ? refuse(asking, "not of the field's shape:", value)
	                                                           : 0;
}

static json_t *evidence_json(const struct identity_evidence *evidence)
{
	return json_pack("{s:s, s:o, s:s, s:f, s:o}", "field", field_info((enum field)evidence->field)->name, "value",
	                 cli_json_text(evidence->value), "class", evidence->class, "weight", evidence->weight / 100.0,
	                 "why", cli_json_text(evidence->why));
}

static int print_json(const struct identity *identity)
{
	json_t *reasons = json_array();

	for (size_t i = 0; i < identity->evidence_count; i++)
		json_array_append_new(reasons, evidence_json(&identity->evidence[i]));
	return cli_json_print(json_pack("{s:s, s:i, s:o, s:o, s:o, s:o}", "class", identity->class, "confidence",
	                                (int)identity->confidence, "vendor", cli_json_text(identity->vendor), "model",
	                                cli_json_text(identity->model), "os", cli_json_text(identity->os), "evidence",
	                                reasons));
}

static void print_words(const struct identity *identity)
{
	printf("class   %s", identity->class[0] ? identity->class : "unknown");
	if (identity->confidence > 0)
		printf(" (%u %%)", (unsigned int)identity->confidence);
	printf("\nvendor  %s\nmodel   %s\nos      %s\n", identity->vendor, identity->model, identity->os);
	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *one = &identity->evidence[i];

		printf("  %+.2f %s: %s \"%s\", %s\n", one->weight / 100.0, one->class[0] ? one->class : "no class",
		       field_info((enum field)one->field)->name, one->value, one->why);
	}
}

/* Tells what the device described so far is, and forgets it. */
static int answer(struct asking *asking)
{
	struct facts facts = { .mac = asking->device.mac };
	struct identity identity;
	int result = 0;

	if (asking->device.is_empty)
		return 0;
	result = identity_learn(asking->fingerprints, &facts, &asking->device.fields);
	if (result >= 0) {
		identity_judge(asking->fingerprints, &facts, &identity);
		if (asking->json)
			result = print_json(&identity);
		else
			print_words(&identity);
	}
	facts_done(&facts);
	memset(&asking->device.mac, 0, sizeof(asking->device.mac));
	fields_clear(&asking->device.fields);
	asking->device.is_empty = true;
	return result < 0 ? result : 0;
}

static int answer_all(struct asking *asking)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int result = 0;

	fields_clear(&asking->device.fields);
	asking->device.is_empty = true;
	while (result == 0 && (length = getline(&line, &size, stdin)) >= 0) {
		asking->line++;
		while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
			line[--length] = '\0';
		result = length == 0 ? answer(asking) : take_line(asking, line);
	}
	if (result == 0)
		result = answer(asking);
	free(line);
	return result;
}

static int run(int count, char **arguments)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "fingerprints", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	static struct asking asking;
	struct fingerprints *fingerprints CLEANUP(fingerprints_free) = NULL;
	struct error error = { .code = 0 };
	char folder[PATH_MAX];
	const char *rules = NULL;
	int option;

	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1) {
		if (option == 'f')
			rules = optarg;
		else if (option == 'j')
			asking.json = true;
		else
			return cli_bad_option(&cli_identify, option, arguments);
	}
	if (optind < count)
		return cli_usage(&cli_identify, "the device is described on standard input, not by '%s'",
		                 arguments[optind]);
	if (!rules) {
		files_data_folder(folder);
		if (strlen(folder) + sizeof("/fingerprints") > sizeof(folder))
			return CLI_FAILED;
		strcat(folder, "/fingerprints");
		rules = folder;
	}
	if (files_load_fingerprints(rules, &fingerprints, &error) < 0) {
		cli_print_problem(stderr, &error, "error");
		return CLI_FAILED;
	}
	asking.fingerprints = fingerprints;
	return answer_all(&asking) < 0 ? CLI_FAILED : CLI_DONE;
}

const struct cli_command cli_identify = {
	.name = "identify",
	.arguments = "[--json] [--fingerprints DIR] < DESCRIPTION",
	.help = "tell what a device would be taken for, by what it says",
	.details = "A line is a field, a tab and its value, as `isoward replay --observations` shows both; \"mac\" is "
		   "the\n"
		   "device's address. An empty line ends a device.\n"
		   "\n"
		   "  --json             one object a device: { class, confidence, vendor, model, os, evidence }\n"
		   "  --fingerprints DIR recognition rules (beside the binary, else the installed ones)\n"
		   "\n"
		   "  printf 'host-name\\talaris-17\\ndhcp-vendor\\tMSFT 5.0\\n' | isoward identify\n",
	.run = run,
};
