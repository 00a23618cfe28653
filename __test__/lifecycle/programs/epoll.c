// Wraps epoll's functions between libuv and the kernel. Preloaded into a program under test.
//
// - Reports `epoll_ctl(EPOLL_CTL_DEL)` of a descriptor that is already closed: libuv requires its handle to be closed first.
// - If SPURIOUS_ERRORS is set, adds EPOLLERR to every second event of a TCP socket on the main thread. libuv then stops
//   the handle although the connection is intact.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event) {
  static int (*next)(int, int, int, struct epoll_event *);
  if (next == NULL) next = dlsym(RTLD_NEXT, "epoll_ctl");
  int result = next(epfd, op, fd, event);
  if (result != 0 && op == EPOLL_CTL_DEL && errno == EBADF) {
    static const char text[] = "a descriptor was closed before its handle\n";
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0) abort();
    errno = EBADF;
  }
  return result;
}

static int is_tcp(int fd) {
  struct sockaddr_storage address;
  socklen_t length = sizeof(address);
  return getpeername(fd, (struct sockaddr *)&address, &length) == 0 && address.ss_family == AF_INET;
}

static int add_errors(struct epoll_event *events, int count) {
  static int ready;
  if (getenv("SPURIOUS_ERRORS") == NULL || gettid() != getpid()) return count;
  int saved = errno;
  for (int at = 0; at < count; at++)
    if (is_tcp(events[at].data.fd) && ++ready % 2 == 0) events[at].events |= EPOLLERR;
  errno = saved;
  return count;
}

int epoll_pwait(int epfd, struct epoll_event *events, int most, int timeout, const sigset_t *mask) {
  static int (*next)(int, struct epoll_event *, int, int, const sigset_t *);
  if (next == NULL) next = dlsym(RTLD_NEXT, "epoll_pwait");
  return add_errors(events, next(epfd, events, most, timeout, mask));
}

int epoll_wait(int epfd, struct epoll_event *events, int most, int timeout) {
  static int (*next)(int, struct epoll_event *, int, int);
  if (next == NULL) next = dlsym(RTLD_NEXT, "epoll_wait");
  return add_errors(events, next(epfd, events, most, timeout));
}
