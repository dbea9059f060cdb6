#include "lib/admin/assembly.hpp"

#include <algorithm>
#ifndef SMTPD_STATIC
#include <dlfcn.h>
#endif

#include "lib/base/module.hpp"
#include "lib/base/text.hpp"
#include "lib/host/registry.hpp"

namespace smtpd {
namespace {

/// The log must keep what is said while the configuration is opened, so it listens from the first.
Log& collecting(Log& log, std::function<bool(const LogRecord&)> collect) {
  log.forward_to(Level::warn, std::move(collect));
  return log;
}

std::string text_of(const LogRecord& record) {
  if (record.plugin.empty()) return std::string(record.text);
  return "plugin " + std::string(record.plugin) + ": " + std::string(record.text);
}

}  // namespace

Assembly::Assembly(const Options& options, Services& services)
    : places_(find_config(options, services.environment)),
      services_(services.with_log(nowhere_)),
      log_(nowhere_, services.clock),
      config_(places_.config, places_.qmail,
              collecting(log_,
                         [this](const LogRecord& record) {
                           add(record.level <= Level::error ? problems_ : remarks_,
                               text_of(record));
                           return true;
                         })),
      host_({.config = config_,
             .log = log_,
             .services = services_,
             .conn = conn_,
             .module_directory = module_directory,
             .plugin_dirs = options.plugin_dirs,
             .loggers_are_silent = true}) {
  config_.record_into(asked_);
  load();
}

void Assembly::load() {
  if (config_.problem()) add_problem(config_.problem()->what);
  const auto logging = host_.load_logging();
  const auto plugins = host_.load_plugins();
  for (const auto* result : {&logging, &plugins}) {
    if (!*result) add_problem(result->error().what);
  }
  const auto me = own_name(config_);
  if (me) host_.set_me(*me);
}

void Assembly::add(std::vector<std::string>& lines, std::string text) {
  for (std::string& line : lines) {
    if (line.ends_with(text)) return;
    if (!text.ends_with(": " + line)) continue;
    line = std::move(text);
    return;
  }
  lines.push_back(std::move(text));
}

std::string module_directory() { return modules_of(program_directory()); }

bool is_built_in(std::string_view file_name) {
  return std::ranges::any_of(built_in_plugins(), [&](const PluginDescription* plugin) {
    return file_name == plugin->name;
  });
}

std::string file_of(const PluginDescription& description) {
  const auto built_in = built_in_plugins();
  if (std::ranges::find(built_in, &description) != built_in.end()) return {};
#ifndef SMTPD_STATIC
  Dl_info info{};
  if (::dladdr(&description, &info) != 0 && info.dli_fname) return info.dli_fname;
#endif
  return {};
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> words) {
  const std::string_view near = nearest(word, words);
  return near.empty() ? std::string() : "; did you mean '" + std::string(near) + "'?";
}

}  // namespace smtpd
