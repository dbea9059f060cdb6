#include "lib/crypto/ticket_keys.hpp"

#include <algorithm>
#include <string_view>

#include "lib/crypto/private_file.hpp"

namespace smtpd {
namespace {

constexpr std::chrono::hours lifetime{12};
constexpr std::size_t most_keys = 3;
constexpr std::size_t time_size = 8;  // seconds since 1970, the lowest octet first
constexpr std::size_t entry_size = time_size + ticket_key_size;

std::string octets_of(std::int64_t time) {
  std::string octets;
  for (std::size_t i = 0; i < time_size; ++i)
    octets += static_cast<char>(static_cast<std::uint64_t>(time) >> (8 * i) & 0xff);
  return octets;
}

std::int64_t time_of(std::string_view octets) {
  std::uint64_t time = 0;
  for (std::size_t i = time_size; i-- > 0;)
    time = time << 8 | static_cast<unsigned char>(octets[i]);
  return static_cast<std::int64_t>(time);
}

}  // namespace

std::expected<std::vector<std::string>, Error> ticket_keys(const std::string& path, Crypto& crypto,
                                                           const Clock& clock) {
  auto entries = read_private_file(path, most_keys * entry_size);
  if (!entries) return std::unexpected(entries.error());
  entries->resize(entries->size() - entries->size() % entry_size);  // it may have been cut
  const seconds now = std::chrono::floor<seconds>(clock.wall().time_since_epoch());
  const seconds made(entries->empty() ? 0 : time_of(*entries));
  // A time to come is that of a clock that was wrong.
  if (entries->empty() || now - made >= lifetime || made > now) {
    const auto key = crypto.random(ticket_key_size);
    if (!key) return std::unexpected(key.error());
    entries->insert(0, octets_of(now.count()) + *key);
    entries->resize(std::min(entries->size(), most_keys * entry_size));
    if (const auto written = write_private_file(path, *entries); !written)
      return std::unexpected(written.error());
  }
  std::vector<std::string> keys;
  for (std::size_t at = 0; at < entries->size(); at += entry_size)
    keys.push_back(entries->substr(at + time_size, ticket_key_size));
  return keys;
}

}  // namespace smtpd
