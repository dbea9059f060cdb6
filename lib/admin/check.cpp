/// `--check`: everything that a session would trip over, and what probably is not meant that way.
#include "lib/admin/check.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "lib/admin/admin.hpp"
#include "lib/admin/assembly.hpp"
#include "lib/admin/core_keys.hpp"
#include "lib/admin/units.hpp"
#include "lib/base/directory.hpp"
#include "lib/base/text.hpp"
#include "lib/kit/umasks.hpp"
#include "lib/session/spool.hpp"

namespace smtpd {
namespace {

namespace fs = std::filesystem;

void look_at_core_keys(Assembly& all) {
  for (const CoreKey& key : core_keys()) {
    if (const auto judged = judge(all.config(), key); !judged) all.add_problem(judged.error().what);
    const auto lines = all.config().lines(key.name);
    if (!lines || (*lines)->empty()) continue;
    const ConfigLine& first = (*lines)->front();
    if (key.kind == CoreKey::Kind::unused)
      all.add_remark(first.where() + ": it has no effect: " + std::string(key.about));
    if (!is_list(key) && (*lines)->size() > 1)
      all.add_remark((**lines)[1].where() + ": only the first line of " + std::string(key.name) +
                     " counts");
  }
}

void look_at_places(Assembly& all, Services& services) {
  const auto variable = services.environment.get("QPSMTPD_CONFIG");
  std::error_code error;
  if (variable && !variable->empty() && !fs::exists(*variable, error))
    all.add_remark("QPSMTPD_CONFIG: there is no directory " + std::string(*variable) +
                   ", it is passed over");
  const auto dirs = all.config().file_lines("plugin_dirs");
  if (!dirs) return;
  for (const ConfigLine& line : **dirs) {
    if (!fs::is_directory(line.text, error))
      all.add_remark(line.where() + ": there is no directory " + line.text);
  }
}

/// The names by which plugins are known now, instances left out.
std::set<std::string, std::less<>> loaded_names(Assembly& all) {
  std::set<std::string, std::less<>> names;
  for (const Host::Entry& plugin : all.host().plugins())
    names.insert(plugin_file_name(plugin.ctx.name()));
  return names;
}

void look_at_plugins(Assembly& all) {
  for (const Host::Entry& plugin : all.host().plugins()) {
    const std::string file = file_of(plugin.description);
    if (!file.empty() && is_built_in(plugin_file_name(plugin.ctx.name())))
      all.add_remark(plugin.ctx.where() + ": plugin " + plugin.ctx.name() + ": " + file +
                     " is loaded in place of the built-in plugin");
  }
  std::error_code error;
  const std::string list = all.places().config + "/plugins";
  if (!fs::exists(list, error))
    return all.add_problem(list +
                           ": there is no such file, so that no recipient is accepted; the " +
                           "sample has one");
  if (!all.host().has(Hook::rcpt))
    all.add_remark(
        "no plugin has the hook rcpt: every recipient gets 450; rcpt_ok is the usual one");
  if (!all.host().has(Hook::queue))
    all.add_remark(
        "no plugin has the hook queue: every message gets 451; queue/maildir is one that takes it");
}

/// Whoever defers a refusal to the plugin naughty refuses nobody without it.
void look_for_naughty(Assembly& all) {
  const auto lines = all.config().lines("plugins");
  if (!lines || loaded_names(all).contains("naughty")) return;
  for (const ConfigLine& line : **lines) {
    const auto parts = words(line.text);
    for (std::size_t i = 2; i < parts.size(); ++i) {
      if (parts[i - 1] != "reject" || !equal_ignoring_case(parts[i], "naughty")) continue;
      all.add_remark(line.where() + ": plugin " + std::string(parts[0]) +
                     ": reject naughty refuses nobody without the plugin naughty");
    }
  }
}

/// The value of a named argument in a line of config plugins; empty if it has none.
std::string argument_of(const std::vector<std::string_view>& line, std::string_view name) {
  const auto found = std::ranges::find(line, name);
  return line.end() - found < 2 ? std::string() : lower(*std::next(found));
}

/// Domains of which rcpt_ok takes any local part, although other domains have a table of theirs.
void look_at_recipients(Assembly& all) {
  const auto lines = all.config().lines("plugins");
  const auto hosts = all.config().lines("rcpthosts");
  if (!lines || !hosts) return;
  std::set<std::string, std::less<>> with_table;
  const ConfigLine* rcpt_ok = nullptr;
  bool accepts_me = true;
  for (const ConfigLine& line : **lines) {
    const auto parts = words(line.text);
    const std::string_view name = parts.front().substr(0, parts.front().find(':'));
    if (name == "rcpt_map") with_table.insert(argument_of(parts, "domain"));
    if (rcpt_ok || (name != "rcpt_ok" && name != "rcpt_ok_maxrelay")) continue;
    rcpt_ok = &line;
    accepts_me = to_flag(argument_of(parts, "me")).value_or(true);
  }
  if (!rcpt_ok || with_table.empty() || with_table.contains("")) return;
  std::set<std::string, std::less<>> open;
  for (const ConfigLine& line : **hosts) open.insert(lower(words(line.text).front()));
  const std::string me = lower(all.host().me());
  const bool by_me = accepts_me && !with_table.contains(me) && open.insert(me).second;
  std::string names;
  for (const std::string& host : open)
    if (!with_table.contains(host)) names.append(names.empty() ? "" : ", ").append(host);
  if (names.empty()) return;
  all.add_remark(rcpt_ok->where() + ": any local part is accepted at " + names +
                 ", which no rcpt_map is about" +
                 (by_me ? "; `me no` leaves only the postmaster at the name in me" : ""));
}

/// What the plugins know of the server's umask: a unit's counts, not that of whoever checks.
void tell_umasks(Assembly& all, Services& services) {
  std::vector<std::string> masks;
  std::error_code error;
  for (const ServiceUnit& unit : service_units(services.environment)) {
    if (!fs::equivalent(unit.config, all.places().config, error) || error) continue;
    const std::string mask = octal(unit.umask, 3);
    masks.push_back(mask + ' ' + unit.where + " (" + mask + ')');
  }
  if (!masks.empty()) all.connection().notes.set(note::umasks, std::move(masks));
}

/// A message that does not stay in memory, and whoever needs a temporary file, needs the spool.
void look_at_spool(Assembly& all, Services& services) {
  const auto place = find_spool(all.config(), services.environment);
  if (!place || !place->variable.empty()) return;
  std::error_code error;
  const bool is_relative = !place->path.starts_with('/');
  const std::string parent = fs::path(place->path).parent_path();
  const bool exists = fs::exists(place->path, error);
  // A parent that is not there is a wrong value, which is told with the keys.
  if (!exists && !parent.empty() && !fs::exists(parent, error)) return;
  const std::string why = why_not_writable(exists ? place->path : parent);
  if (why.empty()) return;
  const auto lines = all.config().lines("spool_dir");
  const std::string text =
      (*lines)->front().where() + ": large messages cannot be received: " + why;
  if (is_relative)
    all.add_remark(text +
                   ", in the directory of this process; the server begins in one of its own");
  else
    all.add_problem(text);
}

/// Files of the directory that nothing has asked for: a misspelt key, most likely.
void look_for_strangers(Assembly& all) {
  std::vector<std::string_view> keys(all.asked().begin(), all.asked().end());
  std::vector<std::string> strangers;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(all.places().config, error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with('.') || name.starts_with("README") || entry.is_directory(error) ||
        all.asked().contains(name))
      continue;
    strangers.push_back(name);
  }
  std::ranges::sort(strangers);
  for (const std::string& name : strangers)
    all.add_remark(all.places().config + '/' + name + ": nothing that is loaded reads this file" +
                   did_you_mean(name, keys));
}

/// The same below user/, and directories that no address leads to.
void look_at_users(Assembly& all) {
  const std::vector<std::string_view> keys(all.asked().begin(), all.asked().end());
  for (const std::string& owner : all.config().users()) {
    const std::string directory = all.places().config + "/user/" + owner;
    if (owner != lower(owner)) {
      all.add_remark(directory + ": nobody has it, names are looked for in lower case");
      continue;
    }
    std::vector<std::string> strangers;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
      const std::string name = entry.path().filename();
      if (name.starts_with('.') || name.starts_with("README") || entry.is_directory(error) ||
          all.asked().contains("user/" + owner + '/' + name))
        continue;
      strangers.push_back(name);
    }
    std::ranges::sort(strangers);
    for (const std::string& name : strangers)
      all.add_remark(directory + '/' + name +
                     ": nothing that is loaded reads this file of one address or domain" +
                     (all.asked().contains(name) ? "" : did_you_mean(name, keys)));
  }
}

