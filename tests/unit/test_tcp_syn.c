/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/tcp_syn.h"
#include "controller/sensor/dissect/dissector.h"
#include "policy/base/memory.h"
#include "tests/unit/datagram_vectors.h"

static const struct datagram_vector vectors[] = {
	{ "Linux",
	  "4500003c12344000400614590a1400070a1400010fa000500000000500000000a0027210cf890000020405b4"
	  "0402080a0001e2400000000001030307",
	  1,
	  "tcp-signature=4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=29200\n"
	  "tcp-options=2,4,8,1,3\n"
	  "tcp-segment-max=1460\n"
	  "tcp-scale=7\n"
	  "tcp-timestamp=123456\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=60\n" },
	{ "Windows",
	  "45000034000740007e06e88d0a1400070a1400010fa000500000000500000000800220002aec0000020405b4"
	  "0103030801010402",
	  1,
	  "tcp-signature=4:126+2:0:1460:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=8192\n"
	  "tcp-options=2,1,3,1,1,4\n"
	  "tcp-segment-max=1460\n"
	  "tcp-scale=8\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=7\n"
	  "ip-length=52\n" },
	{ "SYN+ACK",
	  "4500003c12344000400614590a1400070a14000100500fa00000000500000006a012389008ef0000020405b4"
	  "0402080a000000090001e24001030303",
	  1,
	  "tcp-server-signature=4:64+0:0:1460:mss*10,3:mss,sok,ts,nop,ws:df,id+:0\n"
	  "tcp-flags=18\n"
	  "tcp-window=14480\n"
	  "tcp-options=2,4,8,1,3\n"
	  "tcp-segment-max=1460\n"
	  "tcp-scale=3\n"
	  "tcp-timestamp=9\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=60\n" },
	{ "small stack", "4500002c00000000ff06a79c0a1400070a1400010fa00050000000000000000060020b68689f0000020405b4", 1,
	  "tcp-signature=4:255+0:0:1460:mss*2,0:mss:id-,seq-:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=2920\n"
	  "tcp-options=2\n"
	  "tcp-segment-max=1460\n"
	  "ip-dont-fragment=0\n"
	  "ip-identification=0\n"
	  "ip-length=44\n" },
	{ "IPv6",
	  "602000090028063dfe800000000000000000000000000007fe8000000000000000000000000000010fa00050"
	  "0000000500000000a0027080ca940000020405a00402080a000000010000000001030307",
	  1,
	  "tcp-signature=6:61+3:0:1440:mss*20,7:mss,sok,ts,nop,ws:ecn,flow:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=28800\n"
	  "tcp-options=2,4,8,1,3\n"
	  "tcp-segment-max=1440\n"
	  "tcp-scale=7\n"
	  "tcp-timestamp=1\n" },
	{ "IPv6 with a header between",
	  "60000000001c3c40fe800000000000000000000000000007fe80000000000000000000000000000106000104"
	  "000000000fa00050000000050000000050020001a2e30000",
	  1,
	  "tcp-signature=6:64+0:0:0:1,0:::0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1\n" },
	{ "odd header",
	  "4601003d0001c00096064d870a1400070a140001010101010fa00050000000050000000790ea0bb8abf00001"
	  "080a000000000000000503030f01010178",
	  1,
	  "tcp-signature=4:150+?:4:0:3000,15:ts,ws,nop,nop,nop:df,id+,ecn,0+,ack+,urgf+,pushf+,ts1-,ts2+,exws:+\n"
	  "tcp-flags=234\n"
	  "tcp-window=3000\n"
	  "tcp-options=8,3,1,1,1\n"
	  "tcp-scale=15\n"
	  "tcp-timestamp=0\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=1\n"
	  "ip-length=61\n" },
	{ "urgent pointer alone",
	  "4500002c12344000400614690a1400070a1400010fa000500000000500000000600205dc7375000102040064", 1,
	  "tcp-signature=4:64+0:0:100:mss*15,0:mss:df,id+,uptr+:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1500\n"
	  "tcp-options=2\n"
	  "tcp-segment-max=100\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=44\n" },
	{ "answer without ACK number",
	  "4500002c12344000400614690a1400070a14000100500fa00000000500000000601205786efb000002040533", 1,
	  "tcp-server-signature=4:64+0:0:*:1400,0:mss:df,id+,ack-:0\n"
	  "tcp-flags=18\n"
	  "tcp-window=1400\n"
	  "tcp-options=2\n"
	  "tcp-segment-max=1331\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=44\n" },
	{ "end and padding",
	  "4500003012344000400614650a1400070a1400010fa0005000000005000000007002000100000000020405b4"
	  "00000000",
	  1,
	  "tcp-signature=4:64+0:0:1460:1,0:mss,eol+3:df,id+:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1\n"
	  "tcp-options=2,0,0,0,0\n"
	  "tcp-segment-max=1460\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=48\n" },
	{ "padding that is not zero",
	  "4500003012344000400614650a1400070a1400010fa0005000000005000000007002000100000000020405b4"
	  "00090000",
	  1,
	  "tcp-signature=4:64+0:0:1460:1,0:mss,eol+3:df,id+,opt+:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1\n"
	  "tcp-options=2,0\n"
	  "tcp-segment-max=1460\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=48\n" },
	{ "last byte of the padding",
	  "4500003012344000400614650a1400070a1400010fa0005000000005000000007002000100000000020405b4"
	  "00000009",
	  1,
	  "tcp-signature=4:64+0:0:1460:1,0:mss,eol+3:df,id+:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1\n"
	  "tcp-options=2,0,0,0\n"
	  "tcp-segment-max=1460\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=48\n" },
	{ "unknown and SACK",
	  "4500003412344000400614610a1400070a1400010fa00050000000050000000080020001000000002202050a"
	  "0000000000000000",
	  1,
	  "tcp-signature=4:64+0:0:0:1,0:?34,sack:df,id+:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1\n"
	  "tcp-options=34,5\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=52\n" },
	{ "unknown of length 1",
	  "4500002c12344000400614690a1400070a1400010fa000500000000500000000600200010000000022010000", 1,
	  "tcp-signature=4:64+0:0:0:1,0:?34:df,id+,bad:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1\n"
	  "tcp-options=34\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=44\n" },
	{ "option past the header",
	  "4500002c12344000400614690a1400070a1400010fa000500000000500000000600200010000000001010204", 1,
	  "tcp-signature=4:64+0:0:0:1,0:nop,nop,mss:df,id+,bad:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1\n"
	  "tcp-options=1,1,2\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=44\n" },
	{ "MSS of length 6", "4500002c12344000400614690a1400070a1400010fa0005000000005000000006002000100000000020605b4",
	  1,
	  "tcp-signature=4:64+0:0:1460:1,0:mss:df,id+,bad:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1\n"
	  "tcp-options=2\n"
	  "tcp-segment-max=1460\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=44\n" },
	{ "options that are too many",
	  "4500004412344000400614510a1400070a1400010fa000500000000500000000c00200010000000001010101"
	  "010101010101010101010101010101010101010101010101",
	  1,
	  "tcp-signature=4:64+0:0:0:1,0:nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,"
	  "nop,nop,nop,nop,nop:df,id+,bad:0\n"
	  "tcp-flags=2\n"
	  "tcp-window=1\n"
	  "tcp-options=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=68\n" },
	{ "FIN beside SYN", "45000028123440004006146d0a1400070a1400010fa000500000000500000000500300018bbc0000", 1,
	  "tcp-flags=3\n"
	  "tcp-window=1\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=4660\n"
	  "ip-length=40\n" },
	{ "ACK", "45000028123440004006146d0a1400070a1400010fa000500000000500000001501000018bae0000", 0, "" },
	{ "header past the packet",
	  "4500003c12344000400614590a1400070a1400010fa000500000000500000000a0027210cf890000020405b4"
	  "0402080a0001e24000000000",
	  -EBADMSG, "" },
	{ "atomic fragment",
	  "6000000000202c4020010db800000000000000000000000220010db8000000000000000000000001060000000000"
	  "abcd0fa000500000000500000000600220008ba800000204059c",
	  1,
	  "tcp-signature=6:64+0:0:1436:8192,0:mss::0\n"
	  "tcp-flags=2\n"
	  "tcp-window=8192\n"
	  "tcp-options=2\n"
	  "tcp-segment-max=1436\n" },
	{ "fragment with more to come",
	  "6000000000202c4020010db800000000000000000000000220010db8000000000000000000000001060000010000"
	  "abcd0fa000500000000500000000600220008ba800000204059c",
	  -EBADMSG, "" },
	{ "accurate ECN", "450000280001400040060000c0a80001c0a80002d4310050000000010000000051c2faf000000000", 1,
	  "tcp-signature=4:64+0:0:0:64240,0::df,id+,ecn:0\n"
	  "tcp-flags=450\n"
	  "tcp-window=64240\n"
	  "ip-dont-fragment=1\n"
	  "ip-identification=1\n"
	  "ip-length=40\n" },
	{ "IHL 4",
	  "4400003c12344000400614590a1400070a1400010fa000500000000500000000a0027210cf890000020405b4"
	  "0402080a0001e2400000000001030307",
	  -EBADMSG, "" },
	{ "UDP",
	  "4500003c12344000401114590a1400070a1400010fa000500000000500000000a0027210cf890000020405b4"
	  "0402080a0001e2400000000001030307",
	  -EBADMSG, "" },
	{ "version 5",
	  "5500003c12344000400614590a1400070a1400010fa000500000000500000000a0027210cf890000020405b4"
	  "0402080a0001e2400000000001030307",
	  -EBADMSG, "" },
	{ "data offset 4",
	  "4500003c12344000400614590a1400070a1400010fa00050000000050000000040027210cf890000020405b4"
	  "0402080a0001e2400000000001030307",
	  -EBADMSG, "" },
	{ "empty", "", -EBADMSG, "" },
};

