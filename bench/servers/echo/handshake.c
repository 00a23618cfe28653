/* The answer to an opening handshake (RFC 6455 section 4.2), with the SHA-1 and the base64 that it takes. */

#include "handshake.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* SHA-1 (FIPS 180-4). */

static uint32_t rotate(uint32_t word, int by) { return (word << by) | (word >> (32 - by)); }

static void sha1_block(uint32_t state[5], const uint8_t block[64]) {
  uint32_t words[80];
  for (int i = 0; i < 16; i++) {
    const uint8_t *at = block + 4 * i;
    words[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
  }
  for (int i = 16; i < 80; i++) words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int i = 0; i < 80; i++) {
    uint32_t mixed, constant;
    if (i < 20) mixed = (b & c) | (~b & d), constant = 0x5a827999;
    else if (i < 40) mixed = b ^ c ^ d, constant = 0x6ed9eba1;
    else if (i < 60) mixed = (b & c) | (b & d) | (c & d), constant = 0x8f1bbcdc;
    else mixed = b ^ c ^ d, constant = 0xca62c1d6;
    uint32_t next = rotate(a, 5) + mixed + e + constant + words[i];
    e = d, d = c, c = rotate(b, 30), b = a, a = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* Hashes fewer than 120 bytes. */
static void sha1(const char *text, size_t length, uint8_t digest[20]) {
  uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  uint8_t blocks[128] = {0};
  size_t size = length < 56 ? 64 : 128;
  memcpy(blocks, text, length);
  blocks[length] = 0x80;
  blocks[size - 2] = (uint8_t)(length * 8 >> 8);
  blocks[size - 1] = (uint8_t)(length * 8);
  for (size_t at = 0; at < size; at += 64) sha1_block(state, blocks + at);
  for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const uint8_t *bytes, size_t length, char *text) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t at = 0; at < length; at += 3, text += 4) {
    uint32_t group = (uint32_t)bytes[at] << 16;
    if (at + 1 < length) group |= (uint32_t)bytes[at + 1] << 8;
    if (at + 2 < length) group |= bytes[at + 2];
    for (int i = 0; i < 4; i++) text[i] = digits[group >> (18 - 6 * i) & 63];
    if (at + 1 >= length) text[2] = '=';
    if (at + 2 >= length) text[3] = '=';
  }
  *text = '\0';
}

enum { KEY = 24 };

/* Copies the key of a request, which ends with a zero. Returns whether it is one for a WebSocket. */
static bool find_key(const char *head, char key[KEY + 1]) {
  bool upgrades = false, has_key = false, has_version = false;
  for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
    const char *name = line + 2, *value = strchr(name, ':');
    if (value == NULL) break;
    size_t length = (size_t)(value - name);
    value += 1 + strspn(value + 1, " \t");
    if (length == 7 && strncasecmp(name, "Upgrade", 7) == 0) upgrades = strncasecmp(value, "websocket", 9) == 0;
    if (length == 21 && strncasecmp(name, "Sec-WebSocket-Version", 21) == 0) has_version = strncmp(value, "13", 2) == 0;
    if (length == 17 && strncasecmp(name, "Sec-WebSocket-Key", 17) == 0 && strcspn(value, " \t\r") == KEY) {
      memcpy(key, value, KEY);
      key[KEY] = '\0';
      has_key = true;
    }
  }
  return strncmp(head, "GET ", 4) == 0 && upgrades && has_key && has_version;
}

static void accept_key(const char *key, char text[32]) {
  char joined[KEY + 37];
  uint8_t digest[20];
  int length = snprintf(joined, sizeof joined, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1(joined, (size_t)length, digest);
  base64(digest, sizeof digest, text);
}

bool answer_request(const char *head, char response[RESPONSE]) {
  char key[KEY + 1], accept[32];
  if (!find_key(head, key)) {
    strcpy(response, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return false;
  }
  accept_key(key, accept);
  snprintf(response, RESPONSE,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: %s\r\n\r\n",
           accept);
  return true;
}
