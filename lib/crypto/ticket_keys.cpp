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

/// The whole entries of a file, which may have been cut.
std::string_view whole_entries(std::string_view octets) {
  return octets.substr(0, octets.size() - octets.size() % entry_size);
}

/// True if the first key is to be used. A time to come is that of a clock that was wrong.
bool is_fresh(std::string_view entries, const Clock& clock) {
  if (whole_entries(entries).empty()) return false;
  const seconds made(time_of(entries)), now = now_of(clock);
  return made <= now && now - made < lifetime;
}

}  // namespace

std::expected<std::vector<std::string>, Error> ticket_keys(const std::string& path, Crypto& crypto,
                                                           const Clock& clock) {
  const auto with_another_key = [&](std::string_view octets) -> std::expected<std::string, Error> {
    const auto key = crypto.random(ticket_key_size);
    if (!key) return key;
    std::string next = octets_of(now_of(clock).count()) + *key;
    next.append(whole_entries(octets));
    next.resize(std::min(next.size(), most_keys * entry_size));
    return next;
  };
  // The old keys are good for all while one process makes the new one: it keeps them.
  const auto kept =
      read_shared({.path = path,
                   .most = most_keys * entry_size,
                   .is_good = [&](std::string_view entries) { return is_fresh(entries, clock); },
                   .renew = with_another_key});
  if (!kept) return std::unexpected(kept.error());
  const std::string_view entries = whole_entries(*kept);
  std::vector<std::string> keys;
  for (std::size_t at = 0; at < entries.size(); at += entry_size)
    keys.emplace_back(entries.substr(at + time_size, ticket_key_size));
  return keys;
}

}  // namespace smtpd
