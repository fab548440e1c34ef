/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/services.h"

#include <netinet/in.h>
#include <string.h>

#define TCP(first, last)                                                                                               \
	{                                                                                                              \
		IPPROTO_TCP, HELPER_NONE, first, last                                                                  \
	}
#define UDP(first, last)                                                                                               \
	{                                                                                                              \
		IPPROTO_UDP, HELPER_NONE, first, last                                                                  \
	}
#define IP(protocol)                                                                                                   \
	{                                                                                                              \
		protocol, HELPER_NONE, 0, UINT16_MAX                                                                   \
	}
#define ICMP(type)                                                                                                     \
	{                                                                                                              \
		IPPROTO_ICMP, HELPER_NONE, (type) << 8, (type) << 8 | 0xff                                             \
	}
#define ICMPV6(type)                                                                                                   \
	{                                                                                                              \
		IPPROTO_ICMPV6, HELPER_NONE, (type) << 8, (type) << 8 | 0xff                                           \
	}
#define SERVICE(name, help, ...)                                                                                       \
	{                                                                                                              \
		name, help, sizeof((struct service_range[]){ __VA_ARGS__ }) / sizeof(struct service_range),            \
		{                                                                                                      \
			__VA_ARGS__                                                                                    \
		}                                                                                                      \
	}

/*
 * The ports of tactic TA0008 of MITRE ATT&CK (lateral movement), so that one word keeps a zone from being walked
 * through. What is left out on purpose: the ports that DCOM is sent on to (49152-65535: without the endpoint mapper
 * nobody knows them), web servers and databases, which T1210 names too but which are what a zone is for, and the
 * tools of T1072, whose servers a site allows by name (sccm).
 */
#define LATERAL                                                                                                        \
	TCP(22, 22),             /* T1021.004 SSH; T1563.001; T1570 by scp and sftp */                                 \
		TCP(23, 23),     /* T1021, telnet among the remote services it names */                                \
		TCP(135, 135),   /* T1021.003 DCOM and WMI: the endpoint mapper */                                     \
		TCP(137, 139),   /* T1021.002 shares over NetBIOS */                                                   \
		UDP(137, 138),   /* the names and datagrams of it */                                                   \
		TCP(445, 445),   /* T1021.002 SMB, admin shares; T1210 over SMB; T1570, T1080 */                       \
		TCP(512, 514),   /* T1021, rexec, rlogin and rsh */                                                    \
		TCP(3389, 3389), /* T1021.001 RDP; T1563.002; T1210 over RDP */                                        \
		UDP(3389, 3389), /* the same over UDP */                                                               \
		TCP(5900, 5909), /* T1021.005 VNC, displays 0 to 9 */                                                  \
		TCP(5985, 5986)  /* T1021.006 WinRM */

