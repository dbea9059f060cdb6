/// Constant databases, by tinycdb: http://cr.yp.to/cdb/cdb.txt
#include <cdb.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "lib/base/unique_fd.hpp"
#include "lib/services/map.hpp"

namespace smtpd {
namespace {

constexpr std::size_t header_size = 2048;  // 256 tables, each a position and a length
using Header = std::array<unsigned char, header_size>;

/// True if every table lies behind the header and within the file: a file that was cut off, or is
/// none of these, fails.
bool is_whole(const Header& header, std::uint64_t file_size) {
  constexpr std::size_t entry_size = 8, slot_size = 8;
  for (std::size_t at = 0; at < header_size; at += entry_size) {
    const std::uint64_t position = ::cdb_unpack(&header[at]);
    const std::uint64_t slots = ::cdb_unpack(&header[at + 4]);
    if (position < header_size || position + slots * slot_size > file_size) return false;
  }
  return true;
}

/// Reads with lseek and read, not through a mapping: a file that shrinks below a mapping ends the
/// process.
class CdbMap final : public Map {
 public:
  CdbMap(std::string path, UniqueFd fd) : Map(std::move(path)), fd_(std::move(fd)) {}

  std::expected<std::optional<std::string>, Error> find(std::string_view key) override {
    unsigned length = 0;
    const int found = ::cdb_seek(fd_.get(), key.data(), static_cast<unsigned>(key.size()), &length);
    if (found < 0) return std::unexpected(problem("damaged, or it cannot be read"));
    if (found == 0) return std::nullopt;
    if (length > longest_value) return std::unexpected(problem("a value is too long"));
    std::string value(length, '\0');
    if (::cdb_bread(fd_.get(), value.data(), static_cast<int>(length)) != 0)
      return std::unexpected(problem("a value is cut off"));
    return value;
  }

 private:
  UniqueFd fd_;
};

}  // namespace

std::expected<std::unique_ptr<Map>, Error> open_cdb(std::string path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && (errno == ENOENT || errno == ENOTDIR))
    return std::unexpected(Error{Errc::not_found, path});
  if (!fd) return std::unexpected(system_error(path));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return std::unexpected(system_error(path));
  Header header{};
  if (!S_ISREG(info.st_mode) || ::read(fd.get(), header.data(), header.size()) != header_size ||
      !is_whole(header, static_cast<std::uint64_t>(info.st_size)))
    return std::unexpected(
        Error{Errc::io, path + ": that is no constant database, or a damaged one"});
  return std::make_unique<CdbMap>(std::move(path), std::move(fd));
}

}  // namespace smtpd
