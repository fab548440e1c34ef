/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/observation.h"

#include <stddef.h>

#include "policy/base/cursor.h"

#define ARP_REQUEST 1

const char *protocol_name(enum protocol protocol)
{
	static const char *const names[PROTOCOL_COUNT] = {
		[PROTOCOL_NONE] = "",
		[PROTOCOL_DHCP4] = "dhcp",
		[PROTOCOL_ARP] = "arp",
		[PROTOCOL_DHCP6] = "dhcp6",
		[PROTOCOL_ND] = "nd",
		[PROTOCOL_LLDP] = "lldp",
		[PROTOCOL_CDP] = "cdp",
		[PROTOCOL_DNS] = "dns",
		[PROTOCOL_MDNS] = "mdns",
		[PROTOCOL_LLMNR] = "llmnr",
		[PROTOCOL_NBNS] = "nbns",
		[PROTOCOL_BROWSER] = "browser",
		[PROTOCOL_SSDP] = "ssdp",
		[PROTOCOL_WSD] = "wsd",
		[PROTOCOL_SNMP] = "snmp",
		[PROTOCOL_BACNET] = "bacnet",
		[PROTOCOL_TCP] = "tcp",
		[PROTOCOL_HTTP] = "http",
		[PROTOCOL_SIP] = "sip",
		[PROTOCOL_FTP] = "ftp",
		[PROTOCOL_TELNET] = "telnet",
		[PROTOCOL_SSH] = "ssh",
		[PROTOCOL_SMTP] = "smtp",
		[PROTOCOL_TLS] = "tls",
		[PROTOCOL_QUIC] = "quic",
		[PROTOCOL_SMB] = "smb",
		[PROTOCOL_NTLM] = "ntlm",
		[PROTOCOL_RDP] = "rdp",
		[PROTOCOL_KERBEROS] = "kerberos",
		[PROTOCOL_DICOM] = "dicom",
		[PROTOCOL_HL7] = "hl7",
		[PROTOCOL_FLOW] = "flow",
	};

	return protocol < PROTOCOL_COUNT ? names[protocol] : "";
}

size_t observation_size(const struct observation *observation)
{
	switch ((enum observation_type)observation->type) {
	case OBSERVATION_DHCP4:
		return offsetof(struct observation, dhcp4) + sizeof(observation->dhcp4);
	case OBSERVATION_ARP:
		return offsetof(struct observation, arp) + sizeof(observation->arp);
	case OBSERVATION_FIELDS:
		return offsetof(struct observation, fields.byte) + observation->fields.length;
	case OBSERVATION_FLOW:
		break;
	}
	return offsetof(struct observation, fields.byte);
}

static void add_octets(struct fields *fields, enum field field, const struct octets *octets)
{
	if (octets->length)
		fields_add(fields, field, octets->byte, octets->length);
}

static void add_positive(struct fields *fields, enum field field, uint64_t number)
{
	if (number)
		fields_add_number(fields, field, number);
}

#define RELAY_CIRCUIT 1 /* RFC 3046 section 2.0 */
#define RELAY_REMOTE  2

/* Sub-options of option 82; one that runs past the option ends it. */
static void add_relay_info(struct fields *fields, const struct octets *relay_info)
{
	struct cursor cursor = cursor_over(relay_info->byte, relay_info->length);

	while (cursor_left(&cursor) > 0) {
		uint8_t code = cursor_u8(&cursor);
		size_t length = cursor_u8(&cursor);
		const uint8_t *bytes = cursor_take(&cursor, length);

		if (bytes && length && (code == RELAY_CIRCUIT || code == RELAY_REMOTE))
			fields_add(fields, code == RELAY_CIRCUIT ? FIELD_DHCP_CIRCUIT : FIELD_DHCP_REMOTE, bytes,
			           length);
	}
}

static void dhcp4_fields(const struct observation_dhcp4 *dhcp4, struct fields *fields)
{
	fields_add_number(fields, FIELD_DHCP_OPERATION, dhcp4->from_server ? 2 : 1);
	add_positive(fields, FIELD_DHCP_MESSAGE, dhcp4->message); /* none: BOOTP */
	fields_add_number(fields, FIELD_DHCP_TRANSACTION, dhcp4->transaction);
	fields_add_mac(fields, FIELD_DHCP_CLIENT, &dhcp4->client);
	fields_add_address(fields, FIELD_DHCP_CLIENT_ADDRESS, &dhcp4->client_address);
	fields_add_address(fields, FIELD_DHCP_YOUR_ADDRESS, &dhcp4->your_address);
	fields_add_address(fields, FIELD_DHCP_RELAY, &dhcp4->relay_address);
	fields_add_address(fields, FIELD_DHCP_REQUESTED, &dhcp4->requested_address);
	fields_add_address(fields, FIELD_DHCP_SERVER, &dhcp4->server);
	add_positive(fields, FIELD_DHCP_LEASE, dhcp4->lease_s);
	add_positive(fields, FIELD_DHCP_SIZE_MAX, dhcp4->message_size_max);
	add_octets(fields, FIELD_HOST_NAME, &dhcp4->host_name);
	add_octets(fields, FIELD_DHCP_FQDN, &dhcp4->fqdn);
	add_octets(fields, FIELD_DHCP_PARAMETERS, &dhcp4->parameter_list);
	add_octets(fields, FIELD_DHCP_VENDOR, &dhcp4->vendor_class);
	add_octets(fields, FIELD_DHCP_USER_CLASS, &dhcp4->user_class);
	add_octets(fields, FIELD_DHCP_VENDOR_OPTIONS, &dhcp4->vendor_options);
	add_octets(fields, FIELD_DHCP_CLIENT_ID, &dhcp4->client_id);
	add_octets(fields, FIELD_DHCP_RELAY_INFO, &dhcp4->relay_info);
	add_relay_info(fields, &dhcp4->relay_info);
	add_octets(fields, FIELD_MUD_URL, &dhcp4->mud_url);
	add_octets(fields, FIELD_DHCP_OPTIONS, &dhcp4->options);
}

/* RFC 5227 section 1.1 for the probe, section 3 for the announcement. */
static const char *arp_kind(const struct observation_arp *arp)
{
	if (arp->sender_address.family == FAMILY_NONE)
		return "probe";
	if (address_equal(&arp->sender_address, &arp->target_address))
		return "gratuitous";
	return arp->operation == ARP_REQUEST ? "request" : "reply";
}

static void arp_fields(const struct observation_arp *arp, struct fields *fields)
{
	fields_add_number(fields, FIELD_ARP_OPERATION, arp->operation);
	fields_add_mac(fields, FIELD_ARP_SENDER_MAC, &arp->sender_mac);
	fields_add_address(fields, FIELD_ARP_SENDER, &arp->sender_address);
	fields_add_address(fields, FIELD_ARP_TARGET, &arp->target_address);
	fields_add_text(fields, FIELD_ARP_KIND, arp_kind(arp));
}

void observation_fields(const struct observation *observation, struct fields *fields)
{
	size_t at = 0;
	struct field_value value;

	fields_clear(fields);
	switch ((enum observation_type)observation->type) {
	case OBSERVATION_DHCP4:
		dhcp4_fields(&observation->dhcp4, fields);
		break;
	case OBSERVATION_ARP:
		arp_fields(&observation->arp, fields);
		break;
	case OBSERVATION_FIELDS:
		while (fields_next(&observation->fields, &at, &value))
			fields_add(fields, value.field, value.bytes, value.length);
		fields->cut |= observation->fields.cut;
		break;
	case OBSERVATION_FLOW:
		break;
	}
}
