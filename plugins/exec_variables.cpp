#include "plugins/exec_variables.hpp"

#include "lib/base/text.hpp"

namespace smtpd {

void Variables::set(std::string_view name, std::string_view value) {
  values_.insert_or_assign(std::string(name), printable(value));
}

std::vector<std::string> Variables::list() const {
  std::vector<std::string> result;
  result.reserve(values_.size());
  for (const auto& [name, value] : values_) result.push_back(name + '=' + value);
  return result;
}

bool is_reserved(std::string_view name) {
  return name.starts_with("SMTP") || name.starts_with("TCP") || name == "RELAYCLIENT" ||
         name == "PROTO";
}

void describe(const Connection& conn, Variables& all) {
  all.set("PROTO", "TCP");
  if (conn.named) all.set("TCPREMOTEIP", conn.remote_ip);
  all.set_unless_empty("TCPREMOTEPORT", conn.remote_port);
  all.set_unless_empty("TCPLOCALIP", conn.local_ip);
  all.set_unless_empty("TCPLOCALPORT", conn.local_port);
  // A client without a name has no such variable.
  const bool has_name = conn.named && !conn.remote_host.starts_with('[');
  if (has_name) all.set("TCPREMOTEHOST", conn.remote_host);
  if (const auto at = conn.remote_info.find('@'); at != std::string::npos)
    all.set("TCPREMOTEINFO", std::string_view(conn.remote_info).substr(0, at));
  if (conn.relay_client) all.set("RELAYCLIENT", "");
  if (conn.authentication.state != Authentication::State::passed) return;
  all.set("SMTPAUTHUSER", conn.authentication.user);
  all.set("SMTPAUTHMETHOD", conn.authentication.mechanism);
}

}  // namespace smtpd
