#include "lib/smtp/sasl.hpp"

#include <algorithm>

#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"

namespace smtpd::sasl {
namespace {

std::unexpected<Error> syntax(const char* what) {
  return std::unexpected(Error{Errc::syntax, what});
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

}  // namespace smtpd::sasl
