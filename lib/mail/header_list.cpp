#include "lib/mail/header_list.hpp"

#include <algorithm>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/mail/header_text.hpp"

namespace smtpd {
namespace {

constexpr std::size_t usual_fields = 12;  // with those that a server adds
constexpr std::string_view mailbox_line = "X-Mailbox-Line";

constexpr bool is_name_char(char c) {
  return c > ' ' && c <= '~' && c != ':';
}  // RFC 5322 3.6.8, ftext

std::string harmless_name(std::string_view name) {
  std::string result(name.empty() ? "-" : name);
  std::ranges::replace_if(result, [](char c) { return !is_name_char(c); }, '-');
  return result;
}

/// Whether the LF at the front of `text` begins a folded line. One of blanks only is none: many
/// take it for the end of the header.
bool is_fold(std::string_view text) {
  if (text.size() < 2 || !is_blank(text[1])) return false;
  const auto next = text.find_first_not_of(" \t", 1);
  return next != text.npos && text[next] != '\n';
}

void append_harmless_value(std::string& text, std::string_view value) {
  const std::size_t begin = text.size();
  text += value;
  for (std::size_t line = 0, end = 0; line < value.size(); line = end + 1) {
    end = std::min(value.find('\n', line), value.size());
    if (!is_plain(value.substr(line, end - line))) {
      for (std::size_t i = begin + line; i < begin + end; ++i) {
        if (is_control(text[i]) && text[i] != '\t') text[i] = '?';
      }
    }
    if (end < value.size() && !is_fold(value.substr(end))) text[begin + end] = ' ';
  }
}

}  // namespace

std::string_view HeaderList::Field::value() const {
  std::string_view value = std::string_view(text).substr(text.find(':', name_length) + 1);
  value.remove_suffix(1);
  return value.substr(std::min(value.find_first_not_of(" \t"), value.size()));
}

HeaderList::Field HeaderList::make_field(std::string_view name, std::string_view value) {
  while (value.ends_with('\n')) value.remove_suffix(1);
  Field field{harmless_name(name), 0, false};
  field.name_length = field.text.size();
  field.text.reserve(field.text.size() + value.size() + 3);
  field.text += value.empty() || (value.front() == '\n' && is_fold(value)) ? ":" : ": ";
  append_harmless_value(field.text, value);
  field.text += '\n';
  return field;
}

HeaderList::Field HeaderList::added_field(std::string_view name, std::string_view value) const {
  Field field = make_field(name, value);
  restrict_to(charset_, field.text);
  field.added = true;
  return field;
}

void HeaderList::insert(std::size_t at, Field field) {
  fields_.insert(fields_.begin() + static_cast<std::ptrdiff_t>(at), std::move(field));
}

std::string_view HeaderList::name(std::size_t i) const { return fields_[i].name(); }
std::string_view HeaderList::value(std::size_t i) const { return fields_[i].value(); }
std::string_view HeaderList::field(std::size_t i) const { return fields_[i].text; }
bool HeaderList::is_added(std::size_t i) const { return fields_[i].added; }

std::optional<std::string_view> HeaderList::get(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name(), name)) return field.value();
  }
  return {};
}

std::optional<std::string> HeaderList::text(std::string_view name) const {
  const auto value = get(name);
  return value ? std::optional(header_text(*value)) : std::nullopt;
}

std::vector<std::string_view> HeaderList::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name(), name)) values.push_back(field.value());
  }
  return values;
}

void HeaderList::add_front(std::string_view name, std::string_view value) {
  insert(0, added_field(name, value));
  ++added_front_;
}

void HeaderList::add_back(std::string_view name, std::string_view value) {
  fields_.push_back(added_field(name, value));
}

void HeaderList::add_above_sender(std::string_view name, std::string_view value) {
  insert(added_front_, added_field(name, value));
}

void HeaderList::replace(std::string_view name, std::string_view value) {
  const std::string wanted =
      harmless_name(name);  // a copy: `name` may be a view into what is replaced
  const auto matches = [&](const Field& field) {
    return equal_ignoring_case(field.name(), wanted);
  };
  const auto first = std::ranges::find_if(fields_, matches);
  if (first == fields_.end()) return add_back(name, value);
  *first = first->added ? added_field(name, value) : make_field(name, value);
  bool kept = false;
  remove_if([&](std::string_view other, std::string_view) {
    return equal_ignoring_case(other, wanted) && std::exchange(kept, true);
  });
}

