#pragma once
/// The domains that this server takes mail for.
#include <expected>
#include <string>

#include "lib/kit/lists.hpp"

namespace smtpd {

/// The name of this server, rcpthosts, and qmail's morercpthosts, which is a map only.
class SMTPD_API LocalDomains {
 public:
  explicit LocalDomains(PluginContext& ctx)
      : ctx_(ctx),
        rcpthosts_(ctx, "rcpthosts", {.labels = ListForm::Labels::any}),
        more_(ctx, "morercpthosts") {}

  /// The recipient's domain in lower case; our own name for <postmaster>. Lives as long as both.
  const std::string& host_of(const Address& rcpt);
  /// True if `host` is among them. Errors: those of ListAnswer.
  std::expected<bool, Error> has(const std::string& host);
  /// The same without the name of this server. Errors: those of ListAnswer.
  std::expected<bool, Error> is_listed(const std::string& host);
  /// For on_check.
  void check();

 private:
  const std::string& me();

  PluginContext& ctx_;
  DomainList rcpthosts_, more_;
  std::string me_;  // lower case; asked for late, since a plugin may answer config me
};

}  // namespace smtpd
