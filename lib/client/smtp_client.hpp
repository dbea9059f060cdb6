#pragma once
/// The client's side of SMTP (RFC 5321): one command, one reply, and the text of a message; TLS
/// behind STARTTLS (RFC 3207).
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/text.hpp"
#include "lib/client/exchange.hpp"
#include "lib/smtp/reply.hpp"

namespace smtpd {

/// What the other server answers.
struct ServerReply {
  int code = 0;           ///< 200 to 599
  std::string text = {};  ///< without codes; lines are separated by LF; as it came
  std::optional<EnhancedCode> enhanced = {};  ///< of the first line, if it is of the code's class

  bool positive() const { return code < 300; }
  bool is_refusal() const { return code >= 400; }
  bool permanent() const { return code >= 500; }
  /// `550 5.1.1 no such user`, in one line without control octets.
  std::string line() const;
};

/// What the server offers in its answer to EHLO; views into it.
class ServerOffers {
 public:
  ServerOffers() = default;
  explicit ServerOffers(std::string_view answer) : lines_(split(answer, '\n')) {
    if (!lines_.empty()) lines_.erase(lines_.begin());  // its name
  }
  bool has(std::string_view keyword) const { return words_of(keyword).has_value(); }
  /// The words behind the keyword.
  std::vector<std::string_view> of(std::string_view keyword) const {
    auto found = words_of(keyword).value_or(std::vector<std::string_view>());
    if (!found.empty()) found.erase(found.begin());
    return found;
  }
  /// The most octets of a message; none if it does not say.
  std::optional<std::uint64_t> size() const {
    const auto found = words_of("SIZE");
    const auto most = found && found->size() > 1 ? to_number((*found)[1]) : std::nullopt;
    return most && *most > 0 ? most : std::nullopt;
  }

 private:
  std::optional<std::vector<std::string_view>> words_of(std::string_view keyword) const {
    for (const std::string_view line : lines_) {
      auto found = words(line);
      if (!found.empty() && equal_ignoring_case(found.front(), keyword)) return found;
    }
    return {};
  }
  std::vector<std::string_view> lines_;
};

/// How long the other server may take.
struct ServerPatience {
  milliseconds each{60'000};           ///< for each answer, and for each piece of text
  Deadline whole = Deadline::never();  ///< for all of it
};

/// A connection to another server. After an error it is of no further use. Errors: timeout, closed,
/// io, syntax (what comes is no SMTP, or comes out of turn), too_long.
class SMTPD_API SmtpClient {
 public:
  SmtpClient(std::unique_ptr<io::Stream> stream, const Clock& clock, ServerPatience patience)
      : exchange_(std::move(stream), "", {}), clock_(clock), patience_(patience) {}

  /// The next reply: the greeting, or what follows send_text().
  std::expected<ServerReply, Error> reply() { return reply(patience_.each); }
  std::expected<ServerReply, Error> reply(milliseconds patience);
  /// Sends the line, which is without its CRLF, and reads the reply.
  std::expected<ServerReply, Error> command(std::string_view line);
  /// TLS from here on: behind the server's 220 to STARTTLS. What the server has said of itself is
  /// to be forgotten. Errors: also those of Exchange::secure.
  std::expected<void, Error> secure(CryptoSource& crypto, const TlsClient& how);
  /// Null without TLS.
  const TlsStream* tls() const { return exchange_.tls(); }
  /// Text of a message in pieces, with LF as line end: it goes out with CRLF and stuffed dots (RFC
  /// 5321 4.5.2).
  std::expected<void, Error> send_text(std::string_view text);
  /// The end of the message; a last line without its end gets one. A server that has refused the
  /// rest of the message before does not get it; reply() gives the refusal.
  std::expected<void, Error> end_text();
  /// QUIT, unless there was an error. Waits for the answer only a moment, and does not mind what it
  /// is.
  void quit();

 private:
  /// Until then for one step.
  Deadline within(milliseconds patience) const;
  std::expected<ServerReply, Error> read_reply(milliseconds patience);
  Exchange::Octets line(Deadline deadline);
  std::expected<void, Error> write(std::string_view octets, milliseconds patience);
  std::expected<void, Error> flush();
  template <class T>
  T noted(T result) {
    usable_ = usable_ && result.has_value();
    return result;
  }

  Exchange exchange_;  // errors name nobody: the caller does
  const Clock& clock_;
  ServerPatience patience_;
  std::string output_;                  // text that waits for more
  bool at_line_start_ = true;           // of the text
  std::optional<ServerReply> refusal_;  // that has come before the message's end
  bool usable_ = true;
};

}  // namespace smtpd
