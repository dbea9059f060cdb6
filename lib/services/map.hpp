#pragma once
/// Large lists as files that are searched in place: constant databases (cdb) and LMDB.
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// An open file of keys and values.
class SMTPD_API Map {
 public:
  /// Values are texts of a list's line; what is longer is damage.
  static constexpr std::size_t longest_value = 4096;

  virtual ~Map() = default;
  /// The first value of that key; none if it is not there. Errors: io (also a damaged file).
  virtual std::expected<std::optional<std::string>, Error> find(std::string_view key) = 0;
  const std::string& path() const { return path_; }

 protected:
  explicit Map(std::string path) : path_(std::move(path)) {}
  Error problem(std::string_view what) const {
    return {Errc::io, path_ + ": " + std::string(what)};
  }

 private:
  std::string path_;
};

/// Opens a constant database (cdbmake, tinycdb). Errors: not_found, io.
SMTPD_API std::expected<std::unique_ptr<Map>, Error> open_cdb(std::string path);
/// Opens an LMDB environment in one file, its unnamed database (mdb_load -n, postmap lmdb:). Keys
/// and values may end in a NUL, as Postfix writes them. Errors: not_found, io.
SMTPD_API std::expected<std::unique_ptr<Map>, Error> open_lmdb(std::string path);

}  // namespace smtpd
