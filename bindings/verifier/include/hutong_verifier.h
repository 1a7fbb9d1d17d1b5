/* The verifier of Hutong. Texts that are returned are UTF-8 JSON; give each back with
 * hutong_string_free. Nothing here uses a network, a clock or a file. */
#ifndef HUTONG_VERIFIER_H
#define HUTONG_VERIFIER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whom to trust, and what was taken back. Many threads may verify with one at once, none while a
 * file is added. */
typedef struct HutongScanner HutongScanner_t;

/* Bytes that the caller keeps. `ptr` is never NULL, even where `len` is 0. */
typedef struct slice_ref_uint8 {
    const uint8_t *ptr;
    size_t len;
} slice_ref_uint8_t;

/* A scanner that trusts nobody yet. */
HutongScanner_t *hutong_scanner_new(void);

/* Ends a scanner. */
void hutong_scanner_free(HutongScanner_t *scanner);

/* Trusts what stands in a file, or heeds what it revokes: every form of `hutong verify --trust`.
 * `anchor` is who may have signed a trust list of Hutong, as `hutong keys anchor` prints it; an
 * empty text for other files. {"keys": …, "passedOver": …} or {"error": …}. */
char *hutong_scanner_trust(HutongScanner_t *scanner, slice_ref_uint8_t file, const char *anchor);

/* Verifies one code at a time, in seconds since 1970. The answer is that of
 * `hutong verify --json`. */
char *hutong_scanner_verify(const HutongScanner_t *scanner, slice_ref_uint8_t code,
                            int64_t at_unix_s);

/* Gives back a text that one of these functions returned. */
void hutong_string_free(char *text);

#ifdef __cplusplus
}
#endif

#endif
