/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/crypto.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "policy/base/memory.h"

#define HMAC_BLOCK  64
#define LABEL_START "tls13 " /* RFC 8446 section 7.1 */
#define LABEL_MAX   32

/* Fetched once: a fetch by name for each message costs more than the message. */
static struct {
	EVP_MD *md5;
	EVP_MD *sha256;
	EVP_CIPHER *ecb;
	EVP_CIPHER *gcm;
	EVP_MD_CTX *digest;
	EVP_CIPHER_CTX *cipher;
} handles;

int crypto_prepare(void)
{
	if (handles.cipher)
		return 0;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	handles.md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	handles.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	handles.ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	handles.gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	handles.digest = EVP_MD_CTX_new();
	if (handles.md5 && handles.sha256 && handles.ecb && handles.gcm && handles.digest)
		handles.cipher = EVP_CIPHER_CTX_new();
	if (handles.cipher)
		return 0;
	EVP_MD_free(handles.md5);
	EVP_MD_free(handles.sha256);
	EVP_CIPHER_free(handles.ecb);
	EVP_CIPHER_free(handles.gcm);
	EVP_MD_CTX_free(handles.digest);
	memset(&handles, 0, sizeof(handles));
	return -ENOTSUP;
}

/* A part of what is digested. */
struct part {
	const void *bytes;
	size_t length;
};

static bool digest(const EVP_MD *algorithm, const struct part *parts, size_t count, uint8_t *out)
{
	if (EVP_DigestInit_ex2(handles.digest, algorithm, NULL) != 1)
		return false;
	for (size_t i = 0; i < count; i++)
		if (EVP_DigestUpdate(handles.digest, parts[i].bytes, parts[i].length) != 1)
			return false;
	return EVP_DigestFinal_ex(handles.digest, out, NULL) == 1;
}

bool crypto_md5(const void *bytes, size_t length, uint8_t out[CRYPTO_MD5_BYTES])
{
	return crypto_prepare() == 0 && digest(handles.md5, &(struct part){ bytes, length }, 1, out);
}

bool crypto_sha256(const void *bytes, size_t length, uint8_t out[CRYPTO_SHA256_BYTES])
{
	return crypto_prepare() == 0 && digest(handles.sha256, &(struct part){ bytes, length }, 1, out);
}

bool crypto_hmac(const uint8_t *key, size_t key_length, const void *bytes, size_t length,
                 uint8_t mac[CRYPTO_SHA256_BYTES])
{
	uint8_t inner_pad[HMAC_BLOCK], outer_pad[HMAC_BLOCK], inner[CRYPTO_SHA256_BYTES];
	const struct part first[] = { { inner_pad, HMAC_BLOCK }, { bytes, length } };
	const struct part second[] = { { outer_pad, HMAC_BLOCK }, { inner, sizeof(inner) } };

	if (key_length > HMAC_BLOCK || crypto_prepare() < 0)
		return false;
	for (size_t i = 0; i < HMAC_BLOCK; i++) {
		uint8_t byte = i < key_length ? key[i] : 0;

		inner_pad[i] = byte ^ 0x36; /* RFC 2104 section 2 */
		outer_pad[i] = byte ^ 0x5c;
	}
	return digest(handles.sha256, first, ARRAY_SIZE(first), inner) &&
	       digest(handles.sha256, second, ARRAY_SIZE(second), mac);
}

bool crypto_expand_label(const uint8_t secret[CRYPTO_SHA256_BYTES], const char *label, uint8_t *out, size_t length)
{
	uint8_t info[2 + 1 + sizeof(LABEL_START) + LABEL_MAX + 1 + 1];
	uint8_t expanded[CRYPTO_SHA256_BYTES];
	size_t label_length = strlen(label), at = 0;

	if (label_length > LABEL_MAX || length > sizeof(expanded))
		return false;
	info[at++] = 0;
	info[at++] = (uint8_t)length;
	info[at++] = (uint8_t)(strlen(LABEL_START) + label_length);
	memcpy(info + at, LABEL_START, strlen(LABEL_START));
	at += strlen(LABEL_START);
	memcpy(info + at, label, label_length);
	at += label_length;
	info[at++] = 0; /* no context */
	info[at++] = 1; /* the first and only block, RFC 5869 section 2.3 */
	if (!crypto_hmac(secret, CRYPTO_SHA256_BYTES, info, at, expanded))
		return false;
	memcpy(out, expanded, length);
	return true;
}

bool crypto_block(const uint8_t key[CRYPTO_KEY_BYTES], const uint8_t block[16], uint8_t out[16])
{
	int written = 0;

	return crypto_prepare() == 0 && EVP_EncryptInit_ex2(handles.cipher, handles.ecb, key, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_padding(handles.cipher, 0) == 1 &&
	       EVP_EncryptUpdate(handles.cipher, out, &written, block, 16) == 1 && written == 16;
}

bool crypto_open(const uint8_t key[CRYPTO_KEY_BYTES], const uint8_t nonce[CRYPTO_NONCE_BYTES], const uint8_t *aad,
                 size_t aad_length, const uint8_t *sealed, size_t length, uint8_t *out)
{
	uint8_t tag[CRYPTO_TAG_BYTES], rest[16];
	int written = 0;

	if (length < sizeof(tag) || length > INT_MAX || aad_length > INT_MAX || crypto_prepare() < 0)
		return false;
	memcpy(tag, sealed + length - sizeof(tag), sizeof(tag));
	return EVP_DecryptInit_ex2(handles.cipher, handles.gcm, key, nonce, NULL) == 1 &&
	       EVP_DecryptUpdate(handles.cipher, NULL, &written, aad, (int)aad_length) == 1 &&
	       EVP_DecryptUpdate(handles.cipher, out, &written, sealed, (int)(length - sizeof(tag))) == 1 &&
	       EVP_CIPHER_CTX_ctrl(handles.cipher, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 &&
	       EVP_DecryptFinal_ex(handles.cipher, rest, &written) == 1;
}
