/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crypto: the few primitives that fingerprints and QUIC's Initial packets need, from OpenSSL.
 *
 * crypto_prepare goes before the sandbox: it keeps OpenSSL from its configuration file and has each algorithm at hand,
 * so that nothing is opened later. Without it the first use prepares.
 *
 * Owns:    handles of algorithms, for the life of the process; they hold no state of any message.
 * Context: single-threaded. Sensor process and replay.
 * Trust:   inputs are a stranger's; lengths are checked by OpenSSL and here.
 * Source:  RFC 1321, FIPS 180-4, RFC 2104, RFC 5869, RFC 8446 section 7.1, FIPS 197, NIST SP 800-38D.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_CRYPTO_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_MD5_BYTES    16
#define CRYPTO_SHA256_BYTES 32
#define CRYPTO_KEY_BYTES    16
#define CRYPTO_NONCE_BYTES  12
#define CRYPTO_TAG_BYTES    16

/* crypto_prepare has every algorithm at hand. errors: -ENOTSUP where OpenSSL lacks one. */
int crypto_prepare(void);

/* crypto_md5 writes the digest of ${length} ${bytes} to ${digest}. shape: false where there is no MD5. */
bool crypto_md5(const void *bytes, size_t length, uint8_t digest[CRYPTO_MD5_BYTES]);

/* crypto_sha256 writes the digest of ${length} ${bytes} to ${digest}. shape: false where there is no SHA-256. */
bool crypto_sha256(const void *bytes, size_t length, uint8_t digest[CRYPTO_SHA256_BYTES]);

/* crypto_hmac writes the HMAC-SHA256 of ${length} ${bytes}, under a key of at most 64 bytes, to ${mac}. */
bool crypto_hmac(const uint8_t *key, size_t key_length, const void *bytes, size_t length,
                 uint8_t mac[CRYPTO_SHA256_BYTES]);

/*
 * crypto_expand_label derives ${length} bytes, 32 at most, for ${label} (without "tls13 ") from ${secret} into ${out},
 * with an empty context. shape: false on failure, out untouched.
 */
bool crypto_expand_label(const uint8_t secret[CRYPTO_SHA256_BYTES], const char *label, uint8_t *out, size_t length);

/* crypto_block encrypts one ${block} with AES-128 under ${key} into ${out}. */
bool crypto_block(const uint8_t key[CRYPTO_KEY_BYTES], const uint8_t block[16], uint8_t out[16]);

/*
 * crypto_open decrypts ${length} bytes of ${sealed}, the tag their last sixteen, with AES-128-GCM into ${out}, which
 * has room for ${length}; ${aad_length} bytes of ${aad} are authenticated with them.
 * shape: false where the tag is not theirs.
 */
bool crypto_open(const uint8_t key[CRYPTO_KEY_BYTES], const uint8_t nonce[CRYPTO_NONCE_BYTES], const uint8_t *aad,
                 size_t aad_length, const uint8_t *sealed, size_t length, uint8_t *out);

#endif
