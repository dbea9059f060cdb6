/// An address is accepted exactly where the grammar of RFC 5321 4.1.2 and 4.1.3 accepts it, and its
/// text is read as the same address.
#include <arpa/inet.h>

#include <algorithm>
#include <regex>

#include "lib/base/text.hpp"
#include "lib/mail/address.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

constexpr std::size_t longest = 400;  // well beyond every limit; what matches is recursive

/// The grammar as one expression: local part, domain, literal.
const std::regex& path_grammar() {
  static const std::regex grammar = [] {
    const std::string atom = "[-a-zA-Z0-9!#$%&'*+/=?^_`{|}~]+";
    const std::string label = "[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?";
    const std::string domain = label + "(?:\\." + label + ")*";
    const std::string quoted = "\"(?:[^\"\\\\]|\\\\.)*\"";
    return std::regex("<(?:@" + domain + "(?:,@" + domain + ")*:)?(" + atom + "(?:\\." + atom +
                      ")*|" + quoted + ")@(?:(" + domain + ")|\\[([^\\]]*)\\])>");
  }();
  return grammar;
}

bool is_literal(std::string text) {
  static const std::regex ipv4("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}");
  if (std::regex_match(text, ipv4)) {
    const auto numbers = split(text, '.');
    return std::ranges::all_of(numbers, [](std::string_view n) { return *to_number(n) < 256; });
  }
  in6_addr address;
  return starts_with_ignoring_case(text, "IPv6:") &&
         ::inet_pton(AF_INET6, text.substr(5).c_str(), &address) == 1;
}

bool fits_grammar(const std::string& path) {
  if (path == "<>" || equal_ignoring_case(path, "<postmaster>")) return true;
  if (!std::ranges::all_of(path, [](char c) { return c >= ' ' && c <= '~'; })) return false;
  std::smatch parts;
  if (path.size() > 256 || !std::regex_match(path, parts, path_grammar())) return false;
  const auto domain = parts[2].matched ? parts[2].length() : parts[3].length() + 2;
  if (domain > 255) return false;
  return parts[2].matched || is_literal(parts[3].str());
}

void check_text(const Address& address, Address::Grammar grammar) {
  const std::string text = address.text();
  require(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }),
          "the text is printable");
  const auto again = Address::parse(text, grammar);
  // What only the lenient grammar takes may need more than 256 octets when it is quoted.
  const bool may_be_long = grammar == Address::Grammar::lenient;
  require(again ? *again == address : may_be_long && again.error().code == Errc::too_long,
          "the text is read as the same address");
  require(address.is_null() == (text == "<>"), "only <> is the null path");
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  if (size > longest) return -1;
  const std::string path(reinterpret_cast<const char*>(data), size);
  const auto strict = Address::parse(path);
  const auto lenient = Address::parse(path, Address::Grammar::lenient);
  require(strict.has_value() == fits_grammar(path), "the grammar");
  if (strict) {
    require(lenient && *lenient == *strict, "what strict takes lenient takes too");
    check_text(*strict, Address::Grammar::strict);
  }
  if (lenient) check_text(*lenient, Address::Grammar::lenient);
  return 0;
}
