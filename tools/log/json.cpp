#include "tools/log/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "lib/base/utf8.hpp"

namespace smtpd::log_tool {
namespace {

constexpr int deepest = 4;

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text) {}

  bool object(const std::string& prefix, int depth) {
    if (depth > deepest || !take('{')) return false;
    if (take('}')) return true;
    do {
      const auto name = string();
      if (!name || !take(':') || !value(prefix + *name, depth)) return false;
    } while (take(','));
    return take('}');
  }
  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }
  std::map<std::string, std::string> members;

 private:
  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }
  bool take(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool value(const std::string& name, int depth) {
    skip_blanks();
    if (rest_.starts_with('{')) return object(name + '.', depth + 1);
    if (rest_.starts_with('"')) {
      auto text = string();
      if (text) members[name] = std::move(*text);
      return text.has_value();
    }
    const auto length = std::min(rest_.find_first_of(",} \t\r\n"), rest_.size());
    const std::string_view word = rest_.substr(0, length);
    if (!is_word(word)) return false;
    rest_.remove_prefix(length);
    members[name] = word == "null" ? "" : word;
    return true;
  }

  static bool is_word(std::string_view word) {
    if (word == "null" || word == "true" || word == "false") return true;
    double number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return !word.empty() && error == std::errc() && end == word.data() + word.size();
  }

  std::optional<std::string> string() {
    if (!take('"')) return {};
    std::string text;
    while (true) {
      const auto special = rest_.find_first_of("\"\\");
      if (special == rest_.npos) return {};
      text += rest_.substr(0, special);
      const bool ends = rest_[special] == '"';
      rest_.remove_prefix(special + 1);
      if (ends) return text;
      if (!escape(text)) return {};
    }
  }

  /// What stands behind a backslash.
  bool escape(std::string& into) {
    constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return false;
    const char c = rest_[0];
    rest_.remove_prefix(1);
    if (const auto at = from.find(c); at != from.npos) {
      into += to[at];
      return true;
    }
    if (c != 'u') return false;
    auto code = hex();
    if (!code) return false;
    if (*code >= 0xd800 && *code < 0xdc00) {  // the first half of a pair
      if (!rest_.starts_with("\\u")) return false;
      rest_.remove_prefix(2);
      const auto second = hex();
      if (!second || *second < 0xdc00 || *second > 0xdfff) return false;
      code = 0x10000 + ((*code - 0xd800) << 10) + (*second - 0xdc00);
    } else if (*code >= 0xdc00 && *code <= 0xdfff) {
      return false;
    }
    append_utf8(into, *code);
    return true;
  }

  std::optional<std::uint32_t> hex() {
    constexpr std::size_t digits = 4;
    std::uint32_t code = 0;
    const std::string_view text = rest_.substr(0, digits);
    const auto [end, error] = std::from_chars(text.begin(), text.end(), code, 16);
    if (error != std::errc() || text.size() < digits || end != text.end()) return {};
    rest_.remove_prefix(digits);
    return code;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::map<std::string, std::string>> read_object(std::string_view text) {
  JsonReader reader(text);
  if (!reader.object("", 0) || !reader.at_end()) return {};
  return std::move(reader.members);
}

}  // namespace smtpd::log_tool