/* In the order of their names. Numbers are IANA's but where the help says whose they are. */
static const struct service_builtin builtins[] = {
	SERVICE("amqp", "message queues, TLS on 5671", TCP(5671, 5672)),
	SERVICE("bacnet", "building automation", UDP(47808, 47808)),
	SERVICE("citrix", "remote applications, the second port keeps sessions", TCP(1494, 1494), TCP(2598, 2598)),
	SERVICE("dhcp", "address assignment, client to server", UDP(67, 67)),
	SERVICE("dhcpv6", "address assignment for IPv6, client to server", UDP(547, 547)),
	SERVICE("dicom", "images and worklists (DICOM), TLS on 2762", TCP(104, 104), TCP(11112, 11112),
	        TCP(2762, 2762)),
	SERVICE("dicom-tls", "images and worklists (DICOM) over TLS only", TCP(2762, 2762)),
	SERVICE("dns", "name resolution", UDP(53, 53), TCP(53, 53)),
	SERVICE("doh",
	        "name resolution over HTTPS: the ports of https and quic, by which it cannot be told from the web",
	        TCP(443, 443), UDP(443, 443)),
	SERVICE("dot", "name resolution over TLS, DTLS or QUIC", TCP(853, 853), UDP(853, 853)),
	SERVICE("ftp", "file transfer, with the data channels it opens", { IPPROTO_TCP, HELPER_FTP, 21, 21 }),
	SERVICE("ftps", "file transfer over TLS, control channel; its data channels cannot be seen", TCP(990, 990)),
	SERVICE("global-catalog", "Windows directory of a forest, TLS on 3269", TCP(3268, 3269)),
	SERVICE("hl7", "HL7 v2 messages over MLLP; 2576 is usual for TLS and not IANA's", TCP(2575, 2575),
	        TCP(2576, 2576)),
	SERVICE("http", "the web in clear text", TCP(80, 80)),
	SERVICE("https", "the web over TLS", TCP(443, 443)),
	SERVICE("ike", "IPsec key exchange, also behind address translation", UDP(500, 500), UDP(4500, 4500)),
	SERVICE("imap", "mail boxes, TLS on 993", TCP(143, 143), TCP(993, 993)),
	SERVICE("ipsec", "IPsec tunnels: key exchange, ESP and AH", UDP(500, 500), UDP(4500, 4500), IP(IPPROTO_ESP),
	        IP(IPPROTO_AH)),
	SERVICE("iscsi", "disks over the network", TCP(3260, 3260)),
	SERVICE("kerberos", "tickets", TCP(88, 88), UDP(88, 88)),
	SERVICE("kpasswd", "Kerberos password changes", TCP(464, 464), UDP(464, 464)),
	SERVICE("l2tp", "layer 2 tunnels", UDP(1701, 1701)),
	SERVICE("lateral", "what an intruder moves along inside a network (MITRE ATT&CK TA0008)", LATERAL),
	SERVICE("ldap", "directory, TLS on 636", TCP(389, 389), UDP(389, 389), TCP(636, 636)),
	SERVICE("llmnr", "Windows names on the local network", UDP(5355, 5355), TCP(5355, 5355)),
	SERVICE("mdns", "names and services on the local network", UDP(5353, 5353)),
	SERVICE("modbus", "industrial control, TLS on 802", TCP(502, 502), TCP(802, 802)),
	SERVICE("mqtt", "telemetry, TLS on 8883", TCP(1883, 1883), TCP(8883, 8883)),
	SERVICE("mssql", "Microsoft SQL Server and its browser", TCP(1433, 1433), UDP(1434, 1434)),
	SERVICE("mysql", "MySQL and MariaDB", TCP(3306, 3306)),
	SERVICE("netbios", "older Windows naming and sharing", UDP(137, 138), TCP(139, 139)),
	SERVICE("nfs", "Unix file sharing and its port mapper", TCP(2049, 2049), UDP(2049, 2049), TCP(111, 111),
	        UDP(111, 111)),
	SERVICE("ntp", "time", UDP(123, 123)),
	SERVICE("nts", "keys for authenticated time", TCP(4460, 4460)),
	SERVICE("opc-ua", "industrial data", TCP(4840, 4840)),
	SERVICE("openvpn", "tunnels over UDP or TCP", UDP(1194, 1194), TCP(1194, 1194)),
	SERVICE("oracle", "Oracle database listener, TLS on 2484", TCP(1521, 1521), TCP(2484, 2484)),
	SERVICE("ping", "ICMP echo, IPv4 and IPv6", ICMP(8), ICMPV6(128)),
	SERVICE("pop3", "mail boxes, TLS on 995", TCP(110, 110), TCP(995, 995)),
	SERVICE("postgresql", "PostgreSQL", TCP(5432, 5432)),
	SERVICE("pptp", "older Windows tunnels: control and GRE", TCP(1723, 1723), IP(IPPROTO_GRE)),
	SERVICE("printing", "IPP, LPD and raw printing", TCP(631, 631), TCP(515, 515), TCP(9100, 9100)),
	SERVICE("quic", "HTTP/3", UDP(443, 443)),
	SERVICE("radius", "network access control, authentication and accounting, TLS on 2083", UDP(1812, 1813),
	        TCP(2083, 2083)),
	SERVICE("rdp", "Windows remote desktop", TCP(3389, 3389), UDP(3389, 3389)),
	SERVICE("rpc", "Windows RPC endpoint mapper", TCP(135, 135)),
	SERVICE("rpc-dynamic", "what the Windows RPC endpoint mapper sends on to (Microsoft's range, not IANA's)",
	        TCP(49152, 65535)),
	SERVICE("rsync", "file copies", TCP(873, 873)),
	SERVICE("rtsp", "control of video streams, TLS on 322", TCP(554, 554), UDP(554, 554), TCP(322, 322)),
	SERVICE("sccm",
	        "Microsoft Configuration Manager beside its web ports: remote control, updates, notification (its "
	        "documents' numbers)",
	        TCP(2701, 2701), TCP(8530, 8531), TCP(10123, 10123)),
	SERVICE("sip", "telephony, TLS on 5061", UDP(5060, 5060), TCP(5060, 5061)),
	SERVICE("smb", "Windows file sharing", TCP(445, 445)),
	SERVICE("smtp", "mail, submission on 465 and 587", TCP(25, 25), TCP(465, 465), TCP(587, 587)),
	SERVICE("snmp", "monitoring and its traps", UDP(161, 162)),
	SERVICE("socks", "proxy for any connection", TCP(1080, 1080)),
	SERVICE("sql", "databases: Microsoft, MySQL, Oracle, PostgreSQL", TCP(1433, 1433), UDP(1434, 1434),
	        TCP(3306, 3306), TCP(1521, 1521), TCP(2484, 2484), TCP(5432, 5432)),
	SERVICE("ssdp", "discovery of devices on the local network (UPnP)", UDP(1900, 1900)),
	SERVICE("ssh", "secure shell", TCP(22, 22)),
	SERVICE("stun", "paths through address translation for calls (STUN, TURN), TLS on 5349", UDP(3478, 3478),
	        TCP(3478, 3478), TCP(5349, 5349), UDP(5349, 5349)),
	SERVICE("syslog", "logs, TLS on 6514", UDP(514, 514), TCP(514, 514), TCP(6514, 6514)),
	SERVICE("tacacs", "administration of network devices", TCP(49, 49)),
	SERVICE("teamviewer", "remote screen by way of its maker's servers (its maker's numbers)", TCP(5938, 5938),
	        UDP(5938, 5938)),
	SERVICE("telnet", "remote terminal, in clear text", TCP(23, 23)),
	SERVICE("tftp", "trivial file transfer, with the channels it opens", { IPPROTO_UDP, HELPER_TFTP, 69, 69 }),
	SERVICE("vnc", "remote screen, displays 0 to 9", TCP(5900, 5909)),
	SERVICE("web", "HTTP, HTTPS and HTTP/3", TCP(80, 80), TCP(443, 443), UDP(443, 443)),
	SERVICE("web-proxy", "the usual ports of proxies for the web (3128 is not IANA's)", TCP(3128, 3128),
	        TCP(8080, 8080)),
	SERVICE("winrm", "Windows remote management", TCP(5985, 5986)),
	SERVICE("wireguard", "tunnels (its usual number, not IANA's)", UDP(51820, 51820)),
	SERVICE("ws-discovery", "discovery of devices on the local network, and what it leads to", UDP(3702, 3702),
	        TCP(5357, 5358)),
	SERVICE("wsus", "Windows updates from a server of the site (Microsoft's numbers)", TCP(8530, 8531)),
	SERVICE("x11", "windows of Unix programs", TCP(6000, 6063)),
	SERVICE("xdmcp", "login windows of Unix", UDP(177, 177)),
};

const struct service_builtin *service_builtin_at(size_t index)
{
	return index < ARRAY_SIZE(builtins) ? &builtins[index] : NULL;
}

static int compare_name(const void *name, const void *builtin)
{
	return strcmp(name, ((const struct service_builtin *)builtin)->name);
}

const struct service_builtin *service_builtin_by_name(const char *name)
{
	return bsearch(name, builtins, ARRAY_SIZE(builtins), sizeof(*builtins), compare_name);
}