static void decodes_vectors(void **state)
{
	(void)state;
	vectors_check(tcp_syn_decode, vectors, ARRAY_SIZE(vectors), "", MALFORMED_TCP);
}

static void keep_signature(const struct observation *observation, void *context)
{
	struct field_value value;

	if (observation->type == OBSERVATION_FIELDS &&
	    fields_find(&observation->fields, FIELD_TCP_SERVER_SIGNATURE, &value))
		field_show(&value, context, FIELD_TEXT_MAX);
}

static void give_packet(struct dissector *dissector, const char *hex)
{
	uint8_t bytes[VECTOR_BYTES_MAX];
	char framed[2 * VECTOR_BYTES_MAX];
	struct frame frame = { .bytes = bytes, .ifindex = 1, .captured_ns = 1, .number = 1 };

	snprintf(framed, sizeof(framed), "444b5d000001444b5d0000020800%s", hex);
	frame.length = (uint32_t)vector_bytes(framed, bytes);
	dissector_take(dissector, &frame);
}

/* The window is no multiple of anything that the answer tells, but six times the MSS of the SYN. */
static void knows_the_peers_segments(void **state)
{
	static const char *const opening =
		"4500002c12344000400614690a1400070a1400010fa00050000000050000000060022000dc730000020405a0";
	static const char *const answer =
		"4500002c12344000400614690a1400010a14000700500fa00000000500000006601221c0dc730000020405b4";
	static const struct dissector_options options = { .flows_max = 16, .streams_max = 4 };
	char signature[FIELD_TEXT_MAX] = "";
	struct dissector *dissector;

	(void)state;
	assert_int_equal(dissector_new(&options, keep_signature, signature, &dissector), 0);
	give_packet(dissector, answer);
	assert_string_equal(signature, "4:64+0:0:1460:8640,0:mss:df,id+:0");
	give_packet(dissector, opening);
	give_packet(dissector, answer);
	assert_string_equal(signature, "4:64+0:0:1460:mss*6,0:mss:df,id+:0");
	dissector_free(dissector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
		cmocka_unit_test(knows_the_peers_segments),
	};

	return cmocka_run_group_tests_name("tcp_syn", tests, NULL, NULL);
}
