/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules that are delivered: that they load, say what they should, and fall into none of the known traps. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "policy/identity/fingerprint_rule.h"
#include "tests/unit/small_facts.h"

#define FILE_MAX   (16U << 20)
#define FIELDS_MAX 32
#define DEVICE_MAX 1024

static const char *const windows_list = "1,3,6,15,31,33,43,44,46,47,119,121,249,252";

static char *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	char *text;

	if (!file)
		return NULL;
	text = malloc(FILE_MAX);
	assert_non_null(text);
	*length = fread(text, 1, FILE_MAX - 1, file);
	text[*length] = '\0';
	fclose(file);
	return text;
}

static void add_rules(struct fingerprints *fingerprints, const char *path)
{
	struct error error = { 0 };
	char message[1024];
	size_t length = 0;
	char *text = read_file(path, &length);

	assert_non_null(text);
	if (fingerprints_add_yaml(fingerprints, path, text, length, &error) < 0)
		fail_msg("%s", error_format(&error, message, sizeof(message)));
	free(text);
}

/* Prefixes of the makers in the vectors below, so that the test needs no package. */
static const char registry[] =
	"Registry,Assignment,Organization Name,Organization Address\n"
	"MA-L,F8C678,Carefusion,\nMA-L,001221,B.Braun Melsungen AG,\n"
	"MA-L,5842E4,Baxter International Inc,\nMA-L,0003B1,\"ICU Medical, Inc.\",\n"
	"MA-L,9CC8AE,\"Becton, Dickinson  and Company\",\nMA-L,001338,FRESENIUS-VIAL,\n"
	"MA-L,444B5D,GE Healthcare,\nMA-L,884B39,\"Siemens AG, Healthcare Sector\",\n"
	"MA-L,00095C,Philips Medical Systems - Cardiac and Monitoring Systems (CM,\n"
	"MA-L,F0E5C3,Dr\xc3\xa4gerwerk AG & Co. KG aA,\nMA-L,002541,Maquet Critical Care AB,\n"
	"MA-L,001788,Philips Lighting BV,\nMA-L,08000E,Siemens AG,\nMA-L,5CCF7F,Espressif Inc.,\n"
	"MA-L,ACCF23,Hi-flying electronics technology Co.,\nMA-L,000B82,Grandstream,\n"
	"MA-L,F0766F,\"Apple, Inc.\",\nMA-L,B827EB,Raspberry Pi Foundation,\n"
	"MA-L,00C02D,FUJI PHOTO FILM CO.,\nMA-L,00206B,KONICA MINOLTA,\n"
	"MA-L,0000A1,MARQUETTE ELECTRIC CO.,\nMA-L,00E0A4,ESAOTE S.p.A.,\n";

static int set_up(void **state)
{
	struct fingerprints *fingerprints = NULL;
	struct dirent **names;
	int count = scandir(ISOWARD_SOURCE_DIR "/policy/fingerprints", &names, NULL, alphasort);

	if (count < 0 || fingerprints_new(&fingerprints) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/policy/fingerprints/%s", ISOWARD_SOURCE_DIR, names[i]->d_name);
		if (strstr(names[i]->d_name, ".yaml"))
			add_rules(fingerprints, path);
		free(names[i]);
	}
	free(names);
	*state = fingerprints;
	return 0;
}

static int set_up_with_vendors(void **state)
{
	return set_up(state) == 0 && fingerprints_add_registry(*state, "oui.csv", registry, strlen(registry), NULL) > 0
	               ? 0
	               : -1;
}

static int tear_down(void **state)
{
	fingerprints_free(*state);
	return 0;
}

