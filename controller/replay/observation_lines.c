/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/observation_lines.h"

#include <string.h>

static void conversation(struct json_lines *lines, const struct conversation *conversation)
{
	if (conversation->source.family == FAMILY_NONE)
		return;
	json_lines_open(lines, "conversation", '{');
	json_lines_address(lines, "source", &conversation->source);
	json_lines_number(lines, "source_port", conversation->source_port);
	json_lines_address(lines, "destination", &conversation->destination);
	json_lines_number(lines, "destination_port", conversation->destination_port);
	json_lines_number(lines, "protocol", conversation->protocol);
	json_lines_number(lines, "hops", conversation->hops);
	json_lines_bool(lines, "from_server", conversation->from_server);
	json_lines_close(lines, '}');
}

static void value(struct json_lines *lines, const struct field_value *field)
{
	char text[FIELD_TEXT_MAX];

	if (field_info(field->field)->shape == SHAPE_NUMBER)
		json_lines_number(lines, NULL, field_number(field));
	else
		json_lines_bytes(lines, NULL, text, field_show(field, text, sizeof(text)));
}

/* Writes all values of the field of ${first}, whose next value stands behind ${at}. */
static void all_of(struct json_lines *lines, const struct fields *fields, size_t at, const struct field_value *first)
{
	struct field_value other;

	json_lines_open(lines, field_info(first->field)->name, '[');
	value(lines, first);
	while (fields_next(fields, &at, &other))
		if (other.field == first->field)
			value(lines, &other);
	json_lines_close(lines, ']');
}

static void all_fields(struct json_lines *lines, const struct fields *fields)
{
	bool is_written[FIELD_COUNT] = { false };
	struct field_value found;

	json_lines_open(lines, "fields", '{');
	for (size_t at = 0; fields_next(fields, &at, &found);) {
		if (found.field >= FIELD_COUNT || is_written[found.field])
			continue;
		is_written[found.field] = true;
		all_of(lines, fields, at, &found);
	}
	json_lines_close(lines, '}');
}

void observation_line(struct json_lines *lines, const char *capture, const struct observation *observation)
{
	struct fields converted;
	const struct fields *fields = &observation->fields;

	if (observation->type == OBSERVATION_DHCP4 || observation->type == OBSERVATION_ARP) {
		observation_fields(observation, &converted);
		fields = &converted;
	}
	json_lines_open(lines, NULL, '{');
	json_lines_text(lines, "type", "observation");
	json_lines_text(lines, "capture", capture);
	json_lines_number(lines, "frame", observation->frame);
	json_lines_seconds(lines, "time", observation->captured_ns);
	json_lines_text(lines, "protocol", protocol_name((enum protocol)observation->protocol));
	json_lines_mac(lines, "source", &observation->source);
	json_lines_mac(lines, "destination", &observation->destination);
	json_lines_number(lines, "vlan", observation->vlan);
	conversation(lines, &observation->conversation);
	all_fields(lines, fields);
	if (fields->cut)
		json_lines_bool(lines, "cut", true);
	json_lines_close(lines, '}');
	json_lines_end(lines);
}
