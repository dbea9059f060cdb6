#pragma once
/// A question to a daemon in HTTP/1.0, one for each connection (RFC 9110, RFC 9112).
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/export.hpp"
#include "lib/client/exchange.hpp"

namespace smtpd {

struct HttpField {
  std::string name, value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";                   ///< percent-encoded
  std::vector<HttpField> fields = {};         ///< Host is one of them
  std::optional<std::string_view> body = {};  ///< with its Content-Length
};

struct SMTPD_API HttpResponse {
  int status = 0;  ///< 200 to 999
  std::vector<HttpField> fields = {};
  std::string body = {};
  /// The value of the first field of that name, in any case; none if there is none.
  std::optional<std::string_view> field(std::string_view name) const;
};

/// Asks and reads the answer: its body is as long as Content-Length says, comes in chunks, or ends
/// with the connection. Errors: those of Exchange; syntax (control octets in the request, an answer
/// that is no HTTP).
SMTPD_API std::expected<HttpResponse, Error> ask_http(Exchange& server, const HttpRequest& request);

}  // namespace smtpd
