#include "lib/session/limits.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "lib/base/fixed_text.hpp"

namespace smtpd {
namespace {

struct Size {
  FixedText<20> key;
  std::size_t Limits::* member;
  std::uint64_t least, most;
};
constexpr std::uint64_t gibibyte = 1U << 30;
constexpr auto sizes = std::array{
    Size{"max_command_line", &Limits::command_line, 512, 32768},
    Size{"max_text_line", &Limits::text_line, 1000, gibibyte},
    Size{"max_header", &Limits::header, 1000, gibibyte},
    Size{"strict_local_part", &Limits::local_part, 64, longest_path},
    Size{"max_recipients", &Limits::recipients, 1, 1'000'000},
    Size{"max_hops", &Limits::hops, 1, 1000},
    Size{"max_junk", &Limits::junk, 1, 1'000'000'000},
    Size{"max_errors", &Limits::errors, 1, 1'000'000'000},
    Size{"max_commands", &Limits::commands, 1, 1'000'000'000},
    Size{"databytes", &Limits::message, 0, UINT64_MAX},
    Size{"size_threshold", &Limits::memory, 0, 16 * gibibyte},
};

// Read when they are needed, by those who need them.
struct AuthLimit {
  FixedText<20> key;
  std::uint64_t least, most;
};
constexpr auto auth_limits =
    std::array{AuthLimit{"max_auth_failures", 1, 1000}, AuthLimit{"auth_delay", 0, 60}};

struct Time {
  FixedText<20> key;
  seconds Limits::* member;
  std::uint64_t least;
};
constexpr std::uint64_t longest_time = 7 * 86'400;  // seconds
// Later ones win; 0 stands for not set (qpsmtpd).
constexpr auto times = std::array{
    Time{"session_timeout", &Limits::session_timeout, 1},
    Time{"timeout", &Limits::timeout, 0},
    Time{"timeoutsmtpd", &Limits::timeout, 0},
};

std::expected<std::optional<std::uint64_t>, Error> bounded(Config& config, std::string_view key,
                                                           std::uint64_t least,
                                                           std::uint64_t most) {
  auto number = config.number(key);
  if (!number || !*number || (**number >= least && **number <= most)) return number;
  const ConfigLine& line = (*config.lines(key))->front();
  return std::unexpected(
      bad_value(line, key, "from " + std::to_string(least) + " to " + std::to_string(most)));
}

std::expected<Leniency, Error> read_leniency(Config& config) {
  const auto bare_newline = config.is_set_to("bare_newline", "normalize");
  const auto line_ends = config.is_set_to("lenient_line_ends", "commands");
  const auto addresses = config.flag("lenient_addresses");
  // The host reads these two when it needs them, and takes what is malformed for the stricter case.
  const auto plugin_errors = config.is_set_to("plugin_errors", "declined");
  const auto observe = config.flag("observe");
  for (const auto* each : {&bare_newline, &line_ends, &addresses, &plugin_errors, &observe}) {
    if (!*each) return std::unexpected(each->error());
  }
  return Leniency{.bare_newline = *bare_newline, .line_ends = *line_ends, .addresses = *addresses};
}

}  // namespace

std::expected<std::optional<std::uint64_t>, Error> read_limit(Config& config,
                                                              std::string_view key) {
  if (const auto size = std::ranges::find(sizes, key, &Size::key); size != sizes.end())
    return bounded(config, key, size->least, size->most);
  if (const auto limit = std::ranges::find(auth_limits, key, &AuthLimit::key);
      limit != auth_limits.end())
    return bounded(config, key, limit->least, limit->most);
  if (const auto time = std::ranges::find(times, key, &Time::key); time != times.end())
    return bounded(config, key, time->least, longest_time);
  return std::nullopt;
}

std::expected<Limits, Error> read_limits(Config& config) {
  Limits limits;
  for (const Size& size : sizes) {
    const auto value = bounded(config, size.key, size.least, size.most);
    if (!value) return std::unexpected(value.error());
    if (*value) limits.*size.member = static_cast<std::size_t>(**value);
  }
  for (const Time& time : times) {
    const auto value = bounded(config, time.key, time.least, longest_time);
    if (!value) return std::unexpected(value.error());
    if (value->value_or(0) > 0) limits.*time.member = seconds(static_cast<std::int64_t>(**value));
  }
  const auto lenient = read_leniency(config);
  if (!lenient) return std::unexpected(lenient.error());
  limits.lenient = *lenient;
  return limits;
}

}  // namespace smtpd
