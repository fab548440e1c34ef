/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/hl7.h"
#include "policy/base/memory.h"
#include "tests/unit/stream_test.h"

#define EUI          "0A1B2CFFFE3D4E5F"
#define PATIENT      "PID|1||4711^^^WARD^MR||Zebra^Quagga||19700101|F\r"
#define PUMP         "OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|\r"
#define MONITOR      "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|\r"
#define HEADER(type) "MSH|^~\\&|APP|WARD|||20240101||" type "|1|P|2.6\r"
#define DEVICE(type) "MSH|^~\\&|APP^" EUI "^EUI-64|WARD|||20240101||" type "|1|P|2.6\r"

/* Frames ${text} and gives it to the decoder; the message must be taken whole. */
static void decode(struct connection *connection, const char *text)
{
	struct bytes bytes = { .length = 0 };

	memset(connection, 0, sizeof(*connection));
	put8(&bytes, 0x0b);
	put_text(&bytes, text);
	put_text(&bytes, "\x1c\r");
	assert_int_equal(give(connection, hl7_decode, false, bytes.byte, bytes.length), 1);
	assert_int_equal(connection->taken, bytes.length);
}

static void test_header(void **state)
{
	struct connection connection;

	(void)state;
	decode(&connection,
	       "MSH|^~\\&|VIEW^" EUI "^EUI-64|MAKER^2|SINK^9|HOSP|20240101120000|sesame|ORU^R01^ORU_R01|77|P|2.6"
	       "|||NE|AL|||||PCD_DEC_001^IHE PCD^1.3.6.1^ISO~SECOND\r" PATIENT);
	assert_string_equal(shown(&connection, FIELD_HL7_TYPE), "ORU");
	assert_string_equal(shown(&connection, FIELD_HL7_EVENT), "R01");
	assert_string_equal(shown(&connection, FIELD_HL7_APPLICATION), "VIEW");
	assert_string_equal(shown(&connection, FIELD_HL7_FACILITY), "MAKER");
	assert_string_equal(shown(&connection, FIELD_HL7_RECEIVER), "SINK");
	assert_string_equal(shown(&connection, FIELD_HL7_PROFILE), "PCD_DEC_001^IHE PCD^1.3.6.1^ISO SECOND");
	assert_string_equal(shown(&connection, FIELD_HL7_DEVICE), EUI);
	/* MSH-8, security, is left out */
	assert_string_equal(shown(&connection, FIELD_HL7_SEGMENT),
	                    "MSH|^~\\x5c&|VIEW^" EUI
	                    "^EUI-64|MAKER^2|SINK^9|HOSP|20240101120000||ORU^R01^ORU_R01|77|P|2.6"
	                    "|||NE|AL|||||PCD_DEC_001^IHE PCD^1.3.6.1^ISO~SECOND");
}

/* Whatever stands about a patient, no field holds any of it. */
static void test_no_patient(void **state)
{
	static const char *const secrets[] = { "4711", "Zebra", "Quagga", "1970", "sesame", "130.5", "Nurse" };
	struct connection connection;
	struct field_value value;

	(void)state;
	decode(&connection, "MSH|^~\\&|VIEW|MAKER|||20240101|sesame|ORU^R01|77|P|2.6\r" PATIENT
	                    "PV1|1|I|4711\rNK1|1|Zebra^Quagga\rOBR|1|4711^Zebra|4711^Quagga\r"
	                    "OBX|1|NM|8480-6^Systolic^LN||130.5|mmHg|||||F|||19700101||Nurse||VIEW 4\r"
	                    "NTE|1||Zebra\rPRT|1|UC||Nurse|4711^Zebra^Quagga|||||\r");
	for (size_t at = 0; fields_next(&connection.fields, &at, &value);)
		for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
			assert_null(memmem(value.bytes, value.length, secrets[i], strlen(secrets[i])));
	assert_string_equal(shown(&connection, FIELD_HL7_ROLE), "reports vitals");
}

