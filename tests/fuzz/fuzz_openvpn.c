/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a connection of OpenVPN, as its datagrams with their lengths before them, and as one of Remote Desktop.
 */
#include "controller/sensor/decode/openvpn.h"
#include "controller/sensor/decode/rdp_udp.h"
#include "tests/fuzz/fuzz_datagram.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_stream(openvpn_decode_stream, data, size);
	fuzz_datagrams(openvpn_decode, data, size);
	fuzz_datagram_one(rdp_udp_decode, data, size, NULL, 0);
	return 0;
}
