/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * field_list: every value that is taken from a device's traffic, one line each.
 *
 * Each line of FIELD_LIST is (ID, name, shape, keep, group):
 *   ID     the constant is FIELD_ID
 *   name   as rules, JSON and the API call it
 *   shape  how its bytes are read and shown, enum field_shape
 *   keep   how many different values of it a device's facts keep, the newest; 0: told, but no evidence
 *   group  what it is evidence of, enum field_group: reasons of one group are not independent
 *
 * A field describes the sender of the frame it stands in, unless its line says otherwise.
 *
 * Owns:    nothing. Limits: FIELD_COUNT fits a byte pair. Context: pure; included by policy/fields.{h,c} only.
 */
#ifndef ISOWARD_POLICY_FIELD_LIST_H
#define ISOWARD_POLICY_FIELD_LIST_H

#define FIELD_LIST(FIELD)                                                                                              \
	/* IEEE registry and what the addresses themselves say */                                                      \
	FIELD(OUI, "oui", TEXT, 1, PREFIX)                                                                             \
	FIELD(ADDRESS_QUIRK, "address-quirk", TEXT, 3, PREFIX)                                                         \
	/* DHCPv4, RFC 2131, RFC 2132 */                                                                               \
	FIELD(DHCP_PARAMETERS, "dhcp-parameters", NUMBERS8, 3, DHCP)                                                   \
	FIELD(DHCP_VENDOR, "dhcp-vendor", TEXT, 3, DHCP)                                                               \
	FIELD(HOST_NAME, "host-name", TEXT, 1, NAME)                                                                   \
	FIELD(DHCP_FQDN, "dhcp-fqdn", TEXT, 0, NAME)                                                                   \
	FIELD(DHCP_MESSAGE, "dhcp-message", NUMBER, 0, NONE)                                                           \
	FIELD(DHCP_OPERATION, "dhcp-operation", NUMBER, 0, NONE)                                                       \
	FIELD(DHCP_CLIENT, "dhcp-client", MAC, 0, NONE)                                                                \
	FIELD(DHCP_CLIENT_ID, "dhcp-client-id", BYTES, 0, DHCP)                                                        \
	FIELD(DHCP_OPTIONS, "dhcp-options", NUMBERS8, 0, DHCP) /* in the order sent, 0 and 255 as they stand */        \
	FIELD(DHCP_USER_CLASS, "dhcp-user-class", TEXT, 1, DHCP)                                                       \
	FIELD(DHCP_VENDOR_OPTIONS, "dhcp-vendor-options", BYTES, 0, DHCP)                                              \
	FIELD(DHCP_TRANSACTION, "dhcp-transaction", NUMBER, 0, NONE)                                                   \
	FIELD(DHCP_REQUESTED, "dhcp-requested", ADDRESS, 0, NONE)                                                      \
	FIELD(DHCP_CLIENT_ADDRESS, "dhcp-client-address", ADDRESS, 0, NONE)                                            \
	FIELD(DHCP_YOUR_ADDRESS, "dhcp-your-address", ADDRESS, 0, NONE)                                                \
	FIELD(DHCP_SERVER, "dhcp-server", ADDRESS, 0, NONE)                                                            \
	FIELD(DHCP_RELAY, "dhcp-relay", ADDRESS, 0, NONE)                                                              \
	FIELD(DHCP_RELAY_INFO, "dhcp-relay-info", BYTES, 0, NONE)                                                      \
	FIELD(DHCP_CIRCUIT, "dhcp-circuit", TEXT, 0, NONE) /* option 82: the switch port, sub-option 1 */              \
	FIELD(DHCP_REMOTE, "dhcp-remote", BYTES, 0, NONE)  /* option 82: the relay's name for itself, 2 */             \
	FIELD(DHCP_LEASE, "dhcp-lease", NUMBER, 0, NONE)                                                               \
	FIELD(DHCP_SIZE_MAX, "dhcp-size-max", NUMBER, 0, NONE)                                                         \
	FIELD(MUD_URL, "mud-url", TEXT, 1, DHCP)                                                                       \
	/* DHCPv6, RFC 8415 */                                                                                         \
	FIELD(DHCP6_MESSAGE, "dhcp6-message", NUMBER, 0, NONE) /* of a relayed one all, outermost first */             \
	FIELD(DHCP6_DUID, "dhcp6-duid", BYTES, 1, DHCP)                                                                \
	FIELD(DHCP6_DUID_MAC, "dhcp6-duid-mac", MAC, 0, NONE)                                                          \
	FIELD(DHCP6_PARAMETERS, "dhcp6-parameters", NUMBERS16, 2, DHCP)                                                \
	FIELD(DHCP6_OPTIONS, "dhcp6-options", NUMBERS16, 0, DHCP)                                                      \
	FIELD(DHCP6_ENTERPRISE, "dhcp6-enterprise", NUMBER, 1, DHCP)                                                   \
	FIELD(DHCP6_VENDOR, "dhcp6-vendor", TEXT, 1, DHCP)                                                             \
	FIELD(DHCP6_FQDN, "dhcp6-fqdn", TEXT, 0, NAME)                                                                 \
	FIELD(DHCP6_ADDRESS, "dhcp6-address", ADDRESS, 0, NONE)                                                        \
	FIELD(DHCP6_LIFETIME, "dhcp6-lifetime", NUMBER, 0, NONE) /* of the address before it, seconds */               \
	FIELD(DHCP6_PEER, "dhcp6-peer", ADDRESS, 0, NONE)                                                              \
	FIELD(DHCP6_OTHER_DUID, "dhcp6-other-duid", BYTES, 0, NONE) /* of whom it speaks to, or for whom it relays */  \
	FIELD(DHCP6_OTHER_MAC, "dhcp6-other-mac", MAC, 0, NONE)     /* in that */                                      \
	FIELD(DHCP6_VENDOR_OPTIONS, "dhcp6-vendor-options", BYTES, 0, DHCP) /* enterprise and options */               \
	/* neighbour discovery, RFC 4861, RFC 4862 */                                                                  \
	FIELD(ND_TYPE, "nd-type", NUMBER, 0, NONE)                                                                     \
	FIELD(ND_TARGET, "nd-target", ADDRESS, 0, NONE)                                                                \
	FIELD(ND_LINK_MAC, "nd-link-mac", MAC, 0, NONE)                                                                \
	FIELD(ND_FLAGS, "nd-flags", NUMBER, 0, NONE)                                                                   \
	FIELD(ND_ROUTER_LIFETIME, "nd-router-lifetime", NUMBER, 0, NONE)                                               \
	FIELD(ND_PREFIX, "nd-prefix", ADDRESS, 0, NONE)                                                                \
	FIELD(ND_PREFIX_LENGTH, "nd-prefix-length", NUMBER, 0, NONE)                                                   \
	FIELD(ND_PREFIX_FLAGS, "nd-prefix-flags", NUMBER, 0, NONE) /* 128: on-link, 64: addresses of it */             \
	FIELD(ND_ROUTE, "nd-route", ADDRESS, 0, NONE)              /* RFC 4191: behind the router */                   \
	FIELD(ND_ROUTE_LENGTH, "nd-route-length", NUMBER, 0, NONE)                                                     \
	FIELD(ND_ADDRESS_KIND, "nd-address-kind", TEXT, 1, PREFIX) /* "eui-64", "random", "static" */                  \
	/* ARP, RFC 826, RFC 5227 */                                                                                   \
	FIELD(ARP_OPERATION, "arp-operation", NUMBER, 0, NONE)                                                         \
	FIELD(ARP_SENDER_MAC, "arp-sender-mac", MAC, 0, NONE)                                                          \
	FIELD(ARP_SENDER, "arp-sender", ADDRESS, 0, NONE)                                                              \
	FIELD(ARP_TARGET, "arp-target", ADDRESS, 0, NONE)                                                              \
	FIELD(ARP_KIND, "arp-kind", TEXT, 0, NONE) /* "request", "reply", "probe", "gratuitous" */                     \
	/* DNS, RFC 1035; mDNS, RFC 6762 and 6763; LLMNR, RFC 4795 */                                                  \
	FIELD(DNS_RESPONSE, "dns-response", NUMBER, 0, NONE)                                                           \
	FIELD(DNS_QUESTION, "dns-question", TEXT, 12, DNS)                                                             \
	FIELD(DNS_QUESTION_TYPE, "dns-question-type", NUMBER, 0, NONE)                                                 \
	FIELD(DNS_NAME, "dns-name", TEXT, 0, NONE)          /* owner of a record, in order */                          \
	FIELD(DNS_TYPE, "dns-type", NUMBER, 0, NONE)        /* of a record; of NSEC also those it lists */             \
	FIELD(DNS_ADDRESS, "dns-address", ADDRESS, 0, NONE) /* A and AAAA */                                           \
	FIELD(DNS_POINTER, "dns-pointer", TEXT, 0, NONE)                                                               \
	FIELD(DNS_ALIAS, "dns-alias", TEXT, 0, NONE)                                                                   \
	FIELD(DNS_SERVICE_TARGET, "dns-service-target", TEXT, 0, NONE)                                                 \
	FIELD(DNS_SERVICE_PORT, "dns-service-port", NUMBER, 0, NONE)                                                   \
	FIELD(DNS_TEXT, "dns-text", TEXT, 0, NONE) /* one character-string each */                                     \
	FIELD(DNS_HOST_CPU, "dns-host-cpu", TEXT, 0, NONE)                                                             \
	FIELD(DNS_HOST_SYSTEM, "dns-host-system", TEXT, 1, DISCOVERY)                                                  \
	FIELD(MDNS_NAME, "mdns-name", TEXT, 1, NAME)                                                                   \
	FIELD(MDNS_SERVICE, "mdns-service", TEXT, 8, DISCOVERY) /* offered: "_ipp._tcp" */                             \
	FIELD(MDNS_INSTANCE, "mdns-instance", TEXT, 4, DISCOVERY)                                                      \
	FIELD(MDNS_MODEL, "mdns-model", TEXT, 2, DISCOVERY) /* TXT model=, md=, ty=, product=, am=; osxvers= whole */  \
	FIELD(LLMNR_NAME, "llmnr-name", TEXT, 1, NAME)                                                                 \
	FIELD(DNS_ANSWERED, "dns-answered", TEXT, 0, NONE)          /* the question that a response repeats */         \
	FIELD(DNS_SERVICE_NAME, "dns-service-name", TEXT, 0, NONE)  /* owner of an SRV record */                       \
	FIELD(DNS_ID, "dns-id", NUMBER, 0, NONE)                    /* of unicast DNS, as the next */                  \
	FIELD(DNS_LIFETIME, "dns-lifetime", NUMBER, 0, NONE)        /* seconds; of the address that follows */         \
	FIELD(MDNS_CATEGORY, "mdns-category", NUMBER, 1, DISCOVERY) /* HomeKit, TXT ci= */                             \
	/* NetBIOS, RFC 1002; [MS-BRWS] */                                                                             \
	FIELD(NBNS_RESPONSE, "nbns-response", NUMBER, 0, NONE)                                                         \
	FIELD(NBNS_OPERATION, "nbns-operation", NUMBER, 0, NONE)                                                       \
	FIELD(NBNS_NAME, "nbns-name", TEXT, 0, NONE) /* "FILES<20>" */                                                 \
	FIELD(NBNS_ADDRESS, "nbns-address", ADDRESS, 0, NONE)                                                          \
	FIELD(NBNS_STATUS_NAME, "nbns-status-name", TEXT, 0, NONE)                                                     \
	FIELD(NBNS_TYPE, "nbns-type", NUMBER, 0, NONE)                                                                 \
	FIELD(NETBIOS_NAME, "netbios-name", TEXT, 1, NAME) /* the sender's own */                                      \
	FIELD(BROWSER_SOURCE, "browser-source", TEXT, 0, NONE)                                                         \
	FIELD(BROWSER_DESTINATION, "browser-destination", TEXT, 0, NONE)                                               \
	FIELD(BROWSER_COMMAND, "browser-command", NUMBER, 0, NONE)                                                     \
	FIELD(BROWSER_SERVER, "browser-server", TEXT, 0, NAME)                                                         \
	FIELD(BROWSER_VERSION, "browser-version", TEXT, 1, WINDOWS) /* "6.1": the Windows version */                   \
	FIELD(BROWSER_SERVER_TYPE, "browser-server-type", NUMBER, 1, WINDOWS)                                          \
	FIELD(BROWSER_COMMENT, "browser-comment", TEXT, 1, DISCOVERY)                                                  \
	FIELD(BROWSER_DOMAIN, "browser-domain", TEXT, 0, NONE) /* whose master browser the sender is */                \
	FIELD(BROWSER_DOMAIN_VERSION, "browser-domain-version", TEXT, 0, NONE)                                         \
	FIELD(BROWSER_DOMAIN_TYPE, "browser-domain-type", NUMBER, 0, NONE)                                             \
	FIELD(BROWSER_ROLE, "browser-role", TEXT, 4, WINDOWS) /* "server", "unix", "domain controller" … */          \
	/* SSDP, UPnP Device Architecture */                                                                           \
	FIELD(SSDP_METHOD, "ssdp-method", TEXT, 0, NONE)                                                               \
	FIELD(SSDP_CODE, "ssdp-code", NUMBER, 0, NONE)                                                                 \
	FIELD(SSDP_LINE, "ssdp-line", TEXT, 0, NONE)                                                                   \
	FIELD(SSDP_SERVER, "ssdp-server", TEXT, 2, DISCOVERY)                                                          \
	FIELD(SSDP_LOCATION, "ssdp-location", TEXT, 0, NONE)                                                           \
	FIELD(SSDP_USER_AGENT, "ssdp-user-agent", TEXT, 1, DISCOVERY)                                                  \
	FIELD(SSDP_TARGET, "ssdp-target", TEXT, 20, DISCOVERY) /* NT or ST of what is offered */                       \
	/* WS-Discovery, OASIS */                                                                                      \
	FIELD(WSD_ACTION, "wsd-action", TEXT, 0, NONE)                                                                 \
	FIELD(WSD_TYPE, "wsd-type", TEXT, 4, DISCOVERY) /* offered: "Computer", "NetworkVideoTransmitter" */           \
	FIELD(WSD_SCOPE, "wsd-scope", TEXT, 6, DISCOVERY)                                                              \
	FIELD(WSD_ADDRESS, "wsd-address", TEXT, 0, NONE)                                                               \
	/* SNMP, RFC 3416 */                                                                                           \
	FIELD(SNMP_VERSION, "snmp-version", NUMBER, 0, NONE)                                                           \
	FIELD(SNMP_DESCRIPTION, "snmp-description", TEXT, 1, SERVER)                                                   \
	FIELD(SNMP_OBJECT, "snmp-object", TEXT, 1, SERVER) /* sysObjectID, dotted */                                   \
	FIELD(SNMP_NAME, "snmp-name", TEXT, 1, NAME)                                                                   \
	/* TCP SYN and SYN+ACK */                                                                                      \
	FIELD(TCP_SIGNATURE, "tcp-signature", TEXT, 3, SYN)               /* as p0f writes it */                       \
	FIELD(TCP_SERVER_SIGNATURE, "tcp-server-signature", TEXT, 2, SYN) /* of the SYN+ACK */                         \
	FIELD(TCP_FLAGS, "tcp-flags", NUMBER, 0, NONE)                                                                 \
	FIELD(TCP_WINDOW, "tcp-window", NUMBER, 0, NONE)                                                               \
	FIELD(TCP_OPTIONS, "tcp-options", NUMBERS8, 0, NONE)                                                           \
	FIELD(TCP_SEGMENT_MAX, "tcp-segment-max", NUMBER, 0, NONE)                                                     \
	FIELD(TCP_SCALE, "tcp-scale", NUMBER, 0, NONE)                                                                 \
	FIELD(TCP_TIMESTAMP, "tcp-timestamp", NUMBER, 0, NONE)                                                         \
	FIELD(IP_DONT_FRAGMENT, "ip-dont-fragment", NUMBER, 0, NONE)                                                   \
	FIELD(IP_IDENTIFICATION, "ip-identification", NUMBER, 0, NONE)                                                 \
	FIELD(IP_LENGTH, "ip-length", NUMBER, 0, NONE)                                                                 \
	/* HTTP, RFC 9110 */                                                                                           \
	FIELD(HTTP_METHOD, "http-method", TEXT, 0, NONE)                                                               \
	FIELD(HTTP_HOST, "http-host", TEXT, 8, DNS)                                                                    \
	FIELD(HTTP_URI, "http-uri", TEXT, 0, NONE)                                                                     \
	FIELD(HTTP_USER_AGENT, "http-user-agent", TEXT, 4, HTTP)                                                       \
	FIELD(HTTP_CODE, "http-code", NUMBER, 0, NONE)                                                                 \
	FIELD(HTTP_SERVER, "http-server", TEXT, 2, SERVER)                                                             \
	FIELD(HTTP_AUTHENTICATE, "http-authenticate", TEXT, 1, SERVER)                                                 \
	FIELD(HTTP_TYPE, "http-type", TEXT, 0, NONE) /* Content-Type of an answer */                                   \
	FIELD(CREDENTIALS, "credentials", TEXT, 0,                                                                     \
	      NONE) /* seen in clear: "http-basic", "ftp", …; never what they are */                                 \
	/* SIP, RFC 3261 */                                                                                            \
	FIELD(SIP_METHOD, "sip-method", TEXT, 0, NONE)                                                                 \
	FIELD(SIP_USER_AGENT, "sip-user-agent", TEXT, 1, SERVER)                                                       \
	FIELD(SIP_SERVER, "sip-server", TEXT, 1, SERVER)                                                               \
	/* banners */                                                                                                  \
	FIELD(FTP_BANNER, "ftp-banner", TEXT, 1, SERVER)                                                               \
	FIELD(TELNET_BANNER, "telnet-banner", TEXT, 1, SERVER)                                                         \
	FIELD(SSH_BANNER, "ssh-banner", TEXT, 2, SERVER)                                                               \
	FIELD(SMTP_BANNER, "smtp-banner", TEXT, 1, SERVER)                                                             \
	/* TLS, RFC 8446, RFC 5246; QUIC, RFC 9001; JA3; JA4 (TLS client) */                                           \
	FIELD(TLS_MESSAGE, "tls-message", TEXT, 0, NONE) /* "client-hello", "server-hello", "certificate" */           \
	FIELD(TLS_RECORD_VERSION, "tls-record-version", NUMBER, 0, NONE)                                               \
	FIELD(TLS_VERSION, "tls-version", NUMBER, 0, NONE)                                                             \
	FIELD(TLS_VERSIONS, "tls-versions", NUMBERS16, 0, NONE)     /* extension 43 */                                 \
	FIELD(TLS_BEST_VERSION, "tls-best-version", NUMBER, 2, TLS) /* the best a client offers */                     \
	FIELD(TLS_SERVER_VERSION, "tls-server-version", NUMBER, 2, TLS)                                                \
	FIELD(TLS_NAME, "tls-name", TEXT, 8, DNS) /* SNI */                                                            \
	FIELD(TLS_ALPN, "tls-alpn", TEXT, 0, NONE)                                                                     \
	FIELD(TLS_CIPHERS, "tls-ciphers", NUMBERS16, 0, NONE)                                                          \
	FIELD(TLS_EXTENSIONS, "tls-extensions", NUMBERS16, 0, NONE)                                                    \
	FIELD(TLS_SIGNATURES, "tls-signatures", NUMBERS16, 0, NONE)                                                    \
	FIELD(TLS_GROUPS, "tls-groups", NUMBERS16, 0, NONE)                                                            \
	FIELD(TLS_POINT_FORMATS, "tls-point-formats", NUMBERS8, 0, NONE)                                               \
	FIELD(TLS_JA3, "tls-ja3", TEXT, 4, TLS)                                                                        \
	FIELD(TLS_JA3_STRING, "tls-ja3-string", TEXT, 0, NONE)                                                         \
	FIELD(TLS_JA4, "tls-ja4", TEXT, 4, TLS)                                                                        \
	FIELD(TLS_SUBJECT, "tls-subject", TEXT, 2, SERVER)                                                             \
	FIELD(TLS_ISSUER, "tls-issuer", TEXT, 2, SERVER)                                                               \
	FIELD(TLS_CERTIFICATE_NAME, "tls-certificate-name", TEXT, 0, NONE) /* subjectAltName */                        \
	FIELD(QUIC_VERSION, "quic-version", NUMBER, 0, NONE)                                                           \
	/* SMB, [MS-CIFS], [MS-SMB2]; NTLM, [MS-NLMP] */                                                               \
	FIELD(SMB_RESPONSE, "smb-response", NUMBER, 0, NONE)                                                           \
	FIELD(SMB2_RESPONSE, "smb2-response", NUMBER, 0, NONE)                                                         \
	FIELD(SMB_DIALECT, "smb-dialect", TEXT, 0, NONE)                                                               \
	FIELD(SMB2_DIALECT, "smb2-dialect", NUMBERS16, 0, NONE)                                                        \
	FIELD(SMB_BEST_DIALECT, "smb-best-dialect", TEXT, 2,                                                           \
	      WINDOWS) /* "smb1", "2.0.2" … "3.1.1": offered or chosen */                                            \
	FIELD(SMB_SYSTEM, "smb-system", TEXT, 2, WINDOWS)                                                              \
	FIELD(SMB_LAN_MANAGER, "smb-lan-manager", TEXT, 2, WINDOWS)                                                    \
	FIELD(NTLM_MESSAGE, "ntlm-message", NUMBER, 0, NONE)                                                           \
	FIELD(NTLM_VERSION, "ntlm-version", TEXT, 2, WINDOWS) /* "10.0.19041" */                                       \
	FIELD(NTLM_HOST, "ntlm-host", TEXT, 0, NAME)                                                                   \
	FIELD(NTLM_DOMAIN, "ntlm-domain", TEXT, 0, NONE)                                                               \
	FIELD(NTLM_TARGET, "ntlm-target", TEXT, 0, NONE)                                                               \
	FIELD(NTLM_WORKSTATION, "ntlm-workstation", TEXT, 0, NAME)                                                     \
	FIELD(NTLM_COMPUTER, "ntlm-computer", TEXT, 1, NAME)                                                           \
	FIELD(NTLM_DNS_COMPUTER, "ntlm-dns-computer", TEXT, 0, NAME)                                                   \
	/* RDP, [MS-RDPBCGR]; Kerberos, RFC 4120 */                                                                    \
	FIELD(RDP_COOKIE, "rdp-cookie", TEXT, 0, NONE)                                                                 \
	FIELD(RDP_SECURITY, "rdp-security", NUMBER, 0, NONE)                                                           \
	FIELD(RDP_CLIENT_NAME, "rdp-client-name", TEXT, 0, NAME)                                                       \
	FIELD(RDP_CLIENT_BUILD, "rdp-client-build", NUMBER, 1, WINDOWS)                                                \
	FIELD(KERBEROS_MESSAGE, "kerberos-message", NUMBER, 0, NONE)                                                   \
	FIELD(KERBEROS_REALM, "kerberos-realm", TEXT, 1, WINDOWS)                                                      \
	FIELD(KERBEROS_HOST, "kerberos-host", TEXT, 0, NAME) /* a machine account, without its "$" */                  \
	/* DICOM, PS3.8, PS3.7 annex D */                                                                              \
	FIELD(DICOM_PDU, "dicom-pdu", NUMBER, 0, NONE)                                                                 \
	FIELD(DICOM_CALLING, "dicom-calling", TEXT, 2, NAME) /* of a request: the sender's own title */                \
	FIELD(DICOM_CALLED, "dicom-called", TEXT, 0, NONE)                                                             \
	FIELD(DICOM_IMPLEMENTATION, "dicom-implementation", TEXT, 2, DICOM)                                            \
	FIELD(DICOM_VERSION, "dicom-version", TEXT, 2, DICOM)                                                          \
	FIELD(DICOM_LENGTH_MAX, "dicom-length-max", NUMBER, 0, NONE)                                                   \
	FIELD(DICOM_CONTEXT, "dicom-context", TEXT, 0, NONE) /* abstract syntax UIDs, in order */                      \
	FIELD(DICOM_TRANSFER, "dicom-transfer", TEXT, 0, NONE)                                                         \
	FIELD(DICOM_RESULT, "dicom-result", NUMBER, 0, NONE)                                                           \
	FIELD(DICOM_ROLE, "dicom-role", TEXT, 12, DICOM_ROLE) /* "stores ct", "queries worklist", "accepts storage" */ \
	FIELD(DICOM_CALLING_ECHO, "dicom-calling-echo", TEXT, 0, NONE) /* of an answer: the other side's title */      \
	/* HL7 v2, MLLP */                                                                                             \
	FIELD(HL7_TYPE, "hl7-type", TEXT, 0, NONE)                                                                     \
	FIELD(HL7_EVENT, "hl7-event", TEXT, 0, NONE)                                                                   \
	FIELD(HL7_SEGMENT, "hl7-segment", TEXT, 0, NONE)        /* the message's header; nothing of a patient */       \
	FIELD(HL7_APPLICATION, "hl7-application", TEXT, 2, HL7) /* MSH-3 */                                            \
	FIELD(HL7_FACILITY, "hl7-facility", TEXT, 1, HL7)       /* MSH-4 */                                            \
	FIELD(HL7_RECEIVER, "hl7-receiver", TEXT, 0, NONE)                                                             \
	FIELD(HL7_PROFILE, "hl7-profile", TEXT, 2, HL7) /* MSH-21 */                                                   \
	FIELD(HL7_DEVICE, "hl7-device", TEXT, 2, NONE)  /* EUI-64 of the device that is spoken of */                   \
	FIELD(HL7_CODE, "hl7-code", TEXT, 4, HL7)       /* "69837 MDC_DEV_METER_PRESS_BLD_NONINV_VMD" */               \
	FIELD(HL7_MODEL, "hl7-model", TEXT, 2, HL7)     /* OBX-18: what equipment is called, no serial number */       \
	FIELD(HL7_UDI, "hl7-udi", TEXT, 1, HL7)                                                                        \
	FIELD(HL7_ROLE, "hl7-role", TEXT, 4, HL7_ROLE) /* "reports pump", "orders pump", "reports vitals", "alerts" */ \
	/* LLDP, IEEE 802.1AB; CDP */                                                                                  \
	FIELD(LLDP_CHASSIS, "lldp-chassis", MAC, 0, NONE)                                                              \
	FIELD(LLDP_PORT, "lldp-port", TEXT, 1, GEAR)                                                                   \
	FIELD(LLDP_SYSTEM, "lldp-system", TEXT, 1, NAME)                                                               \
	FIELD(LLDP_DESCRIPTION, "lldp-description", TEXT, 1, GEAR)                                                     \
	FIELD(LLDP_CAPABILITIES, "lldp-capabilities", NUMBER, 1, GEAR_ROLE)                                            \
	FIELD(LLDP_MANUFACTURER, "lldp-manufacturer", TEXT, 1, GEAR)                                                   \
	FIELD(LLDP_MODEL, "lldp-model", TEXT, 1, GEAR)                                                                 \
	FIELD(LLDP_SOFTWARE, "lldp-software", TEXT, 1, GEAR) /* MED: firmware and software revision */                 \
	FIELD(CDP_DEVICE, "cdp-device", TEXT, 1, NAME)                                                                 \
	FIELD(CDP_PLATFORM, "cdp-platform", TEXT, 1, GEAR)                                                             \
	FIELD(CDP_VERSION, "cdp-version", TEXT, 1, GEAR)                                                               \
	FIELD(CDP_CAPABILITIES, "cdp-capabilities", NUMBER, 1, GEAR_ROLE)                                              \
	FIELD(CDP_PORT, "cdp-port", TEXT, 0, GEAR)                                                                     \
	/* BACnet, ASHRAE 135 */                                                                                       \
	FIELD(BACNET_INSTANCE, "bacnet-instance", NUMBER, 0, NONE)                                                     \
	FIELD(BACNET_VENDOR, "bacnet-vendor", NUMBER, 1, SERVER)                                                       \
	FIELD(BACNET_OBJECT_TYPE, "bacnet-object-type", NUMBER, 0, NONE)                                               \
	FIELD(BACNET_OTHER_INSTANCE, "bacnet-other-instance", NUMBER, 0, NONE) /* of whom it routes or sends on for */ \
	FIELD(BACNET_OTHER_VENDOR, "bacnet-other-vendor", NUMBER, 0, NONE)                                             \
	/* nDPI's name of what a flow is, on the observation of its client */                                          \
	FIELD(APPLICATION, "application", TEXT, 8, APPLICATION)                                                        \
	FIELD(APPLICATION_CATEGORY, "application-category", TEXT, 0, NONE)

#endif
