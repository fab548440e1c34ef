/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/dissect/protocols.h"

#include "controller/sensor/decode/bacnet.h"
#include "controller/sensor/decode/banner.h"
#include "controller/sensor/decode/browser.h"
#include "controller/sensor/decode/cdp.h"
#include "controller/sensor/decode/dhcp6.h"
#include "controller/sensor/decode/dicom.h"
#include "controller/sensor/decode/dns.h"
#include "controller/sensor/decode/dtls.h"
#include "controller/sensor/decode/hl7.h"
#include "controller/sensor/decode/http.h"
#include "controller/sensor/decode/kerberos.h"
#include "controller/sensor/decode/lldp.h"
#include "controller/sensor/decode/nbns.h"
#include "controller/sensor/decode/nd.h"
#include "controller/sensor/decode/ntlm_carrier.h"
#include "controller/sensor/decode/openvpn.h"
#include "controller/sensor/decode/quic.h"
#include "controller/sensor/decode/rdp.h"
#include "controller/sensor/decode/rdp_udp.h"
#include "controller/sensor/decode/sip.h"
#include "controller/sensor/decode/smb.h"
#include "controller/sensor/decode/snmp.h"
#include "controller/sensor/decode/socks.h"
#include "controller/sensor/decode/ssdp.h"
#include "controller/sensor/decode/tcp_syn.h"
#include "controller/sensor/decode/tls.h"
#include "controller/sensor/decode/wsd.h"
#include "policy/base/memory.h"

/* Its own line for each decoder, in the order of the enumeration; the last line is no decoder. */
static const struct datagram_protocol datagrams[] = {
	{ .protocol = PROTOCOL_DHCP6, .ports = { 546, 547 }, .decode = dhcp6_decode },
	{ .protocol = PROTOCOL_DNS, .ports = { 53 }, .decode = dns_decode },
	{ .protocol = PROTOCOL_MDNS, .ports = { 5353 }, .decode = mdns_decode },
	{ .protocol = PROTOCOL_LLMNR, .ports = { 5355 }, .decode = llmnr_decode },
	{ .protocol = PROTOCOL_NBNS, .ports = { 137 }, .decode = nbns_decode },
	{ .protocol = PROTOCOL_BROWSER, .ports = { 138 }, .decode = browser_decode },
	{ .protocol = PROTOCOL_SSDP, .ports = { 1900 }, .decode = ssdp_decode },
	{ .protocol = PROTOCOL_SSDP, .decode = ssdp_answer_decode },
	{ .protocol = PROTOCOL_WSD, .ports = { 3702 }, .decode = wsd_decode },
	{ .protocol = PROTOCOL_SNMP, .ports = { 161, 162 }, .decode = snmp_decode },
	{ .protocol = PROTOCOL_BACNET, .ports = { 47808 }, .decode = bacnet_decode },
	/* on its ports always, however many keep-alives went before; elsewhere as any */
	{ .protocol = PROTOCOL_SIP, .ports = { 5060, 5061 }, .decode = sip_decode_datagram },
	{ .protocol = PROTOCOL_SIP, .decode = sip_decode_datagram },
	{ .protocol = PROTOCOL_TLS, .decode = dtls_decode },
	{ .protocol = PROTOCOL_TLS, .decode = openvpn_decode },
	{ .protocol = PROTOCOL_TLS, .ports = { 3389 }, .decode = rdp_udp_decode },
	{ .protocol = PROTOCOL_QUIC, .decode = quic_decode },
	{ .protocol = PROTOCOL_KERBEROS, .ports = { 88 }, .decode = kerberos_decode },
	{ .protocol = PROTOCOL_NONE },
};

static const struct link_protocol links[] = {
	{ .protocol = PROTOCOL_LLDP, .name = { .type = 0x88cc }, .decode = lldp_decode },
	{ .protocol = PROTOCOL_CDP, .name = { .organisation = 0x00000c, .type = 0x2000 }, .decode = cdp_decode },
	{ .protocol = PROTOCOL_CDP, .name = { .type = 0x2000 }, .decode = cdp_decode }, /* in HDLC and GRE */
	{ .protocol = PROTOCOL_BROWSER, .name = { .type = 0x8137 }, .decode = browser_decode_ipx },
	{ .protocol = PROTOCOL_BACNET, .name = { .access_point = 0x82 }, .decode = bacnet_decode },
	{ .protocol = PROTOCOL_NONE },
};

static const struct network_protocol networks[] = {
	{ .protocol = PROTOCOL_ND, .number = 58, .decode = nd_decode },
	{ .protocol = PROTOCOL_TCP, .number = 6, .decode = tcp_syn_decode },
	{ .protocol = PROTOCOL_NONE },
};

static const struct stream_protocol streams[] = {
	{ .protocol = PROTOCOL_DNS, .decode = dns_stream_decode },
	{ .protocol = PROTOCOL_NONE, .decode = socks_decode }, /* says nothing itself: what it carries does */
	{ .protocol = PROTOCOL_HTTP, .decode = http_decode },
	{ .protocol = PROTOCOL_SIP, .decode = sip_decode_stream },
	{ .protocol = PROTOCOL_FTP, .decode = ftp_decode },
	{ .protocol = PROTOCOL_TELNET, .decode = telnet_decode },
	{ .protocol = PROTOCOL_SSH, .decode = ssh_decode },
	{ .protocol = PROTOCOL_SMTP, .decode = smtp_decode },
	{ .protocol = PROTOCOL_TLS, .decode = tls_decode },
	{ .protocol = PROTOCOL_TLS, .decode = openvpn_decode_stream },
	{ .protocol = PROTOCOL_SMB, .decode = smb_decode },
	{ .protocol = PROTOCOL_NTLM, .decode = ntlm_carrier_decode },
	{ .protocol = PROTOCOL_RDP, .decode = rdp_decode },
	{ .protocol = PROTOCOL_KERBEROS, .decode = kerberos_decode_stream },
	{ .protocol = PROTOCOL_DICOM, .decode = dicom_decode },
	{ .protocol = PROTOCOL_HL7, .decode = hl7_decode },
	{ .protocol = PROTOCOL_NONE },
};

const struct link_protocol *protocols_link(size_t *count)
{
	*count = ARRAY_SIZE(links) - 1;
	return links;
}

const struct network_protocol *protocols_network(size_t *count)
{
	*count = ARRAY_SIZE(networks) - 1;
	return networks;
}

const struct datagram_protocol *protocols_datagram(size_t *count)
{
	*count = ARRAY_SIZE(datagrams) - 1;
	return datagrams;
}

const struct stream_protocol *protocols_stream(size_t *count)
{
	*count = ARRAY_SIZE(streams) - 1;
	return streams;
}
