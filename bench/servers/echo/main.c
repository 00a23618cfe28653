/*
 * A WebSocket echo server on Linux with epoll and nothing else, which shares no code with any client: the neutral server
 * of the benchmark. One thread. All messages of a read are echoed by one send. Prints its URL as a line of JSON and ends
 * when its standard input ends.
 *
 * Each frame is returned with the opcode and FIN bit that it came with, once it is complete. Frames are checked as RFC 6455
 * section 5 demands, except that texts are not checked to be UTF-8. There are no extensions and no TLS.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "handshake.h"

enum {
  EVENTS = 1024,
  /* The most that one call reads, and how often a connection is read in a turn. */
  READ = 256 * 1024,
  READS = 16,
  MAX_HEAD = 8 * 1024,
  MAX_CONTROL = 125,
  /* A spare buffer that is larger is freed. */
  MAX_SPARE = 8 * 1024 * 1024,
};

/* The most bytes of a message, and of echoes that a client does not read. */
static const uint64_t LIMIT = 256u * 1024 * 1024;

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
enum code { PROTOCOL_ERROR = 1002, TOO_LARGE = 1009 };

/* Bytes from `start` to `end`. */
struct bytes {
  uint8_t *data;
  size_t start, end, capacity;
};

struct connection {
  int socket;
  /* The handshake is done. */
  bool open;
  /* A message has begun and its last fragment has not come. */
  bool in_message;
  /* Nothing follows what is unsent, and what comes is discarded. */
  bool closing;
  /* The events that epoll reports. */
  uint32_t events;
  struct bytes received, unsent;
};

/* Buffers for the next connections that need them: an idle connection has none. */
static struct bytes spare_received, spare_unsent;
static int epoll;

static size_t length_of(const struct bytes *bytes) { return bytes->end - bytes->start; }

/* Makes room behind the bytes, with memory of `spare` if there is none yet. */
static void reserve(struct bytes *bytes, struct bytes *spare, size_t more) {
  if (bytes->data == NULL) {
    *bytes = *spare;
    memset(spare, 0, sizeof *spare);
  }
  if (bytes->capacity - bytes->end >= more) return;
  /* Moving fewer bytes than have left costs no more than their sending did. */
  if (bytes->start > 0 && bytes->start >= length_of(bytes)) {
    memmove(bytes->data, bytes->data + bytes->start, length_of(bytes));
    bytes->end -= bytes->start;
    bytes->start = 0;
  }
  if (bytes->capacity - bytes->end >= more) return;
  size_t needed = bytes->end + more;
  bytes->capacity = needed > 2 * bytes->capacity ? needed : 2 * bytes->capacity;
  bytes->data = realloc(bytes->data, bytes->capacity);
  if (bytes->data == NULL) abort();
}

/* Gives the memory back if nothing is in it. */
static void release(struct bytes *bytes, struct bytes *spare) {
  if (length_of(bytes) > 0 || bytes->data == NULL) return;
  bytes->start = bytes->end = 0;
  if (spare->data == NULL && bytes->capacity <= MAX_SPARE) *spare = *bytes;
  else free(bytes->data);
  memset(bytes, 0, sizeof *bytes);
}

static void append(struct bytes *bytes, struct bytes *spare, const void *data, size_t length) {
  reserve(bytes, spare, length);
  memcpy(bytes->data + bytes->end, data, length);
  bytes->end += length;
}

/* The opening handshake (RFC 6455 section 4.2). */

/* Answers a request that has arrived whole. */
static void handshake(struct connection *one) {
  struct bytes *in = &one->received;
  char *head = (char *)in->data + in->start;
  char *end = memmem(head, length_of(in), "\r\n\r\n", 4);
  if (end == NULL && length_of(in) <= MAX_HEAD) return;
  char response[RESPONSE];
  if (end != NULL) end[2] = '\0';
  one->open = answer_request(end == NULL ? "" : head, response);
  one->closing = !one->open;
  append(&one->unsent, &spare_unsent, response, strlen(response));
  if (one->open) in->start += (size_t)(end + 4 - head);
}

/* Frames (RFC 6455 section 5.2). */

struct frame {
  uint8_t first;
  bool masked;
  uint64_t length;
  size_t header;
  uint8_t mask[4];
};

