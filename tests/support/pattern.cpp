#include "tests/support/pattern.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "lib/base/text.hpp"

namespace smtpd::transcript {
namespace {

constexpr bool is_name(char c) { return is_alnum(c) || c == '_' || c == '-'; }

struct Reference {
  std::string_view name;
  std::size_t length = 0;  // of the whole `${name}`
};

/// The variable that `text` starts with.
std::optional<Reference> reference_at(std::string_view text) {
  if (text.starts_with("$TMP") && (text.size() == 4 || !is_name(text[4])))
    return Reference{text.substr(1, 3), 4};
  if (!text.starts_with("${")) return {};
  const auto end = text.find('}');
  if (end == text.npos || end == 2) return {};
  const auto name = text.substr(2, end - 2);
  if (!std::ranges::all_of(name, is_name)) return {};
  return Reference{name, end + 1};
}

struct Decoded {
  char octet = 0;
  std::size_t length = 0;  // octets of the escape behind its backslash
};

/// The escape behind a backslash.
std::optional<Decoded> decode_escape(std::string_view text) {
  struct Escape {
    char letter, octet;
  };
  constexpr std::array escapes{Escape{'r', '\r'}, Escape{'n', '\n'},  Escape{'t', '\t'},
                               Escape{'0', '\0'}, Escape{'\\', '\\'}, Escape{'"', '"'},
                               Escape{'$', '$'}};
  if (text.empty()) return {};
  const auto simple = std::ranges::find(escapes, text[0], &Escape::letter);
  if (simple != escapes.end()) return Decoded{simple->octet, 1};
  if (text[0] != 'x' || text.size() < 3) return {};
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, value, 16);
  if (error != std::errc() || end != text.data() + 3) return {};
  return Decoded{static_cast<char>(static_cast<unsigned char>(value)), 3};
}

}  // namespace

std::string escaped(std::string_view octets) {
  constexpr std::size_t longest = 300;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const char c : octets.substr(0, longest)) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '\r')
      result += "\\r";
    else if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (c == '\\')
      result += "\\\\";
    else if (octet < 32 || octet > 126)
      result.append("\\x") += {digits[octet >> 4], digits[octet & 15]};
    else
      result += c;
  }
  if (octets.size() > longest) result += " ... (" + std::to_string(octets.size()) + " octets)";
  return result;
}

void Pattern::append(std::string_view octets) {
  if (octets.empty()) return;
  if (pieces_.empty() || pieces_.back().kind != Piece::Kind::octets) pieces_.push_back({});
  pieces_.back().text += octets;
}

/// `star` is what a star becomes.
Pattern Pattern::read(std::string_view text, Piece::Kind star) {
  Pattern result;
  while (!text.empty()) {
    if (const auto reference = reference_at(text)) {
      result.pieces_.push_back({Piece::Kind::variable, std::string(reference->name)});
      text.remove_prefix(reference->length);
      continue;
    }
    const bool globs = star == Piece::Kind::any;
    if (text[0] == '\\' &&
        (reference_at(text.substr(1)) || (globs && text.substr(1).starts_with('*')))) {
      result.append(text.substr(1, 1));
      text.remove_prefix(2);
      continue;
    }
    if (globs && text[0] == '*') {
      result.pieces_.push_back({Piece::Kind::any, {}});
    } else {
      result.append(text.substr(0, 1));
    }
    text.remove_prefix(1);
  }
  return result;
}

Pattern Pattern::plain(std::string_view text) { return read(text, Piece::Kind::octets); }

Pattern Pattern::glob(std::string_view text) { return read(text, Piece::Kind::any); }

std::expected<Pattern, std::string> Pattern::quoted(std::string_view text) {
  text = trim(text);
  if (text.size() < 2 || !text.starts_with('"'))
    return std::unexpected("octets stand in double quotes");
  text.remove_prefix(1);
  Pattern result;
  while (!text.empty() && text[0] != '"') {
    if (const auto reference = reference_at(text)) {
      result.pieces_.push_back({Piece::Kind::variable, std::string(reference->name)});
      text.remove_prefix(reference->length);
    } else if (text[0] == '\\') {
      const auto decoded = decode_escape(text.substr(1));
      if (!decoded) return std::unexpected("unknown escape " + std::string(text.substr(0, 4)));
      result.append({&decoded->octet, 1});
      text.remove_prefix(1 + decoded->length);
    } else {
      result.append(text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
  if (text.empty()) return std::unexpected("the closing quote is missing");
  if (text.size() > 1) return std::unexpected("something follows the closing quote");
  return result;
}

std::expected<std::string, std::string> Pattern::expand(const Variables& variables) const {
  std::string result;
  for (const Piece& piece : pieces_) {
    if (piece.kind == Piece::Kind::octets) result += piece.text;
    if (piece.kind == Piece::Kind::any) result += '*';
    if (piece.kind != Piece::Kind::variable) continue;
    const auto found = variables.find(piece.text);
    if (found != variables.end()) {
      result += found->second;
    } else if (piece.text == "plugins") {
      return std::unexpected("${plugins} needs the runner's option --plugins DIR");
    } else {
      return std::unexpected("${" + piece.text + "} has no value");
    }
  }
  return result;
}

/// Backtracks over stars and captures; remembers what failed, so that the work stays a product of
/// both lengths.
class Pattern::Matcher {
 public:
  Matcher(const std::vector<Piece>& pieces, std::string_view text, const Variables& known)
      : pieces_(pieces),
        text_(text),
        known_(known),
        failed_((pieces.size() + 1) * (text.size() + 1), false) {}

  bool match(std::size_t piece, std::size_t at) {
    if (piece == pieces_.size()) return at == text_.size();
    const std::size_t cell = piece * (text_.size() + 1) + at;
    if (failed_[cell]) return false;
    if (match_piece(piece, at)) return true;
    failed_[cell] = true;
    return false;
  }
  Variables& captures() { return captures_; }

 private:
  bool match_piece(std::size_t piece, std::size_t at) {
    const Piece& here = pieces_[piece];
    if (here.kind == Piece::Kind::octets) return literal(here.text, piece, at);
    if (here.kind == Piece::Kind::any) {
      for (std::size_t end = at; end <= text_.size(); ++end) {
        if (match(piece + 1, end)) return true;
      }
      return false;
    }
    const auto value = known_.find(here.text);
    return value != known_.end() ? literal(value->second, piece, at)
                                 : capture(here.text, piece, at);
  }

  bool literal(std::string_view octets, std::size_t piece, std::size_t at) {
    return text_.substr(at).starts_with(octets) && match(piece + 1, at + octets.size());
  }

  bool capture(const std::string& name, std::size_t piece, std::size_t at) {
    const auto rest = text_.substr(at);
    const auto word = rest.substr(0, rest.find_first_of(" \t"));
    for (std::size_t length = word.size(); length > 0; --length) {
      if (!match(piece + 1, at + length)) continue;
      // Set from the last to the first: a name that stands twice in a line must have captured the
      // same text.
      const auto [entry, is_new] = captures_.emplace(name, word.substr(0, length));
      return is_new || entry->second == word.substr(0, length);
    }
    return false;
  }

  const std::vector<Piece>& pieces_;
  std::string_view text_;
  const Variables& known_;
  Variables captures_;
  std::vector<bool> failed_;
};

bool Pattern::matches(std::string_view text, Variables& variables) const {
  Matcher matcher(pieces_, text, variables);
  if (!matcher.match(0, 0)) return false;
  variables.merge(matcher.captures());
  return true;
}

}  // namespace smtpd::transcript
