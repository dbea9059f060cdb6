#include "lib/services/dns_settings.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "lib/base/duration.hpp"
#include "lib/base/text.hpp"
#include "lib/io/dial.hpp"

namespace smtpd::dns {
namespace {

using Server = Settings::Server;
using Done = std::expected<void, Error>;

constexpr milliseconds least_timeout{50}, longest_timeout{60'000};
constexpr unsigned most_attempts = 10;
constexpr std::uint64_t most_questions = 100'000;

std::unexpected<Error> wrong(const ConfigLine& line, std::string_view what,
                             std::span<const std::string_view> words = {}) {
  return std::unexpected(bad_value(line, "resolver", what, words));
}

/// `127.0.0.1`, `::1`, or either with a port.
std::optional<Server> read_server(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return Server{*address};
  const auto endpoint = io::Endpoint::parse(text);
  const auto address = endpoint ? IpAddress::parse(endpoint->address) : std::nullopt;
  return address ? std::optional(Server{*address, endpoint->port}) : std::nullopt;
}

Done set_server(Settings& settings, const ConfigLine& line, std::string_view value) {
  const auto server = read_server(value);
  if (!server) return wrong(line, "server ADDRESS or server ADDRESS:PORT, by number");
  if (settings.servers.size() == most_servers)
    return wrong(line, "at most " + std::to_string(most_servers) + " servers");
  settings.servers.push_back(*server);
  return {};
}

Done set_timeout(Settings& settings, const ConfigLine& line, std::string_view value) {
  const auto timeout = to_duration(value);
  if (!timeout || *timeout < least_timeout || *timeout > longest_timeout)
    return wrong(line, "timeout SECONDS, from 0.05 to 60");
  settings.timeout = *timeout;
  return {};
}

Done set_attempts(Settings& settings, const ConfigLine& line, std::string_view value) {
  const auto attempts = to_number(value);
  if (!attempts || *attempts < 1 || *attempts > most_attempts)
    return wrong(line, "attempts NUMBER, from 1 to 10");
  settings.attempts = static_cast<unsigned>(*attempts);
  return {};
}

Done set_trust(Settings& settings, const ConfigLine& line, std::string_view value) {
  const auto flag = to_flag(value);
  if (!flag) return wrong(line, "trust_ad 1 or trust_ad 0");
  settings.trust_ad = *flag;
  return {};
}

Done set_questions(Settings& settings, const ConfigLine& line, std::string_view value) {
  const auto questions = to_number(value);
  if (!questions || *questions < 1 || *questions > most_questions)
    return wrong(line, "questions NUMBER, from 1 to 100000");
  settings.questions = static_cast<std::size_t>(*questions);
  return {};
}

struct Word {
  std::string_view name;
  Done (*set)(Settings& settings, const ConfigLine& line, std::string_view value);
};
constexpr auto vocabulary = std::array{Word{"server", set_server}, Word{"timeout", set_timeout},
                                       Word{"attempts", set_attempts}, Word{"trust_ad", set_trust},
                                       Word{"questions", set_questions}};

Done read_line(Settings& settings, const ConfigLine& line) {
  const auto parts = words(line.text);
  const auto word = std::ranges::find(vocabulary, parts.front(), &Word::name);
  if (word != vocabulary.end() && parts.size() == 2) return word->set(settings, line, parts[1]);
  if (word != vocabulary.end()) return wrong(line, std::string(word->name) + " and one value");
  std::array<std::string_view, vocabulary.size()> names;
  std::ranges::transform(vocabulary, names.begin(), &Word::name);
  ConfigLine first = line;  // the nearest word is one for the first of the line
  first.text = parts.front();
  return wrong(first, "a line server, timeout, attempts, trust_ad or questions", names);
}

/// resolv.conf(5): what is not understood there is meant for others.
void read_resolv_conf(Settings& settings, const std::vector<ConfigLine>& lines, bool with_options) {
  for (const ConfigLine& line : lines) {
    const auto parts = words(line.text);
    if (parts.front() == "nameserver" && parts.size() > 1) {
      const auto address = IpAddress::parse(parts[1]);
      if (address && settings.servers.size() < most_servers) settings.servers.push_back({*address});
    }
    if (parts.front() != "options" || !with_options) continue;
    for (const std::string_view option : parts) {
      const auto colon = std::min(option.find(':'), option.size());
      const auto number = to_number(option.substr(std::min(colon + 1, option.size())));
      if (option == "trust-ad") settings.trust_ad = true;
      if (option.starts_with("timeout:") && number)
        settings.timeout = std::clamp<milliseconds>(seconds(std::min<std::uint64_t>(*number, 60)),
                                                    seconds(1), longest_timeout);
      if (option.starts_with("attempts:") && number)
        settings.attempts =
            static_cast<unsigned>(std::clamp<std::uint64_t>(*number, 1, most_attempts));
    }
  }
}

}  // namespace

std::string Settings::Server::text() const {
  constexpr std::uint16_t usual = 53;
  std::string name = address.text();
  if (port == usual) return name;
  return (address.v6 ? '[' + name + ']' : name) + ':' + std::to_string(port);
}

std::expected<Settings, Error> read_settings(Config& config, std::string_view resolv_conf) {
  Settings settings;
  const auto lines = config.lines("resolver");
  if (!lines) return std::unexpected(lines.error());
  for (const ConfigLine& line : **lines) {
    if (auto done = read_line(settings, line); !done) return std::unexpected(done.error());
    if (!settings.servers.empty() && settings.origin.empty()) settings.origin = line.file;
  }
  if (!settings.servers.empty()) return settings;
  const auto system = config.file_lines(resolv_conf);
  if (!system) return std::unexpected(system.error());
  // Once the key is there, what it does not say has its own default.
  read_resolv_conf(settings, **system, (*lines)->empty());
  settings.origin = settings.servers.empty() ? "default" : resolv_conf;
  if (settings.servers.empty()) settings.servers.push_back({*IpAddress::parse("127.0.0.1")});
  return settings;
}

}  // namespace smtpd::dns