static uint64_t big_endian(const uint8_t *at, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; i++) value = value << 8 | at[i];
  return value;
}

/* Reads a header. Returns whether enough of it has arrived: of a frame without a mask, which is refused, two bytes. */
static bool read_header(const uint8_t *at, size_t length, struct frame *frame) {
  if (length < 2) return false;
  *frame = (struct frame){.first = at[0], .header = 2, .masked = at[1] & 128};
  if (!frame->masked) return true;
  int kind = at[1] & 127;
  int extended = kind == 126 ? 2 : kind == 127 ? 8 : 0;
  frame->header += (size_t)extended + 4;
  if (length < frame->header) return false;
  frame->length = extended == 0 ? (uint64_t)kind : big_endian(at + 2, extended);
  memcpy(frame->mask, at + 2 + extended, 4);
  return true;
}

/* Returns the code to close with because of a header, or 0. */
static int violation(const struct connection *one, const struct frame *frame) {
  int opcode = frame->first & 15;
  bool fin = frame->first & 128;
  if (!frame->masked || frame->first & 112) return PROTOCOL_ERROR;
  if (opcode >= CLOSE) {
    bool known = opcode == CLOSE || opcode == PING || opcode == PONG;
    return known && fin && frame->length <= MAX_CONTROL ? 0 : PROTOCOL_ERROR;
  }
  if (opcode > BINARY || (opcode == CONTINUATION) != one->in_message) return PROTOCOL_ERROR;
  return frame->length > LIMIT ? TOO_LARGE : 0;
}

/* Copies a payload without its mask. */
static void unmask(uint8_t *to, const uint8_t *from, size_t length, const uint8_t mask[4]) {
  uint64_t key;
  memcpy(&key, mask, 4);
  memcpy((uint8_t *)&key + 4, mask, 4);
  size_t at = 0;
  for (; at + 8 <= length; at += 8) {
    uint64_t word;
    memcpy(&word, from + at, 8);
    word ^= key;
    memcpy(to + at, &word, 8);
  }
  for (; at < length; at++) to[at] = from[at] ^ mask[at & 3];
}

/* Appends a header without a mask and returns where its payload belongs, for which there is room. */
static uint8_t *begin_frame(struct connection *one, uint8_t first, size_t length) {
  struct bytes *out = &one->unsent;
  reserve(out, &spare_unsent, 10 + length);
  uint8_t *at = out->data + out->end;
  int extended = length < 126 ? 0 : length <= 0xffff ? 2 : 8;
  at[0] = first;
  at[1] = extended == 0 ? (uint8_t)length : extended == 2 ? 126 : 127;
  for (int i = 0; i < extended; i++) at[2 + i] = (uint8_t)(length >> 8 * (extended - 1 - i));
  out->end += 2 + (size_t)extended + length;
  return at + 2 + extended;
}

static void fail(struct connection *one, int code) {
  uint8_t *payload = begin_frame(one, 128 | CLOSE, 2);
  payload[0] = (uint8_t)(code >> 8);
  payload[1] = (uint8_t)code;
  one->closing = true;
}

