#include "lib/session/limits.hpp"

#include <array>
#include <string>
#include <string_view>

namespace smtpd {
namespace {

struct Size {
  std::string_view key;
  std::size_t Limits::* member;
  std::uint64_t least, most;
};
constexpr std::uint64_t gibibyte = 1U << 30;
constexpr std::array sizes{
    Size{"max_command_line", &Limits::command_line, 512, 32768},
    Size{"max_text_line", &Limits::text_line, 1000, gibibyte},
    Size{"max_header", &Limits::header, 1000, gibibyte},
    Size{"max_recipients", &Limits::recipients, 1, 1'000'000},
    Size{"max_hops", &Limits::hops, 1, 1000},
    Size{"max_junk", &Limits::junk, 1, 1'000'000'000},
    Size{"max_errors", &Limits::errors, 1, 1'000'000'000},
    Size{"max_commands", &Limits::commands, 1, 1'000'000'000},
    Size{"size_threshold", &Limits::memory, 0, 16 * gibibyte},
};
constexpr std::uint64_t longest_time = 7 * 86'400;  // seconds

std::expected<std::optional<std::uint64_t>, Error> bounded(Config& config, std::string_view key,
                                                           std::uint64_t least,
                                                           std::uint64_t most) {
  auto number = config.number(key);
  if (!number || !*number || (**number >= least && **number <= most)) return number;
  const ConfigLine& line = (*config.lines(key))->front();
  return std::unexpected(Error{Errc::config, line.where() + ": " + std::string(key) + " is from " +
                                                 std::to_string(least) + " to " +
                                                 std::to_string(most) + ", not " + line.text});
}

/// timeoutsmtpd, then timeout; 0 stands for not set (qpsmtpd).
std::expected<void, Error> read_timeout(Config& config, Limits& limits) {
  for (const std::string_view key : {"timeoutsmtpd", "timeout"}) {
    const auto value = bounded(config, key, 0, longest_time);
    if (!value) return std::unexpected(value.error());
    if (value->value_or(0) == 0) continue;
    limits.timeout = seconds(static_cast<std::int64_t>(**value));
    return {};
  }
  return {};
}

}  // namespace

std::expected<Limits, Error> read_limits(Config& config) {
  Limits limits;
  for (const Size& size : sizes) {
    const auto value = bounded(config, size.key, size.least, size.most);
    if (!value) return std::unexpected(value.error());
    if (*value) limits.*size.member = static_cast<std::size_t>(**value);
  }
  const auto message = config.number("databytes");
  if (!message) return std::unexpected(message.error());
  limits.message = message->value_or(0);
  const auto session = bounded(config, "session_timeout", 1, longest_time);
  if (!session) return std::unexpected(session.error());
  if (*session) limits.session_timeout = seconds(static_cast<std::int64_t>(**session));
  if (const auto done = read_timeout(config, limits); !done) return std::unexpected(done.error());
  return limits;
}

}  // namespace smtpd
