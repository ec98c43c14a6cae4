/* Makes a disk slower: adds ANNALS_FSYNC_DELAY_US microseconds to every call that returns only when
 * data is on disk. For LD_PRELOAD. It delays, and changes nothing else. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static void delay(void) {
  static long us = -1;
  if (us < 0) {
    const char *text = getenv("ANNALS_FSYNC_DELAY_US");
    us = text ? atol(text) : 0;
  }
  /* Or else the kernel may add 50 us of its own. */
  prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
  struct timespec left = {us / 1000000, us % 1000000 * 1000};
  while (us > 0 && nanosleep(&left, &left) != 0) {
  }
}

static void delay_if_synchronous(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & (O_DSYNC | O_SYNC)) != 0) {
    delay();
  }
}

#define NEXT(name) \
  static __typeof__(&name) next; \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int fsync(int fd) {
  NEXT(fsync);
  delay();
  return next(fd);
}

int fdatasync(int fd) {
  NEXT(fdatasync);
  delay();
  return next(fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  NEXT(pwrite);
  delay_if_synchronous(fd);
  return next(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  NEXT(pwrite64);
  delay_if_synchronous(fd);
  return next(fd, bytes, count, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  NEXT(pwritev);
  delay_if_synchronous(fd);
  return next(fd, parts, count, at);
}