/* Returns a close frame with its code. What may not be sent as one is a violation (RFC 6455 section 7.4). */
static void close_with(struct connection *one, const uint8_t *payload, const struct frame *frame) {
  uint8_t plain[MAX_CONTROL];
  size_t length = (size_t)frame->length;
  unmask(plain, payload, length, frame->mask);
  int code = length >= 2 ? plain[0] << 8 | plain[1] : 1000;
  bool sendable = (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
                  (code >= 3000 && code <= 4999);
  if (length == 1 || !sendable) {
    fail(one, PROTOCOL_ERROR);
    return;
  }
  memcpy(begin_frame(one, 128 | CLOSE, length), plain, length);
  one->closing = true;
}

static void answer(struct connection *one, const uint8_t *payload, const struct frame *frame) {
  int opcode = frame->first & 15;
  if (opcode == PONG) return;
  if (opcode == CLOSE) {
    close_with(one, payload, frame);
    return;
  }
  uint8_t first = opcode == PING ? 128 | PONG : frame->first;
  unmask(begin_frame(one, first, (size_t)frame->length), payload, (size_t)frame->length, frame->mask);
  if (opcode != PING) one->in_message = !(frame->first & 128);
}

/* Answers the frames that have arrived whole. */
static void handle_frames(struct connection *one) {
  struct bytes *in = &one->received;
  struct frame frame;
  while (!one->closing && read_header(in->data + in->start, length_of(in), &frame)) {
    const uint8_t *at = in->data + in->start;
    int code = violation(one, &frame);
    if (code != 0) {
      fail(one, code);
      return;
    }
    size_t whole = frame.header + (size_t)frame.length;
    if (length_of(in) < whole) {
      reserve(in, &spare_received, whole - length_of(in));
      return;
    }
    answer(one, at + frame.header, &frame);
    in->start += whole;
  }
}

/* Connections. */

static void end(struct connection *one) {
  close(one->socket);
  free(one->received.data);
  free(one->unsent.data);
  free(one);
}

/* Has epoll report what the connection waits for: room to send, and bytes unless too much is unsent. */
static void watch(struct connection *one) {
  size_t unsent = length_of(&one->unsent);
  uint32_t events = (unsent > 0 ? EPOLLOUT : 0u) | (unsent <= LIMIT ? EPOLLIN : 0u);
  if (events == one->events) return;
  one->events = events;
  struct epoll_event event = {.events = events, .data.ptr = one};
  epoll_ctl(epoll, EPOLL_CTL_MOD, one->socket, &event);
}

/* Sends what the kernel takes. Returns false if the connection has ended. */
static bool flush(struct connection *one) {
  struct bytes *out = &one->unsent;
  if (length_of(out) == 0) return true;
  while (length_of(out) > 0) {
    ssize_t sent = send(one->socket, out->data + out->start, length_of(out), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN;
    out->start += (size_t)sent;
  }
  release(out, &spare_unsent);
  /* The client closes the connection when it has seen the end. */
  return !one->closing || shutdown(one->socket, SHUT_WR) == 0;
}

/* Answers what has been read. */
static void handle(struct connection *one) {
  if (!one->open && !one->closing) handshake(one);
  if (one->open) handle_frames(one);
  if (one->closing) one->received.start = one->received.end;
}

/* Reads what has arrived and answers it. Returns false if the connection has ended. */
static bool receive(struct connection *one) {
  struct bytes *in = &one->received;
  for (int reads = 0; reads < READS; reads++) {
    reserve(in, &spare_received, READ);
    size_t room = in->capacity - in->end;
    ssize_t count = recv(one->socket, in->data + in->end, room, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0 || (count < 0 && errno != EAGAIN)) return false;
    if (count < 0) break;
    in->end += (size_t)count;
    handle(one);
    if ((size_t)count < room) break;
  }
  release(in, &spare_received);
  return true;
}

static void serve(struct connection *one, uint32_t events) {
  bool alive = !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || receive(one);
  if (alive && flush(one)) watch(one);
  else end(one);
}

static void accept_all(int listener) {
  for (;;) {
    int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *one = calloc(1, sizeof *one);
    if (one == NULL) abort();
    one->socket = socket;
    one->events = EPOLLIN;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0) end(one);
  }
}

/* The process. */

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int listen_on_loopback(uint16_t *port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0) die("bind");
  if (listen(listener, SOMAXCONN) != 0) die("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) die("getsockname");
  *port = ntohs(address.sin_port);
  return listener;
}

/* Raises the soft limit of open files, usually 1024, for cases with many connections. */
static void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/* Whether standard input has ended. */
static bool input_has_ended(void) {
  char bytes[256];
  return read(STDIN_FILENO, bytes, sizeof bytes) == 0;
}

int main(void) {
  uint16_t port;
  raise_file_limit();
  int listener = listen_on_loopback(&port);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) die("epoll_create1");
  struct epoll_event on_listener = {.events = EPOLLIN, .data.ptr = &listener};
  struct epoll_event on_input = {.events = EPOLLIN, .data.ptr = &port};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &on_listener) != 0) die("epoll_ctl");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &on_input) != 0) die("standard input has to be a pipe");
  printf("{\"ws\":\"ws://127.0.0.1:%u\"}\n", port);
  fflush(stdout);

  struct epoll_event events[EVENTS];
  for (;;) {
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      void *source = events[i].data.ptr;
      if (source == &listener) accept_all(listener);
      else if (source != &port) serve(source, events[i].events);
      else if (input_has_ended()) return 0;
    }
  }
}
