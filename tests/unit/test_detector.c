/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "policy/base/memory.h"
#include "policy/finding/claims.h"
#include "policy/finding/detector.h"
#include "policy/finding/practice.h"
#include "policy/finding/spread.h"

#define HEARD_MAX 256

static struct finding heard[HEARD_MAX];
static size_t heard_count;

static void hear(const struct finding *finding, void *context)
{
	(void)context;
	if (heard_count < HEARD_MAX)
		heard[heard_count++] = *finding;
}

static struct detector *detector_of(bool is_gateway, size_t subjects)
{
	const struct detector_options options = { .is_gateway = is_gateway, .subjects_max = subjects };
	struct detector *detector = NULL;

	heard_count = 0;
	assert_int_equal(detector_new(&options, hear, NULL, &detector), 0);
	return detector;
}

static struct address v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return address_v4((const uint8_t[]){ a, b, c, d });
}

static struct subject subject_of(uint8_t number, const char *class)
{
	return (struct subject){ .mac = { { 2, 0, 0, 0, 0, number } },
		                 .address = v4(10, 0, 0, number),
		                 .class = class,
		                 .zone = "ward",
		                 .os = "",
		                 .ended = "",
		                 .ended_why = "" };
}

static struct observation said(enum protocol protocol, struct address to)
{
	struct observation observation;

	memset(&observation, 0, offsetof(struct observation, fields));
	observation.type = OBSERVATION_FIELDS;
	observation.protocol = (uint8_t)protocol;
	observation.ifindex = 1;
	observation.captured_ns = 1000000000ULL;
	observation.conversation = (struct conversation){ .source = v4(10, 0, 0, 1), .destination = to, .protocol = 6 };
	fields_clear(&observation.fields);
	return observation;
}

static void expect(enum finding_type type, const char *evidence)
{
	for (size_t i = 0; i < heard_count; i++)
		if (heard[i].type == type && strstr(heard[i].evidence, evidence))
			return;
	for (size_t i = 0; i < heard_count; i++)
		print_message("%s: %s\n", finding_type_name((enum finding_type)heard[i].type), heard[i].evidence);
	fail_msg("not found: %s: %s", finding_type_name(type), evidence);
}

static void test_habits_are_named(void **state)
{
	static const struct {
		const char *name, *category;
		enum finding_type type;
	} habits[] = {
		{ "TLS.WhatsApp", "Chat", FINDING_CHAT },
		{ "BitTorrent", "Download", FINDING_PEER_TO_PEER },
		{ "TLS.AnyDesk", "RemoteAccess", FINDING_REMOTE_DESKTOP },
		{ "RDP", "RemoteAccess", FINDING_REMOTE_DESKTOP },
		{ "WireGuard", "VPN", FINDING_PERSONAL_VPN },
		{ "TLS.NetFlix", "Video", FINDING_STREAMING },
		{ "TLS.Facebook", "SocialNetwork", FINDING_BROWSING },
		{ "SSH", "RemoteAccess", FINDING_COUNT },
		{ "TLS", "Web", FINDING_COUNT },
		{ "DICOM", "", FINDING_COUNT },
		{ "", "", FINDING_COUNT },
	};
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 0);
	struct subject pc = subject_of(1, "computer/workstation");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		struct observation flow = said(PROTOCOL_FLOW, v4(1, 2, 3, 4));

		fields_add_text(&flow.fields, FIELD_APPLICATION, habits[i].name);
		fields_add_text(&flow.fields, FIELD_APPLICATION_CATEGORY, habits[i].category);
		heard_count = 0;
		detector_observe(detector, &flow, &pc);
		assert_int_equal(heard_count, habits[i].type != FINDING_COUNT);
		if (heard_count)
			expect(habits[i].type, habits[i].name);
	}
}

