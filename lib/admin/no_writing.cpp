#include "lib/admin/no_writing.hpp"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace smtpd {

void forbid_writing() {
  landlock_ruleset_attr writing{};
  writing.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                              LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                              LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                              LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                              LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
  // There is no function of libc's for them.
  const long rules =
      ::syscall(SYS_landlock_create_ruleset, &writing, sizeof writing.handled_access_fs, 0);
  if (rules < 0) return;
  const int ruleset = static_cast<int>(rules);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
    ::syscall(SYS_landlock_restrict_self, ruleset, 0);
  ::close(ruleset);
}

}  // namespace smtpd
