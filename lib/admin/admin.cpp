#include "lib/admin/admin.hpp"

#include <exception>

namespace smtpd {
namespace {

Printout administer_one(const CommandLineResult& asked, const World& world) {
  switch (asked.action) {
    case Action::check: return check(asked.options, world);
    case Action::list_plugins: return list_plugins(asked.options, world);
    case Action::explain: return explain(asked.options, world, asked.plugin);
    case Action::show_config: return show_config(asked.options, world);
    case Action::show_config_json: return show_config_json(asked.options, world);
    case Action::show_hooks: return show_hooks(asked.options, world);
    case Action::hash_password: return hash_password(asked.form);
    case Action::tlsa: return tlsa(asked.options, world, asked.host);
    case Action::tell_version: return tell_version();
    case Action::serve: break;
  }
  return {};
}

}  // namespace
}  // namespace smtpd

extern "C" smtpd::Printout smtpd_administer(const smtpd::CommandLineResult& asked,
                                            const smtpd::World& world) noexcept {
  constexpr int exit_trouble = 111;
  try {
    return smtpd::administer_one(asked, world);
  } catch (const std::exception& error) {
    return {.exit_code = exit_trouble, .complaints = std::string("smtpd: ") + error.what() + '\n'};
  }
}
