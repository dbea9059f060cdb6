#include "lib/plugin/arguments.hpp"

#include <algorithm>
#include <span>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

std::optional<std::int64_t> to_signed(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto magnitude = to_number(text.substr(negative ? 1 : 0));
  if (!magnitude || *magnitude > INT64_MAX) return {};
  const auto value = static_cast<std::int64_t>(*magnitude);
  return negative ? -value : value;
}

std::string quoted(std::string_view text) { return '\'' + printable(text) + '\''; }

std::expected<std::int64_t, std::string> in_range(std::string_view what, std::string_view text,
                                                  std::int64_t least, std::int64_t most) {
  const auto number = to_signed(text);
  if (number && *number >= least && *number <= most) return *number;
  return std::unexpected(std::string(what) + " is a whole number from " + std::to_string(least) +
                         " to " + std::to_string(most) + ", not " + quoted(text));
}

std::string argument(std::string_view name) { return "argument " + std::string(name); }

}  // namespace

Arguments::Text Arguments::next() {
  if (next_ >= words_.size() || taken_[next_]) return {};
  taken_[next_] = true;
  return words_[next_++];
}

Arguments::Text Arguments::any_word() {
  while (next_ < words_.size() && taken_[next_]) ++next_;
  return next();
}

std::expected<std::int64_t, std::string> Arguments::next_number(std::int64_t fallback,
                                                                std::int64_t least,
                                                                std::int64_t most) {
  const bool numeric =
      next_ < words_.size() && (is_digit(words_[next_][0]) || words_[next_][0] == '-');
  if (!numeric) return fallback;
  return in_range("the first argument", *next(), least, most);
}

// Pairs are counted from the end, so that the number of positional words in front of them does not
// matter.
std::expected<Arguments::Text, std::string> Arguments::named(std::string_view name) {
  known_.push_back(name);
  Text last;
  bool repeated = false;
  for (std::size_t end = words_.size(); end >= next_ + 2; end -= 2) {
    if (taken_[end - 2] || words_[end - 2] != name) continue;
    taken_[end - 2] = taken_[end - 1] = true;
    repeated = last.has_value();
    if (!last) last = words_[end - 1];
  }
  if (auto problem = alone(name)) return std::unexpected(std::move(*problem));
  if (repeated)
    warnings_.push_back(argument(name) + " is given more than once; the last one counts");
  return last;
}

std::expected<std::vector<std::string_view>, std::string> Arguments::every(std::string_view name) {
  known_.push_back(name);
  std::vector<std::string_view> values;
  for (std::size_t end = words_.size(); end >= next_ + 2; end -= 2) {
    if (taken_[end - 2] || words_[end - 2] != name) continue;
    taken_[end - 2] = taken_[end - 1] = true;
    values.insert(values.begin(), words_[end - 1]);
  }
  if (auto problem = alone(name)) return std::unexpected(std::move(*problem));
  return values;
}

// As the second of a pair the same word is a value.
std::optional<std::string> Arguments::alone(std::string_view name) const {
  const bool has_single = (words_.size() - next_) % 2 == 1;
  if (!has_single || taken_.back() || words_.back() != name) return {};
  return argument(name) + " needs a value";
}

std::expected<std::int64_t, std::string> Arguments::named_number(std::string_view name,
                                                                 std::int64_t fallback,
                                                                 std::int64_t least,
                                                                 std::int64_t most) {
  const auto text = named(name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return fallback;
  return in_range(argument(name), **text, least, most);
}

std::expected<bool, std::string> Arguments::named_flag(std::string_view name, bool fallback) {
  const auto text = named(name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return fallback;
  if (const auto flag = to_flag(**text)) return *flag;
  return std::unexpected(argument(name) + " is 1 or 0 (yes or no, on or off), not " +
                         quoted(**text));
}

std::expected<std::string_view, std::string> Arguments::named_choice(
    std::string_view name, std::span<const std::string_view> choices, std::string_view fallback) {
  const auto text = named(name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return fallback;
  std::string list;
  for (const std::string_view choice : choices) {
    if (equal_ignoring_case(**text, choice)) return choice;
    list.append(list.empty() ? "" : ", ").append(choice);
  }
  const std::string_view near = nearest(**text, choices);
  return std::unexpected(argument(name) + " is one of " + list + ", not " + quoted(**text) +
                         (near.empty() ? "" : "; did you mean " + quoted(near) + "?"));
}

std::expected<milliseconds, std::string> Arguments::named_duration(std::string_view name,
                                                                   milliseconds fallback) {
  const auto text = named(name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return fallback;
  if (const auto duration = to_duration(**text)) return *duration;
  return std::unexpected(argument(name) + " is a number of seconds, at most 86400, not " +
                         quoted(**text));
}

void Arguments::alias(std::string_view old_name, std::string_view name) {
  known_.push_back(old_name);
  for (std::size_t end = words_.size(); end >= next_ + 2; end -= 2) {
    if (!taken_[end - 2] && words_[end - 2] == old_name) words_[end - 2] = name;
  }
}

void Arguments::ignored(std::string_view name, std::string_view why) {
  const auto values = every(name);
  if (values && !values->empty())
    warnings_.push_back(argument(name) + " has no effect: " + std::string(why));
}

std::optional<std::string> Arguments::complaint() const {
  const auto open = std::ranges::find(taken_, false);
  if (open == taken_.end()) return {};
  // With a whole number of pairs the first open word is a name; else a value is missing somewhere
  // and the last one stands alone.
  const auto first = static_cast<std::size_t>(open - taken_.begin());
  const std::string& word = words_[first];
  std::string text = "unknown argument " + quoted(word);
  const std::string_view near = nearest(word, known_);
  if (!near.empty() && near != word) text += "; did you mean " + quoted(near) + "?";
  if (known_.empty()) text += "; it takes none";
  return text;
}

}  // namespace smtpd