std::string counted(std::size_t number, const char* what) {
  return std::to_string(number) + ' ' + what + (number == 1 ? "" : "s");
}

Printout report(Assembly& all) {
  Printout printout;
  for (const std::string& text : all.problems()) printout.output += "problem: " + text + '\n';
  for (const std::string& text : all.remarks()) printout.output += "remark: " + text + '\n';
  std::size_t files = 0;
  std::error_code error;
  for (const std::string& name : all.asked())
    if (fs::is_regular_file(all.places().config + '/' + name, error)) ++files;
  const std::size_t problems = all.problems().size();
  printout.output += all.places().config + ": " +
                     (problems == 0 ? std::string("no problem") : counted(problems, "problem")) +
                     " in " + counted(files, "file") + " and " +
                     counted(all.host().plugins().size(), "plugin") + '\n';
  printout.exit_code = problems == 0 ? 0 : 1;
  return printout;
}

/// Why nothing in the directory can be read; empty if it can be entered.
std::string closed_directory(const std::string& path) {
  const bool closed = ::access((path + "/.").c_str(), R_OK | X_OK) != 0 && errno == EACCES;
  return closed ? "the configuration directory " + path + ": " + std::strerror(EACCES)
                : std::string();
}

}  // namespace

Printout check(const Options& options, Services& services) {
  const std::string closed = closed_directory(find_config(options, services.environment).config);
  if (!closed.empty()) return {.exit_code = 1, .output = "problem: " + closed + '\n'};
  Assembly all(options, services);
  look_at_core_keys(all);
  tell_umasks(all, services);
  all.host().check();
  look_at_places(all, services);
  look_at_spool(all, services);
  look_at_plugins(all);
  look_for_advice(all);
  look_at_resolver(all);
  look_for_naughty(all);
  look_at_recipients(all);
  look_for_strangers(all);
  look_at_users(all);
  return report(all);
}

}  // namespace smtpd
