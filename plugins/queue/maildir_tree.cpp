#include "plugins/queue/maildir_tree.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <climits>

#include "lib/base/directory.hpp"
#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/plugin/arguments.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_name = 200;       // octets; file systems have 255
constexpr std::size_t longest_beginning = 140;  // of a name that is cut
constexpr std::size_t most_names = 100'000;     // that are looked through in a directory
constexpr std::size_t most_warnings = 20;

bool is_pattern_char(char c) {
  return is_alnum(c) || std::string_view("_-. +@=,:%").find(c) != std::string_view::npos;
}

bool is_harmless(char c) {
  return is_alnum(c) || std::string_view("+_.,@=-").find(c) != std::string_view::npos;
}

bool is_octet_of_utf8(char c) { return static_cast<unsigned char>(c) >= 0x80; }

bool has_only_dots(std::string_view text) { return text.find_first_not_of('.') == text.npos; }

bool is_directory(const std::string& path) {
  const auto status = status_of(path);
  return status && S_ISDIR(status->st_mode);
}

/// qpsmtpd's form; of dots alone and of nothing there is a name as well.
std::string with_underscores(std::string_view text) {
  std::string name(text);
  std::ranges::replace_if(name, [](char c) { return !is_harmless(c); }, '_');
  if (has_only_dots(name)) name.assign(std::max<std::size_t>(name.size(), 1), '_');
  return name;
}

/// Different texts give different names: every `%` in one begins a number.
std::string with_numbers(std::string_view text) {
  const bool utf8 = is_utf8(text);
  std::string name;
  for (const char c : text) {
    if (is_harmless(c) || (utf8 && is_octet_of_utf8(c)))
      name += c;
    else
      append_hex(name += '%', c, upper_hex_digits);
  }
  return name;
}

/// True if a directory may be called like that, and no other recipient's ever is: each of their
/// names that is not spelt like the recipient has a `%` in it.
bool is_a_name_of_its_own(std::string_view written) {
  return !has_only_dots(written) &&
         written.find_first_of(std::string_view("/%\0", 3)) == written.npos;
}

/// The beginning of a name that is too long and the digest of the whole; longer than any name that
/// is not cut.
std::expected<std::string, Error> cut(const std::string& name, CryptoSource& source) {
  const auto crypto = source.get();
  if (!crypto) return std::unexpected(crypto.error());
  const auto digest = (*crypto)->digest(Digest::sha256, name);
  if (!digest) return digest;
  std::size_t end = longest_beginning;
  while ((static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;  // between two characters
  return name.substr(0, end) + '%' + hex(*digest);
}

/// A folder of Maildir++, so that no detail is one of `new`, `cur` and `tmp`.
constexpr std::string_view detail_part = ".%e";

void check_pattern(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    ++i;
    if (i == pattern.size() || std::string_view("lude").find(pattern[i]) == std::string_view::npos)
      throw ConfigError("the sub directory knows %l, %d, %u and %e, not '" + printable(pattern) +
                        '\'');
  }
  for (const std::string_view part : split(pattern, '/')) {
    if (part != detail_part && part.find("%e") != part.npos)
      throw ConfigError("%e stands in a part of its own, /.%e, unlike in '" + printable(pattern) +
                        '\'');
    if (part == "." || part == ".." || !std::ranges::all_of(part, is_pattern_char))
      throw ConfigError("that is no sub directory: '" + printable(pattern) + '\'');
  }
}

bool names_local_part(std::string_view part) {
  return part.find("%l") != part.npos || part.find("%u") != part.npos;
}

}  // namespace

MaildirTree::MaildirTree(std::string directory, std::string_view pattern, const Rules& rules)
    : directory_(std::move(directory)), rules_(rules) {
  check_pattern(pattern);
  for (const std::string_view part : split(pattern, '/'))
    if (!part.empty()) parts_.emplace_back(part);
}

MaildirTree::Part MaildirTree::fill(std::string_view part, const Owner& owner) const {
  const std::string user = with_numbers(rules_.keeps_case ? owner.user : lower(owner.user));
  const std::string host = with_numbers(owner.host);
  Part filled;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char what = part[i] == '%' ? part[++i] : '\0';
    if (what == '\0') {
      filled.written += part[i];
      filled.name += is_harmless(part[i]) ? part[i] : '_';
    }
    if (what == 'l' || what == 'u') {
      filled.written += owner.user;
      filled.name += user;
    }
    if (what == 'u') {
      filled.written += '@';
      filled.name += '@';
    }
    if (what == 'd' || what == 'u') {
      filled.written += owner.host;
      filled.name += host;
    }
    if (what == 'e') {
      filled.written += owner.detail;
      filled.name += with_numbers(rules_.keeps_case ? owner.detail : lower(owner.detail));
    }
  }
  if (rules_.qpsmtpd_names) filled.name = with_underscores(filled.written);
  if (filled.name.empty()) filled.name = "%";
  if (!has_only_dots(filled.name)) return filled;
  std::string dots;
  for (const char dot : filled.name) append_hex(dots += '%', dot, upper_hex_digits);
  filled.name = std::move(dots);
  return filled;
}

