#pragma once
/// The texts of a transcript: variables, octets in quotes, globs with captures.
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smtpd::transcript {

/// Values of `${name}`; `$TMP` is the one named TMP.
using Variables = std::map<std::string, std::string, std::less<>>;

/// Octets as a terminal can show them: `\r`, `\n`, `\t`, `\xHH`, `\\`; cut after some 300 octets.
std::string escaped(std::string_view octets);

class Pattern {
 public:
  Pattern() = default;
  /// A text with `$TMP` and `${name}` in it; a backslash in front of either keeps it as it stands.
  static Pattern plain(std::string_view text);
  /// As plain; `*` stands for any octets, `\*` for a star.
  static Pattern glob(std::string_view text);
  /// `"octets"` with `\r \n \t \0 \xHH \\ \" \$`, and variables. Errors: a sentence.
  static std::expected<Pattern, std::string> quoted(std::string_view text);

  void append(std::string_view octets);
  /// The text with its variables replaced. Errors: a sentence that names the variable without a
  /// value.
  std::expected<std::string, std::string> expand(const Variables& variables) const;
  /// True if the whole of `text` matches. A `${name}` without a value then captures octets that are
  /// no blanks.
  bool matches(std::string_view text, Variables& variables) const;

 private:
  struct Piece {
    enum class Kind { octets, variable, any } kind = Kind::octets;
    std::string text;
  };
  class Matcher;
  static Pattern read(std::string_view text, Piece::Kind star);

  std::vector<Piece> pieces_;
};

}  // namespace smtpd::transcript
