#pragma once
/// An SMTP reply and how it is written (RFC 5321 4.2, RFC 2034, RFC 3463).
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/export.hpp"
#include "lib/base/utf8.hpp"

namespace smtpd {

/// class.subject.detail of RFC 3463, such as 5.7.1.
struct EnhancedCode {
  int major = 0, subject = 0, detail = 0;
  friend bool operator==(const EnhancedCode&, const EnhancedCode&) = default;
};

/// Octets of a reply line with its CRLF (RFC 5321 4.5.3.1.5).
inline constexpr std::size_t max_reply_line = 512;

struct Reply {
  int code = 250;
  std::optional<EnhancedCode> enhanced =
      {};                 ///< none in the greeting, 3xx and the answers to HELO and EHLO
  std::string text = {};  ///< several lines are separated by LF

  bool positive() const { return code < 400; }
};

/// The enhanced code that fits a reply code when nothing better is known.
SMTPD_API EnhancedCode default_enhanced(int code);
/// Takes a trailing ` (#5.7.1)` off `text`, in place; that code, or none.
SMTPD_API std::optional<EnhancedCode> take_enhanced(std::string& text);
/// The octets that go to the client: complete lines of at most 512 octets with CRLF, no control
/// octet in them, ASCII or UTF-8 (RFC 6531 3.7.4.2: only for a transaction with SMTPUTF8).
SMTPD_API std::string to_wire(const Reply& reply, Charset charset = Charset::ascii);
/// The same, after what is in `wire`.
void append_wire(std::string& wire, const Reply& reply, Charset charset);

}  // namespace smtpd