static void test_delivered_classes(void **state)
{
	static const char *const linux_list = "1,28,2,3,15,6,12";
	static const char *const busybox = "1,3,6,12,15,28,42";
	const struct {
		const char *mac, *list, *vendor, *host, *class;
	} vectors[] = {
		/* pumps */
		{ "f8:c6:78:00:00:01", busybox, "udhcp 1.35.0", "ALARIS-PCU-0001", "medical/infusion-pump" },
		{ "f8:c6:78:00:00:01", "", "Alaris PCU", "", "medical/infusion-pump" },
		{ "9c:c8:ae:00:00:01", linux_list, "", "alaris-7", "medical/infusion-pump" },
		{ "00:12:21:00:00:01", "1,3,6", "", "SPACECOM-12", "medical/infusion-pump" },
		{ "58:42:e4:00:00:01", "1,3,6", "", "spectrum-iq-4", "medical/infusion-pump" },
		{ "00:03:b1:00:00:01", "1,3,6", "", "PLUM360-44", "medical/infusion-pump" },
		{ "00:13:38:00:00:01", "1,3,6", "", "agilia-3", "medical/infusion-pump" },
		/* a prefix alone, a name alone, a name on another's prefix: no */
		{ "f8:c6:78:00:00:01", busybox, "", "", "" },
		{ "44:4b:5d:00:00:01", "", "", "", "" },
		{ "02:00:00:00:00:01", "", "", "ALARIS-PCU-0001", "" },
		{ "02:00:00:00:00:01", "", "", "CT-2", "" },
		/* a pump that speaks like Windows, a Mac, a phone, a desktop */
		{ "f8:c6:78:00:00:01", windows_list, "MSFT 5.0", "ALARIS-PCU-0001", "" },
		{ "f8:c6:78:00:00:01", "", "MSFT 5.0", "ALARIS-PCU-0001", "" },
		{ "f8:c6:78:00:00:01", windows_list, "", "ALARIS-PCU-0001", "" },
		{ "f8:c6:78:00:00:01", "1,121,3,6,15,108,114,119,252", "", "ALARIS-PCU-0001", "" },
		{ "f8:c6:78:00:00:01", "1,3,6,15,26,28,51,58,59,43", "android-dhcp-14", "ALARIS-PCU-0001", "" },
		{ "f8:c6:78:00:00:01", windows_list, "MSFT 5.0", "DESKTOP-AB12CD3", "computer/workstation" },
		/* imaging, monitors, ventilators */
		{ "44:4b:5d:00:00:01", linux_list, "", "CT-2", "medical/imaging/ct" },
		{ "44:4b:5d:00:00:01", windows_list, "MSFT 5.0", "CT-2", "medical/imaging/ct" },
		{ "44:4b:5d:00:00:01", linux_list, "", "CARESCAPE-B650", "medical/monitor" },
		{ "88:4b:39:00:00:01", linux_list, "", "MR-1.hospital.example", "medical/imaging/mr" },
		{ "00:09:5c:00:00:01", "1,3,6", "", "IntelliVue-12", "medical/monitor" },
		{ "f0:e5:c3:00:00:01", "1,3,6", "", "evita-v500", "medical/ventilator" },
		{ "00:25:41:00:00:01", "1,3,6", "", "servo-u-4", "medical/ventilator" },
		/* PCs, phones, things */
		{ "02:00:00:00:00:01", windows_list, "MSFT 5.0", "NURSE-PC-3", "computer/workstation" },
		{ "02:00:00:00:00:01", windows_list, "MSFT 5.0", "CT-3", "computer/workstation" },
		{ "88:4b:39:00:00:01", windows_list, "MSFT 5.0", "console", "" },
		{ "02:00:00:00:00:01", "1,3,6,15,26,28,51,58,59,43", "android-dhcp-14", "", "phone/mobile" },
		{ "02:00:00:00:00:01", "", "Cisco Systems, Inc. IP Phone CP-9999", "", "phone/ip" },
		{ "02:00:00:00:00:01", "", "Mfg=Nobody;Typ=Printer;Mod=X;Ser=Y", "", "printer" },
		{ "b8:27:eb:00:00:01", "", "", "", "embedded" },
		/* a list that yields: alone, beside a name, and never for a maker of medical devices */
		{ "02:00:00:00:00:01", "1,3,6,15,119,252", "", "", "phone/mobile" },
		{ "02:00:00:00:00:01", "1,3,6,15,119,252", "", "my-iPad", "tablet" },
		{ "44:4b:5d:00:00:01", "1,2,3,6,12,15,28,40,42", "", "", "" },
		{ "00:e0:a4:00:00:01", "1,2,3,6,12,15,28,40,42", "", "", "" },
		{ "44:4b:5d:00:00:01", "1,2,3,6,12,15,28,40,42", "", "CT-2", "medical/imaging/ct" },
		/* the traps */
		{ "00:17:88:00:00:01", busybox, "udhcp 1.19.4", "Philips-hue", "iot/hub" },
		{ "00:17:88:00:00:01", busybox, "", "", "iot/hub" },
		{ "08:00:0e:00:00:01", "1,3,6", "", "scalance-x200", "" },
		{ "08:00:0e:00:00:01", "1,3,6", "", "ct-2", "" },
		{ "5c:cf:7f:00:00:01", "1,3,28,6", "", "ESP_012345", "" },
		{ "ac:cf:23:00:00:01", "1,3,28,6", "", "HF-LPB100", "" },
		{ "f0:76:6f:00:00:01", windows_list, "MSFT 5.0", "", "computer/workstation" },
		{ "00:c0:2d:00:00:01", "", "", "", "" },
		{ "02:00:00:00:00:01", busybox, "udhcp 1.19.4", "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct facts facts = { 0 };
		struct identity identity;

		assert_int_equal(mac_parse(vectors[i].mac, &facts.mac), 0);
		facts_say_list(&facts, FIELD_DHCP_PARAMETERS, vectors[i].list);
		facts_say_text(&facts, FIELD_DHCP_VENDOR, vectors[i].vendor);
		facts_say_text(&facts, FIELD_HOST_NAME, vectors[i].host);
		identity_judge(*state, &facts, &identity);
		facts_done(&facts);
		if (strcmp(identity.class, vectors[i].class) != 0)
			fail_msg("%s | %s | %s | %s: \"%s\", expected \"%s\"", vectors[i].mac, vectors[i].list,
			         vectors[i].vendor, vectors[i].host, identity.class, vectors[i].class);
	}
}

/* What stations do and are by DICOM, HL7 and Windows' own words; empty where a field is not told. */
static void test_clinical_protocols(void **state)
{
	static const struct {
		enum field first;
		const char *first_text;
		enum field second;
		const char *second_text;
		enum field third;
		const char *third_text;
		const char *class;
	} vectors[] = {
		{ FIELD_DICOM_ROLE, "stores ct", FIELD_NONE, "", FIELD_NONE, "", "medical/imaging/ct" },
		{ FIELD_DICOM_ROLE, "stores ct", FIELD_DICOM_ROLE, "stores pet", FIELD_NONE, "", "medical/imaging" },
		{ FIELD_DICOM_ROLE, "queries worklist", FIELD_NONE, "", FIELD_NONE, "", "" },
		{ FIELD_DICOM_ROLE, "stores ct", FIELD_DICOM_ROLE, "queries worklist", FIELD_NONE, "",
		  "medical/imaging/ct" },
		{ FIELD_DICOM_ROLE, "stores us", FIELD_DICOM_CALLING, "US_3", FIELD_NONE, "", "medical/imaging/us" },
		{ FIELD_DICOM_ROLE, "stores mr", FIELD_DICOM_IMPLEMENTATION, "1.3.12.2.1107.5.2", FIELD_NONE, "",
		  "medical/imaging/mr" },
		{ FIELD_DICOM_ROLE, "stores mr", FIELD_DICOM_CALLING, "DCMSEND", FIELD_DICOM_VERSION, "OFFIS_DCMTK_367",
		  "computer" },
		{ FIELD_DICOM_ROLE, "stores many", FIELD_DICOM_CALLING, "STORESCU", FIELD_NONE, "", "computer" },
		{ FIELD_DICOM_ROLE, "queries archive", FIELD_DICOM_IMPLEMENTATION, "1.2.276.0.7230010.3.0.3.6.7",
		  FIELD_NONE, "", "computer" },
		/* and yields to what a scanner does, which may be built with a toolkit and hold a PC */
		{ FIELD_DICOM_ROLE, "stores ct", FIELD_DICOM_ROLE, "queries archive", FIELD_DICOM_IMPLEMENTATION,
		  "1.2.276.0.7230010.3.0.3.6.7", "medical/imaging/ct" },
		{ FIELD_DICOM_ROLE, "stores ct", FIELD_DHCP_VENDOR, "MSFT 5.0", FIELD_HTTP_USER_AGENT,
		  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100 "
		  "Safari/537",
		  "medical/imaging/ct" },
		{ FIELD_HL7_ROLE, "reports lab", FIELD_DHCP_VENDOR, "MSFT 5.0", FIELD_NONE, "", "medical/lab" },
		{ FIELD_HL7_ROLE, "reports pump", FIELD_DHCP_VENDOR, "MSFT 5.0", FIELD_NONE, "", "" },
		{ FIELD_HL7_ROLE, "reports vitals", FIELD_DHCP_VENDOR, "MSFT 5.0", FIELD_NONE, "", "" },
		{ FIELD_DICOM_ROLE, "verifies", FIELD_DICOM_VERSION, "OFFIS_DCMTK_367", FIELD_NONE, "", "" },
		{ FIELD_DICOM_ROLE, "stores many", FIELD_DICOM_CALLING, "PACS_EAST", FIELD_NONE, "", "medical/server" },
		{ FIELD_DICOM_ROLE, "accepts storage", FIELD_DICOM_VERSION, "OFFIS_DCMTK_367", FIELD_NONE, "",
		  "medical/server" },
		{ FIELD_DICOM_ROLE, "answers worklist", FIELD_NONE, "", FIELD_NONE, "", "medical/server" },
		/* a maker's workstation stores what scanners made */
		{ FIELD_DICOM_ROLE, "stores nm", FIELD_DICOM_IMPLEMENTATION, "1.2.840.113619.6.281",
		  FIELD_DICOM_VERSION, "Xeleris 4.2", "computer/workstation" },
		/* an order that names a pump does not come from a pump, and an alert that is passed on from no monitor
		 */
		{ FIELD_HL7_ROLE, "reports pump", FIELD_NONE, "", FIELD_NONE, "", "medical/infusion-pump" },
		{ FIELD_HL7_ROLE, "orders pump", FIELD_NONE, "", FIELD_NONE, "", "medical/server" },
		{ FIELD_HL7_ROLE, "reports pump", FIELD_HL7_ROLE, "orders pump", FIELD_NONE, "", "medical/server" },
		{ FIELD_HL7_ROLE, "reports vitals", FIELD_NONE, "", FIELD_NONE, "", "medical/monitor" },
		{ FIELD_HL7_ROLE, "forwards alerts", FIELD_NONE, "", FIELD_NONE, "", "medical/server" },
		{ FIELD_HL7_ROLE, "admits", FIELD_HL7_ROLE, "acknowledges", FIELD_NONE, "", "medical/server" },
		{ FIELD_HL7_ROLE, "reports lab", FIELD_NONE, "", FIELD_NONE, "", "medical/lab" },
		{ FIELD_HL7_ROLE, "acknowledges", FIELD_NONE, "", FIELD_NONE, "", "" },
		/* Windows is a hint, no class; a pump that speaks it is none */
		{ FIELD_SMB_SYSTEM, "Windows 7 Professional 7601", FIELD_NONE, "", FIELD_NONE, "", "" },
		{ FIELD_HL7_ROLE, "reports pump", FIELD_SMB_SYSTEM, "Windows 7 Professional 7601", FIELD_NONE, "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct facts facts = { 0 };
		struct identity identity;

		facts_say_text(&facts, vectors[i].first, vectors[i].first_text);
		facts_say_text(&facts, vectors[i].second, vectors[i].second_text);
		facts_say_text(&facts, vectors[i].third, vectors[i].third_text);
		identity_judge(*state, &facts, &identity);
		facts_done(&facts);
		if (strcmp(identity.class, vectors[i].class) != 0)
			fail_msg("%s, %s, %s: \"%s\", expected \"%s\"", vectors[i].first_text, vectors[i].second_text,
			         vectors[i].third_text, identity.class, vectors[i].class);
	}
}

/* An address that firmware made, alone and with whose firmware it is. */
static void test_addresses_of_firmware(void **state)
{
	static const struct {
		const char *mac, *quirk, *class;
	} vectors[] = {
		{ "00:00:a1:01:02:03", "ge-dash-126", "medical/monitor" },
		{ "44:4b:5d:01:02:03", "ge-dash-126", "medical/monitor" },
		{ "00:00:a1:01:02:03", "mac-octets", "" },
		{ "02:00:00:01:02:03", "ge-dash-126", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct facts facts = { 0 };
		struct identity identity;

		assert_int_equal(mac_parse(vectors[i].mac, &facts.mac), 0);
		facts_say_text(&facts, FIELD_ADDRESS_QUIRK, vectors[i].quirk);
		identity_judge(*state, &facts, &identity);
		facts_done(&facts);
		if (strcmp(identity.class, vectors[i].class) != 0)
			fail_msg("%s, %s: \"%s\"", vectors[i].mac, vectors[i].quirk, identity.class);
	}
}

/* The name that a finding of an outdated system goes by. */
static void test_windows_names(void **state)
{
	static const struct {
		enum field field;
		const char *text;
		const char *os;
	} vectors[] = {
		{ FIELD_SMB_SYSTEM, "Windows 5.1", "Windows XP" },
		{ FIELD_SMB_SYSTEM, "Windows 2002 Service Pack 3 2600", "Windows XP" },
		{ FIELD_SMB_SYSTEM, "Windows Server 2003 R2 3790 Service Pack 2", "Windows Server 2003 R2" },
		{ FIELD_SMB_SYSTEM, "Windows Server 2003 3790 Service Pack 1", "Windows Server 2003" },
		{ FIELD_SMB_SYSTEM, "Windows Server (R) 2008 Standard 6001", "Windows Server 2008" },
		{ FIELD_SMB_SYSTEM, "Windows Server 2008 R2 Standard 7600", "Windows Server 2008 R2" },
		{ FIELD_SMB_SYSTEM, "Windows 7 Professional 7600", "Windows 7" },
		{ FIELD_SMB_SYSTEM, "Windows 8 9200", "Windows 8" },
		{ FIELD_SMB_SYSTEM, "Windows 8.1 Pro 9600", "Windows 8.1" },
		{ FIELD_NTLM_VERSION, "5.1.2600", "Windows XP" },
		{ FIELD_NTLM_VERSION, "6.1.7601", "Windows Server 2008 R2 or Windows 7" },
		{ FIELD_NTLM_VERSION, "10.0.19044", "Windows 10 21H2" },
		{ FIELD_NTLM_VERSION, "10.0.19045", "Windows 10" },
		{ FIELD_NTLM_VERSION, "10.0.22631", "Windows 11" },
		{ FIELD_NTLM_VERSION, "6.1.0", "" }, /* Samba */
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct facts facts = { 0 };
		struct identity identity;

		facts_say_text(&facts, vectors[i].field, vectors[i].text);
		identity_judge(*state, &facts, &identity);
		facts_done(&facts);
		assert_string_equal(identity.os, vectors[i].os);
	}
}

/*
 * No single source may make a device medical; a name or a prefix is anyone's to copy. What it does by DICOM or HL7 may:
 * the other side takes part in that.
 */
static void test_no_rule_alone_is_medical(void **state)
{
	const struct fingerprints *fingerprints = *state;

	assert_true(fingerprints->rule_count > 150);
	for (size_t i = 0; i < fingerprints->rule_count; i++) {
		const struct fingerprint_rule *rule = fingerprints->rules[i];

		enum field_group group = field_info((enum field)rule->field)->group;

		if (group != GROUP_DICOM_ROLE && group != GROUP_HL7_ROLE && strncmp(rule->class, "medical", 7) == 0 &&
		    rule->weight >= IDENTITY_THRESHOLD)
			fail_msg("%s decides alone", rule->name);
	}
}

static void test_judgement_is_fast(void **state)
{
	enum {
		ROUNDS = 20000
	};
	struct facts facts = { 0 };
	struct identity identity;
	struct timespec start, end;
	double microseconds;

	assert_int_equal(mac_parse("f8:c6:78:00:00:01", &facts.mac), 0);
	facts_say_list(&facts, FIELD_DHCP_PARAMETERS, windows_list);
	facts_say_text(&facts, FIELD_DHCP_VENDOR, "MSFT 5.0");
	facts_say_text(&facts, FIELD_HOST_NAME, "ALARIS-PCU-0001");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	for (int i = 0; i < ROUNDS; i++)
		identity_judge(*state, &facts, &identity);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	microseconds = (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3;
	print_message("one judgement: %.2f microseconds of CPU\n", microseconds / ROUNDS);
	facts_done(&facts);
	assert_true(microseconds / ROUNDS < 1000.0); /* a hang, not a slow machine under a sanitizer */
}

struct device {
	const char *capture;
	struct facts facts;
};

static size_t split(char *line, char *fields[FIELDS_MAX])
{
	size_t count = 0;

	while (line && count < FIELDS_MAX)
		fields[count++] = strsep(&line, "\t");
	while (count < FIELDS_MAX)
		fields[count++] = (char[]){ "" };
	return count;
}

/* The latest of what each client of each capture said. */
static size_t read_devices(char *text, struct device *devices)
{
	enum {
		CAPTURE = 0,
		TYPE = 4,
		MAC = 5,
		LIST = 7,
		VENDOR = 8,
		HOST = 9
	};
	size_t count = 0;
	char *line;

	strsep(&text, "\n");
	while ((line = strsep(&text, "\n")) && *line) {
		char *fields[FIELDS_MAX];
		struct mac mac;
		size_t i = 0;

		split(line, fields);
		fields[MAC][strcspn(fields[MAC], "|")] = '\0';
		if (strcmp(fields[TYPE], "1") != 0 || mac_parse(fields[MAC], &mac) < 0)
			continue;
		while (i < count &&
		       !(strcmp(devices[i].capture, fields[CAPTURE]) == 0 && mac_equal(&devices[i].facts.mac, &mac)))
			i++;
		if (i == count) {
			assert_true(count < DEVICE_MAX);
			devices[count++] = (struct device){ .capture = fields[CAPTURE], .facts.mac = mac };
		}
		facts_say_list(&devices[i].facts, FIELD_DHCP_PARAMETERS, fields[LIST]);
		facts_say_text(&devices[i].facts, FIELD_DHCP_VENDOR, fields[VENDOR]);
		facts_say_text(&devices[i].facts, FIELD_HOST_NAME, fields[HOST]);
	}
	return count;
}

static const char *class_of_label(const char *label)
{
	static const char *const map[][2] = {
		{ "smart_plug", "iot/plug" },
		{ "iot_hub", "iot/hub" },
		{ "ip_camera", "camera" },
		{ "workstation_pc", "computer/workstation" },
		{ "medical_consumer_scale", "medical/consumer" },
		{ "appliance", "iot/appliance" },
		{ "network_switch", "network/switch" },
		{ "ip_phone", "phone/ip" },
		{ "embedded_sbc", "embedded" },
		{ "tablet", "tablet" },
		{ "smartphone", "phone/mobile" },
		{ "router", "network/router" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
		if (strcmp(map[i][0], label) == 0)
			return map[i][1];
	}
	return NULL;
}

enum score {
	SCORE_RIGHT,
	SCORE_UNKNOWN,
	SCORE_WRONG,
	SCORE_COUNT
};

/* Right where the class is the expected one or what that is part of. */
static enum score score_of(const char *class, const char *expected)
{
	size_t length = strlen(class);

	if (!length)
		return SCORE_UNKNOWN;
	if (strncmp(class, expected, length) == 0 && (expected[length] == '\0' || expected[length] == '/'))
		return SCORE_RIGHT;
	return SCORE_WRONG;
}

static void score_labels(const struct fingerprints *fingerprints, char *labels, const struct device *devices,
                         size_t count, unsigned int score[SCORE_COUNT])
{
	static const char *const words[SCORE_COUNT] = { "right", "unknown", "wrong" };
	struct mac shown = { 0 }; /* one device often stands in many captures */
	char *line;

	strsep(&labels, "\n");
	while ((line = strsep(&labels, "\n")) && *line) {
		char *fields[FIELDS_MAX];
		const char *expected;
		struct mac mac;

		split(line, fields);
		expected = class_of_label(fields[2]);
		if (!expected || mac_parse(fields[1], &mac) < 0)
			continue;
		for (size_t i = 0; i < count; i++) {
			struct identity identity;
			enum score one;

			if (strcmp(devices[i].capture, fields[0]) != 0 || !mac_equal(&devices[i].facts.mac, &mac))
				continue;
			identity_judge(fingerprints, &devices[i].facts, &identity);
			one = score_of(identity.class, expected);
			score[one]++;
			if (one != SCORE_RIGHT && !mac_equal(&mac, &shown))
				print_message("  %s: %s (%s), expected %s, got \"%s\"\n", words[one], fields[5],
				              fields[1], expected, identity.class);
			shown = mac;
			break;
		}
	}
}

static void add_ieee_data(struct fingerprints *fingerprints)
{
	static const char *const files[] = { "oui.csv", "mam.csv", "oui36.csv" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[64];
		size_t length = 0;
		char *text;

		snprintf(path, sizeof(path), "/usr/share/ieee-data/%s", files[i]);
		text = read_file(path, &length);
		if (text)
			assert_true(fingerprints_add_registry(fingerprints, path, text, length, NULL) > 0);
		free(text);
	}
}

static void test_labelled_captures(void **state)
{
	size_t length = 0;
	char *dhcp = read_file(ISOWARD_SOURCE_DIR "/../shared/data/groundtruth/dhcp.tsv", &length);
	char *labels = read_file(ISOWARD_SOURCE_DIR "/../shared/data/groundtruth/device_labels.tsv", &length);
	struct device *devices = calloc(DEVICE_MAX, sizeof(*devices));
	unsigned int score[SCORE_COUNT] = { 0 };
	size_t count;

	assert_non_null(devices);
	if (!dhcp || !labels) {
		free(dhcp);
		free(labels);
		free(devices);
		print_message("no labelled captures beside the sources\n");
		skip();
	}
	add_ieee_data(*state);
	count = read_devices(dhcp, devices);
	score_labels(*state, labels, devices, count, score);
	print_message("labelled devices that spoke DHCP: %u right, %u unknown, %u wrong\n", score[SCORE_RIGHT],
	              score[SCORE_UNKNOWN], score[SCORE_WRONG]);
	free(dhcp);
	free(labels);
	for (size_t i = 0; i < count; i++)
		facts_done(&devices[i].facts);
	free(devices);
	assert_int_equal(score[SCORE_WRONG], 0);
	assert_true(score[SCORE_RIGHT] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_delivered_classes, set_up_with_vendors, tear_down),
		cmocka_unit_test_setup_teardown(test_clinical_protocols, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_addresses_of_firmware, set_up_with_vendors, tear_down),
		cmocka_unit_test_setup_teardown(test_windows_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_rule_alone_is_medical, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_judgement_is_fast, set_up_with_vendors, tear_down),
		cmocka_unit_test_setup_teardown(test_labelled_captures, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
