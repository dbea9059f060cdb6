/// `--show-hooks`.
#include "lib/admin/admin.hpp"
#include "lib/admin/assembly.hpp"

namespace smtpd {
namespace {

/// The hooks in the order in which a session comes to them; among the enumerators RCPT's stand
/// before MAIL's.
std::vector<Hook> in_order() {
  std::vector<Hook> hooks;
  for (std::size_t i = 0; i < hook_count; ++i) {
    const auto hook = static_cast<Hook>(i);
    if (hook == Hook::rcpt_parse)
      hooks.insert(hooks.end(), {Hook::mail_parse, Hook::mail_pre, Hook::mail});
    if (std::ranges::find(hooks, hook) == hooks.end()) hooks.push_back(hook);
  }
  return hooks;
}

std::string text_of(const Host::HandlerEntry& handler) {
  std::string text = handler.owner.name();
  if (&handler.code != &handler.owner) text += " (by its parent " + handler.code.name() + ')';
  if (handler.is_added) text += " (added)";
  return text;
}

}  // namespace

Printout show_hooks(const Options& options, Services& services) {
  constexpr std::size_t width = 22;
  Assembly all(options, services);
  Printout printout;
  for (const Hook hook : in_order()) {
    std::string line;
    for (const auto& handler : all.host().handlers(hook))
      line.append(line.empty() ? "" : ", ").append(text_of(handler));
    if (line.empty()) continue;
    std::string name(to_string(hook));
    name.resize(std::max(width, name.size() + 1), ' ');
    printout.output += name + line + '\n';
  }
  for (const std::string& text : all.problems()) printout.complaints += "problem: " + text + '\n';
  printout.exit_code = all.problems().empty() ? 0 : 1;
  return printout;
}

}  // namespace smtpd
