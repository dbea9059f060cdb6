#include "lib/admin/admin.hpp"

#include <exception>

namespace smtpd {
namespace {

Printout administer_one(const CommandLineResult& asked, Services& services) {
  switch (asked.action) {
    case Action::check: return check(asked.options, services);
    case Action::list_plugins: return list_plugins(asked.options, services);
    case Action::explain: return explain(asked.options, services, asked.plugin);
    case Action::show_config: return show_config(asked.options, services);
    case Action::show_config_json: return show_config_json(asked.options, services);
    case Action::show_hooks: return show_hooks(asked.options, services);
    case Action::hash_password: return hash_password(services, asked.form);
    case Action::simulate: return simulate(asked.options, asked.client, services);
    case Action::route_of: return route_of(asked.options, asked.address, services);
    case Action::check_zones: return check_zones(asked.options, services);
    case Action::tlsa: return tlsa(asked.options, services, asked.host);
    case Action::tell_version: return tell_version();
    case Action::serve: break;
  }
  return {};
}

}  // namespace
}  // namespace smtpd

extern "C" smtpd::Printout smtpd_administer(const smtpd::CommandLineResult& asked,
                                            smtpd::Services& services) noexcept {
  constexpr int exit_trouble = 111;
  try {
    return smtpd::administer_one(asked, services);
  } catch (const std::exception& error) {
    return {.exit_code = exit_trouble, .complaints = std::string("smtpd: ") + error.what() + '\n'};
  }
}
