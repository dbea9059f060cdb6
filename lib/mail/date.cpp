#include "lib/mail/date.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// The words of a date, without comments and commas. More than any date has make it none.
struct Tokens {
  static constexpr std::size_t most = 8;
  std::array<std::string_view, most> text{};
  std::size_t count = 0;

  std::string_view at(std::size_t i) const { return i < count ? text[i] : std::string_view(); }
  bool add(std::string_view token) {
    if (token.empty()) return true;
    if (count == most) return false;
    text[count++] = token;
    return true;
  }
};

/// The position behind the comment that begins at `from`; npos if it does not end (RFC 5322
/// 3.2.2).
std::size_t behind_comment(std::string_view value, std::size_t from) {
  std::size_t depth = 0;
  for (std::size_t i = from; i < value.size(); ++i) {
    if (value[i] == '\\')
      ++i;
    else if (value[i] == '(')
      ++depth;
    else if (value[i] == ')' && --depth == 0)
      return i + 1;
  }
  return std::string_view::npos;
}

std::optional<Tokens> tokens_of(std::string_view value) {
  constexpr std::string_view ends = " \t\r\n,(";
  Tokens tokens;
  std::size_t at = 0;
  while (at < value.size()) {
    if (value[at] == '(') {
      at = behind_comment(value, at);
      if (at == value.npos) return {};
      continue;
    }
    const std::size_t end = std::min(value.find_first_of(ends, at), value.size());
    if (!tokens.add(value.substr(at, end - at))) return {};
    at = end + (end < value.size() && value[end] != '(' ? 1 : 0);
  }
  return tokens;
}

std::optional<unsigned> number(std::string_view text, std::size_t least_digits,
                               std::size_t most_digits) {
  if (text.size() < least_digits || text.size() > most_digits) return {};
  const auto value = to_number(text);
  return value ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
}

/// `Jan` or `January`, any case: 1 to 12.
std::optional<unsigned> month(std::string_view text) {
  constexpr std::array<std::string_view, 12> names{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
  constexpr std::size_t shortest = 3;
  for (unsigned i = 0; i < names.size(); ++i) {
    if (text.size() >= shortest && starts_with_ignoring_case(names[i], text)) return i + 1;
  }
  return {};
}

/// Two and three digits are the obsolete forms (RFC 5322 4.3).
std::optional<int> year(std::string_view text) {
  const auto value = number(text, 2, 4);
  if (!value) return {};
  const int given = static_cast<int>(*value);
  if (text.size() == 2) return given < 50 ? 2000 + given : 1900 + given;
  return text.size() == 3 ? 1900 + given : given;
}

/// `03:04` or `03:04:05`; a leap second counts as the one behind it.
std::optional<seconds> time_of_day(std::string_view text) {
  const auto parts = split(text.substr(0, 9), ':');
  if (text.size() > 8 || parts.size() < 2 || parts.size() > 3) return {};
  const auto hour = number(parts[0], 1, 2), minute = number(parts[1], 2, 2);
  const auto second = parts.size() == 3 ? number(parts[2], 2, 2) : std::optional(0U);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return {};
  return hours(*hour) + minutes(*minute) + seconds(*second);
}

/// How far ahead of UTC a zone is: `+0130`, `+01:30`, or an old name. A name that is not known says
/// nothing about the offset (RFC 5322 4.3); the military letters were used with both signs.
std::optional<minutes> zone(std::string_view text) {
  struct Zone {
    std::string_view name;
    int hours;
  };
  constexpr std::array known{Zone{"EST", -5}, Zone{"EDT", -4}, Zone{"CST", -6}, Zone{"CDT", -5},
                             Zone{"MST", -7}, Zone{"MDT", -6}, Zone{"PST", -8}, Zone{"PDT", -7}};
  if (text.empty()) return minutes(0);
  if (is_alpha(text[0])) {
    const auto* const found = std::ranges::find_if(
        known, [&](const Zone& each) { return equal_ignoring_case(each.name, text); });
    return found == known.end() ? minutes(0) : minutes(hours(found->hours));
  }
  if (text[0] != '+' && text[0] != '-') return {};
  const bool has_colon = text.size() == 6 && text[3] == ':';
  if (text.size() != 5 && !has_colon) return {};
  const auto hour = number(text.substr(1, 2), 2, 2);
  const auto minute = number(text.substr(has_colon ? 4 : 3), 2, 2);
  if (!hour || !minute || *minute > 59) return {};
  const minutes offset = hours(*hour) + minutes(*minute);
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_mail_date(std::string_view value) {
  const auto tokens = tokens_of(value);
  if (!tokens) return {};
  struct WordPlaces {
    std::size_t day, month, year, time, zone, count;
  };
  const bool has_day_name = !tokens->at(0).empty() && is_alpha(tokens->at(0)[0]);
  const std::size_t first = has_day_name ? 1 : 0;
  WordPlaces at{first, first + 1, first + 2, first + 3, first + 4, first + 5};
  // asctime's order: a time where the year should be. Some systems put the zone before the year.
  if (has_day_name && month(tokens->at(1))) {
    const bool has_zone = tokens->count == 6;
    at = {2, 1, has_zone ? 5U : 4U, 3, has_zone ? 4U : 5U, 6};
  }
  if (tokens->count > at.count) return {};
  const auto named_day = number(tokens->at(at.day), 1, 2),
             named_month = month(tokens->at(at.month));
  const auto named_year = year(tokens->at(at.year));
  const auto time = time_of_day(tokens->at(at.time));
  const auto ahead = zone(tokens->at(at.zone));
  if (!named_day || !named_month || !named_year || !time || !ahead) return {};
  const std::chrono::year_month_day date{std::chrono::year(*named_year),
                                         std::chrono::month(*named_month),
                                         std::chrono::day(*named_day)};
  if (!date.ok()) return {};
  return std::chrono::sys_seconds(std::chrono::sys_days(date)) + *time - *ahead;
}

}  // namespace smtpd