static void test_roles(void **state)
{
	static const struct {
		const char *message;
		const char *role;
	} messages[] = {
		{ HEADER("ORU^R01^ORU_R01") PUMP, "reports pump" },
		{ HEADER("ORU^R01^ORU_R01") MONITOR, "reports vitals" },
		{ HEADER("ORU^R01") "OBX|1||69641^MDC_DEV_SYS_PT_VENT_MDS^MDC\r", "reports ventilator" },
		{ HEADER("ORU^R01") "OBX|1||69986^MDC_DEV_PUMP_INFUS_VMD^MDC\r", "reports pump" },
		{ HEADER("ORU^R01") "OBX|1|NM|157784^MDC_FLOW_FLUID_PUMP^MDC\r", "reports pump" },
		{ HEADER("ORU^R01") "OBX|1|NM|8867-4^Heart rate^LN|||||||||||||||VIEW\r", "reports vitals" },
		{ HEADER("ORU^R01") "OBX|1|NM|8867-4^Heart rate^LN\r",
		  "reports results" }, /* no device stands for it */
		{ HEADER("ORU^R30"), "reports lab" },
		{ HEADER("ORU^R01") "OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC\r", "reports vitals" },
		{ HEADER("ORU^R01") "OBX|1|NM|2345-7^Glucose^LN\r", "reports results" },
		{ HEADER("ORU^R01") "OBR|1|||||||||||||||||||||||CH\rOBX|1|NM|2345-7^Glucose^LN\r",
		  "reports lab results" },
		{ HEADER("ORU^R01") "SPM|1\rOBX|1|NM|2345-7^Glucose^LN\r", "reports lab results" },
		/* a monitor shows the pump beside it; what speaks of several devices is a gateway */
		{ HEADER("ORU^R01") MONITOR "OBX|2||69986^MDC_DEV_PUMP_INFUS_VMD^MDC\r", "reports vitals" },
		{ HEADER("ORU^R01") MONITOR PUMP, "reports many" },
		{ HEADER("ORU^R01") "OBX|1|NM|157784^MDC_FLOW_FLUID_PUMP^MDC\rOBX|2|NM|147842^MDC_ECG_HEART_RATE\r",
		  "" },
		/* an order that names a pump comes from none */
		{ HEADER("RGV^O15^RGV_O15") PUMP, "orders pump" },
		{ DEVICE("RGV^O15^RGV_O15") PUMP, "orders pump" },
		{ HEADER("OMP^O09") PUMP, "orders pump" },
		{ HEADER("RDE^O11"), "orders medication" },
		{ HEADER("RRG^O16"), "answers orders" },
		{ HEADER("ORM^O01") PUMP, "orders" },
		/* an alert is a device's own or passed on */
		{ DEVICE("ORU^R40^ORU_R40") PUMP, "alerts pump" },
		{ DEVICE("ORU^R40^ORU_R40") MONITOR, "alerts vitals" },
		{ DEVICE("ORU^R40^ORU_R40") MONITOR PUMP, "forwards alerts" },
		{ HEADER("ORU^R40^ORU_R40") MONITOR, "forwards alerts" },
		{ HEADER("ORU^R42"), "reports pump" },
		{ HEADER("ADT^A01^ADT_A01"), "admits" },
		{ HEADER("ACK^R01^ACK"), "acknowledges" },
		{ HEADER("ACK"), "acknowledges" },
		{ HEADER("ORA^R41^ORA_R41"), "acknowledges" },
		{ HEADER("OUL^R22"), "reports lab" },
		{ HEADER("SIU^S12"), "schedules" },
		{ HEADER("ZZZ^Z01"), "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		struct connection connection;

		decode(&connection, messages[i].message);
		assert_string_equal(shown(&connection, FIELD_HL7_ROLE), messages[i].role);
	}
}

static void test_devices(void **state)
{
	struct connection connection;

	(void)state;
	decode(&connection,
	       DEVICE("ORU^R01") "OBR|1|X|Y^P^0b1b2cfffe3d4e5f^EUI-64\r" MONITOR
	                         "OBX|2||70686^MDC_DEV_PRESS_BLD_NONINV_VMD^MDC|||||||X||||||||" EUI "^MODEL 5\r"
	                         "OBX|3||70687^MDC_DEV_PRESS_BLD_NONINV_CHAN^MDC|||||||X||||||||21766848\r"
	                         "OBX|4||^MDC_DEV_ECG_VMD^MDC|||||||X||||||||21766849~VIEW\r" MONITOR
	                         "PRT|1|UC|||||||| (01)bad~(01)01234567890128(21)S77\r");
	assert_string_equal(shown(&connection, FIELD_HL7_DEVICE), EUI " 0B1B2CFFFE3D4E5F");
	assert_string_equal(
		shown(&connection, FIELD_HL7_CODE),
		"69965 MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS 70686 MDC_DEV_PRESS_BLD_NONINV_VMD MDC_DEV_ECG_VMD");
	assert_true(strstr(shown(&connection, FIELD_HL7_MODEL), "MODEL 5 VIEW") != NULL);
	assert_string_equal(shown(&connection, FIELD_HL7_UDI), "(01)01234567890128");
}

static void test_udi(void **state)
{
	static const struct {
		const char *text;
		const char *udi;
	} udis[] = {
		{ "(01)01234567890128", "(01)01234567890128" },
		{ "0101234567890128211234", "(01)01234567890128" },
		{ "(01)0123456789012", "" },
		{ "(01)0123456789012X", "" },
		{ "(10)01234567890128", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(udis); i++) {
		struct connection connection;
		char message[128] = HEADER("ORU^R01") "PRT|1|UC||||||||||||||";

		decode(&connection, strcat(strcat(message, udis[i].text), "\r"));
		assert_string_equal(shown(&connection, FIELD_HL7_UDI), udis[i].udi);
	}
}

/* Values of one kind are told once, and not without end. */
static void test_names_are_bounded(void **state)
{
	struct bytes bytes = { .length = 0 };
	struct connection connection;
	struct field_value value;
	size_t devices = 0, codes = 0, models = 0;

	(void)state;
	put_text(&bytes, HEADER("ORU^R01"));
	for (unsigned int i = 0; i < 40; i++) {
		put_text(&bytes, "OBX|1||7");
		put8(&bytes, '0' + i);
		put_text(&bytes, "^MDC_DEV_ECG_VMD^MDC|||||||X||||||||0A1B2CFFFE3D4E");
		put8(&bytes, '0' + i / 10);
		put8(&bytes, '0' + i % 10);
		put_text(&bytes, "^M");
		put8(&bytes, 'A' + i);
		put_text(&bytes, "\r");
	}
	put8(&bytes, 0);
	decode(&connection, (const char *)bytes.byte);
	for (size_t at = 0; fields_next(&connection.fields, &at, &value);) {
		devices += value.field == FIELD_HL7_DEVICE;
		codes += value.field == FIELD_HL7_CODE;
		models += value.field == FIELD_HL7_MODEL;
	}
	assert_int_equal(devices, HL7_NAMES_MAX);
	assert_int_equal(codes, HL7_NAMES_MAX);
	assert_int_equal(models, HL7_NAMES_MAX);
}

static void test_frames(void **state)
{
	static const char one[] = "\x0bMSH|^~\\&|A|||||1|ACK|1|P|2.6\r\x1c\r";
	static const char two[] =
		"\x0bMSH|^~\\&|A|||||1|ACK|1|P|2.6\r\x1c\r\x0bMSH|^~\\&|B|||||1|ADT^A01|1|P|2.6\r\x1c\r";
	const size_t first = sizeof(one) - 1;
	struct connection connection = { 0 };

	(void)state;
	for (size_t cut = 0; cut < first; cut++)
		assert_int_equal(give(&connection, hl7_decode, false, two, cut), -EAGAIN);
	assert_int_equal(give(&connection, hl7_decode, false, two, sizeof(two) - 1), 1);
	assert_int_equal(connection.taken, first);
	assert_string_equal(shown(&connection, FIELD_HL7_APPLICATION), "A");
	assert_int_equal(give(&connection, hl7_decode, false, two + first, sizeof(two) - 1 - first), 1);
	assert_int_equal(connection.taken, sizeof(two) - 1 - first);
	assert_string_equal(shown(&connection, FIELD_HL7_APPLICATION), "B");
	/* ends of line between messages are no message */
	assert_int_equal(give(&connection, hl7_decode, false, "\n\x0bMSH", 5), 1);
	assert_int_equal(connection.taken, 1);
	assert_int_equal(connection.fields.length, 0);
}

static void test_separators(void **state)
{
	struct connection connection;

	(void)state;
	decode(&connection, "MSH#*+?!#VIEW*1#WARD+X###1##ORU*R01#1#P#2.6\n\nOBX#1##147842*MDC_ECG_HEART_RATE\n");
	assert_string_equal(shown(&connection, FIELD_HL7_APPLICATION), "VIEW");
	assert_string_equal(shown(&connection, FIELD_HL7_FACILITY), "WARD");
	assert_string_equal(shown(&connection, FIELD_HL7_EVENT), "R01");
	assert_string_equal(shown(&connection, FIELD_HL7_ROLE), "reports vitals");
}

/* Of a message that is never gathered whole the beginning is read; the next one is found. */
static void test_long(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes = { .length = 0 };
	size_t at = 0, seen = 0;

	(void)state;
	put_text(&bytes, "\x0bMSH|^~\\&|LAB|||||1|OUL^R22|1|P|2.5\rOBX|1|ED|x||");
	for (size_t i = 0; i < 55000; i++)
		put8(&bytes, 'Q');
	put_text(&bytes, "\r\x1c\r\x0bMSH|^~\\&|NEXT|||||1|ACK|1|P|2.5\r\x1c\r");
	while (at < bytes.length) {
		size_t left = bytes.length - at;

		assert_int_equal(give(&connection, hl7_decode, false, bytes.byte + at,
		                      left < STREAM_BYTES_MAX ? left : STREAM_BYTES_MAX),
		                 1);
		if (connection.fields.length > 0)
			assert_string_equal(shown(&connection, FIELD_HL7_APPLICATION), seen++ ? "NEXT" : "LAB");
		at += connection.taken;
	}
	assert_int_equal(at, bytes.length);
	assert_int_equal(seen, 2);
}

static void test_not_hl7(void **state)
{
	static const struct {
		const char *bytes;
		int result;
	} heads[] = {
		{ "\x0b", -EAGAIN },
		{ "\x0bMS", -EAGAIN },
		{ "\x0bMSG", 0 },
		{ "MSH|^~\\&|", 0 },
		{ "\x16\x03\x01", 0 },
		{ "\x0bMSH|^~\\&\x1c\r", 1 },
		{ "\x0bMSH\x1c\r", -EBADMSG },
		{ "\x0bMSHABCDEFG\r\x1c\r", -EBADMSG },
		{ "\x0bMSH|^\r\x1c\r", -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct connection connection = { 0 };

		assert_int_equal(give(&connection, hl7_decode, false, heads[i].bytes, strlen(heads[i].bytes)),
		                 heads[i].result);
		if (heads[i].result == -EBADMSG)
			assert_int_equal(connection.reason, MALFORMED_HL7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header), cmocka_unit_test(test_no_patient),
		cmocka_unit_test(test_roles),  cmocka_unit_test(test_devices),
		cmocka_unit_test(test_udi),    cmocka_unit_test(test_names_are_bounded),
		cmocka_unit_test(test_frames), cmocka_unit_test(test_separators),
		cmocka_unit_test(test_long),   cmocka_unit_test(test_not_hl7),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
