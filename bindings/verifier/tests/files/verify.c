/* Trusts the file of the first argument, then answers each line of standard input. */
#include "hutong_verifier.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static slice_ref_uint8_t slice(const void *bytes, size_t length) {
    slice_ref_uint8_t out = {bytes, length};
    return out;
}

int main(int count, char **arguments) {
    static uint8_t file[1 << 20];
    static char line[1 << 16];
    HutongScanner_t *scanner = hutong_scanner_new();
    if (count > 1) {
        FILE *from = fopen(arguments[1], "rb");
        size_t length = from ? fread(file, 1, sizeof file, from) : 0;
        char *said = hutong_scanner_trust(scanner, slice(file, length), "");
        fprintf(stderr, "%s\n", said);
        hutong_string_free(said);
        if (from) fclose(from);
    }
    while (fgets(line, sizeof line, stdin)) {
        char *answer = hutong_scanner_verify(scanner, slice(line, strcspn(line, "\n")), 1795435200);
        puts(answer);
        hutong_string_free(answer);
    }
    hutong_scanner_free(scanner);
    return 0;
}
