#include "lib/kit/tls_client_settings.hpp"

#include <unistd.h>

#include <algorithm>

#include "lib/base/network.hpp"
#include "lib/base/text.hpp"

namespace smtpd {
namespace {

/// A dot in front would stand for every name below it.
bool is_one_name(std::string_view name) {
  if (IpAddress::parse(name)) return true;
  return !name.empty() && !name.starts_with('.') && std::ranges::all_of(name, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_';
  });
}

}  // namespace

TlsClientSettings read_tls_client_settings(PluginContext& ctx,
                                           std::initializer_list<std::string_view> modes) {
  TlsClientSettings settings{.mode = ctx.args.choice("tls", modes, *modes.begin())};
  const auto name = ctx.args.value("tls_name");
  const auto authorities = ctx.args.value("tls_ca");
  const std::string mode = "tls " + std::string(settings.mode);
  settings.how.verifies = settings.mode != "no" && settings.mode != "may";
  if (!settings.how.verifies) {
    if (name || authorities) {
      throw ConfigError("argument " + std::string(name ? "tls_name" : "tls_ca") + ": with '" +
                        mode + "' no certificate is looked at");
    }
    return settings;
  }
  if (!name)
    throw ConfigError("'" + mode + "' needs tls_name, the name in the server's certificate");
  if (!is_one_name(*name))
    throw ConfigError("argument tls_name: '" + printable(*name) + "' is no name of a host");
  settings.how.name = *name;
  if (authorities) {
    settings.how.authorities = authorities->starts_with('/')
                                   ? std::string(*authorities)
                                   : ctx.config_directory() + '/' + std::string(*authorities);
  }
  return settings;
}

void check_tls_client_settings(PluginContext& ctx, const TlsClientSettings& settings) {
  const std::string& file = settings.how.authorities;
  if (!file.empty() && ::access(file.c_str(), R_OK) != 0) ctx.problem(system_error(file).what);
}

}  // namespace smtpd
