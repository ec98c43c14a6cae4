/* What a process does to the files of one folder, recorded in order; and faults of that disk, made
 * on purpose. Loaded before the C library (LD_PRELOAD), so that it needs neither root nor unsafe
 * Rust. All settings come by the environment, and only of the tests' child process:
 *
 *   ANNALS_DISK_FOLDER  the folder that is watched; files directly in it
 *   ANNALS_DISK_LOG     where the records go; none: nothing is recorded
 *   ANNALS_DISK_LIE     files whose name ends so are never synced, and fsync says that they were
 *   ANNALS_DISK_FAIL    "SUFFIX:K": the K-th fsync of files whose name ends so fails with EIO
 *   ANNALS_DISK_SILENT  that failed fsync says that all is well
 *   ANNALS_DISK_ROOM    a file with a number in text: bytes by which all files may grow
 *
 * A record: kind, length of the name (2 bytes each, the kind is a letter), length of the data
 * (4 bytes), a number (8 bytes), the name, the data; all in the machine's own order. What is called
 * is recorded before it is done, but a sync twice: as it begins (S) and once it is done (E) or has
 * failed (X). What is written to standard output (A) is an acknowledgement. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 1024
#define NAME 64

static struct { char used, quiet, name[NAME]; } files[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder, *lie, *fail_suffix, *silent, *room;
static size_t folder_length;
static int log_fd = -1;
static long fail_at;
static int64_t syncs, spent;

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int ends_with(const char *name, const char *suffix) {
    size_t n = strlen(name), s = strlen(suffix);
    return n >= s && strcmp(name + n - s, suffix) == 0;
}

__attribute__((constructor)) static void start(void) {
    const char *log = getenv("ANNALS_DISK_LOG"), *fail = getenv("ANNALS_DISK_FAIL");
    folder = getenv("ANNALS_DISK_FOLDER");
    lie = getenv("ANNALS_DISK_LIE");
    silent = getenv("ANNALS_DISK_SILENT");
    room = getenv("ANNALS_DISK_ROOM");
    folder_length = folder ? strlen(folder) : 0;
    if (fail && strrchr(fail, ':')) {
        char *copy = strdup(fail), *colon = strrchr(copy, ':');
        fail_at = atol(colon + 1);
        *colon = 0;
        fail_suffix = copy;
    }
    if (log) log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log && log_fd < 0) abort();
}

/* The name within the folder, "" for the folder itself, NULL for what isn't in it. */
static const char *inside(const char *path) {
    const char *name;
    if (!folder || strncmp(path, folder, folder_length) != 0) return NULL;
    if (path[folder_length] == 0) return "";
    if (path[folder_length] != '/') return NULL;
    name = path + folder_length + 1;
    return strchr(name, '/') || strlen(name) >= NAME ? NULL : name;
}

static const char *file_of(int fd) {
    return fd >= 0 && fd < FILES && files[fd].used ? files[fd].name : NULL;
}

/* Under the lock. A record that can't be written would be a lie about the disk. */
static void record(char kind, const char *name, int64_t number, const void *data, size_t length) {
    REAL(writev);
    uint16_t head[2] = {(uint16_t)kind, (uint16_t)strlen(name)};
    uint32_t size = (uint32_t)length;
    struct iovec parts[5] = {
        {head, sizeof head}, {&size, sizeof size}, {&number, sizeof number},
        {(void *)name, strlen(name)}, {(void *)data, length},
    };
    size_t all = sizeof head + sizeof size + sizeof number + strlen(name) + length;
    if (log_fd >= 0 && real(log_fd, parts, 5) != (ssize_t)all) abort();
}

static void note(char kind, const char *name, int64_t number, const void *data, size_t length) {
    pthread_mutex_lock(&lock);
    record(kind, name, number, data, length);
    pthread_mutex_unlock(&lock);
}

/* What the model of the disk doesn't know must not pass unseen. */
static void unknown(const char *call) {
    note('?', call, 0, NULL, 0);
}

static void opened(int fd, const char *path, int flags) {
    const char *name = inside(path);
    int saved = errno;
    if (!name || fd < 0) return;
    if (fd >= FILES) abort();
    strcpy(files[fd].name, name);
    /* The index in shared memory is made anew after a power cut; the lock's text is nobody's. */
    files[fd].quiet = ends_with(name, "-shm") || ends_with(name, "-lock");
    files[fd].used = 1;
    if (*name && !files[fd].quiet && (flags & O_ACCMODE) != O_RDONLY) {
        note('O', name, flags & O_TRUNC ? 1 : 0, NULL, 0);
    }
    errno = saved;
}

#define OPEN(function)                                                                             \
    int function(const char *path, int flags, ...) {                                               \
        REAL(function);                                                                            \
        mode_t mode = 0;                                                                           \
        int fd;                                                                                    \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                       \
            va_list list;                                                                          \
            va_start(list, flags);                                                                 \
            mode = va_arg(list, mode_t);                                                           \
            va_end(list);                                                                          \
        }                                                                                          \
        fd = real(path, flags, mode);                                                              \
        opened(fd, path, flags);                                                                   \
        return fd;                                                                                 \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    REAL(close);
    if (fd >= 0 && fd < FILES) files[fd].used = 0;
    return real(fd);
}

