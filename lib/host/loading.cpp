/// The loading of plugins: config files, names, constructors, chains.
#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/host/host.hpp"

namespace smtpd {
namespace {

Error config_error(std::string what) { return {Errc::config, std::move(what)}; }

std::string about(LinePlace place, std::string_view plugin, std::string_view what) {
  return place.text().append(": plugin ").append(plugin).append(": ").append(what);
}

Error config_error(LinePlace place, std::string_view plugin, std::string_view what) {
  return config_error(about(place, plugin, what));
}

bool is_plain_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

}  // namespace

std::expected<const std::vector<std::string>*, Error> Host::plugin_dirs() {
  if (plugin_dirs_) return &*plugin_dirs_;
  const auto lines = parts_.config.file_lines("plugin_dirs");
  if (!lines) return std::unexpected(lines.error());
  plugin_dirs_ = parts_.plugin_dirs;
  for (const ConfigLine& line : **lines) plugin_dirs_->push_back(line.text);
  return &*plugin_dirs_;
}

// An old name stands for today's and may bring arguments of its own.
std::expected<const PluginDescription*, Error> Host::find(const std::string& name,
                                                          std::vector<std::string>& words) {
  const auto dirs = plugin_dirs();
  if (!dirs) return std::unexpected(dirs.error());
  std::string spelt_out;
  std::string_view file_name = without_instance(name);
  if (file_name.find("::") != file_name.npos) file_name = spelt_out = plugin_file_name(name);
  auto description = find_plugin(file_name, **dirs, parts_.module_directory);
  if (description || description.error().code != Errc::not_found) return description;
  const PluginAlias* const alias = plugin_alias(file_name);
  if (!alias) return description;
  for (const std::string_view word : smtpd::words(alias->words)) words.emplace_back(word);
  return find_plugin(alias->name, **dirs, parts_.module_directory);
}

/// Runs the constructor and judges the arguments; what is wrong, or an empty text.
std::string Host::construct(Loaded& loaded) {
  const PluginDescription& description = *loaded.description;
  PluginContext& ctx = *loaded.ctx;
  if (auto problem = ctx.read_common_arguments()) return std::move(*problem);
  const HookSet outer = std::exchange(constructing_, description.hooks.listed);
  Created created = description.create(ctx);
  constructing_ = outer;
  if (created.thrown)
    return created.thrown.text.empty() ? "its constructor failed" : std::move(created.thrown.text);
  loaded.plugin = std::move(*created.value);
  if (ctx.told_to_observe_ && ctx.enforces_)
    return "argument observe: this plugin's refusals always count";
  auto complaint = ctx.args.complaint();
  ctx.args.forget_names();
  return std::move(complaint).value_or("");
}

std::expected<Host::Loaded, Error> Host::make(std::string name, std::vector<std::string> words,
                                              LinePlace place) {
  const auto description = find(name, words);
  if (!description) return std::unexpected(config_error(place, name, description.error().what));
  if (!words.empty() && words.back() == "observe") words.emplace_back("1");
  Loaded made;
  made.description = *description;
  made.ctx = std::make_unique<PluginContext>(*this, std::move(name), std::move(words), place);
  if (const std::string problem = construct(made); !problem.empty()) {
    forget(*made.ctx);
    return std::unexpected(config_error(place, made.ctx->name(), problem));
  }
  for (const std::string& warning : made.ctx->args.warnings())
    parts_.log.log(Level::warn, about(place, made.ctx->name(), warning));
  return made;
}

void Host::enlist(const HookList& hooks, Plugin& plugin, PluginContext& owner, HookSet without) {
  hooks.listed.for_each([&](Hook hook) {
    if (without.has(hook) || owner.skips(hook) || plugin.ctx().skips(hook)) return;
    // Behind the plugins before it and in front of what its own constructor has added at the back.
    Chain& each = chain(hook);
    auto at = each.end();
    while (at != each.begin() && at[-1].owner == &plugin.ctx() && at[-1].added_at == Place::back)
      --at;
    each.insert(at, {&plugin, hooks.thunk(hook), &owner});
  });
}

void Host::forget(const PluginContext& owner) {
  for (Chain& each : chains_) {
    std::erase_if(each, [&](const Handler& handler) { return handler.owner == &owner; });
  }
}

std::expected<void, Error> Host::load_line(const ConfigLine& line) {
  if (!is_plain_ascii(line.text)) {
    return std::unexpected(
        config_error(line.where() + ": unsafe characters in config line: " + printable(line.text)));
  }
  const auto parts = words(line.text);
  std::vector<std::string> arguments(parts.begin() + 1, parts.end());
  auto made = make(std::string(parts.front()), std::move(arguments), line.place());
  if (!made) return std::unexpected(made.error());
  // What the constructor added or inherited stands in the chains already; qpsmtpd has the named
  // hooks first, and so has this server.
  enlist(made->description->hooks, *made->plugin, *made->ctx, {});
  loaded_.push_back(*std::move(made));
  if (parts_.log.wants(Level::debug)) parts_.log.log(Level::debug, "loaded " + line.text);
  return {};
}

std::expected<void, Error> Host::load_list(std::string_view key) {
  const auto lines = key == "logging" ? parts_.config.file_lines(key) : parts_.config.lines(key);
  if (!lines) return std::unexpected(lines.error());
  std::optional<Error> first_problem;
  loaded_.reserve(loaded_.size() + (*lines)->size());
  for (const ConfigLine& line : **lines) {
    if (const auto loaded = load_line(line); !loaded) {
      parts_.log.log(Level::error, loaded.error().what);
      if (!first_problem) first_problem = loaded.error();
    }
    use_providers();
  }
  if (first_problem) return std::unexpected(*first_problem);
  return {};
}

std::expected<void, Error> Host::load_logging() { return load_list("logging"); }
std::expected<void, Error> Host::load_plugins() { return load_list("plugins"); }

// A plugin is asked from the line on that follows its own.
void Host::use_providers() {
  if (has(Hook::logging) && !parts_.loggers_are_silent) {
    Level wanted = Level::emerg;
    for (const Handler& handler : chain(Hook::logging))
      wanted = std::max(wanted, handler.owner->wanted_log_);
    parts_.log.forward_to(wanted, [this](const LogRecord& record) {
      for (const Handler& handler : chain(Hook::logging)) {
        const auto outcome = call<Hook::logging>(handler, record);
        if (outcome.thrown) {
          const LogRecord failure{Level::crit, "logging", handler.owner->name(),
                                  outcome.thrown.text, record.id};
          parts_.log.sink().write(log_line(failure));
        }
        if (outcome.value == Logged::logged) break;
      }
      return true;
    });
  }
  if (has(Hook::config)) {
    parts_.config.ask_first([this](std::string_view key) { return first<Hook::config>(key); });
  }
}

}  // namespace smtpd
