/// The header section is found where a plain reading of RFC 5322 2.2 finds it, for every split, and
/// edits keep it one that is read again as the same fields.
#include <algorithm>
#include <vector>

#include "lib/base/text.hpp"
#include "lib/mail/header_list.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

/// A message in its two parts.
struct Parts {
  std::vector<std::string> fields = {};
  std::string rest = {};  ///< behind the blank line, or from the first line that is no field
  bool too_long = false;
};

constexpr std::string_view mailbox_line = "X-Mailbox-Line: ";

bool is_name_char(char c) { return c > ' ' && c <= '~' && c != ':'; }

Parts in_pieces(std::string_view text, std::size_t longest, unsigned seed) {
  HeaderReader reader(longest);
  Splitter splitter(seed);
  Parts parts;
  std::size_t at = 0;
  while (at < text.size() && !reader.done()) {
    const std::string_view piece = text.substr(at, splitter.next(text.size() - at));
    const std::size_t taken = reader.feed(piece);
    require(taken <= piece.size(), "no more is taken than there is");
    require(taken == piece.size() || reader.done(), "only the end leaves octets behind");
    at += taken;
  }
  parts.too_long = reader.too_long();
  if (parts.too_long) return parts;
  reader.finish();
  parts.rest = reader.take_overrun() + std::string(text.substr(at));
  const HeaderList list = reader.take();
  for (std::size_t i = 0; i < list.size(); ++i) parts.fields.emplace_back(list.field(i));
  return parts;
}

/// Line by line.
Parts by_lines(std::string_view text, std::size_t longest) {
  Parts parts;
  std::size_t octets = 0;
  while (!text.empty()) {
    const auto lf = text.find('\n');
    const std::string line(text.substr(0, lf == text.npos ? lf : lf + 1));
    const auto name =
        static_cast<std::size_t>(std::ranges::find_if_not(line, is_name_char) - line.begin());
    const auto blanks = std::min(line.find_first_not_of(" \t", name), line.size());
    const bool folded = is_blank(line.front()) && !parts.fields.empty();
    const bool named = name > 0 && blanks < line.size();
    const bool field = named && line[blanks] == ':';
    const bool mailbox = named && !field && parts.fields.empty() &&
                         (line.starts_with("From ") || line.starts_with(">From "));
    octets += folded || field || mailbox ? line.size() : name > 0 ? blanks : 0;
    if (mailbox) octets += mailbox_line.size();
    parts.too_long = octets > longest;
    if (parts.too_long) return parts;
    if (!folded && !field && !mailbox) break;
    if (field || mailbox) parts.fields.emplace_back(mailbox ? mailbox_line : "");
    parts.fields.back() += line;
    text.remove_prefix(line.size());
  }
  if (!parts.fields.empty() && !parts.fields.back().ends_with('\n')) parts.fields.back() += '\n';
  if (text.starts_with('\n')) text.remove_prefix(1);
  parts.rest = text;
  return parts;
}

void check_split(std::string_view text, std::size_t longest, unsigned seed) {
  const Parts expected = by_lines(text, longest);
  for (const unsigned each : {0U, 1U, seed}) {
    const Parts parts = in_pieces(text, longest, each);
    require(parts.too_long == expected.too_long, "too long");
    if (parts.too_long) continue;
    require(parts.fields == expected.fields, "the fields");
    require(parts.rest == expected.rest, "the rest");
  }
}

HeaderList read(std::string_view text) {
  HeaderReader reader(SIZE_MAX);
  reader.feed(text);
  reader.finish();
  return reader.take();
}

/// What a field is made of that came from code.
void check_made(const HeaderList& list, std::size_t at) {
  const std::string_view text = list.field(at);
  require(!list.name(at).empty() && std::ranges::all_of(list.name(at), is_name_char),
          "a name's characters");
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n') {
      require(!is_control(text[i]) || text[i] == '\t', "no control octet");
    } else if (i + 1 < text.size()) {
      require(is_blank(text[i + 1]), "a line of a field is a fold");
      const auto next = text.find_first_not_of(" \t", i + 1);
      require(next != text.npos && text[next] != '\n', "a fold is no blank line");
    }
  }
}

/// One edit, on the list and on its texts.
void edit(Input& input, HeaderList& list, std::vector<std::string>& model, std::size_t& front) {
  const unsigned kind = input.octet() % 5;
  const std::string name(input.part());
  const std::string value(input.part());
  const std::size_t before = list.size();
  const auto at = static_cast<std::ptrdiff_t>(kind == 0 ? 0 : kind == 1 ? before : front);
  switch (kind) {
    case 0:
      list.add_front(name, value);
      ++front;
      break;
    case 1: list.add_back(name, value); break;
    case 2: list.add_above_sender(name, value); break;
    case 3: {
      const std::size_t there = list.get_all(name).size();
      require(list.remove(name) == there && !list.get(name), "remove takes all");
      require(list.size() == before - there, "remove takes no other");
      break;
    }
    default:
      list.replace(name, value);
      require(list.size() <= before + 1, "replace adds one at most");
  }
  if (kind < 3) {
    require(list.size() == before + 1, "one field more");
    model.insert(model.begin() + at, std::string(list.field(static_cast<std::size_t>(at))));
    check_made(list, static_cast<std::size_t>(at));
    return;
  }
  // The front is known again only when nothing was taken from it.
  model.clear();
  for (std::size_t i = 0; i < list.size(); ++i) model.emplace_back(list.field(i));
  if (list.size() != before) front = SIZE_MAX;
}

void check_list(const HeaderList& list, const std::vector<std::string>& model) {
  std::string text, expected;
  list.append_to(text);
  for (const std::string& field : model) expected += field;
  require(text == expected, "the fields in their order");
  require(text.size() == list.octets(), "octets()");
  const HeaderList again = read(text + '\n');
  require(again.size() == list.size(), "as many fields when it is read again");
  for (std::size_t i = 0; i < list.size(); ++i) {
    require(again.field(i) == list.field(i) && again.value(i) == list.value(i), "the same field");
    require(list.get(list.name(i)).has_value(), "every field is found by its name");
  }
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  Input input(data, size);
  const unsigned seed = input.octet();
  const std::size_t longest = input.octet() * 8U;
  const unsigned edits = input.octet() % 8;
  Input at_edits = input;
  for (unsigned i = 0; i < edits; ++i) {
    input.octet();
    input.part();
    input.part();
  }
  check_split(input.rest(), longest == 0 ? SIZE_MAX : longest, seed);
  HeaderList list = read(input.rest());
  std::vector<std::string> model;
  for (std::size_t i = 0; i < list.size(); ++i) model.emplace_back(list.field(i));
  std::size_t front = 0;
  for (unsigned i = 0; i < edits && front != SIZE_MAX; ++i) edit(at_edits, list, model, front);
  check_list(list, model);
  return 0;
}
