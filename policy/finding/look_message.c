/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/finding/look.h"

#include <string.h>

#include "policy/finding/practice.h"

#define SHOWN_MAX   96
#define TLS_1_2     0x0303
#define ND_ROUTER   134
#define ND_REDIRECT 137

bool look_class_within(const char *class, const char *whole)
{
	size_t length = strlen(whole);

	return strncmp(class, whole, length) == 0 && (class[length] == '\0' || class[length] == '/');
}

static bool is_private(const struct address *address)
{
	const uint8_t *byte = address->byte;

	if (address->family == FAMILY_IPV4) /* RFC 1918, RFC 3927 */
		return byte[0] == 10 || (byte[0] == 172 && (byte[1] & 0xf0) == 16) ||
		       (byte[0] == 192 && byte[1] == 168) || (byte[0] == 169 && byte[1] == 254);
	if (address->family == FAMILY_IPV6) /* RFC 4193, RFC 4291 section 2.5.6 */
		return (byte[0] & 0xfe) == 0xfc || (byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80);
	return false;
}

void look_connected(const struct look *look, const struct conversation *conversation)
{
	uint8_t target[sizeof(conversation->destination.byte) + 2];

	if (!look->memory || !is_private(&conversation->destination))
		return;
	memcpy(target, conversation->destination.byte, sizeof(conversation->destination.byte));
	target[sizeof(target) - 2] = (uint8_t)(conversation->destination_port >> 8);
	target[sizeof(target) - 1] = (uint8_t)conversation->destination_port;
	if (spread_add(&look->memory->connected, target, sizeof(target), look->now_ms))
		look_tell(look, FINDING_SCAN, "tried %d or more addresses and ports within a minute", SPREAD_MANY);
}

static void look_at_syn(struct look *look, const struct observation *observation)
{
	if (!observation->conversation.from_server)
		look_connected(look, &observation->conversation);
}

static void look_at_application(struct look *look, const struct fields *fields)
{
	struct field_value name, category;
	enum finding_type type;
	char shown[SHOWN_MAX];

	if (!fields_find(fields, FIELD_APPLICATION, &name))
		return;
	if (!fields_find(fields, FIELD_APPLICATION_CATEGORY, &category))
		category = (struct field_value){ .field = FIELD_APPLICATION_CATEGORY, .bytes = name.bytes };
	type = practice_of_application(&name, &category);
	field_show(&name, shown, sizeof(shown));
	if (type != FINDING_COUNT)
		look_tell(look, type, "%s", shown);
}

static void look_at_http(struct look *look, const struct fields *fields)
{
	struct field_value host, agent, uri;
	const char *browser = fields_find(fields, FIELD_HTTP_USER_AGENT, &agent) ? practice_browser(&agent) : NULL;
	char shown[SHOWN_MAX] = "";

	if (fields_find(fields, FIELD_HTTP_HOST, &host))
		field_show(&host, shown, sizeof(shown));
	if (browser && !is_private(&look->peer))
		look_tell(look, FINDING_BROWSING, "%s, %s", browser, shown[0] ? shown : "a site without a name");
	if (fields_find(fields, FIELD_HTTP_URI, &uri) && practice_is_program(&uri) && !is_private(&look->peer))
		look_tell(look, FINDING_DOWNLOAD, "a program from %s", shown[0] ? shown : "a site without a name");
}

static const char *tls_version(uint64_t version)
{
	switch (version) {
	case 0x0002:
	case 0x0200:
		return "SSL 2";
	case 0x0300:
		return "SSL 3";
	case 0x0301:
		return "TLS 1.0";
	case 0x0302:
		return "TLS 1.1";
	default:
		return NULL;
	}
}

