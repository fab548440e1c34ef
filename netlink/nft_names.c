/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/attribute.h"

#define NAME_MARK ".g"

const struct nft_names nft_plain_names = { .generation = 1 };

const char *nft_name(char buffer[NFT_NAME_MAX], const char *name, uint32_t generation)
{
	if (generation <= 1)
		snprintf(buffer, NFT_NAME_MAX, "%s", name);
	else
		snprintf(buffer, NFT_NAME_MAX, "%s" NAME_MARK "%u", name, generation);
	return buffer;
}

/* The generation that laid the set which a plan calls ${name}. */
static uint32_t generation_of_set(const char *name, const struct nft_names *names)
{
	int lasting = plan_lasting_by_name(name);

	return lasting >= 0 && names->kept[lasting] ? names->kept[lasting] : names->generation;
}

const char *nft_set_name(char buffer[NFT_NAME_MAX], const char *name, const struct nft_names *names)
{
	return nft_name(buffer, name, generation_of_set(name, names));
}

uint32_t nft_name_generation(const char *name)
{
	const char *mark = strrchr(name, NAME_MARK[0]);
	char *end;
	unsigned long generation;

	/* A zone may be called "g2" and its chain "from.g2": read as a generation, that only skips a number. */
	if (!mark || strncmp(mark, NAME_MARK, strlen(NAME_MARK)) != 0)
		return 1;
	generation = strtoul(mark + strlen(NAME_MARK), &end, 10);
	return *end == '\0' && generation > 1 && generation < UINT32_MAX ? (uint32_t)generation : 1;
}

void nft_name_plain(char plan_name[PLAN_NAME_MAX], const char *name, uint32_t generation)
{
	size_t length = strlen(name);

	if (generation > 1 && nft_name_generation(name) == generation)
		length = (size_t)(strrchr(name, NAME_MARK[0]) - name);
	attribute_copy_text(plan_name, PLAN_NAME_MAX, name, length);
}

void nft_set_name_plain(char plan_name[PLAN_NAME_MAX], const char *name, const struct nft_names *names)
{
	uint32_t generation = nft_name_generation(name);

	nft_name_plain(plan_name, name, generation);
	if (generation_of_set(plan_name, names) != generation) /* another generation's, or only called like one */
		nft_name_plain(plan_name, name, 1);
}

struct nft_names nft_names_keep(const struct nft_names *names, uint32_t generation, unsigned int kept)
{
	struct nft_names next = { .generation = generation };

	for (unsigned int i = 0; i < PLAN_LASTING_COUNT; i++)
		if (kept & 1U << i)
			next.kept[i] = names->kept[i] ? names->kept[i] : names->generation;
	return next;
}