std::expected<std::string, Error> MaildirTree::name_in(const std::string& parent, const Part& part,
                                                       CryptoSource& crypto) const {
  const bool may_differ = !rules_.qpsmtpd_names && part.written != part.name;
  if (may_differ && is_a_name_of_its_own(part.written) && is_directory(parent + '/' + part.written))
    return part.written;
  if (part.name.size() <= (rules_.qpsmtpd_names ? NAME_MAX : longest_name)) return part.name;
  return cut(part.name, crypto);
}

std::expected<std::string, Error> MaildirTree::directory_of(const Owner& owner,
                                                            CryptoSource& crypto) const {
  std::string path = directory_;
  for (const std::string& part : parts_) {
    if (part == detail_part && owner.detail.empty()) continue;
    const auto name = name_in(path, fill(part, owner), crypto);
    if (!name) return name;
    if (part != detail_part || is_directory(path + '/' + *name)) path.append("/").append(*name);
  }
  return path;
}

std::optional<std::string> MaildirTree::twin_of(const Owner& owner, CryptoSource& crypto) const {
  if (rules_.qpsmtpd_names) return {};
  std::string path = directory_;
  for (const std::string& part : parts_) {
    if (part == detail_part) continue;
    const Part filled = fill(part, owner);
    const auto name = name_in(path, filled, crypto);
    if (!name) return {};
    const std::string before = with_underscores(filled.written);
    const auto names = names_in(path, most_names);
    if (!names || !names_local_part(part)) {
      path.append("/").append(*name);
      continue;
    }
    const auto twin = std::ranges::find_if(*names, [&](const std::string& other) {
      if (other == *name) return false;
      return rules_.keeps_case ? other == before : equal_ignoring_case(other, before);
    });
    if (twin != names->end()) return path + '/' + *twin;
    path.append("/").append(*name);
  }
  return {};
}

std::vector<std::string> MaildirTree::warnings_about(const std::string& directory) const {
  std::vector<std::string> warnings;
  auto names = names_in(directory, most_names);
  if (!names) return warnings;
  std::ranges::sort(*names);
  for (const std::string& name : *names) {
    const std::string path = directory + '/' + name;
    const std::string before = with_underscores(percent_decoded(name));
    const bool has_twin = before != name && std::ranges::binary_search(*names, before);
    if (!rules_.keeps_case && name != lower(name) && is_directory(path))
      warnings.push_back(path +
                         ": only mail to exactly that local part goes there, in other "
                         "cases to " +
                         directory + '/' + lower(name));
    if (name.find('%') != name.npos && has_twin && is_directory(path))
      warnings.push_back(path + ": earlier mail may be in " + directory + '/' + before +
                         ", which is qpsmtpd's name of it");
  }
  return warnings;
}

std::vector<std::string> MaildirTree::existing() const {
  std::vector<std::string> all;
  std::vector<std::string> level{directory_};
  for (const std::string& part : parts_) {
    std::vector<std::string> below;
    for (const std::string& directory : level) {
      const bool is_one = part.find('%') == part.npos;
      for (const std::string& name :
           is_one ? Names{part} : names_in(directory, most_names).value_or(Names())) {
        std::string path = directory + '/' + name;
        if (is_directory(path)) below.push_back(std::move(path));
      }
    }
    std::ranges::sort(below);
    all.insert(all.end(), below.begin(), below.end());
    level = std::move(below);
  }
  return all;
}

void MaildirTree::check(const std::function<void(const std::string&)>& tell) const {
  if (rules_.qpsmtpd_names) return;
  std::vector<std::string> level{directory_};
  for (const std::string& part : parts_) {
    std::vector<std::string> below;
    std::vector<std::string> warnings;
    for (const std::string& directory : level) {
      if (names_local_part(part)) {
        std::ranges::move(warnings_about(directory), std::back_inserter(warnings));
      } else if (part.find('%') == part.npos) {
        below.push_back(directory + '/' + part);
      } else if (const auto names = names_in(directory, most_names)) {
        for (const std::string& name : *names) below.push_back(directory + '/' + name);
      }
    }
    if (warnings.size() > most_warnings) {
      const std::string left_out = std::to_string(warnings.size() - most_warnings);
      warnings.resize(most_warnings);
      warnings.push_back(left_out + " more directories in " + directory_);
    }
    std::ranges::for_each(warnings, tell);
    if (names_local_part(part)) return;
    level = std::move(below);
  }
}

}  // namespace smtpd
