/* The answer to an opening handshake. */

#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <stdbool.h>

enum { RESPONSE = 160 };

/*
 * Writes the response to a request, whose lines end with CRLF and whose text ends with a zero. Returns whether the
 * connection is a WebSocket now.
 */
bool answer_request(const char *head, char response[RESPONSE]);

#endif
