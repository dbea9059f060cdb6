/// Functions that are no more than a system call, in place of libc's: each name that the binary
/// takes from libc is looked up at every start (1,200 instructions), and libc's lie on pages that
/// are far apart. All of these go through syscall(2) instead. Linked into the dynamic binary alone:
/// modules, tests and the static binary have libc's.
#undef _FORTIFY_SOURCE  // its versions of these functions stand in the headers
#if defined(__LP64__)   // elsewhere the kernel's structures differ from libc's
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstring>

namespace {

template <class Result = int, class... A>
Result call(long number, A... arguments) noexcept {
  return static_cast<Result>(::syscall(number, arguments...));
}

}  // namespace

extern "C" {
// Files.
int openat(int directory, const char* path, int flags, ...) {
  unsigned mode = 0;
  // O_TMPFILE has the bit of O_DIRECTORY in it, with which no mode is given.
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, unsigned);
    va_end(rest);
  }
  return call(SYS_openat, directory, path, flags, mode);
}
int close(int fd) { return call(SYS_close, fd); }
ssize_t read(int fd, void* to, size_t size) { return call<ssize_t>(SYS_read, fd, to, size); }
ssize_t write(int fd, const void* from, size_t size) {
  return call<ssize_t>(SYS_write, fd, from, size);
}
ssize_t pread(int fd, void* to, size_t size, off_t at) {
  return call<ssize_t>(SYS_pread64, fd, to, size, at);
}
off64_t lseek64(int fd, off64_t offset, int whence) noexcept {
  return call<off64_t>(SYS_lseek, fd, offset, whence);
}
ssize_t sendfile(int to, int from, off_t* at, size_t size) noexcept {
  return call<ssize_t>(SYS_sendfile, to, from, at, size);
}
int fsync(int fd) { return call(SYS_fsync, fd); }
int ftruncate(int fd, off_t size) noexcept { return call(SYS_ftruncate, fd, size); }
int flock(int fd, int how) noexcept { return call(SYS_flock, fd, how); }
int fstat(int fd, struct stat* info) noexcept { return call(SYS_fstat, fd, info); }
int fstatat(int directory, const char* path, struct stat* info, int flags) noexcept {
  return call(SYS_newfstatat, directory, path, info, flags);
}
int access(const char* path, int mode) noexcept {
  return call(SYS_faccessat, AT_FDCWD, path, mode);
}
int statvfs(const char* path, struct statvfs* info) noexcept {
  struct statfs found{};
  if (call(SYS_statfs, path, &found) != 0) return -1;
  *info = {};
  info->f_bsize = static_cast<unsigned long>(found.f_bsize);
  info->f_frsize = static_cast<unsigned long>(found.f_frsize);
  info->f_blocks = found.f_blocks;
  info->f_bfree = found.f_bfree;
  info->f_bavail = found.f_bavail;
  info->f_files = found.f_files;
  info->f_ffree = info->f_favail = found.f_ffree;
  info->f_namemax = static_cast<unsigned long>(found.f_namelen);
  return 0;
}
int chmod(const char* path, mode_t mode) noexcept {
  return call(SYS_fchmodat, AT_FDCWD, path, mode);
}
int mkdir(const char* path, mode_t mode) noexcept {
  return call(SYS_mkdirat, AT_FDCWD, path, mode);
}
int linkat(int from, const char* old_path, int to, const char* new_path, int flags) noexcept {
  return call(SYS_linkat, from, old_path, to, new_path, flags);
}
ssize_t readlink(const char* path, char* to, size_t size) noexcept {
  return call<ssize_t>(SYS_readlinkat, AT_FDCWD, path, to, size);
}
int renameat2(int from, const char* old_path, int to, const char* new_path,
              unsigned flags) noexcept {
  return call(SYS_renameat2, from, old_path, to, new_path, flags);
}
int unlinkat(int directory, const char* path, int flags) noexcept {
  return call(SYS_unlinkat, directory, path, flags);
}
ssize_t getdents64(int fd, void* to, size_t size) noexcept {
  return call<ssize_t>(SYS_getdents64, fd, to, size);
}
int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list rest;
  va_start(rest, request);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  return call(SYS_ioctl, fd, request, argument);
}

// Sockets.
int socket(int domain, int type, int protocol) noexcept {
  return call(SYS_socket, domain, type, protocol);
}
int connect(int fd, const sockaddr* address, socklen_t size) {
  return call(SYS_connect, fd, address, size);
}
int shutdown(int fd, int how) noexcept { return call(SYS_shutdown, fd, how); }
int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept {
  return call(SYS_setsockopt, fd, level, name, value, size);
}
int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
  return call(SYS_getsockname, fd, address, size);
}
int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
  return call(SYS_getpeername, fd, address, size);
}
ssize_t recv(int fd, void* to, size_t size, int flags) {
  return call<ssize_t>(SYS_recvfrom, fd, to, size, flags, nullptr, nullptr);
}
ssize_t send(int fd, const void* from, size_t size, int flags) {
  return call<ssize_t>(SYS_sendto, fd, from, size, flags, nullptr, 0);
}
int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  timespec left{};  // the kernel writes into it
  if (timeout) left = *timeout;
  return call(SYS_ppoll, fds, count, timeout ? &left : nullptr, mask, _NSIG / 8);
}

// This process and its machine.
void _exit(int code) {
  while (true) call(SYS_exit_group, code);
}
pid_t getpid() noexcept { return call<pid_t>(SYS_getpid); }
uid_t geteuid() noexcept { return call<uid_t>(SYS_geteuid); }
int getrusage(__rusage_who_t who, rusage* usage) noexcept {
  return call(SYS_getrusage, who, usage);
}
ssize_t getrandom(void* to, size_t size, unsigned flags) {
  return call<ssize_t>(SYS_getrandom, to, size, flags);
}
int sigprocmask(int how, const sigset_t* set, sigset_t* before) noexcept {
  return call(SYS_rt_sigprocmask, how, set, before, _NSIG / 8);
}
int sigaddset(sigset_t* set, int signal) noexcept {
  constexpr int bits = 64;
  set->__val[(signal - 1) / bits] |= 1UL << ((signal - 1) % bits);
  return 0;
}
int sysinfo(struct sysinfo* info) noexcept { return call(SYS_sysinfo, info); }
int gethostname(char* to, size_t size) noexcept {
  utsname names{};
  if (call(SYS_uname, &names) != 0) return -1;
  const size_t length = std::strlen(names.nodename) + 1;
  std::memcpy(to, names.nodename, std::min(length, size));
  if (length <= size) return 0;
  errno = ENAMETOOLONG;
  return -1;
}
}
#endif