std::size_t HeaderList::remove(std::string_view name) {
  const std::string wanted(name);  // a copy: `name` may be a view into what is removed
  return remove_if(
      [&](std::string_view other, std::string_view) { return equal_ignoring_case(other, wanted); });
}

std::size_t HeaderList::remove_if(
    const std::function<bool(std::string_view, std::string_view)>& unwanted) {
  std::size_t kept = 0, kept_front = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (unwanted(fields_[i].name(), fields_[i].value())) continue;
    if (i < added_front_) ++kept_front;
    if (kept != i) fields_[kept] = std::move(fields_[i]);
    ++kept;
  }
  const std::size_t removed = fields_.size() - kept;
  fields_.resize(kept);
  added_front_ = kept_front;
  return removed;
}

std::size_t HeaderList::octets() const {
  std::size_t sum = 0;
  for (const Field& field : fields_) sum += field.text.size();
  return sum;
}

void HeaderList::append_to(std::string& out) const {
  out.reserve(out.size() + octets());
  for (const Field& field : fields_) out += field.text;
}

std::size_t HeaderReader::feed(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    switch (state_) {
      case State::line_start: rest.remove_prefix(start_line(rest)); break;
      case State::in_name: rest.remove_prefix(read_name(rest)); break;
      case State::after_name: rest.remove_prefix(read_colon(rest)); break;
      case State::in_line: rest.remove_prefix(read_line(rest)); break;
      case State::done: return text.size() - rest.size();
      case State::too_long: return text.size();
    }
  }
  return text.size();
}

std::size_t HeaderReader::start_line(std::string_view text) {
  if (text.front() == '\n') {
    state_ = State::done;
    return 1;
  }
  if (!is_blank(text.front())) {
    state_ = State::in_name;
  } else {
    state_ = list_.size() > 0 ? State::in_line : State::done;
  }
  return 0;
}

std::size_t HeaderReader::read_name(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_name_char);
  const auto length = static_cast<std::size_t>(end - text.begin());
  if (!fits(length)) return 0;  // in one piece or in many, the beginning of a line counts
  name_ += text.substr(0, length);
  if (end == text.end()) return length;
  name_length_ = name_.size();
  state_ = name_length_ > 0 ? State::after_name : State::done;
  return length;
}

std::size_t HeaderReader::read_colon(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_blank);
  const auto length = static_cast<std::size_t>(end - text.begin());
  if (!fits(length)) return 0;
  name_ += text.substr(0, length);
  if (end == text.end()) return length;
  if (*end == ':') {
    if (!fits(1)) return length;
    name_ += ':';
    begin_field(name_length_);
    return length + 1;
  }
  if (!is_mailbox_line()) {
    state_ = State::done;
  } else if (fits(mailbox_line.size() + 2)) {
    name_.insert(0, std::string(mailbox_line) + ": ");
    begin_field(mailbox_line.size());
  }
  return length;
}

bool HeaderReader::is_mailbox_line() const {
  const std::string_view begin(name_);
  return list_.fields_.empty() && (begin.starts_with("From ") || begin.starts_with(">From "));
}

void HeaderReader::begin_field(std::size_t name_length) {
  if (list_.fields_.empty()) list_.fields_.reserve(usual_fields);
  list_.fields_.push_back({std::exchange(name_, {}), name_length, false});
  state_ = State::in_line;
}

std::size_t HeaderReader::read_line(std::string_view text) {
  const auto lf = text.find('\n');
  const std::size_t taken = lf == text.npos ? text.size() : lf + 1;
  if (!fits(taken)) return 0;
  list_.fields_.back().text += text.substr(0, taken);
  if (lf != text.npos) state_ = State::line_start;
  return taken;
}

bool HeaderReader::fits(std::size_t more) {
  octets_ += more;
  if (octets_ > max_octets_) state_ = State::too_long;
  return octets_ <= max_octets_;
}

std::string HeaderReader::take_overrun() { return std::exchange(name_, {}); }

void HeaderReader::finish() {
  if (state_ == State::too_long) return;
  if (state_ == State::in_line) list_.fields_.back().text += '\n';
  state_ = State::done;
}

HeaderList HeaderReader::take() { return std::exchange(list_, {}); }

}  // namespace smtpd