/* Bytes of `count` for which there is room. Under the lock. */
static size_t fitting(int fd, size_t count, int64_t at) {
    char text[32] = {0};
    struct stat is;
    int64_t granted, growth, left;
    int from;
    if (!room || fstat(fd, &is) != 0) return count;
    growth = at + (int64_t)count - (int64_t)is.st_size;
    if (growth <= 0) return count;
    from = open(room, O_RDONLY | O_CLOEXEC);
    if (from < 0 || read(from, text, sizeof text - 1) <= 0) abort();
    close(from);
    granted = atoll(text);
    left = granted > spent ? granted - spent : 0;
    if (growth > left) count = growth - left >= (int64_t)count ? 0 : count - (growth - left);
    growth = at + (int64_t)count - (int64_t)is.st_size;
    if (growth > 0) spent += growth;
    return count;
}

/* Records a write and answers how much of it is to be done; -1: nothing fits. */
static ssize_t writing(int fd, const void *data, size_t count, int64_t at) {
    size_t fits;
    pthread_mutex_lock(&lock);
    fits = fitting(fd, count, at);
    if (fits > 0 && !files[fd].quiet) record('W', files[fd].name, at, data, fits);
    pthread_mutex_unlock(&lock);
    if (fits == 0 && count > 0) {
        errno = ENOSPC;
        return -1;
    }
    return (ssize_t)fits;
}

ssize_t write(int fd, const void *data, size_t count) {
    REAL(write);
    ssize_t fits;
    if (fd == STDOUT_FILENO) note('A', "", 0, data, count);
    if (!file_of(fd)) return real(fd, data, count);
    if (fcntl(fd, F_GETFL) & O_APPEND) unknown("a write to the end");
    fits = writing(fd, data, count, lseek(fd, 0, SEEK_CUR));
    return fits < 0 ? fits : real(fd, data, (size_t)fits);
}

#define PWRITE(function, offset)                                                                   \
    ssize_t function(int fd, const void *data, size_t count, offset at) {                          \
        REAL(function);                                                                            \
        ssize_t fits = file_of(fd) ? writing(fd, data, count, at) : (ssize_t)count;                \
        return fits < 0 ? fits : real(fd, data, (size_t)fits, at);                                 \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(function, offset)                                                                 \
    int function(int fd, offset length) {                                                          \
        REAL(function);                                                                            \
        struct stat is;                                                                            \
        if (file_of(fd)) {                                                                         \
            pthread_mutex_lock(&lock);                                                             \
            if (fstat(fd, &is) == 0) spent += length - is.st_size;                                 \
            if (!files[fd].quiet) record('L', files[fd].name, length, NULL, 0);                    \
            pthread_mutex_unlock(&lock);                                                           \
        }                                                                                          \
        return real(fd, length);                                                                   \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

static int syncing(int fd, int (*real)(int)) {
    const char *name = file_of(fd);
    int64_t number;
    int fails, done, saved;
    if (!name || files[fd].quiet) return real(fd);
    if (lie && ends_with(name, lie)) return 0;
    pthread_mutex_lock(&lock);
    fails = fail_suffix && ends_with(name, fail_suffix) && --fail_at == 0;
    number = ++syncs;
    record('S', name, number, NULL, 0);
    pthread_mutex_unlock(&lock);
    done = fails ? -1 : real(fd);
    saved = fails ? EIO : errno;
    note(done == 0 ? 'E' : 'X', name, number, NULL, 0);
    errno = saved;
    return fails && silent ? 0 : done;
}

int fsync(int fd) {
    REAL(fsync);
    return syncing(fd, real);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return syncing(fd, real);
}

int unlink(const char *path) {
    REAL(unlink);
    const char *name = inside(path);
    struct stat is;
    if (name && !ends_with(name, "-shm") && !ends_with(name, "-lock") && lstat(path, &is) == 0) {
        note('U', name, 0, NULL, 0);
        pthread_mutex_lock(&lock);
        spent -= is.st_size;
        pthread_mutex_unlock(&lock);
    }
    return real(path);
}

/* None of these is used by SQLite, set up as it is; a store that does must be modelled first. */

int rename(const char *from, const char *to) {
    REAL(rename);
    if (inside(from) || inside(to)) unknown("rename");
    return real(from, to);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    if (file_of(fd) || fd == STDOUT_FILENO) unknown("writev");
    return real(fd, parts, count);
}

int posix_fallocate(int fd, off_t at, off_t length) {
    REAL(posix_fallocate);
    if (file_of(fd) && !files[fd].quiet) unknown("posix_fallocate");
    return real(fd, at, length);
}

static void mapping(int fd, int protection, int flags) {
    int writes = (protection & PROT_WRITE) && (flags & MAP_SHARED);
    if (writes && file_of(fd) && !files[fd].quiet) unknown("mmap");
}

#define MMAP(function, offset)                                                                     \
    void *function(void *place, size_t size, int protection, int flags, int fd, offset at) {       \
        REAL(function);                                                                            \
        mapping(fd, protection, flags);                                                            \
        return real(place, size, protection, flags, fd, at);                                       \
    }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)
