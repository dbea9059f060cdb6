/// `--list-plugins` and `--explain`.
#include <algorithm>
#include <utility>
#include <vector>

#include "lib/admin/admin.hpp"
#include "lib/admin/assembly.hpp"
#include "lib/admin/core_keys.hpp"
#include "lib/admin/pages.hpp"
#include "lib/base/text.hpp"
#include "lib/host/registry.hpp"

namespace smtpd {
namespace {

/// The plugins that a configuration could name.
class Available {
 public:
  Available(const Options& options, Services& services) : modules_(module_directory()) {
    dirs_ = options.plugin_dirs;
    // A broken configuration is --check's business.
    Nowhere nowhere;
    Log log(nowhere, services.clock);
    const Places places = find_config(options, services.environment);
    Config config(places.config, places.qmail, log);
    if (const auto lines = config.file_lines("plugin_dirs")) {
      for (const ConfigLine& line : **lines) dirs_.push_back(line.text);
    }
    if (const auto lines = config.file_lines("plugins")) {
      for (const ConfigLine& line : **lines) lines_.emplace_back(line.where(), line.text);
    }
  }

  /// Their names, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> all = module_names(modules_);
    for (const std::string& directory : dirs_)
      std::ranges::move(module_names(directory), std::back_inserter(all));
    for (const auto* plugin : built_in_plugins()) all.emplace_back(plugin->name);
    std::ranges::sort(all);
    const auto twice = std::ranges::unique(all);
    all.erase(twice.begin(), twice.end());
    return all;
  }
  auto find(std::string_view name) const {
    return find_plugin(name, dirs_, [this] { return modules_; });
  }
  /// `FILE:LINE: TEXT` for each line of the configuration that loads the plugin.
  std::string lines_of(std::string_view name) const {
    std::string text;
    for (const auto& [where, line] : lines_) {
      if (plugin_file_name(words(line).front()) == name)
        text.append(where).append(": ").append(line) += '\n';
    }
    return text;
  }
  /// True if `file`, a module, is one of this project's.
  bool is_ours(const std::string& file) const { return file.starts_with(modules_ + '/'); }

 private:
  std::vector<std::string> dirs_;
  std::string modules_;
  std::vector<std::pair<std::string, std::string>> lines_;  // of config plugins, with their places
};

std::string hooks_of(const PluginDescription& plugin) {
  std::string text;
  plugin.hooks.listed.for_each(
      [&](Hook hook) { text.append(text.empty() ? "" : ", ").append(to_string(hook)); });
  return text.empty() ? "those of its arguments" : text;
}

/// The sentence behind the name in the first line of a page, `# NAME: SENTENCE`.
std::string_view sentence_of(const Page& page) {
  const std::string_view line = page.text.substr(0, page.text.find('\n'));
  const auto colon = line.find(": ");
  return colon == line.npos ? line : line.substr(colon + 2);
}

std::string entry_of(const std::string& name, const PluginDescription& plugin,
                     const Available& available) {
  const std::string file = file_of(plugin);
  const bool is_ours = file.empty() || available.is_ours(file);
  const Page* const page = is_ours ? find_page(name) : nullptr;
  std::string text = name;
  if (page) text.append(": ").append(sentence_of(*page));
  text.append("\n    ").append(file.empty() ? "built in" : file);
  if (!is_ours && is_built_in(name)) text.append(", in place of the built-in plugin");
  return text.append("; hooks: ").append(hooks_of(plugin)) + '\n';
}

/// What is known of a plugin that has no page.
std::string without_page(const std::string& name, const PluginDescription& plugin,
                         const Available& available) {
  const std::string file = file_of(plugin);
  std::string text = "There is no page about " + name + ", which is ";
  text += file.empty() ? "built in" : file;
  if (!file.empty() && is_built_in(name)) text += ", in place of the built-in plugin";
  text.append(".\nIts hooks: ").append(hooks_of(plugin)).append("\n");
  const std::string lines = available.lines_of(name);
  return text +
         (lines.empty() ? "No line of the configuration loads it.\n" : "What loads it:\n" + lines);
}

std::string default_of(const CoreKey& key) {
  return key.fallback.empty() ? std::string() : "; default " + std::string(key.fallback);
}

Printout unknown(const Available& available, std::string_view plugin) {
  const std::vector<std::string> known = available.names();
  std::vector<std::string_view> words(known.begin(), known.end());
  for (const PluginAlias& alias : plugin_aliases()) words.push_back(alias.old_name);
  for (const CoreKey& key : core_keys()) words.push_back(key.name);
  return {.exit_code = 1,
          .complaints = "smtpd: there is no plugin '" + printable(plugin) + '\'' +
                        did_you_mean(plugin, words) + "\n"};
}

}  // namespace

Printout list_plugins(const Options& options, Services& services) {
  const Available available(options, services);
  Printout printout;
  for (const std::string& name : available.names()) {
    if (const auto plugin = available.find(name)) {
      printout.output += entry_of(name, **plugin, available);
    } else {
      printout.output += name + "\n    cannot be loaded: " + plugin.error().what + '\n';
    }
  }
  return printout;
}

Printout explain(const Options& options, Services& services, std::string_view plugin) {
  const Available available(options, services);
  Printout printout;
  std::string name = plugin_file_name(plugin);
  if (const PluginAlias* const alias = plugin_alias(name); alias && !available.find(name)) {
    printout.output =
        name + " is an old name of " + std::string(alias->name) +
        (alias->words.empty() ? "" : " with the arguments " + std::string(alias->words)) + "\n\n";
    name = alias->name;
  }
  const auto found = available.find(name);
  const std::string file = found ? file_of(**found) : std::string();
  const bool is_ours = file.empty() || available.is_ours(file);
  if (const Page* const page = is_ours ? find_page(name) : nullptr) {
    printout.output += page->text;
    return printout;
  }
  if (found) {
    printout.output += without_page(name, **found, available);
    return printout;
  }
  const auto key = std::ranges::find(core_keys(), plugin, &CoreKey::name);
  if (key == core_keys().end()) return unknown(available, plugin);
  printout.output = std::string(key->name) +
                    " is a file of the configuration: " + std::string(key->about) +
                    default_of(*key) + '\n';
  return printout;
}

}  // namespace smtpd
