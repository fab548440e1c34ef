/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the two directions of a connection of FTP, SMTP, SSH, Telnet and SOCKS. */
#include "controller/sensor/decode/banner.h"
#include "controller/sensor/decode/socks.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static stream_decode *const decoders[] = { ftp_decode, smtp_decode, ssh_decode, telnet_decode, socks_decode };

	for (size_t i = 0; i < sizeof(decoders) / sizeof(decoders[0]); i++)
		fuzz_stream(decoders[i], data, size);
	return 0;
}
