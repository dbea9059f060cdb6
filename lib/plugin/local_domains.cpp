#include "lib/plugin/local_domains.hpp"

#include "lib/base/text.hpp"

namespace smtpd {

const std::string& LocalDomains::me() {
  if (me_.empty()) me_ = lower(ctx_.me());
  return me_;
}

const std::string& LocalDomains::host_of(const Address& rcpt) {
  return rcpt.host().empty() ? me() : rcpt.host();
}

std::expected<bool, Error> LocalDomains::has(const std::string& host) {
  if (host == me()) return true;
  auto listed = rcpthosts_.find(host);
  if (listed && !*listed) listed = more_.find_in_map(host);
  if (!listed) return std::unexpected(listed.error());
  return listed->has_value();
}

void LocalDomains::check() {
  rcpthosts_.check();
  more_.check_map();
}

}  // namespace smtpd