static void look_at_tls(struct look *look, const struct fields *fields)
{
	const char *offered = tls_version(fields_number(fields, FIELD_TLS_BEST_VERSION, TLS_1_2));
	const char *chosen = tls_version(fields_number(fields, FIELD_TLS_SERVER_VERSION, TLS_1_2));

	if (offered)
		look_tell(look, FINDING_OLD_PROTOCOL, "its best is %s", offered);
	if (chosen)
		look_tell(look, FINDING_OLD_PROTOCOL, "serves %s", chosen);
}

static bool is_text(const struct field_value *value, const char *text)
{
	return value->length == strlen(text) && memcmp(value->bytes, text, value->length) == 0;
}

static void look_at_smb(struct look *look, const struct observation *observation, const struct fields *fields)
{
	struct field_value dialect;

	if (fields_find(fields, FIELD_SMB_BEST_DIALECT, &dialect) && is_text(&dialect, "smb1"))
		look_tell(look, FINDING_OLD_PROTOCOL,
		          observation->conversation.from_server ? "serves SMB 1" : "its best is SMB 1");
}

static void look_at_ssh(struct look *look, const struct fields *fields)
{
	struct field_value banner;

	if (fields_find(fields, FIELD_SSH_BANNER, &banner) && banner.length > 6 &&
	    memcmp(banner.bytes, "SSH-1.", 6) == 0 && !(banner.length > 8 && memcmp(banner.bytes, "SSH-1.99", 8) == 0))
		look_tell(look, FINDING_OLD_PROTOCOL, "speaks SSH 1");
}

/* A medical device that opens what an operator would, towards its neighbours. */
static void look_at_admin(struct look *look, const struct observation *observation)
{
	char shown[ADDRESS_TEXT_MAX];

	if (observation->conversation.from_server || !look_class_within(look->subject->class, "medical") ||
	    look_class_within(look->subject->class, "medical/server") ||
	    !is_private(&observation->conversation.destination))
		return;
	look_tell(look, FINDING_ADMIN_PROTOCOL, "%s to %s", protocol_name((enum protocol)observation->protocol),
	          address_format(&observation->conversation.destination, shown));
}

static void look_at_credentials(struct look *look, const struct fields *fields)
{
	struct field_value value;
	char shown[SHOWN_MAX];

	for (size_t at = 0; fields_next(fields, &at, &value);) {
		if (value.field != FIELD_CREDENTIALS)
			continue;
		field_show(&value, shown, sizeof(shown));
		look_tell(look, FINDING_CREDENTIALS, "%s", shown);
	}
}

/* ---- who claims to be what ---- */

static void rogue(struct look *look, const struct observation *observation, enum claim_type type,
                  enum finding_type finding, const char *what)
{
	const struct claim claim = { .type = (uint8_t)type,
		                     .ifindex = observation->ifindex,
		                     .vlan = observation->vlan };
	char shown[MAC_TEXT_MAX];
	struct mac holder;

	if (observation->outgoing)
		return;
	if (look->is_gateway)
		look_tell(look, finding, "%s, which is this gateway's to do", what);
	else if (claims_take(look->claims, &claim, &look->subject->mac, look->now_ms, &holder))
		look_tell(look, finding, "%s, beside %s", what, mac_format(&holder, shown));
}

static void look_at_arp(struct look *look, const struct observation *observation)
{
	const struct observation_arp *arp = &observation->arp;
	const struct claim claim = { .type = CLAIM_ADDRESS,
		                     .ifindex = observation->ifindex,
		                     .vlan = observation->vlan,
		                     .address = arp->sender_address };
	char shown[MAC_TEXT_MAX], address[ADDRESS_TEXT_MAX];
	struct mac holder;

	if (observation->outgoing)
		return;
	if (!mac_equal(&arp->sender_mac, &observation->source))
		look_tell(look, FINDING_SPOOF_MAC, "ARP in the name of %s", mac_format(&arp->sender_mac, shown));
	else if (arp->sender_address.family != FAMILY_NONE &&
	         claims_take(look->claims, &claim, &arp->sender_mac, look->now_ms, &holder))
		look_tell(look, FINDING_SPOOF_IP, "claims %s, which is %s's",
		          address_format(&arp->sender_address, address), mac_format(&holder, shown));
	if (arp->operation == 1 && look->memory && !address_equal(&arp->sender_address, &arp->target_address) &&
	    spread_add(&look->memory->asked, arp->target_address.byte, 4, look->now_ms))
		look_tell(look, FINDING_SCAN, "asked for %d or more addresses by ARP within a minute", SPREAD_MANY);
}

