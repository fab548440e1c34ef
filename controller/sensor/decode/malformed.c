/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/malformed.h"

#include <assert.h>

static const char *const names[MALFORMED_COUNT] = {
	[MALFORMED_ETHERNET_SHORT] = "ethernet-short",
	[MALFORMED_ETHERNET_SOURCE] = "ethernet-source",
	[MALFORMED_VLAN_DEPTH] = "vlan-depth",
	[MALFORMED_IP_SHORT] = "ip-short",
	[MALFORMED_IP_VERSION] = "ip-version",
	[MALFORMED_IP_HEADER_LENGTH] = "ip-header-length",
	[MALFORMED_IP_LENGTH] = "ip-length",
	[MALFORMED_IP_FRAGMENT] = "ip-fragment",
	[MALFORMED_UDP_SHORT] = "udp-short",
	[MALFORMED_UDP_LENGTH] = "udp-length",
	[MALFORMED_DHCP_SHORT] = "dhcp-short",
	[MALFORMED_DHCP_OPERATION] = "dhcp-operation",
	[MALFORMED_DHCP_HARDWARE] = "dhcp-hardware",
	[MALFORMED_DHCP_COOKIE] = "dhcp-cookie",
	[MALFORMED_DHCP_OPTION_CUT] = "dhcp-option-cut",
	[MALFORMED_DHCP_OPTION_LENGTH] = "dhcp-option-length",
	[MALFORMED_DHCP_OVERLOAD_VALUE] = "dhcp-overload-value",
	[MALFORMED_ARP_SHORT] = "arp-short",
	[MALFORMED_ARP_FORMAT] = "arp-format",
	[MALFORMED_ARP_SENDER] = "arp-sender",
	[MALFORMED_LINK] = "link",
	[MALFORMED_IP6] = "ip6",
	[MALFORMED_LLDP] = "lldp",
	[MALFORMED_CDP] = "cdp",
	[MALFORMED_ND] = "nd",
	[MALFORMED_DHCP6] = "dhcp6",
	[MALFORMED_DNS] = "dns",
	[MALFORMED_NETBIOS] = "netbios",
	[MALFORMED_SSDP] = "ssdp",
	[MALFORMED_SNMP] = "snmp",
	[MALFORMED_BACNET] = "bacnet",
	[MALFORMED_TCP] = "tcp",
	[MALFORMED_HTTP] = "http",
	[MALFORMED_SIP] = "sip",
	[MALFORMED_BANNER] = "banner",
	[MALFORMED_TLS] = "tls",
	[MALFORMED_QUIC] = "quic",
	[MALFORMED_SMB] = "smb",
	[MALFORMED_RDP] = "rdp",
	[MALFORMED_KERBEROS] = "kerberos",
	[MALFORMED_DICOM] = "dicom",
	[MALFORMED_HL7] = "hl7",
};

const char *malformed_reason_name(enum malformed_reason reason)
{
	assert(reason < MALFORMED_COUNT);
	return names[reason];
}
