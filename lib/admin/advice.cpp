/// What `--check` remarks on in a list of plugins that can be loaded: an order that hardly anybody
/// means, a line that is there twice, a plugin without what it needs.
#include <algorithm>
#include <array>
#include <map>

#include "lib/admin/assembly.hpp"
#include "lib/admin/check.hpp"
#include "lib/base/text.hpp"

namespace smtpd {
namespace {

/// `FILE:LINE: plugin NAME: TEXT`.
void remark_on(Assembly& all, const PluginContext& plugin, std::string_view text) {
  all.add_remark(plugin.where() + ": plugin " + plugin.name() + ": " + std::string(text));
}

void look_for_doubles(Assembly& all) {
  std::map<std::string, std::string, std::less<>> places;
  for (const Host::Entry& plugin : all.host().plugins()) {
    const auto [first, is_new] = places.emplace(plugin.ctx.name(), plugin.ctx.where());
    if (is_new || first->second == plugin.ctx.where()) continue;  // or the parent of its line
    remark_on(all, plugin.ctx,
              "it is listed at " + first->second + " already; a second one that is meant has a " +
                  "name of its own, " + plugin.ctx.name() + ":1");
  }
}

/// Whoever accepts a recipient is the last that is asked.
void look_at_recipients(Assembly& all) {
  constexpr std::array<std::string_view, 5> judges{"aliases", "badrcptto", "qmail_deliverable",
                                                   "rcpt_map", "rcpt_regexp"};
  const PluginContext *accepts_all = nullptr, *table = nullptr;
  for (const Host::HandlerEntry& handler : all.host().handlers(Hook::rcpt)) {
    const std::string name = plugin_file_name(handler.owner.name());
    if (name == "rcpt_ok" && !accepts_all) accepts_all = &handler.owner;
    if (name == "rcpt_map" && !table) table = &handler.owner;
    if (name == "aliases" && table)
      remark_on(all, handler.owner,
                table->name() + " at " + table->where() +
                    " refuses who is in no table of its own before this plugin is asked");
    if (!accepts_all || std::ranges::find(judges, name) == judges.end()) continue;
    remark_on(all, handler.owner,
              accepts_all->name() + " at " + accepts_all->where() +
                  " accepts every recipient of its domains before this plugin is asked");
  }
}

void look_at_submission(Assembly& all) {
  const auto plugins = all.host().plugins();
  const auto find = [&](std::string_view name) {
    return std::ranges::find_if(plugins, [&](const Host::Entry& plugin) {
      return plugin_file_name(plugin.ctx.name()) == name;
    });
  };
  const auto submission = find("submission");
  if (submission == plugins.end()) return;
  constexpr std::array proofs{Hook::auth,          Hook::auth_plain, Hook::auth_login,
                              Hook::auth_cram_md5, Hook::auth_token, Hook::password,
                              Hook::credentials};
  if (std::ranges::none_of(proofs, [&](Hook hook) { return all.host().has(hook); }))
    remark_on(all, submission->ctx,
              "no plugin knows users, so that nobody can authenticate; auth/auth_flat_file is one");
  if (find("tls") == plugins.end())
    remark_on(all, submission->ctx,
              "the plugin tls is not loaded, and passwords are not asked for in clear");
}

/// What was without effect for years refuses clients now.
void look_at_fcrdns(Assembly& all) {
  const auto lines = all.config().lines("plugins");
  if (!lines) return;
  for (const ConfigLine& line : **lines) {
    const auto parts = words(line.text);
    const auto reject = std::ranges::find(parts, "reject");
    if (plugin_file_name(parts.front()) != "fcrdns" || parts.end() - reject < 2) continue;
    if (reject[1] != "0")
      all.add_remark(line.where() + ": plugin fcrdns: `reject " + std::string(reject[1]) +
                     "` refuses clients here; in qpsmtpd it has no effect");
  }
}

bool is_localhost(std::string_view name) {
  return equal_ignoring_case(name, "localhost") || starts_with_ignoring_case(name, "localhost.");
}

/// A server that receives for its own machine alone may be called that.
void look_at_name(Assembly& all) {
  const auto names = all.config().lines("me"), domains = all.config().lines("rcpthosts");
  if (!names || (*names)->empty() || !domains) return;
  const ConfigLine& me = (*names)->front();
  const bool only_local = std::ranges::all_of(
      **domains, [](const ConfigLine& line) { return is_localhost(line.text); });
  if (is_localhost(me.text) && !only_local)
    all.add_remark(me.where() + ": " + me.text +
                   " is no name by which other servers know this one");
}

}  // namespace

void look_for_advice(Assembly& all) {
  look_for_doubles(all);
  look_at_recipients(all);
  look_at_submission(all);
  look_at_fcrdns(all);
  look_at_name(all);
}

}  // namespace smtpd