static void look_at_dhcp(struct look *look, const struct observation *observation)
{
	const struct observation_dhcp4 *dhcp4 = &observation->dhcp4;
	char shown[MAC_TEXT_MAX];

	if (dhcp4->from_server) {
		if ((dhcp4->message == DHCP4_OFFER || dhcp4->message == DHCP4_ACK) &&
		    dhcp4->relay_address.family == FAMILY_NONE)
			rogue(look, observation, CLAIM_DHCP_SERVER, FINDING_ROGUE_DHCP, "answers DHCP");
	} else if (dhcp4->relay_address.family == FAMILY_NONE && mac_is_device(&observation->source) &&
	           !mac_equal(&dhcp4->client, &observation->source)) {
		look_tell(look, FINDING_SPOOF_MAC, "DHCP in the name of %s", mac_format(&dhcp4->client, shown));
	}
}

static void look_at_nd(struct look *look, const struct observation *observation, const struct fields *fields)
{
	uint64_t type = fields_number(fields, FIELD_ND_TYPE, 0);

	if (type == ND_ROUTER && fields_number(fields, FIELD_ND_ROUTER_LIFETIME, 0) > 0)
		rogue(look, observation, CLAIM_ROUTER, FINDING_ROGUE_RA, "advertises itself as IPv6 router");
	if (type == ND_REDIRECT)
		rogue(look, observation, CLAIM_ROUTER, FINDING_ROGUE_ROUTER,
		      "redirects others to a router of its choice");
}

static void look_at_fields(struct look *look, const struct observation *observation)
{
	const struct fields *fields = &observation->fields;

	look_at_credentials(look, fields);
	switch ((enum protocol)observation->protocol) {
	case PROTOCOL_TCP:
		look_at_syn(look, observation);
		break;
	case PROTOCOL_FLOW:
		look_at_application(look, fields);
		break;
	case PROTOCOL_HTTP:
		look_at_http(look, fields);
		break;
	case PROTOCOL_TLS:
		look_at_tls(look, fields);
		break;
	case PROTOCOL_SMB:
		look_at_smb(look, observation, fields);
		look_at_admin(look, observation);
		break;
	case PROTOCOL_SSH:
		look_at_ssh(look, fields);
		look_at_admin(look, observation);
		break;
	case PROTOCOL_RDP:
	case PROTOCOL_TELNET:
		look_at_admin(look, observation);
		break;
	case PROTOCOL_DICOM:
	case PROTOCOL_HL7:
		look_tell(look, FINDING_PHI_PROTOCOL, "%s without TLS",
		          observation->protocol == PROTOCOL_HL7 ? "HL7" : "DICOM");
		break;
	case PROTOCOL_ND:
		look_at_nd(look, observation, fields);
		break;
	default: /* the others say who somebody is, not what is amiss */
		break;
	}
}

void look_message(struct look *look, const struct observation *observation)
{
	switch ((enum observation_type)observation->type) {
	case OBSERVATION_ARP:
		look_at_arp(look, observation);
		break;
	case OBSERVATION_DHCP4:
		look_at_dhcp(look, observation);
		break;
	case OBSERVATION_FIELDS:
		if (observation->conversation.source.family != FAMILY_NONE)
			look->peer = observation->conversation.destination;
		look_at_fields(look, observation);
		break;
	case OBSERVATION_FLOW:
		break;
	}
}
