#include "lib/services/map_lmdb.hpp"

#include <unistd.h>

#include <utility>

#include "lib/base/module.hpp"

namespace smtpd {

std::expected<std::unique_ptr<Map>, Error> open_lmdb(std::string path) {
  // Where there is none, the module is not asked for.
  if (::access(path.c_str(), F_OK) != 0) return std::unexpected(Error{Errc::not_found, path});
  const auto open = SMTPD_MODULE_FUNCTION("smtpd-lmdb", smtpd_open_lmdb);
  if (!open) return std::unexpected(Error{Errc::io, path + ": " + open.error().what});
  return (*open)(std::move(path));
}

}  // namespace smtpd