static void test_browsing_is_a_person_with_a_browser_outside(void **state)
{
	static const char chrome[] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
				     "Chrome/109.0.0.0 Safari/537.36";
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 0);
	struct subject pc = subject_of(1, "");
	struct observation request = said(PROTOCOL_HTTP, v4(93, 184, 216, 34));

	(void)state;
	fields_add_text(&request.fields, FIELD_HTTP_USER_AGENT, chrome);
	fields_add_text(&request.fields, FIELD_HTTP_HOST, "news.example");
	fields_add_text(&request.fields, FIELD_HTTP_URI, "/setup.exe?x=1");
	detector_observe(detector, &request, &pc);
	assert_int_equal(heard_count, 2);
	expect(FINDING_BROWSING, "Chrome, news.example");
	expect(FINDING_DOWNLOAD, "a program from news.example");
	assert_int_equal(heard[0].peer.family, FAMILY_NONE); /* one site, however many addresses it has */
	assert_string_equal(heard[0].zone, "ward");

	heard_count = 0;
	request.conversation.destination = v4(10, 9, 0, 4); /* the hospital's own pages */
	detector_observe(detector, &request, &pc);
	assert_int_equal(heard_count, 0);

	request = said(PROTOCOL_HTTP, v4(93, 184, 216, 34));
	fields_add_text(&request.fields, FIELD_HTTP_USER_AGENT, "Pump/3.1 (firmware update)");
	fields_add_text(&request.fields, FIELD_HTTP_URI, "/exe/list");
	detector_observe(detector, &request, &pc);
	assert_int_equal(heard_count, 0);
}

static void test_browsers_are_told_apart(void **state)
{
	static const char *const agents[][2] = {
		{ "Mozilla/5.0 (X11) Gecko/20100101 Firefox/115.0", "Firefox" },
		{ "Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537.36 Edg/120.0", "Edge" },
		{ "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "Internet Explorer" },
		{ "Mozilla/5.0 (Macintosh) Version/16.1 Safari/605.1.15", "Safari" },
		{ "Mozilla/5.0 (compatible; Googlebot/2.1)", NULL },
		{ "curl/7.88", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(agents); i++) {
		const struct field_value agent = { .field = FIELD_HTTP_USER_AGENT,
			                           .bytes = (const uint8_t *)agents[i][0],
			                           .length = strlen(agents[i][0]) };
		const char *browser = practice_browser(&agent);

		if (agents[i][1])
			assert_string_equal(browser, agents[i][1]);
		else
			assert_null(browser);
	}
}

static void test_old_protocols_are_told(void **state)
{
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 0);
	struct subject pc = subject_of(1, "");
	struct observation hello = said(PROTOCOL_TLS, v4(1, 2, 3, 4)), smb = said(PROTOCOL_SMB, v4(10, 0, 0, 2)),
			   ssh = said(PROTOCOL_SSH, v4(10, 0, 0, 2));

	(void)state;
	fields_add_number(&hello.fields, FIELD_TLS_BEST_VERSION, 0x0301);
	detector_observe(detector, &hello, &pc);
	expect(FINDING_OLD_PROTOCOL, "TLS 1.0");
	fields_add_text(&smb.fields, FIELD_SMB_BEST_DIALECT, "smb1");
	smb.conversation.from_server = 1;
	detector_observe(detector, &smb, &pc);
	expect(FINDING_OLD_PROTOCOL, "serves SMB 1");
	fields_add_text(&ssh.fields, FIELD_SSH_BANNER, "SSH-1.5-OpenSSH");
	detector_observe(detector, &ssh, &pc);
	expect(FINDING_OLD_PROTOCOL, "SSH 1");

	heard_count = 0;
	hello = said(PROTOCOL_TLS, v4(1, 2, 3, 4));
	fields_add_number(&hello.fields, FIELD_TLS_BEST_VERSION, 0x0304);
	fields_add_number(&hello.fields, FIELD_TLS_SERVER_VERSION, 0x0303);
	detector_observe(detector, &hello, &pc);
	ssh = said(PROTOCOL_SSH, v4(10, 0, 0, 2));
	fields_add_text(&ssh.fields, FIELD_SSH_BANNER, "SSH-1.99-x"); /* RFC 4253 section 5.1: speaks 2.0 as well */
	detector_observe(detector, &ssh, &pc);
	assert_int_equal(heard_count, 0);
}

static void test_an_outdated_and_an_unknown_device(void **state)
{
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 0);
	struct subject device = subject_of(1, "computer/workstation");

	(void)state;
	device.os = "Windows XP";
	detector_judged(detector, &device, 1000);
	assert_int_equal(heard_count, 0); /* still looked after, as far as the caller says */
	device.ended = "2014-04-08";
	device.ended_why = "its maker";
	detector_judged(detector, &device, 1000);
	expect(FINDING_OLD_OS, "Windows XP, support ended 2014-04-08 (its maker)");
	heard_count = 0;
	device.class = "printer";
	detector_judged(detector, &device, 1000);
	assert_int_equal(heard_count, 1);
	expect(FINDING_OLD_FIRMWARE, "Windows XP, support ended 2014-04-08 (its maker)");
	device.class = "medical/imaging/ct"; /* a PC in a case, and its system is renewed as one */
	detector_judged(detector, &device, 1000);
	expect(FINDING_OLD_OS, "Windows XP");
	heard_count = 0;
	device = subject_of(2, "");
	detector_judged(detector, &device, 1000);
	assert_int_equal(heard_count, 0); /* unknown, but an operator's zone holds it */
	device.is_default_zone = true;
	detector_judged(detector, &device, 1000);
	expect(FINDING_UNKNOWN_DEVICE, "nothing");
}

