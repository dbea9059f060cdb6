#include "lib/kit/local_domains.hpp"

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/mail/idn.hpp"

namespace smtpd {
namespace {

/// True if an entry of rcpthosts with U-labels means `host`. Errors: those of to_a_labels.
std::expected<bool, Error> has_by_u_labels(PluginContext& ctx, const std::string& host) {
  const auto lines = ctx.find_config("rcpthosts");
  if (!lines) return std::unexpected(lines.error());
  for (const ConfigLine& line : **lines) {
    std::string_view entry = split_list_line(line.text).entry;
    if (is_ascii(entry)) continue;
    const bool below = entry.starts_with('.');
    if (below) entry.remove_prefix(1);
    const auto name = to_a_labels(entry);
    if (!name && name.error().code != Errc::syntax) return std::unexpected(name.error());
    if (!name) ctx.log(Level::error, line.where() + ": " + name.error().what);
    if (name && (below ? host.ends_with('.' + *name) : host == *name)) {
      ctx.found(line);
      return true;
    }
  }
  return false;
}

}  // namespace

const std::string& LocalDomains::me() {
  if (me_.empty()) me_ = lower(ctx_.me());
  return me_;
}

const std::string& LocalDomains::host_of(const Address& rcpt) {
  return rcpt.host().empty() ? me() : rcpt.host();
}

std::expected<bool, Error> LocalDomains::has(const std::string& host) {
  if (host == me()) {
    ctx_.found("the name of this server (config me)", host);
    return true;
  }
  return is_listed(host);
}

std::expected<bool, Error> LocalDomains::is_listed(const std::string& host) {
  auto listed = rcpthosts_.find(host);
  if (listed && !*listed) listed = more_.find_in_map(host);
  if (!listed) return std::unexpected(listed.error());
  if (*listed || host.find("xn--") == host.npos) return listed->has_value();
  return has_by_u_labels(ctx_, host);
}

void LocalDomains::check() {
  rcpthosts_.check();
  for (const ConfigLine& line : ctx_.config("rcpthosts")) {
    std::string_view entry = split_list_line(line.text).entry;
    if (is_ascii(entry)) continue;
    if (entry.starts_with('.')) entry.remove_prefix(1);
    if (const auto name = to_a_labels(entry); !name)
      ctx_.problem(line.where() + ": " + name.error().what + ": " + line.text);
  }
  more_.check_map();
}

}  // namespace smtpd
