#include "lib/host/registry.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#ifndef SMTPD_STATIC
#include <dlfcn.h>
#endif

#include "lib/base/directory.hpp"
#include "lib/base/text.hpp"

// The linker makes these two names from the section that SMTPD_PLUGIN fills.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
extern const smtpd::PluginDescription* const __start_smtpd_plugins[];
extern const smtpd::PluginDescription* const __stop_smtpd_plugins[];
}
// NOLINTEND(bugprone-reserved-identifier)

namespace smtpd {
namespace {

/// Names that qpsmtpd's documents, logs and older releases use.
constexpr auto aliases = std::array{
    PluginAlias{"check_relay", "relay", {}},
    PluginAlias{"check_norelay", "relay", {}},
    PluginAlias{"relay_only", "relay", "only 1"},
    PluginAlias{"relayonly", "relay", "only 1"},
    PluginAlias{"check_earlytalker", "earlytalker", {}},
    PluginAlias{"unrecognized_commands", "count_unrecognized_commands", {}},
    PluginAlias{"check_basicheaders", "headers", {}},
    PluginAlias{"check_loop", "loop", {}},
    PluginAlias{"check_bogus_bounce", "bogus_bounce", {}},
    PluginAlias{"check_qmail_deliverable", "qmail_deliverable", {}},
    PluginAlias{"check_badmailfrom", "badmailfrom", {}},
    PluginAlias{"check_badmailfrom_patterns", "badmailfrom", {}},
    PluginAlias{"check_badmailfromto", "badmailfromto", {}},
    PluginAlias{"check_badrcptto", "badrcptto", {}},
    PluginAlias{"check_badrcptto_patterns", "badrcptto", {}},
    PluginAlias{"require_resolvable_fromhost", "resolvable_fromhost", {}},
    PluginAlias{"rcpt_regex", "rcpt_regexp", {}},
    PluginAlias{"check_spamhelo", "helo", {}},
    PluginAlias{"check_badhelo", "helo", {}},
    PluginAlias{"noop", "noop_counter", {}},
    PluginAlias{"per_user_config", "user_config", {}},
    PluginAlias{"whitelist_soft", "whitelist", {}},
    PluginAlias{"queue/smtp-forward", "queue/smtp_forward", {}},
    PluginAlias{"authdeny", "auth/authdeny", {}},
    PluginAlias{"authcheckpassword", "auth/auth_checkpassword", {}},
    PluginAlias{"authsql", "auth/auth_vpopmail_sql", {}},
};

/// What qpsmtpd has and this server lacks.
constexpr auto not_here = std::array<std::string_view, 34>{"check_spf",
                                                           "clamav",
                                                           "denysoft_greylist",
                                                           "dkim",
                                                           "dkimcheck",
                                                           "dmarc",
                                                           "domainkeys",
                                                           "dspam",
                                                           "greylisting",
                                                           "http_config",
                                                           "ident/geoip",
                                                           "ident/p0f",
                                                           "karma",
                                                           "klez_filter",
                                                           "logging/apache",
                                                           "logging/connection_id",
                                                           "logging/transaction_id",
                                                           "milter",
                                                           "queue/exim-bsmtp",
                                                           "queue/postfix-queue",
                                                           "queue/qmail-queue",
                                                           "sender_permitted_from",
                                                           "spamassassin",
                                                           "spf",
                                                           "virus/aveclient",
                                                           "virus/bitdefender",
                                                           "virus/check_for_hi_virus",
                                                           "virus/clamav",
                                                           "virus/clamdscan",
                                                           "virus/hbedv",
                                                           "virus/kavscanner",
                                                           "virus/klez_filter",
                                                           "virus/sophie",
                                                           "virus/uvscan"};

bool is_instance_suffix(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

/// A path that stays below its directory.
bool is_safe(std::string_view file_name) {
  char before = '/';  // neither an empty part nor one that begins with a dot
  for (const char c : file_name) {
    if (before == '/' && (c == '/' || c == '.')) return false;
    before = c;
  }
  return before != '/';
}

#ifdef SMTPD_STATIC
constexpr std::string_view static_remark = "this is the static binary, which loads no modules";

std::expected<const PluginDescription*, Error> load(const std::string& path, const std::string&) {
  return std::unexpected(
      Error{Errc::config, "cannot load " + path + "; " + std::string(static_remark)});
}
#else
constexpr std::string_view static_remark;

/// The file, and every directory from `directory` down to it: whoever may write there may run code
/// here.
std::expected<void, Error> check_trust(const std::string& path, const std::string& directory) {
  std::string each = directory;
  while (true) {
    const auto info = status_of(each);
    if (!info) return std::unexpected(system_error(each));
    if (info->st_mode & S_IWOTH) {
      return std::unexpected(
          Error{Errc::permission, each + " can be written by others; it is not loaded"});
    }
    if (each.size() == path.size()) return {};
    each = path.substr(0, path.find('/', each.size() + 1));
  }
}

/// What is wrong with a module's description, or nothing.
std::string mismatch(const ModuleDescription& module) {
  const ModuleDescription ours;
  if (std::memcmp(module.magic, ours.magic, sizeof ours.magic) != 0)
    return "its description is none";
  if (module.abi != ours.abi) {
    return "it was built for plugin ABI " + std::to_string(module.abi) + ", this is " +
           std::to_string(ours.abi);
  }
  if (module.size != ours.size) return "it was built from another release's headers";
  if (module.compiler.view() != ours.compiler.view()) {
    return "it was built with " + std::string(module.compiler) + ", this with " +
           std::string(ours.compiler);
  }
  return {};
}

std::expected<const PluginDescription*, Error> load(const std::string& path,
                                                    const std::string& directory) {
  if (const auto trusted = check_trust(path, directory); !trusted)
    return std::unexpected(trusted.error());
  void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return std::unexpected(Error{Errc::config, "cannot load it: " + std::string(::dlerror())});
  const auto* const module = static_cast<const ModuleDescription*>(::dlsym(handle, "smtpd_plugin"));
  if (!module)
    return std::unexpected(Error{Errc::config, path + " is no plugin: it has no SMTPD_PLUGIN"});
  if (const std::string reason = mismatch(*module); !reason.empty()) {
    return std::unexpected(Error{Errc::config, path + " is refused: " + reason});
  }
  return &module->plugin;
}
#endif

/// The module of that name below `directory`; not_found if there is none.
std::expected<const PluginDescription*, Error> load_from(const std::string& directory,
                                                         std::string_view file_name) {
  const std::string path = directory + '/' + std::string(file_name) + ".so";
  if (::access(path.c_str(), F_OK) != 0) return std::unexpected(Error{Errc::not_found, {}});
  return load(path, directory);
}

#ifndef SMTPD_STATIC
/// The modules below `directory` and `folder` in it, as the names that load them.
void add_modules(const std::string& directory, const std::string& folder,
                 std::vector<std::string>& names) {
  constexpr std::size_t deepest = 64;  // of a name; a link that leads in circles ends there
  constexpr std::string_view suffix = ".so";
  for (const std::string& each : names_in(directory + '/' + folder).value_or(Names())) {
    const std::string name = folder + each;
    if (each.starts_with('.') || name.size() > deepest) continue;
    const auto info = status_of(directory + '/' + name);
    if (!info) continue;
    if (S_ISDIR(info->st_mode)) {
      add_modules(directory, name + '/', names);
    } else if (name.ends_with(suffix) && !name.starts_with("smtpd-")) {
      names.push_back(name.substr(0, name.size() - suffix.size()));
    }
  }
}
#endif

Error not_found(std::string_view file_name, std::span<const std::string> plugin_dirs,
                const std::string& module_directory) {
  std::vector<std::string> modules = module_names(module_directory);
  for (const std::string& directory : plugin_dirs) {
    for (std::string& name : module_names(directory)) modules.push_back(std::move(name));
  }
  std::vector<std::string_view> names(modules.begin(), modules.end());
  for (const auto* plugin : built_in_plugins()) names.emplace_back(plugin->name);
  for (const PluginAlias& alias : aliases) names.push_back(alias.old_name);
  if (std::ranges::find(not_here, file_name) != not_here.end())
    return {Errc::not_found, "qpsmtpd has it, smtpd does not"};
  const std::string_view near = nearest(file_name, names);
  std::string what = "there is no such plugin";
  if (!near.empty()) what += "; did you mean '" + std::string(near) + "'?";
  if (!static_remark.empty())
    what += (near.empty() ? "; " : " Besides, ") + std::string(static_remark);
  return {Errc::not_found, what};
}

}  // namespace

std::span<const PluginDescription* const> built_in_plugins() {
  return {__start_smtpd_plugins,
          static_cast<std::size_t>(__stop_smtpd_plugins - __start_smtpd_plugins)};
}

std::string_view without_instance(std::string_view name) {
  const auto colon = name.rfind(':');
  const bool has_instance = colon != name.npos && colon > 0 && name[colon - 1] != ':' &&
                            is_instance_suffix(name.substr(colon + 1));
  return has_instance ? name.substr(0, colon) : name;
}

std::string plugin_file_name(std::string_view name) {
  const std::string_view bare = without_instance(name);
  std::string file_name(bare);
  if (bare.size() < name.size()) return file_name;
  for (auto at = file_name.find("::"); at != file_name.npos; at = file_name.find("::"))
    file_name.replace(at, 2, "/");
  return file_name;
}

const PluginAlias* plugin_alias(std::string_view name) {
  const auto found = std::ranges::find(aliases, name, &PluginAlias::old_name);
  return found == aliases.end() ? nullptr : &*found;
}

std::span<const PluginAlias> plugin_aliases() { return aliases; }

std::vector<std::string> module_names([[maybe_unused]] const std::string& directory) {
  std::vector<std::string> names;
#ifndef SMTPD_STATIC
  if (!directory.empty()) add_modules(directory, {}, names);
  std::ranges::sort(names);
#endif
  return names;
}

std::expected<const PluginDescription*, Error> find_plugin(
    std::string_view file_name, std::span<const std::string> plugin_dirs,
    const std::function<std::string()>& module_directory) {
  if (!is_safe(file_name)) return std::unexpected(Error{Errc::config, "that is no plugin's name"});
  for (const std::string& directory : plugin_dirs) {
    auto found = load_from(directory, file_name);
    if (found || found.error().code != Errc::not_found) return found;
  }
  for (const auto* plugin : built_in_plugins()) {
    if (file_name == plugin->name) return plugin;
  }
  const std::string directory = module_directory ? module_directory() : std::string();
  if (!directory.empty()) {
    auto found = load_from(directory, file_name);
    if (found || found.error().code != Errc::not_found) return found;
  }
  return std::unexpected(not_found(file_name, plugin_dirs, directory));
}

}  // namespace smtpd
