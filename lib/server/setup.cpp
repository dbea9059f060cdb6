#include "lib/server/setup.hpp"

#include <unistd.h>

#include <array>

#include "lib/base/host_name.hpp"
#include "lib/base/module.hpp"
#include "lib/mail/host.hpp"

namespace smtpd {
namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

Places find_config(const Options& options, const Environment& environment) {
  if (!options.config_dir.empty()) return {options.config_dir, {}, "--config-dir"};
  const auto variable = environment.get("QPSMTPD_CONFIG");
  if (variable && !variable->empty() && exists(std::string(*variable)))
    return {std::string(*variable), {}, "environment QPSMTPD_CONFIG"};
  Places places{program_directory() + "/config", {}, "beside the binary"};
  if (!exists(places.config)) places = {"/etc/smtpd", {}, "default"};
  const auto qmail = environment.get("QMAIL");
  places.qmail = std::string(qmail && !qmail->empty() ? *qmail : "/var/qmail") + "/control";
  return places;
}

std::expected<std::optional<Level>, Error> find_level(const Options& options, Config& config) {
  if (options.log_level) return options.log_level;
  const auto lines = config.file_lines("loglevel");
  if (!lines) return std::unexpected(lines.error());
  if ((*lines)->empty()) return std::nullopt;
  const ConfigLine& line = (*lines)->front();
  if (const auto level = to_level(line.text)) return level;
  return std::unexpected(bad_value(line, "loglevel", "0 to 7 or a level's name", level_names()));
}

std::string name_for_ids(Config& config) {
  const auto lines = config.file_lines("me");
  return lines && !(*lines)->empty() ? (*lines)->front().text : host_name();
}

std::expected<std::string, Error> own_name(Config& config) {
  auto configured = config.value("me");
  if (!configured) return std::unexpected(configured.error());
  return as_host(*configured ? **configured : host_name());
}

std::expected<void, Error> prepare(const Options& options, Config& config, Log& log, Host& host) {
  log.name_host(name_for_ids(config));
  const auto level = find_level(options, config);
  if (level && *level) log.set_level(**level);
  const auto logging = host.load_logging();
  const auto plugins = host.load_plugins();
  const auto me = own_name(config);
  const auto greeting = config.value("smtpgreeting");  // the first file that a session needs
  if (me) host.set_me(*me);
  if (config.problem()) return std::unexpected(*config.problem());
  if (!level) return std::unexpected(level.error());
  for (const auto* result : {&logging, &plugins}) {
    if (!*result) return std::unexpected(result->error());
  }
  if (!me) return std::unexpected(me.error());
  if (!greeting) return std::unexpected(greeting.error());
  return {};
}

}  // namespace smtpd
