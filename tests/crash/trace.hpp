#pragma once
/// What strace writes (`-f -y`), call by call.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpd::crash {

/// One system call.
struct Call {
  std::string process;
  std::string name;
  std::string arguments;  ///< as strace writes them, descriptors with their paths: `5</tmp/x>, ...`
  std::string result;     ///< `0`, `5</tmp/x>`, `-1 ENOENT (No such file or directory)`, `?`
  unsigned number = 0;    ///< which call of this name in this process, from 1: strace's `when`

  bool failed() const { return result.empty() || result[0] == '-' || result[0] == '?'; }
  /// The text in the n-th pair of quotes, from 0.
  std::optional<std::string> quoted(unsigned n) const;
  /// The same as a path: below the directory whose descriptor stands in front of it.
  std::optional<std::string> path(unsigned n) const;
  /// Number and path of a descriptor that begins `text`: `5</tmp/x>`.
  struct Descriptor {
    int number = -1;
    std::string path;
  };
  static std::optional<Descriptor> descriptor(std::string_view text);

 private:
  struct Quotes {
    std::size_t open = 0, close = 0;
  };
  /// Where the n-th pair is; both 0 if there is none.
  Quotes quotes(unsigned n) const;
};

/// The calls in the order in which they ended. Lines that are no calls (signals, exits) are left
/// out; a call that never ended has the result `?`.
std::vector<Call> parse_trace(std::string_view text);

}  // namespace smtpd::crash
