/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/finding/practice.h"

#include <string.h>
#include <strings.h>

#include "policy/base/memory.h"

struct habit {
	const char *name;
	enum finding_type type;
};

/* Names go before categories: nDPI files BitTorrent under downloads and Zoom under video. */
static const struct habit applications[] = {
	{ "AnyDesk", FINDING_REMOTE_DESKTOP },
	{ "RDP", FINDING_REMOTE_DESKTOP },
	{ "TeamViewer", FINDING_REMOTE_DESKTOP },
	{ "VNC", FINDING_REMOTE_DESKTOP },
	{ "XDMCP", FINDING_REMOTE_DESKTOP },
	{ "AppleJuice", FINDING_PEER_TO_PEER },
	{ "BitTorrent", FINDING_PEER_TO_PEER },
	{ "DirectConnect", FINDING_PEER_TO_PEER },
	{ "FastTrack", FINDING_PEER_TO_PEER },
	{ "Gnutella", FINDING_PEER_TO_PEER },
	{ "OpenFT", FINDING_PEER_TO_PEER },
	{ "Soulseek", FINDING_PEER_TO_PEER },
	{ "Stealthnet", FINDING_PEER_TO_PEER },
	{ "Thunder", FINDING_PEER_TO_PEER },
	{ "eDonkey", FINDING_PEER_TO_PEER },
	{ "Direct_Download_Link", FINDING_DOWNLOAD },
	{ "WhatsAppFiles", FINDING_CHAT },
	{ "Discord", FINDING_CHAT },
	{ "FacebookVoip", FINDING_CHAT },
	{ "GoogleHangoutDuo", FINDING_CHAT },
	{ "KakaoTalk_Voice", FINDING_CHAT },
	{ "IMO", FINDING_CHAT },
	{ "SignalVoip", FINDING_CHAT },
	{ "SkypeCall", FINDING_CHAT },
	{ "Skype_Teams", FINDING_CHAT },
	{ "SnapchatCall", FINDING_CHAT },
	{ "Viber", FINDING_CHAT },
	{ "WhatsAppCall", FINDING_CHAT },
	/* what a hospital runs itself */
	{ "IPsec", FINDING_COUNT },
	{ "CiscoVPN", FINDING_COUNT },
	{ "FortiClient", FINDING_COUNT },
	{ "RTP", FINDING_COUNT },
	{ "RTSP", FINDING_COUNT },
	{ "Zoom", FINDING_COUNT },
};

static const struct habit categories[] = {
	{ "Chat", FINDING_CHAT },
	{ "VPN", FINDING_PERSONAL_VPN },
	{ "Streaming", FINDING_STREAMING },
	{ "Video", FINDING_STREAMING },
	{ "Music", FINDING_STREAMING },
	{ "Media", FINDING_STREAMING },
	{ "SocialNetwork", FINDING_BROWSING },
	{ "Shopping", FINDING_BROWSING },
	{ "Game", FINDING_BROWSING },
};

static const struct habit *find(const struct habit *habits, size_t count, const uint8_t *name, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(habits[i].name) == length && memcmp(habits[i].name, name, length) == 0)
			return &habits[i];
	return NULL;
}

enum finding_type practice_of_application(const struct field_value *name, const struct field_value *category)
{
	const uint8_t *dot = name->length ? memrchr(name->bytes, '.', name->length) : NULL;
	const uint8_t *last = dot ? dot + 1 : name->bytes;
	size_t length = dot ? (size_t)(name->bytes + name->length - last) : name->length;
	const struct habit *habit = find(applications, ARRAY_SIZE(applications), last, length);

	if (!habit)
		habit = find(categories, ARRAY_SIZE(categories), category->bytes, category->length);
	return habit ? habit->type : FINDING_COUNT;
}

static bool ends_with(const uint8_t *text, size_t length, const char *end)
{
	size_t end_length = strlen(end);

	return length >= end_length && strncasecmp((const char *)text + length - end_length, end, end_length) == 0;
}

bool practice_is_program(const struct field_value *uri)
{
	static const char *const ends[] = { ".exe", ".msi", ".msix", ".dmg", ".pkg", ".apk",     ".deb", ".rpm",
		                            ".jar", ".scr", ".bat",  ".ps1", ".iso", ".torrent", ".cab" };
	size_t length = 0;

	while (length < uri->length && uri->bytes[length] != '?' && uri->bytes[length] != '#')
		length++;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (ends_with(uri->bytes, length, ends[i]))
			return true;
	return false;
}

static bool holds(const struct field_value *value, const char *part)
{
	return value->length && memmem(value->bytes, value->length, part, strlen(part));
}

const char *practice_browser(const struct field_value *agent)
{
	/* In the order in which they must be asked: each names those behind it as well. */
	static const char *const browsers[][2] = { { "Edg/", "Edge" },
		                                   { "Edge/", "Edge" },
		                                   { "OPR/", "Opera" },
		                                   { "Vivaldi/", "Vivaldi" },
		                                   { "Firefox/", "Firefox" },
		                                   { "SamsungBrowser/", "Samsung Internet" },
		                                   { "CriOS/", "Chrome" },
		                                   { "Chrome/", "Chrome" },
		                                   { "Trident/", "Internet Explorer" },
		                                   { "MSIE ", "Internet Explorer" },
		                                   { "Safari/", "Safari" } };
	/* Programs that call themselves a browser so as to be let in. */
	static const char *const machines[] = {
		"bot", "Bot", "spider", "HeadlessChrome", "compatible; MS-RTC", "CrOS", "SmartTV; Maple", "Electron/"
	};

	if (!holds(agent, "Mozilla/"))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (holds(agent, machines[i]))
			return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(browsers); i++)
		if (holds(agent, browsers[i][0]))
			return browsers[i][1];
	return NULL;
}
