/// What an administrator is told of the certificates of the plugin tls.
#include <algorithm>
#include <array>
#include <cstdio>

#include "lib/base/module.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utc.hpp"
#include "lib/crypto/trial.hpp"
#include "lib/kit/secrets.hpp"
#include "lib/kit/tls_settings.hpp"

namespace smtpd {
namespace {

/// `2026-01-31 12:00 UTC`.
std::string date_of(std::int64_t when) {
  const std::tm parts = utc(WallTime(seconds(when)));
  std::array<char, 64> text;
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02d-%02d %02d:%02d UTC", parts.tm_year + 1900,
                    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min);
  return {text.data(), static_cast<std::size_t>(length)};
}

/// `FILE:LINE: ` unless it is the plugin's own line, which is told anyway.
std::string place_of(const NamedIdentity& identity, const PluginContext& ctx) {
  return identity.where == ctx.where() ? "" : identity.where + ": ";
}

}  // namespace

bool covers(std::string_view dns_name, std::string_view host) {
  if (dns_name.starts_with("*.")) {
    const auto dot = host.find('.');
    if (dot == host.npos || dot == 0) return false;
    return equal_ignoring_case(dns_name.substr(1), host.substr(dot));
  }
  return equal_ignoring_case(dns_name, host);
}

/// Other servers go on all the same, programs of users do not.
void TlsSettings::check_names(const NamedIdentity& identity, const CertificateFacts& facts) {
  const bool for_all = identity.name == "*";
  const std::string& wanted = for_all ? ctx_.me() : identity.name;
  const bool fits = std::ranges::any_of(facts.names, [&](const std::string& name) {
    return equal_ignoring_case(name, wanted) || covers(name, wanted);
  });
  if (fits) return;
  std::string names;
  for (const std::string& name : facts.names) names.append(names.empty() ? "" : ", ").append(name);
  const std::string where = place_of(identity, ctx_);
  ctx_.log(Level::warn, where + "the certificate " + identity.files.certificate + " is for " +
                            (names.empty() ? "no name" : names) + ", not for " + wanted +
                            (for_all ? " (me): programs that verify it refuse this server unless "
                                       "they know it by another name"
                                     : ""));
}

void TlsSettings::check_use(const NamedIdentity& identity, const CertificateFacts& facts) {
  const std::string where = place_of(identity, ctx_);
  if (everybody_can_read(identity.files.key))
    ctx_.problem(where + open_secret(identity.files.key, "the key of a certificate"));
  auto how = server();
  const auto crypto = ctx_.services().crypto.get();
  const auto trial = SMTPD_MODULE_FUNCTION("smtpd-crypto", smtpd_tls_trial);
  if (!how || !crypto || !trial) return;
  how->identities.clear();
  how->for_name = {};
  how->authorities.clear();
  if (!(*crypto)->tls_server(*how)) return;  // it is said of the ciphers
  how->identities = {identity.files};
  const std::string why_not = (*trial)(*how);
  if (!why_not.empty())
    ctx_.problem(where + "nobody can use TLS with the certificate " + identity.files.certificate +
                 ", whose key is " + facts.key_type + ": " + printable(why_not) +
                 "; an EC key on P-256 or an RSA key of 2048 bits or more is one for all clients");
}

void TlsSettings::check_certificate(const NamedIdentity& identity) {
  constexpr std::int64_t soon = 14 * 86'400;  // seconds
  const auto crypto = ctx_.services().crypto.get();
  if (!crypto) return ctx_.problem(crypto.error().what);
  const auto facts = (*crypto)->certificate(identity.files);
  const std::string where = place_of(identity, ctx_);
  if (!facts) return ctx_.problem(where + facts.error().what);
  Notes& notes = ctx_.connection().notes;
  const auto* const told = notes.get(note::tlsa);
  std::vector<std::string> records = told ? *told : std::vector<std::string>();
  const std::string record = "3 1 1 " + facts->key_digest;
  if (std::ranges::find(records, record) == records.end()) {
    records.push_back(record);
    notes.set(note::tlsa, std::move(records));
  }
  const std::int64_t now =
      std::chrono::floor<seconds>(ctx_.clock().wall()).time_since_epoch().count();
  const std::string name = where + "the certificate " + identity.files.certificate;
  if (now > facts->not_after)
    return ctx_.problem(name + " has expired on " + date_of(facts->not_after));
  if (now < facts->not_before)
    return ctx_.problem(name + " is not valid before " + date_of(facts->not_before));
  if (facts->not_after - now < soon)
    ctx_.log(Level::warn, name + " expires on " + date_of(facts->not_after));
  check_names(identity, *facts);
  check_use(identity, *facts);
}

}  // namespace smtpd