static struct observation arp(uint8_t sender, struct address claims, struct address asks)
{
	struct observation observation;

	memset(&observation, 0, offsetof(struct observation, arp) + sizeof(observation.arp));
	observation.type = OBSERVATION_ARP;
	observation.protocol = PROTOCOL_ARP;
	observation.ifindex = 1;
	observation.captured_ns = 1000000000ULL;
	observation.source = (struct mac){ { 2, 0, 0, 0, 0, sender } };
	observation.arp = (struct observation_arp){
		.operation = 1, .sender_mac = observation.source, .sender_address = claims, .target_address = asks
	};
	return observation;
}

static void test_an_arp_sweep_is_a_scan_once_a_minute(void **state)
{
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 0);
	struct subject device = subject_of(1, "");

	(void)state;
	for (uint8_t i = 2; i < 20; i++) {
		struct observation ask = arp(1, v4(10, 0, 0, 1), v4(10, 0, 0, i));

		detector_observe(detector, &ask, &device);
	}
	assert_int_equal(heard_count, 0);
	for (unsigned int round = 0; round < 3; round++)
		for (uint8_t i = 2; i < 250; i++) {
			struct observation ask = arp(1, v4(10, 0, 0, 1), v4(10, 0, 0, i));

			detector_observe(detector, &ask, &device);
		}
	assert_int_equal(heard_count, 1);
	expect(FINDING_SCAN, "by ARP");
	/* the same few neighbours, all day long */
	heard_count = 0;
	for (unsigned int i = 0; i < 5000; i++) {
		struct observation ask = arp(1, v4(10, 0, 0, 1), v4(10, 0, 1, (uint8_t)(i % 20)));

		ask.captured_ns += (i + 100) * 1000000000ULL;
		detector_observe(detector, &ask, &device);
	}
	assert_int_equal(heard_count, 0);
}

static void test_a_port_scan_of_neighbours_is_a_scan(void **state)
{
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 0);
	struct subject device = subject_of(1, "");

	(void)state;
	for (uint16_t port = 1; port < 200; port++) {
		struct observation syn = said(PROTOCOL_TCP, v4(1, 2, 3, 4));

		syn.conversation.destination_port = port;
		detector_observe(detector, &syn, &device);
	}
	assert_int_equal(heard_count, 0); /* many connections outside are a busy page */
	for (uint16_t port = 1; port < 200; port++) {
		struct observation syn = said(PROTOCOL_TCP, v4(10, 0, 0, 7));

		syn.conversation.destination_port = port;
		detector_observe(detector, &syn, &device);
	}
	assert_int_equal(heard_count, 1);
	expect(FINDING_SCAN, "within a minute");
}

