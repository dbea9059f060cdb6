/// `--show-config`, as text and as JSON.
#include "lib/admin/admin.hpp"
#include "lib/admin/assembly.hpp"
#include "lib/admin/core_keys.hpp"
#include "lib/base/json.hpp"
#include "lib/base/text.hpp"
#include "lib/services/dns_settings.hpp"
#include "lib/session/spool.hpp"

namespace smtpd {
namespace {

/// A value and what says so: `FILE:LINE`, `default` ...
struct Value {
  std::string text, from;
};

/// The values that count for one key; without any it is not set.
std::vector<Value> values_of(Assembly& all, const CoreKey& key, const Options& options,
                             Services& services) {
  if (key.name == "loglevel" && options.log_level)
    return {{std::string(to_string(*options.log_level)), "--log-level"}};
  std::vector<Value> values;
  if (key.name == "plugin_dirs") {
    for (const std::string& directory : options.plugin_dirs)
      values.push_back({directory, "--plugin-dir"});
  }
  const auto lines = all.config().lines(key.name);
  if (!lines) return {{"", "not readable: " + lines.error().what}};
  for (const ConfigLine& line : **lines) {
    values.push_back({line.text, line.where()});
    if (!is_list(key)) break;
  }
  if (!values.empty()) return values;
  if (key.name == "me") return {{all.host().me(), "the machine's name"}};
  if (key.name == "me-auth-results") return {{all.host().me(), "me"}};
  if (key.name == "spool_dir") {
    const auto place = find_spool(all.config(), services.environment);
    if (place) return {{place->path, "environment " + std::string(place->variable)}};
  }
  if (key.name == "resolver") {
    const auto settings = dns::read_settings(all.config());
    if (!settings) return {{"", "not readable: " + settings.error().what}};
    for (const auto& server : settings->servers)
      values.push_back({"server " + server.text(), settings->origin});
    return values;
  }
  if (!key.fallback.empty()) return {{std::string(key.fallback), "default"}};
  return {};
}

/// A value within a line of text.
std::string shown(std::string text) {
  std::ranges::replace(text, '\t', ' ');
  return printable(text);
}

/// The files that plugins asked for when they were loaded and checked.
std::vector<std::string> keys_of_plugins(Assembly& all) {
  std::vector<std::string> keys;
  for (const std::string& key : all.asked()) {
    if (std::ranges::find(core_keys(), key, &CoreKey::name) == core_keys().end())
      keys.push_back(key);
  }
  return keys;
}

/// Lines of a plugin's key; none if it cannot be read.
std::optional<std::size_t> count_lines(Assembly& all, const std::string& key) {
  const auto lines = all.config().lines(key);
  return lines ? std::optional((*lines)->size()) : std::nullopt;
}

std::string complaints_of(Assembly& all) {
  std::string text;
  for (const std::string& problem : all.problems()) text += "problem: " + problem + '\n';
  return text;
}

std::string to_json(std::string_view text) {
  std::string json;
  append_json(json, text);
  return json;
}

std::string json_of(const Value& value) {
  return "{\"value\": " + to_json(value.text) + ", \"from\": " + to_json(value.from) + '}';
}

std::string json_of(const CoreKey& key, const std::vector<Value>& values) {
  if (!is_list(key)) return values.empty() ? "null" : json_of(values.front());
  std::string list;
  for (const Value& value : values) list += (list.empty() ? "" : ", ") + json_of(value);
  return '[' + list + ']';
}

}  // namespace

Printout show_config(const Options& options, Services& services) {
  Assembly all(options, services);
  all.host().check();
  Printout printout;
  printout.output = "# " + all.places().config + " (" + std::string(all.places().reason) + ")\n";
  for (const CoreKey& key : core_keys()) {
    if (key.kind == CoreKey::Kind::unused) continue;
    const std::string name(key.name);
    const std::vector<Value> values = values_of(all, key, options, services);
    if (values.empty()) printout.output += name + " is not set\n";
    for (const Value& value : values)
      printout.output += name + " = " + shown(value.text) + "  (" + value.from + ")\n";
  }
  printout.output += "\n# files of the plugins\n";
  for (const std::string& key : keys_of_plugins(all)) {
    const auto lines = count_lines(all, key);
    printout.output +=
        key + ": " +
        (lines ? std::to_string(*lines) + (*lines == 1 ? " line" : " lines") : "not readable") +
        '\n';
  }
  printout.complaints = complaints_of(all);
  return printout;
}

Printout show_config_json(const Options& options, Services& services) {
  Assembly all(options, services);
  all.host().check();
  Printout printout;
  printout.output = "{\n  \"directory\": " +
                    json_of(Value{all.places().config, std::string(all.places().reason)}) +
                    ",\n  \"keys\": {";
  const char* separator = "\n";
  for (const CoreKey& key : core_keys()) {
    if (key.kind == CoreKey::Kind::unused) continue;
    printout.output += separator + ("    " + to_json(key.name)) + ": " +
                       json_of(key, values_of(all, key, options, services));
    separator = ",\n";
  }
  printout.output += "\n  },\n  \"plugin_files\": {";
  separator = "\n";
  for (const std::string& key : keys_of_plugins(all)) {
    const auto lines = count_lines(all, key);
    printout.output += separator + ("    " + to_json(key)) + ": " +
                       (lines ? "{\"lines\": " + std::to_string(*lines) + '}' : "null");
    separator = ",\n";
  }
  printout.output += "\n  }\n}\n";
  printout.complaints = complaints_of(all);
  return printout;
}

}  // namespace smtpd
