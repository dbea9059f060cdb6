#include "lib/kit/client_name.hpp"

#include "lib/base/text.hpp"
#include "lib/mail/trace.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_name = 255;  // RFC 1035 3.1; what is longer is no host name

/// Only what belongs in a host name or literal, plus `also`; a terminal's escapes do not.
std::string clean_name(std::string_view text, std::string_view also) {
  std::string result;
  for (const char c : text.substr(0, longest_name)) {
    if (is_alnum(c) || std::string_view(".-[]:_").find(c) != std::string_view::npos ||
        also.find(c) != also.npos)
      result += c;
  }
  return result;
}

}  // namespace

std::string usual_ip(std::string_view text) {
  // A link-local address may carry its interface.
  const auto address = IpAddress::parse(text.substr(0, text.find('%')));
  return address ? address->unmapped().text() : std::string();
}

std::optional<IpAddress> client_address(const Connection& conn) {
  const auto address = conn.named ? IpAddress::parse(conn.remote_ip) : std::nullopt;
  return address ? std::optional(address->unmapped()) : std::nullopt;
}

void name_client(Connection& conn, const ClientName& client) {
  const std::string ip = usual_ip(client.ip);
  conn.named = !ip.empty();
  conn.remote_ip = conn.named ? ip : "0.0.0.0";
  conn.remote_port = to_number(client.port) ? client.port : std::string_view();
  conn.remote_host = conn.remote_info = "unknown";
  if (!conn.named) return;
  const std::string host = clean_name(client.host, ""), info = clean_name(client.info, "@+=/");
  conn.remote_host = host.empty() ? '[' + literal(ip) + ']' : host;
  conn.remote_info = info.empty() ? conn.remote_host : info + '@' + conn.remote_host;
}

}  // namespace smtpd
