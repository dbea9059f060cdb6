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

seconds now_of(const Clock& clock) {
  return std::chrono::floor<seconds>(clock.wall().time_since_epoch());
}

/// What the file holds, without a part of an entry.
std::expected<std::string, Error> read_entries(const std::string& path) {
  auto entries = read_private_file(path, most_keys * entry_size);
  if (entries) entries->resize(entries->size() - entries->size() % entry_size);  // it was cut
  return entries;
}

/// True if the first key is to be used. A time to come is that of a clock that was wrong.
bool is_fresh(std::string_view entries, const Clock& clock) {
  if (entries.empty()) return false;
  const seconds made(time_of(entries)), now = now_of(clock);
  return made <= now && now - made < lifetime;
}

}  // namespace

std::expected<std::vector<std::string>, Error> ticket_keys(const std::string& path, Crypto& crypto,
                                                           const Clock& clock) {
  auto entries = read_entries(path);
  if (entries && !is_fresh(*entries, clock)) {
    const auto key = crypto.random(ticket_key_size);
    if (!key) return std::unexpected(key.error());
    std::string next = octets_of(now_of(clock).count()) + *key + *entries;
    next.resize(std::min(next.size(), most_keys * entry_size));
    // One that is cut or old goes in the second round.
    for (const Existing existing : {Existing::stays, Existing::goes}) {
      if (const auto written = write_private_file(path, next, existing); !written)
        return std::unexpected(written.error());
      entries = read_entries(path);
      if (!entries || is_fresh(*entries, clock)) break;
    }
  }
  if (!entries) return std::unexpected(entries.error());
  std::vector<std::string> keys;
  for (std::size_t at = 0; at < entries->size(); at += entry_size)
    keys.push_back(entries->substr(at + time_size, ticket_key_size));
  return keys;
}

}  // namespace smtpd
