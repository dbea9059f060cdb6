#include "lib/smtp/sasl.hpp"

#include <algorithm>

#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"

namespace smtpd::sasl {
namespace {

std::unexpected<Error> syntax(const char* what) {
  return std::unexpected(Error{Errc::syntax, what});
}

/// The token in `auth=Bearer TOKEN`, which is what RFC 6750 2.1 has of printable octets; none if
/// it is anything else.
std::optional<std::string> token_in(std::string_view field) {
  constexpr std::string_view name = "auth=", scheme = "Bearer ";
  if (!field.starts_with(name)) return {};
  field.remove_prefix(name.size());
  if (!starts_with_ignoring_case(field, scheme)) return {};
  const std::string_view token = trim(field.substr(scheme.size()));
  const bool fits = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
  if (token.empty() || !fits) return {};
  return std::string(token);
}

}  // namespace

std::expected<Command, Error> parse_command(std::string_view argument) {
  const auto parts = words(argument);
  if (parts.empty()) return syntax("AUTH needs a mechanism");
  if (parts.size() > 2) return syntax("AUTH has one initial response at most");
  Command command{.mechanism = parts[0]};
  if (parts.size() > 1) command.initial = parts[1];
  return command;
}

std::expected<std::string, Error> decode_initial(std::string_view text) {
  if (text == "=") return std::string();
  auto octets = from_base64(text);
  if (!octets) return syntax("it is not base64");
  return *std::move(octets);
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && printable(name) == name;
}

std::expected<Plain, Error> parse_plain(std::string_view message) {
  const auto parts = split(message, '\0');
  if (parts.size() != 3) return syntax("it has not three parts");
  return Plain{std::string(parts[0]), std::string(parts[1]), std::string(parts[2])};
}

std::expected<CramMd5, Error> parse_cram_md5(std::string_view message) {
  constexpr std::size_t digits = 32;
  const auto blank = message.rfind(' ');
  if (blank == message.npos || message.size() - blank - 1 != digits)
    return syntax("it is no name with a digest");
  CramMd5 answer{std::string(message.substr(0, blank)), lower(message.substr(blank + 1))};
  const bool is_hex = std::ranges::all_of(
      answer.digest, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
  if (!is_hex) return syntax("its digest is none");
  return answer;
}

bool is_submitter(std::string_view value) {
  if (value == "<>") return true;
  const auto is_hex = [](char c) { return is_digit(c) || (c >= 'A' && c <= 'F'); };
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] <= ' ' || value[i] > '~' || value[i] == '=') return false;
    if (value[i] != '+') continue;
    if (i + 2 >= value.size() || !is_hex(value[i + 1]) || !is_hex(value[i + 2])) return false;
    i += 2;
  }
  return !value.empty();
}

std::optional<std::string> decode_name(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0' || text[i] == ',') return {};
    if (text[i] != '=') {
      name += text[i];
      continue;
    }
    const std::string_view code = text.substr(i + 1, 2);
    if (code != "2C" && code != "3D") return {};
    name += code == "2C" ? ',' : '=';
    i += 2;
  }
  if (name.empty()) return {};
  return name;
}

std::expected<Token, Error> parse_oauthbearer(std::string_view message) {
  const auto parts = split(message, '\x01');
  // The header, at least one pair, and the two ends.
  if (parts.size() < 4 || !parts[parts.size() - 1].empty() || !parts[parts.size() - 2].empty())
    return syntax("it is not of OAUTHBEARER's form");
  const auto header = split(parts[0], ',');
  if (header.size() != 3 || (header[0] != "n" && header[0] != "y") || !header[2].empty())
    return syntax("its header is none");
  Token result;
  if (!header[1].empty()) {
    const bool named = header[1].starts_with("a=");
    auto name = named ? decode_name(header[1].substr(2)) : std::nullopt;
    if (!name) return syntax("its authorization identity is none");
    result.user = *std::move(name);
  }
  for (std::size_t i = 1; i + 2 < parts.size(); ++i) {
    if (auto token = token_in(parts[i])) result.token = *std::move(token);
  }
  if (result.token.empty()) return syntax("it has no token");
  return result;
}

std::expected<Token, Error> parse_xoauth2(std::string_view message) {
  const auto parts = split(message, '\x01');
  if (parts.size() != 4 || !parts[0].starts_with("user=") || !parts[2].empty() || !parts[3].empty())
    return syntax("it is not of XOAUTH2's form");
  auto token = token_in(parts[1]);
  if (!token) return syntax("it has no token");
  return Token{std::string(parts[0].substr(5)), *std::move(token)};
}

}  // namespace smtpd::sasl