static void test_an_address_has_one_holder(void **state)
{
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 0);
	struct subject one = subject_of(1, ""), two = subject_of(2, "");
	struct observation first = arp(1, v4(10, 0, 0, 5), v4(10, 0, 0, 5)),
			   second = arp(2, v4(10, 0, 0, 5), v4(10, 0, 0, 9)), later = second, forged = first;

	(void)state;
	detector_observe(detector, &first, &one);
	detector_observe(detector, &first, &one);
	assert_int_equal(heard_count, 0);
	detector_observe(detector, &second, &two);
	expect(FINDING_SPOOF_IP, "claims 10.0.0.5, which is 02:00:00:00:00:01's");
	later.captured_ns += 2ULL * CLAIMS_TOGETHER_MS * 1000000;
	heard_count = 0;
	detector_observe(detector, &later, &two); /* handed on since */
	assert_int_equal(heard_count, 0);
	detector_observe(detector, &first, &one); /* an older capture, read after it */
	assert_int_equal(heard_count, 0);
	forged.arp.sender_mac.byte[5] = 9;
	detector_observe(detector, &forged, &one);
	expect(FINDING_SPOOF_MAC, "02:00:00:00:00:09");
}

static void test_rogues(void **state)
{
	CLEANUP(detector_free) struct detector *span = detector_of(false, 0), *gateway = detector_of(true, 0);
	struct subject one = subject_of(1, ""), two = subject_of(2, "");
	struct observation offer, advertisement = said(PROTOCOL_ND, v4(10, 0, 0, 1));

	(void)state;
	memset(&offer, 0, offsetof(struct observation, dhcp4) + sizeof(offer.dhcp4));
	offer.type = OBSERVATION_DHCP4;
	offer.ifindex = 1;
	offer.dhcp4.message = DHCP4_OFFER;
	offer.dhcp4.from_server = 1;
	detector_observe(span, &offer, &one);
	detector_observe(span, &offer, &one);
	assert_int_equal(heard_count, 0);
	detector_observe(span, &offer, &two);
	expect(FINDING_ROGUE_DHCP, "beside 02:00:00:00:00:01");
	heard_count = 0;
	detector_observe(gateway, &offer, &one);
	expect(FINDING_ROGUE_DHCP, "gateway");
	heard_count = 0;
	offer.outgoing = 1;
	detector_observe(gateway, &offer, &one);
	assert_int_equal(heard_count, 0);
	fields_add_number(&advertisement.fields, FIELD_ND_TYPE, 134);
	detector_observe(gateway, &advertisement, &one); /* lifetime 0: it says that it is no router */
	assert_int_equal(heard_count, 0);
	fields_add_number(&advertisement.fields, FIELD_ND_ROUTER_LIFETIME, 1800);
	detector_observe(gateway, &advertisement, &one);
	expect(FINDING_ROGUE_RA, "router");
	detector_routes(gateway, &one, 12, 1000);
	expect(FINDING_ROGUE_ROUTER, "12 addresses");
}

static void test_refused_flows(void **state)
{
	CLEANUP(detector_free) struct detector *detector = detector_of(true, 0);
	struct subject pump = subject_of(1, "medical/infusion-pump");
	struct refused_flow flow = {
		.conversation = { .destination = v4(10, 0, 0, 2), .protocol = 6, .destination_port = 445 },
		.from_zone = "pumps",
		.to_zone = "pumps",
		.is_clinical = true
	};

	(void)state;
	detector_refused(detector, &flow, &pump, 1000);
	expect(FINDING_ADMIN_PROTOCOL, "refused tcp/445 to pumps");
	assert_int_equal(heard[0].peer.family, FAMILY_NONE); /* however many neighbours it tries */
	flow.conversation.destination_port = 3613;
	detector_refused(detector, &flow, &pump, 1000);
	expect(FINDING_DENIED, "refused tcp/3613 to pumps");
	heard_count = 0;
	flow.is_clinical = false;
	detector_refused(detector, &flow, &pump, 1000);
	assert_int_equal(heard_count, 0);
	flow.conversation.destination_port = 443;
	flow.to_zone = "";
	detector_refused(detector, &flow, &pump, 1000);
	expect(FINDING_BROWSING, "refused tcp/443 to no zone");
}

