#include "lib/services/services.hpp"

#include "lib/base/module.hpp"
#include "lib/services/resolver.hpp"

extern "C" smtpd::Crypto* smtpd_crypto(unsigned abi) noexcept;

namespace smtpd {

std::expected<Crypto*, Error> CryptoModule::get() {
  if (loaded_) return loaded_;
  const auto entry = SMTPD_MODULE_FUNCTION("smtpd-crypto", smtpd_crypto);
  if (!entry) return std::unexpected(entry.error());
  loaded_ = (*entry)(crypto_abi);
  if (!loaded_)
    return std::unexpected(Error{Errc::config, "smtpd-crypto.so is that of another version"});
  return loaded_;
}

ResolverModule::ResolverModule(const Clock& clock) : clock_(clock) {}
ResolverModule::~ResolverModule() = default;

std::expected<dns::Resolver*, Error> ResolverModule::get(Config& config, Log& log) {
  if (made_) return made_.get();
  auto settings = dns::read_settings(config);
  if (!settings) return std::unexpected(settings.error());
  const auto make = SMTPD_MODULE_FUNCTION("smtpd-dns", smtpd_dns_transport);
  if (!make) return std::unexpected(make.error());
  auto transport = (*make)(*settings, clock_);
  if (!transport) return std::unexpected(Error{Errc::io, "c-ares cannot begin: no memory"});
  made_ = std::make_unique<dns::Resolver>(
      dns::Resolver::Parts{*std::move(settings), std::move(transport), clock_, log});
  return made_.get();
}

}  // namespace smtpd
