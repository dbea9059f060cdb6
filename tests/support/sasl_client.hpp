#pragma once
/// The client's side of AUTH for transcripts, on OpenSSL's functions and not on the server's.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace smtpd::transcript {

class SaslClient {
 public:
  /// `MECH user password [wrong|cancel|malformed]`, the argument of A:. Errors: a sentence.
  static std::expected<SaslClient, std::string> parse(std::string_view argument);

  /// What channel binding is done with (tls-exporter, RFC 9266), for mechanisms with -PLUS.
  void bind(std::string exporter) { exporter_ = std::move(exporter); }
  /// The AUTH command, with an initial response where the mechanism has one.
  std::string begin();
  /// The answer to a challenge, the text behind `334 `; none if the server says what it must not.
  std::optional<std::string> answer(std::string_view challenge);

 private:
  std::optional<std::string> respond(const std::string& challenge);
  std::optional<std::string> scram_final(const std::string& challenge);
  bool knows_server(const std::string& challenge) const;
  std::string first_message() const;
  std::string gs2_header() const;
  bool starts() const;

  std::string mechanism_, user_, password_, variant_, exporter_;
  std::string server_signature_;  // of SCRAM
  unsigned step_ = 0;
};

}  // namespace smtpd::transcript