static void test_clear_text_and_admin_protocols(void **state)
{
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 0);
	struct subject pump = subject_of(1, "medical/infusion-pump"), pc = subject_of(2, "computer");
	struct observation images = said(PROTOCOL_DICOM, v4(10, 9, 0, 1)), login = said(PROTOCOL_FTP, v4(10, 9, 0, 1)),
			   session = said(PROTOCOL_SSH, v4(10, 0, 0, 9));

	(void)state;
	detector_observe(detector, &images, &pc);
	expect(FINDING_PHI_PROTOCOL, "DICOM");
	assert_true(address_equal(&heard[0].peer, &images.conversation.destination));
	fields_add_text(&login.fields, FIELD_CREDENTIALS, "ftp");
	detector_observe(detector, &login, &pc);
	expect(FINDING_CREDENTIALS, "ftp");
	heard_count = 0;
	detector_observe(detector, &session, &pc);
	assert_int_equal(heard_count, 0);
	detector_observe(detector, &session, &pump);
	expect(FINDING_ADMIN_PROTOCOL, "ssh to 10.0.0.9");
}

static void test_a_loud_device_is_held_to_its_rate(void **state)
{
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 0);
	struct subject loud = subject_of(1, ""), other = subject_of(2, "");
	struct observation login = said(PROTOCOL_FTP, v4(10, 9, 0, 1));

	(void)state;
	fields_add_text(&login.fields, FIELD_CREDENTIALS, "ftp");
	for (unsigned int i = 0; i < DETECTOR_RATE + 5; i++)
		detector_observe(detector, &login, &loud);
	assert_int_equal(heard_count, DETECTOR_RATE);
	assert_int_equal(detector_suppressed(detector), 5);
	detector_observe(detector, &login, &other);
	assert_int_equal(heard_count, DETECTOR_RATE + 1);
	login.captured_ns += 60ULL * 1000000000;
	detector_observe(detector, &login, &loud);
	assert_int_equal(heard_count, DETECTOR_RATE + 2);
}

static void test_what_is_remembered_is_bounded(void **state)
{
	CLEANUP(detector_free) struct detector *detector = detector_of(false, 8);

	(void)state;
	for (uint8_t i = 1; i <= 20; i++) {
		struct observation claim = arp(i, v4(10, 0, 0, i), v4(10, 0, 0, 200));
		struct subject device = subject_of(i, "");

		detector_observe(detector, &claim, &device);
	}
	assert_int_equal(detector_forgotten(detector), 24); /* 12 devices and 12 addresses */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_habits_are_named),
		cmocka_unit_test(test_browsing_is_a_person_with_a_browser_outside),
		cmocka_unit_test(test_browsers_are_told_apart),
		cmocka_unit_test(test_old_protocols_are_told),
		cmocka_unit_test(test_an_outdated_and_an_unknown_device),
		cmocka_unit_test(test_an_arp_sweep_is_a_scan_once_a_minute),
		cmocka_unit_test(test_a_port_scan_of_neighbours_is_a_scan),
		cmocka_unit_test(test_an_address_has_one_holder),
		cmocka_unit_test(test_rogues),
		cmocka_unit_test(test_refused_flows),
		cmocka_unit_test(test_clear_text_and_admin_protocols),
		cmocka_unit_test(test_a_loud_device_is_held_to_its_rate),
		cmocka_unit_test(test_what_is_remembered_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
