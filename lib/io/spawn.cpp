#include "lib/io/spawn.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/directory.hpp"
#include "lib/base/module.hpp"
#include "lib/io/process.hpp"

namespace smtpd::io {

std::expected<ProgramOutcome, Error> run(const Program& program, const Clock& clock) {
  const auto run = SMTPD_MODULE_FUNCTION("smtpd-process", smtpd_run_program);
  if (!run) return std::unexpected(run.error());
  return (*run)(program, clock);
}

std::string why_not_runnable(const std::string& path) {
  if (!path.starts_with('/')) return path + " is no absolute path";
  const auto info = status_of(path);
  if (!info) return system_error(path).what;
  if (!S_ISREG(info->st_mode)) return path + " is no file";
  if (::access(path.c_str(), X_OK) != 0) return path + " is not executable";
  return {};
}

}  // namespace smtpd::io
