/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/utf16.h"

#include <stdbool.h>

#define UNIT_LENGTH   2
#define UTF8_MAX      3 /* bytes a unit; a pair of surrogates is four in all */
#define REPLACEMENT   0xfffdU
#define SURROGATE_MIN 0xd800U
#define LOW_MIN       0xdc00U
#define SURROGATE_END 0xe000U

static uint32_t unit(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static size_t put_utf8(uint8_t *text, uint32_t point)
{
	size_t more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
	static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };

	text[0] = (uint8_t)(lead[more] | point >> (6 * more));
	for (size_t i = 1; i <= more; i++)
		text[i] = (uint8_t)(0x80 | (point >> (6 * (more - i)) & 0x3f));
	return more + 1;
}

void utf16_add(struct fields *fields, enum field field, const uint8_t *bytes, size_t length)
{
	uint8_t text[UTF16_UNITS_MAX * UTF8_MAX];
	size_t written = 0, units = length / UNIT_LENGTH;

	units = units < UTF16_UNITS_MAX ? units : UTF16_UNITS_MAX;
	for (size_t i = 0; i < units; i++) {
		uint32_t point = unit(bytes + UNIT_LENGTH * i);
		uint32_t low = i + 1 < units ? unit(bytes + UNIT_LENGTH * (i + 1)) : 0;
		bool is_pair = point >= SURROGATE_MIN && point < LOW_MIN && low >= LOW_MIN && low < SURROGATE_END;

		if (is_pair) {
			point = 0x10000U + ((point - SURROGATE_MIN) << 10) + (low - LOW_MIN);
			i++;
		} else if (point >= SURROGATE_MIN && point < SURROGATE_END) {
			point = REPLACEMENT;
		}
		written += put_utf8(text + written, point);
	}
	if (written > 0)
		fields_add(fields, field, text, written);
}
